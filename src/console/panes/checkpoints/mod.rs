//! The checkpoints pane.

pub mod state;
pub mod view;
