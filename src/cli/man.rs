//! `ramax man`.

use clap::{Args, Command};
use clap_mangen::Man;

use super::exit::{Exit, Failure};
use super::session::Session;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The page of this command, such as `events list`; otherwise that of ramax
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

/// Writes the page, generated from the definition of the command.
pub fn run(session: &mut Session, arguments: &Arguments, mut program: Command) -> Result<Exit, Failure> {
    program.build();
    let mut page = &program;
    for word in &arguments.command {
        page = page.find_subcommand(word).ok_or_else(|| {
            let message = format!("there is no command {}", arguments.command.join(" "));
            Failure::usage("unknown_command", message, "`ramax --help` lists the commands")
        })?;
    }
    let mut text = Vec::new();
    Man::new(page.clone()).render(&mut text)?;
    text.push(b'\n');
    session.out.verbatim(&text)?;
    Ok(Exit::Done)
}
