//! What can be said on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use crate::apps::Apps;
use crate::text::visible;

use super::exit::{Exit, Failure};
use super::global::Global;
use super::session::Session;
use super::{
    catch_up, checkpoints, console, demo, events, generate, log, projections, rebuild, run, spaces, verify,
};

const AFTER_HELP: &str = "\
Exit codes: 0 done; 1 refused or a problem found; 2 wrong usage; 3 the database cannot be used;
130 interrupted. Standard output is data, standard error is narration.

Start with `ramax demo`.";

/// Event sourcing with many tenants in one file: a console, and everything it does as commands
#[derive(Debug, Parser)]
#[command(name = "ramax", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    /// The database; without a command, the console opens on it
    database: Option<PathBuf>,
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    noun: Option<Noun>,
}

#[derive(Debug, Subcommand)]
enum Noun {
    /// Seed a demonstration and open the console on it, or tell it as text
    Demo(demo::Arguments),
    /// List, show, create and delete spaces
    #[command(subcommand)]
    Spaces(spaces::Action),
    /// List, show and follow events
    #[command(subcommand)]
    Events(events::Action),
    /// List and get what the events amount to
    #[command(subcommand)]
    Projections(projections::Action),
    /// See how far the projections have come
    #[command(subcommand)]
    Checkpoints(checkpoints::Action),
    /// Run a command of the space's domain
    Run(run::Arguments),
    /// Build projections anew from their events
    Rebuild(rebuild::Arguments),
    /// Apply the events that projections lag behind
    CatchUp(catch_up::Arguments),
    /// Compare projections with what their events amount to
    Verify(verify::Arguments),
    /// Fill new spaces with events, through real commands
    Generate(generate::Arguments),
}

/// A run that ended while the command line was read: with a failure, or because help was all that was
/// asked for.
#[derive(Debug)]
pub struct Stopped {
    error: clap::Error,
    json: bool,
}

impl Cli {
    /// Reads the command line, the program's name first.
    ///
    /// # Errors
    /// If it is wrong, or asks for help only.
    pub fn from_arguments(arguments: &[OsString]) -> Result<Self, Stopped> {
        let json = arguments.iter().any(|argument| argument == "--json");
        Self::try_parse_from(arguments).map_err(|error| Stopped { error, json })
    }

    /// Does what was asked for with spaces of these apps, and tells the outcome.
    #[must_use]
    pub fn run(self, apps: Apps) -> Exit {
        let json = self.global.json;
        let logging = self.global.log().map_or(Ok(()), log::begin);
        let mut session = Session::new(self.database, self.global, apps);
        let outcome = logging.and_then(|()| dispatch(&mut session, self.noun)).and_then(|exit| {
            session.out.flush()?;
            Ok(exit)
        });
        outcome.unwrap_or_else(|failure| {
            // What was written before belongs to the reader, whatever became of the rest.
            let _ = session.out.flush();
            failure.report(json);
            failure.exit
        })
    }

    /// The help of one command, as it stands under `--help`.
    fn help_of(command: &str) -> String {
        let mut cli = Self::command();
        cli.build();
        let help = cli.find_subcommand_mut(command).map(clap::Command::render_help);
        help.map(|help| help.to_string()).unwrap_or_default()
    }
}

fn dispatch(session: &mut Session, noun: Option<Noun>) -> Result<Exit, Failure> {
    match noun {
        None => console::open(session),
        Some(Noun::Demo(arguments)) => demo::run(session, &arguments),
        Some(Noun::Spaces(action)) => spaces::run(session, &action),
        Some(Noun::Events(action)) => events::run(session, &action),
        Some(Noun::Projections(action)) => projections::run(session, &action),
        Some(Noun::Checkpoints(action)) => checkpoints::run(session, &action),
        Some(Noun::Run(arguments)) => run::run(session, &arguments, || Cli::help_of("run")),
        Some(Noun::Rebuild(arguments)) => rebuild::run(session, &arguments),
        Some(Noun::CatchUp(arguments)) => catch_up::run(session, &arguments),
        Some(Noun::Verify(arguments)) => verify::run(session, &arguments),
        Some(Noun::Generate(arguments)) => generate::run(session, &arguments),
    }
}

impl Stopped {
    /// Tells why.
    #[must_use]
    pub fn report(&self) -> Exit {
        if matches!(self.error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            // Help that nobody reads to its end is no failure.
            let _ = self.error.print();
            return Exit::Done;
        }
        if self.json {
            self.failure().report(true);
        } else {
            let _ = self.error.print();
        }
        Exit::Usage
    }

    /// Clap's words, which end with the usage and the way to the help, as our kind of failure.
    fn failure(&self) -> Failure {
        let text = self.error.to_string();
        let (message, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
        let message = message.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ");
        let hint = rest.split_whitespace().collect::<Vec<_>>().join(" ");
        Failure::usage("usage", visible(&message), visible(&hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }
}
