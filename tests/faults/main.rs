//! Stores survive failures of the disk.
//!
//! A shim over SQLite's VFS, installed as the default of this test program, fails or records calls for the
//! directories that a test names, and passes all others through.
//!
//! In a normal run every third call fails once and every fifth permanently, other ones in each run, and each test loses the
//! power forty times. `RAMAX_FAULTS=1000` makes every call fail, once and permanently, and sets the number of power losses
//! per test; `RAMAX_SEED=7` repeats the losses of an earlier run, whose seed a failure prints.

mod acknowledged;
mod clock;
mod closing;
mod creation;
mod damaged_files;
mod disk_full;
mod failing_calls;
mod failing_transfers;
mod locked_files;
mod pages_read;
mod power_loss;
mod replaced_files;
#[path = "../support/mod.rs"]
mod support;

/// Returns a console's screen as text.
fn screen(console: &ramax::console::Headless) -> String {
    let buffer = console.draw(&ramax::console::theme::Theme::mono());
    let area = buffer.area;
    let line = |y| -> String { (0..area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    (0..area.height).map(|y| line(y) + "\n").collect()
}
