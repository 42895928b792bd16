//! The binary: parse, dispatch, exit code.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo, clippy::dbg_macro)]

use std::process::ExitCode;

use ramax::Apps;
use ramax::cli::Cli;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    match Cli::from_arguments(&arguments) {
        Ok(cli) => cli.run(Apps::standard()),
        Err(stopped) => stopped.report(),
    }
    .into()
}
