//! The console as the real program in a terminal.

mod terminal {
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
    mod suspend;
    mod walk;
}

#[path = "cli/program.rs"]
#[expect(dead_code, reason = "only the command-line tests need all of it")]
mod program;
