//! The binary: parse, dispatch, exit code.

use std::process::ExitCode;

use ramax::cli::Cli;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    match Cli::from_arguments(&arguments) {
        Ok(cli) => cli.run(),
        Err(stopped) => stopped.report(),
    }
    .into()
}
