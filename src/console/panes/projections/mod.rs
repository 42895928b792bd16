//! The projections pane.

pub mod state;
pub mod view;
