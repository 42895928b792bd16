//! The events pane.

pub mod selection;
pub mod state;
pub mod view;
