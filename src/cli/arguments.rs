//! The definition of the command line.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{FromArgMatches, Parser, Subcommand};

#[cfg(feature = "demo")]
use super::commands::demo;
use super::commands::{
    backup, bisect, catch_up, check, checkpoints, completions, events, export, generate, import, log, man,
    overview, projections, rebuild, redact, release_check, run, spaces, stats, subscriptions, verify, work,
};
#[cfg(feature = "console")]
use super::commands::{config, console};
use super::exit::{Exit, Failure};
use super::global::Global;
use super::interrupt::{Signals, survive_file_size_limit};
use super::parse_error::{ParseError, no_command};
use super::program::{Program, WIDTH};
use super::server;
use super::session::Session;
use super::targets::OfProjections;
use super::trace_file;
use crate::event_store::nesting;

/// The parsed command line.
#[derive(Debug, Parser)]
#[command(max_term_width = WIDTH)]
pub(super) struct Cli {
    /// The database; without a command, opens it in the console
    database: Option<PathBuf>,
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) noun: Option<Noun>,
    /// Set if `--db` is on the command line, rather than a variable in the environment.
    #[arg(skip)]
    db_given: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Noun {
    #[cfg(feature = "demo")]
    /// Create a demonstration and open it in the console; with --plain, print it as text
    Demo(demo::DemoArguments),
    /// List, show, create and delete spaces
    Spaces(spaces::SpacesArguments),
    /// List, show and follow events
    Events(events::EventsArguments),
    /// List and read projections
    Projections(projections::ProjectionsArguments),
    /// Find the first event at which a condition on a key held, and every later flip
    Bisect(bisect::BisectArguments),
    /// Show checkpoints and lag of the projections
    Checkpoints(checkpoints::CheckpointsArguments),
    /// Show events over time and by type, keys by prefix, sizes and lag
    Stats(stats::StatsArguments),
    /// Show subscriptions, and retry, skip, reset or remove them
    Subscriptions(subscriptions::SubscriptionsArguments),
    /// Run the program's subscriptions, and keep async projections up to date
    Work(work::WorkArguments),
    /// Run a domain command in a space
    Run(run::RunArguments),
    /// Rebuild projections from their events
    Rebuild(rebuild::RebuildArguments),
    /// Bring projections up to date with their events
    CatchUp(OfProjections),
    /// Compare projections with their events
    Verify(OfProjections),
    /// Show what this program would make of stored projections, before it is released
    ReleaseCheck(release_check::ReleaseCheckArguments),
    /// Erase fields of one entity's events, such as personal data, and prove it
    Redact(redact::RedactArguments),
    /// Export a space as JSON lines
    Export(export::ExportArguments),
    /// Import an exported space or a file of the Elixir original; creates a missing database
    Import(import::ImportArguments),
    /// Write a consistent copy of the database while it is in use, and check the copy
    Backup(backup::BackupArguments),
    /// Check everything in the database files, and name the remedy for each problem
    Check(check::CheckArguments),
    /// List the audit log: all commands, deletes and other operations, with results
    Log(log::LogArguments),
    /// Generate spaces and their events by executing real commands
    Generate(generate::GenerateArguments),
    /// Print or check the settings of the console
    #[cfg(feature = "console")]
    Config(config::ConfigArguments),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArguments),
    /// Print a manual page; read it with `man -l -`
    Man(man::ManArguments),
}

impl Cli {
    /// Parses the command line, which starts with the name of the program.
    ///
    /// # Errors
    /// If it is wrong, or only asks for help.
    pub(super) fn from_arguments<'a>(
        program: &'a Program,
        arguments: &[OsString],
    ) -> Result<Self, ParseError<'a>> {
        Self::parsed(program, arguments).map_err(|error| ParseError::new(program, error, arguments))
    }

    pub(super) fn parsed(program: &Program, arguments: &[OsString]) -> Result<Self, clap::Error> {
        let matches = program.command().try_get_matches_from(arguments)?;
        let mut cli = Self::from_arg_matches(&matches)?;
        cli.db_given = matches.value_source("db") == Some(ValueSource::CommandLine);
        Ok(cli)
    }

    /// Returns the database named on the command line, which may be named only once.
    fn named_database(&self, program: &Program) -> Result<Option<PathBuf>, Failure> {
        let by_option = self.global.db().filter(|_| self.db_given);
        match (&self.database, by_option) {
            (Some(word), Some(_)) if self.noun.is_none() && is_command_like(word) => {
                Err(no_command(program, word))
            }
            (Some(first), Some(second)) => {
                let [first, second] = [first, second].map(|named| server::shown(named));
                let message = format!("two databases are named: {first} and {second}");
                Err(Failure::usage("usage", message, "name only one, as the first word or with --db"))
            }
            (first, second) => Ok(first.as_ref().or(second).cloned()),
        }
    }

    /// Runs the command, and reports a failure.
    pub(super) fn run(self, program: &Program) -> Exit {
        let json = self.global.json;
        self.ended(program).unwrap_or_else(|failure| {
            failure.report(program, json);
            failure.exit
        })
    }

    fn ended(self, program: &Program) -> Result<Exit, Failure> {
        let signals = Signals::take_over()?;
        survive_file_size_limit()?;
        let named = self.named_database(program)?;
        #[cfg(feature = "console")]
        match &self.noun {
            Some(Noun::Config(arguments)) => config::check_there(&self.global, arguments)?,
            noun => config::check_named(&self.global, opens_console(&self.global, noun.as_ref()))?,
        }
        let mut session = Session::new(named, self.global, program, signals);
        session.warn_of_password();
        let trace = match session.global.log() {
            Some(log) => Some(trace_file::begin(log, session.location().ok().as_ref())?),
            None => None,
        };
        let outcome = dispatched(&mut session, self.noun);
        session.report_remaining_wals();
        if let Some(trace) = trace {
            trace.report(session.messages);
        }
        if outcome.is_err() && session.signals.is_ending() {
            // The failure only follows from the signal.
            return Ok(Exit::Interrupted);
        }
        // Output written before a failure still reaches the reader.
        let outcome = match (session.out.flush(), outcome) {
            // An interrupted run may have lost its terminal.
            (Err(error), Ok(exit)) if exit != Exit::Interrupted => Err(error.into()),
            (_, outcome) => outcome,
        };
        outcome.map_err(|failure| match session.done {
            Some(done) if failure.kind == "output" => {
                Failure { message: format!("{done}, but {}", failure.message), ..failure }
            }
            _ => failure,
        })
    }

    /// Returns the help of one command, as `--help` prints it.
    fn help_of(program: &Program, command: &str) -> String {
        let mut program = program.command();
        program.build();
        let help = program.find_subcommand_mut(command).map(clap::Command::render_help);
        help.map(|help| help.to_string()).unwrap_or_default()
    }
}

/// Returns true if the path looks like a mistyped command: a lower-case word that is not the name of a file.
pub(super) fn is_command_like(path: &Path) -> bool {
    let is_word = |text: &str| text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
    path.to_str().is_some_and(is_word) && !path.exists()
}

/// Runs the command. A panic, such as in a handler of the app, is a failure like any other; its place has been printed.
/// The console handles its own, because it has to restore the terminal.
fn dispatched(session: &mut Session, noun: Option<Noun>) -> Result<Exit, Failure> {
    if opens_console(&session.global, noun.as_ref()) {
        return dispatch(session, noun);
    }
    catch_unwind(AssertUnwindSafe(|| dispatch(session, noun)))
        .unwrap_or_else(|panic| Err(Failure::panicked(nesting::message(&*panic))))
}

fn opens_console(global: &Global, noun: Option<&Noun>) -> bool {
    match noun {
        _ if global.plain => false,
        None => true,
        #[cfg(feature = "demo")]
        Some(Noun::Demo(_)) => true,
        Some(_) => false,
    }
}

pub(super) fn dispatch(session: &mut Session, noun: Option<Noun>) -> Result<Exit, Failure> {
    match noun {
        None if session.global.plain => overview::run(session),
        #[cfg(feature = "console")]
        None => console::open(session),
        #[cfg(not(feature = "console"))]
        None => Err(Failure::usage("usage", "no command is given", "`ramax --help` lists the commands")),
        #[cfg(feature = "demo")]
        Some(Noun::Demo(arguments)) => demo::run(session, &arguments),
        Some(Noun::Spaces(arguments)) => spaces::run(session, arguments),
        Some(Noun::Events(arguments)) => events::run(session, &arguments),
        Some(Noun::Projections(arguments)) => projections::run(session, arguments),
        Some(Noun::Bisect(arguments)) => bisect::run(session, &arguments),
        Some(Noun::Checkpoints(arguments)) => checkpoints::run(session, &arguments),
        Some(Noun::Stats(arguments)) => stats::run(session, &arguments),
        Some(Noun::Subscriptions(arguments)) => subscriptions::run(session, arguments),
        Some(Noun::Work(arguments)) => work::run(session, &arguments),
        Some(Noun::Run(arguments)) => {
            let program = session.program.clone();
            run::run(session, &arguments, || Cli::help_of(&program, "run"))
        }
        Some(Noun::Rebuild(arguments)) => rebuild::run(session, &arguments),
        Some(Noun::CatchUp(arguments)) => catch_up::run(session, &arguments),
        Some(Noun::Verify(arguments)) => verify::run(session, &arguments),
        Some(Noun::ReleaseCheck(arguments)) => release_check::run(session, &arguments),
        Some(Noun::Redact(arguments)) => redact::run(session, &arguments),
        Some(Noun::Export(arguments)) => export::run(session, &arguments),
        Some(Noun::Import(arguments)) => import::run(session, &arguments),
        Some(Noun::Backup(arguments)) => backup::run(session, &arguments),
        Some(Noun::Check(arguments)) => check::run(session, &arguments),
        Some(Noun::Log(arguments)) => log::run(session, arguments),
        Some(Noun::Generate(arguments)) => generate::run(session, &arguments),
        #[cfg(feature = "console")]
        Some(Noun::Config(arguments)) => config::run(session, &arguments),
        Some(Noun::Completions(arguments)) => {
            completions::run(session, &arguments, session.program.command())
        }
        Some(Noun::Man(arguments)) => man::run(session, &arguments, session.program.command()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_definitions_are_consistent() {
        Program::ramax().command().debug_assert();
    }
}
