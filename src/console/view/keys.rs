//! What keys are called. All of it comes from the table of actions.

pub use crate::console::update::key_of as key;
