//! The command line: everything that the console shows or does, as commands that can be scripted.
//!
//! Standard output is data, standard error is narration, and the exit code is an answer: see [`Exit`].

mod arguments;
mod batch;
mod catch_up;
mod checkpoints;
mod command_help;
mod console;
mod demo;
mod events;
mod exit;
mod generate;
mod global;
mod interrupt;
mod log;
mod meter;
mod narration;
mod output;
mod projections;
mod rebuild;
mod run;
mod session;
mod spaces;
mod targets;
mod verify;

pub use arguments::{Cli, Stopped};
pub use exit::{Exit, Failure};
