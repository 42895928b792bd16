//! The console, driven by strings of keys over real stores, without a terminal.

mod actions;
mod forms;
mod lists;
mod operations;
mod random;
#[path = "../support/mod.rs"]
mod support;
mod walk;

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
