//! The names of keys, taken from the table of actions.

pub use crate::console::app::keymap::key_of as key;
