//! The names of keys, taken from the table of actions.

pub use crate::console::update::key_of as key;
