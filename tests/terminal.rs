//! The console, shown on the real program in a terminal of its own.

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
#[expect(dead_code, reason = "the command line's tests need more of it")]
mod program;
