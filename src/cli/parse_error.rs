//! A run that ends while the command line is parsed.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::masking::{MaskedPath, masked};
use crate::terminal_write::BlockingWriter;
use crate::text::{nearest, visible};

use super::arguments::{Cli, is_command_like};
use super::exit::{Exit, Failure};
use super::program::{Program, in_words_of};

/// A run that ended while the command line was parsed: with a failure, or because only help was requested.
pub(super) struct ParseError<'a> {
    program: &'a Program,
    error: clap::Error,
    /// The word in place of a command.
    unknown: Option<PathBuf>,
    json: bool,
}

impl<'a> ParseError<'a> {
    pub(super) fn new(program: &'a Program, error: clap::Error, arguments: &[OsString]) -> Self {
        let json = arguments.iter().any(|argument| argument == "--json");
        let mut error = made_visible(program, error, arguments);
        drop_unlikely_suggestions(&mut error);
        let is_unread = matches!(error.kind(), ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
        let unknown = if is_unread { word_for_a_command(program, arguments) } else { None };
        Self { program, error, unknown, json }
    }

    /// Prints the help or the failure.
    pub(super) fn report(&self) -> Exit {
        if matches!(self.error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            return self.print_help();
        }
        if let Some(word) = &self.unknown {
            no_command(self.program, word).report(self.program, self.json);
        } else if self.json {
            self.failure().report(self.program, true);
        } else {
            let _ = self.print(io::stderr());
        }
        Exit::Usage
    }

    /// Prints clap's message completely, however slow the terminal is.
    fn print(&self, stream: impl AsFd + IsTerminal) -> io::Result<()> {
        let words = self.error.render();
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let has_styles = stream.is_terminal()
            && variable("NO_COLOR").is_none()
            && variable("TERM").is_some_and(|terminal| terminal != "dumb");
        let words = if has_styles { words.ansi().to_string() } else { words.to_string() };
        let words = in_words_of(self.program.name(), &words);
        BlockingWriter(stream).write_all(masked(&words).as_bytes())
    }

    fn print_help(&self) -> Exit {
        match self.print(io::stdout()) {
            // A reader that closes the help early is not a failure.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let failure = Failure::from(error);
                failure.report(self.program, self.json);
                failure.exit
            }
            _ => Exit::Done,
        }
    }

    /// Converts clap's message, which ends with the usage and a reference to the help.
    fn failure(&self) -> Failure {
        let text = self.error.to_string();
        let (message, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
        let message = message.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ");
        let hint = rest.split_whitespace().collect::<Vec<_>>().join(" ");
        Failure::usage("usage", visible(&message), visible(&hint).into_owned())
    }
}

/// Returns the same error with control characters made visible, because clap repeats arguments unchanged.
fn made_visible(program: &Program, error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let shown = |argument: &OsString| OsString::from(visible(&argument.to_string_lossy()).into_owned());
    let shown: Vec<OsString> = arguments.iter().map(shown).collect();
    if shown == arguments { error } else { Cli::parsed(program, &shown).err().unwrap_or(error) }
}

/// Returns the failure for an unknown command.
pub(super) fn no_command(program: &Program, word: &Path) -> Failure {
    let message = format!("there is no command {}", word.shown());
    Failure::usage("unknown_command", message, command_hint(&program.command(), &word.to_string_lossy()))
}

/// Suggests the nearest command, and the list of all.
pub(super) fn command_hint(program: &clap::Command, mistyped: &str) -> String {
    let shown = program.get_subcommands().filter(|command| !command.is_hide_set());
    let known = shown.map(clap::Command::get_name);
    match nearest(mistyped, known) {
        Some(command) => format!("did you mean {command}? `ramax --help` lists the commands"),
        None => "`ramax --help` lists the commands".to_owned(),
    }
}

/// Returns the word that was parsed as the database, but was probably meant as a command: `ramax evnts list`.
fn word_for_a_command(program: &Program, arguments: &[OsString]) -> Option<PathBuf> {
    let matches = program.command().ignore_errors(true).try_get_matches_from(arguments).ok()?;
    let word = matches.get_one::<PathBuf>("database")?;
    (matches.subcommand().is_none() && is_command_like(word)).then(|| word.clone())
}

/// Drops a suggested option or command that starts with another letter than the given one.
fn drop_unlikely_suggestions(error: &mut clap::Error) {
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
        // The usage contains the suggested option.
        error.remove(ContextKind::Usage);
    }
}
