//! The console, driven by strings of keys over real stores, without a terminal.

mod actions;
mod begun;
mod check;
mod ends;
mod files;
mod forms;
mod lists;
mod marks;
mod operations;
mod operator_log;
mod places;
mod queries;
mod queue;
mod random;
mod reading;
#[path = "../support/mod.rs"]
mod support;
mod vanishing;
mod walk;
mod watching;

use ramax::Store;
use ramax::apps::Apps;
use ramax::console::Headless;

/// A console of an ordinary size.
fn console(store: &Store) -> Headless {
    Headless::new(store.clone(), Apps::standard(), 120, 40)
}

/// What was last said to the user.
fn notice(console: &Headless) -> &str {
    console.state().notice.as_ref().map_or("", |notice| &notice.text)
}

/// What is on screen, as text.
fn screen(console: &Headless) -> String {
    let buffer = console.draw(&ramax::console::view::Theme::mono());
    let area = buffer.area;
    let line = |y| -> String { (0..area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    (0..area.height).map(|y| line(y) + "\n").collect()
}
