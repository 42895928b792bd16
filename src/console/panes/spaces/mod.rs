//! The spaces pane.

pub mod able_space;
pub mod blocking;
pub mod listed;
pub mod listing;
pub mod marking;
pub mod reading;
pub mod state;
pub mod tally;
pub mod view;
