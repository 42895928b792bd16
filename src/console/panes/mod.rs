//! The panes, and the detail beside them.

pub mod checkpoints;
pub mod detail;
pub mod events;
pub mod jobs;
pub mod note;
pub mod pane;
pub mod projections;
pub mod spaces;
pub mod view;
