//! The binary: the command line and the console, with the bundled apps.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo, clippy::dbg_macro)]

use std::process::ExitCode;

use ramax::cli::Program;

fn main() -> ExitCode {
    Program::ramax().main()
}
