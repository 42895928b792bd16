//! The command line: everything that the console shows or does, as scriptable commands.
//!
//! Data goes to standard output, messages go to standard error, and the exit code gives the outcome: see
//! [`Exit`].

mod arguments;
mod command_help;
mod commands;
mod differences;
#[cfg(feature = "demo")]
mod embedded_command;
mod entity_json;
mod examples;
mod exit;
mod global;
mod interrupt;
mod list_check;
mod messages;
mod meter;
mod numbers;
mod operator;
mod output;
mod parse_error;
mod past;
mod program;
mod remedy;
mod review;
mod server;
mod session;
mod shell;
mod stdio;
mod targets;
mod trace_file;

#[cfg(all(feature = "console", feature = "demo"))]
pub use commands::demo::walkthrough;
pub use exit::Exit;
pub use program::Program;
