//! The console as the real program in a terminal.

mod background;
mod check;
mod closing;
mod control_sequences;
mod exits;
mod files;
mod guide;
mod hangup;
mod hostile;
mod input;
mod jobs;
mod keys;
mod memory;
mod mouse;
mod operations;
mod other_files;
mod panics;
mod plain;
mod pty;
mod queries;
mod refusals;
mod settings;
mod signals;
mod sizes_and_colours;
#[path = "../support/mod.rs"]
mod support;
mod suspend;
mod vt100;
