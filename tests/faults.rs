//! What becomes of a store when the storage under it fails.
//!
//! A shim over SQLite's own way to the disk, installed as the default in this test program, fails calls or keeps
//! a record of them for the directories that a test names; all others it lets through.
//!
//! In a normal run every call fails once, every fourth one for good, and the power is lost forty times a test.
//! `RAMAX_FAULTS=1000` has every call fail for good as well, and asks for that many losses of power a test;
//! `RAMAX_SEED=7` for the losses of an earlier run, whose seed a failure tells.

#[path = "cli/program.rs"]
#[allow(dead_code)]
mod program;
mod support;

mod faults {
    mod closing;
    mod creation;
    mod disk_full;
    mod failing;
    mod held;
    mod moved;
    mod moving;
    mod mutilated;
    mod power;
    mod shim;
    mod time;
    mod whole;
}

/// What is on a console's screen, as text.
fn screen(console: &ramax::console::Headless) -> String {
    let buffer = console.draw(&ramax::console::view::Theme::mono());
    let area = buffer.area;
    let line = |y| -> String { (0..area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    (0..area.height).map(|y| line(y) + "\n").collect()
}
