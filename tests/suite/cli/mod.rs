//! Tests of the command line, run on the real binary.

mod backup;
mod bad_input;
mod batch;
mod check;
mod closing;
mod concurrent_operations;
#[cfg(feature = "console")]
mod config;
mod console_memory;
mod deleted_meanwhile;
mod demo;
mod documents;
mod events;
mod export;
mod file_size;
mod hints;
mod leftovers;
mod log;
mod lost_projections;
mod names;
mod operations;
mod other_user;
mod panics;
mod plain;
mod processes;
mod projections;
mod queries;
mod redact;
mod run;
mod signals;
mod spaces;
mod stats;
mod trace_file;
mod unfinished_deletes;
mod usage;
mod work;
