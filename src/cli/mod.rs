//! The command line: everything that the console shows or does, as scriptable commands.
//!
//! Data goes to standard output, messages go to standard error, and the exit code gives the outcome: see
//! [`Exit`].

// Only the demonstration runs commands inside another run.
#![cfg_attr(not(feature = "demo"), allow(dead_code))]

mod arguments;
mod backup;
mod batch;
mod catch_up;
mod check;
mod checkpoints;
mod command_help;
mod completions;
#[cfg(feature = "console")]
mod console;
#[cfg(feature = "demo")]
mod demo;
#[cfg(feature = "demo")]
mod embedded_command;
mod events;
mod examples;
mod exit;
mod export;
mod generate;
mod global;
mod import;
mod interrupt;
mod list_check;
mod log;
mod man;
mod meter;
mod narration;
mod numbers;
mod operator;
mod output;
mod parse_error;
mod program;
mod projections;
mod rebuild;
mod remedy;
mod run;
mod session;
mod shell;
mod spaces;
mod standard;
mod targets;
mod trace_file;
mod verify;

#[cfg(all(feature = "console", feature = "demo"))]
pub use demo::walkthrough;
pub use exit::Exit;
pub use program::Program;
