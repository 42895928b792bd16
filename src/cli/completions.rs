//! `ramax completions`.

use clap::{Args, Command};
use clap_complete::Shell;

use super::exit::{Exit, Failure};
use super::session::Session;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell that is to read the script
    shell: Shell,
}

/// Writes the script, generated from the definitions of all commands.
pub fn run(session: &mut Session, arguments: &Arguments, mut program: Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "ramax", &mut script);
    session.out.verbatim(&script)?;
    Ok(Exit::Done)
}
