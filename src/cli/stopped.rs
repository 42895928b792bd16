//! A run that ends while the command line is read.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::blocking::BlockingWriter;
use crate::text::{nearest, visible};

use super::arguments::{Cli, is_command_like};
use super::exit::{Exit, Failure};

/// A run that ended while the command line was read: with a failure, or because help was all that was
/// asked for.
#[derive(Debug)]
pub struct Stopped {
    error: clap::Error,
    /// The word that stands where the command should.
    unknown: Option<PathBuf>,
    json: bool,
}

impl Stopped {
    pub(super) fn new(error: clap::Error, arguments: &[OsString], json: bool) -> Self {
        let mut error = made_visible(error, arguments);
        forget_far_fetched(&mut error);
        let is_unread = matches!(error.kind(), ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
        let unknown = if is_unread { word_for_a_command(arguments) } else { None };
        Self { error, unknown, json }
    }

    /// Tells why.
    #[must_use]
    pub fn report(&self) -> Exit {
        if matches!(self.error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            return self.print_help();
        }
        if let Some(word) = &self.unknown {
            no_command(word).report(self.json);
        } else if self.json {
            self.failure().report(true);
        } else {
            let _ = self.print(io::stderr());
        }
        Exit::Usage
    }

    /// Prints clap's words as a whole, however slowly a terminal takes them.
    fn print(&self, stream: impl AsFd + IsTerminal) -> io::Result<()> {
        let words = self.error.render();
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let has_styles = stream.is_terminal()
            && variable("NO_COLOR").is_none()
            && variable("TERM").is_some_and(|terminal| terminal != "dumb");
        let words = if has_styles { words.ansi().to_string() } else { words.to_string() };
        BlockingWriter(stream).write_all(words.as_bytes())
    }

    fn print_help(&self) -> Exit {
        match self.print(io::stdout()) {
            // Help that nobody reads to its end is no failure.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let failure = Failure::from(error);
                failure.report(self.json);
                failure.exit
            }
            _ => Exit::Done,
        }
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

/// The same error about what was typed as it can be shown: clap repeats it as it is.
fn made_visible(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let shown = |argument: &OsString| OsString::from(visible(&argument.to_string_lossy()).into_owned());
    let shown: Vec<OsString> = arguments.iter().map(shown).collect();
    if shown == arguments { error } else { Cli::parsed(&shown).err().unwrap_or(error) }
}

/// There is no such command.
pub(super) fn no_command(word: &Path) -> Failure {
    let message = format!("there is no command {}", word.display());
    Failure::usage("unknown_command", message, command_hint(&Cli::command(), &word.to_string_lossy()))
}

/// The command that was probably meant by a mistyped one, and the way to all of them.
pub(super) fn command_hint(program: &clap::Command, mistyped: &str) -> String {
    let known = program.get_subcommands().map(clap::Command::get_name);
    match nearest(mistyped, known) {
        Some(command) => format!("did you mean {command}? `ramax --help` lists the commands"),
        None => "`ramax --help` lists the commands".to_owned(),
    }
}

/// The word that was taken for the database, where it was rather meant as a command: `ramax evnts list`.
fn word_for_a_command(arguments: &[OsString]) -> Option<PathBuf> {
    let matches = Cli::command().ignore_errors(true).try_get_matches_from(arguments).ok()?;
    let word = matches.get_one::<PathBuf>("database")?;
    (matches.subcommand().is_none() && is_command_like(word)).then(|| word.clone())
}

/// Drops a suggested option or command that does not even begin like the one that was given.
fn forget_far_fetched(error: &mut clap::Error) {
    let text = |error: &clap::Error, kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let suggested_command = match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(names)) => names.first().cloned(),
        _ => None,
    };
    let initial = |text: String| text.trim_start_matches('-').chars().next();
    let given = text(error, ContextKind::InvalidArg).and_then(initial);
    let suggested = text(error, ContextKind::SuggestedArg).and_then(initial);
    let mistyped = text(error, ContextKind::InvalidSubcommand).and_then(initial);
    if mistyped.is_some() && suggested_command.and_then(initial) != mistyped {
        error.remove(ContextKind::SuggestedSubcommand);
    }
    if suggested.is_some() && given != suggested {
        error.remove(ContextKind::SuggestedArg);
        // It is written with the suggested option in it.
        error.remove(ContextKind::Usage);
    }
}
