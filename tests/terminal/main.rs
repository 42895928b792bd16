//! The console as the real program in a terminal.

mod check;
mod closing;
mod exits;
mod files;
mod hangup;
mod hostile;
mod input;
mod jobs;
mod keys;
mod looks;
mod operations;
mod panics;
mod pty;
mod queries;
mod refusals;
mod seen;
mod signals;
mod stream;
#[path = "../support/mod.rs"]
mod support;
mod suspend;
mod walk;
