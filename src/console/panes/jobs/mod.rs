//! The jobs pane: long operations, one at a time.

pub mod able_job;
pub mod job;
pub mod job_figures;
pub mod job_kind;
pub mod job_log;
pub mod meter;
pub mod state;
pub mod update;
pub mod view;
pub mod words;
