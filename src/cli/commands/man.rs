//! `ramax man`.

use std::io;

use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, line_break, roman};

use crate::cli::examples::Examples;
use crate::cli::exit::{Exit, Failure};
use crate::cli::parse_error::command_hint;
use crate::cli::program::Program;
use crate::cli::session::Session;

#[derive(Debug, Args)]
pub struct ManArguments {
    /// The command to describe, such as `events list`; by default, the whole program
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "success"),
    ("1", "a command was rejected, something was not found, or a problem was found"),
    ("2", "wrong usage"),
    ("3", "the database cannot be used: it is missing, foreign, newer, locked, corrupt or read-only"),
    ("130", "interrupted by SIGINT, SIGTERM or SIGHUP; in the console, Ctrl-C quits like q"),
];

/// Writes the page, generated from the definition of the command.
pub fn run(session: &mut Session, arguments: &ManArguments, mut program: Command) -> Result<Exit, Failure> {
    program.build();
    let mut page = &program;
    for word in &arguments.command {
        page = page.find_subcommand(word).ok_or_else(|| {
            let message = format!("there is no command {}", arguments.command.join(" "));
            Failure::usage("unknown_command", message, command_hint(page, word))
        })?;
    }
    let mut text = Vec::new();
    render(&session.program, page, &arguments.command.join(" "), &mut text)?;
    text.push(b'\n');
    session.out.verbatim(&text)?;
    Ok(Exit::Done)
}

fn render(program: &Program, page: &Command, words: &str, text: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(page.clone());
    man.render_title(text)?;
    man.render_name_section(text)?;
    man.render_synopsis_section(text)?;
    man.render_description_section(text)?;
    man.render_options_section(text)?;
    if page.has_subcommands() {
        man.render_subcommands_section(text)?;
    }
    let mut roff = Roff::new();
    described(&mut roff, "EXIT STATUS", EXIT_STATUS);
    described(&mut roff, "ENVIRONMENT", &program.environment());
    roff.control("SH", ["EXAMPLES"]);
    for example in Examples::of(program).of_command(words) {
        roff.text([roman(example), line_break()].into_iter().collect::<Vec<Inline>>());
    }
    roff.to_writer(text)?;
    if words.is_empty() {
        man.render_version_section(text)?;
    }
    Ok(())
}

fn described(roff: &mut Roff, title: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [title]);
    for (name, meaning) in rows {
        roff.control("TP", []);
        roff.text([bold(*name)]);
        roff.text([roman(*meaning)]);
    }
}
