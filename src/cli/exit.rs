//! The outcome of a run: its exit code and its error.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::audit::Outcome;
use crate::error::{
    Advice, BackupError, CommandError, Error, ExportError, ImportError, NoRoom, RedactionError, ReplayError,
    StoreError, SubscriptionError, reason_of,
};
use crate::json::json_text;
use crate::masking::masked;
use crate::operations::OperationError;
use crate::terminal_write::BlockingWriter;
use crate::text::{visible, without_error_numbers};

use super::program::{Program, in_words_of};
use super::remedy;
use super::stdio::is_interrupted;

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// Success.
    Done,
    /// Rejected or refused, or a problem was found.
    Refused,
    /// The command line is wrong.
    Usage,
    /// The database cannot be used.
    Unusable,
    /// A signal interrupted the run.
    Interrupted,
    /// The reader of the output is gone.
    BrokenPipe,
}

impl Exit {
    /// Returns the exit code of the process.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Unusable => 3,
            Self::Interrupted => 130,
            Self::BrokenPipe => 141,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl OperationError for Failure {
    fn is_busy(&self) -> bool {
        self.kind == "busy"
    }

    fn outcome(&self) -> Outcome {
        match self.exit {
            Exit::Interrupted | Exit::BrokenPipe => Outcome::Cancelled,
            Exit::Refused | Exit::Usage => Outcome::Refused,
            Exit::Done | Exit::Unusable => Outcome::Failed,
        }
    }
}

/// The error of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The exit code of the process.
    pub exit: Exit,
    /// The error's name, stable for programs.
    pub kind: &'static str,
    /// The message: what happened.
    pub message: String,
    /// Advice: what to do next.
    pub hint: Option<Advice>,
}

impl Failure {
    /// Returns the failure of a wrong command line.
    pub fn usage(kind: &'static str, message: impl Into<String>, hint: impl Into<Advice>) -> Self {
        Self { exit: Exit::Usage, kind, message: message.into(), hint: Some(hint.into()) }
    }

    /// Returns the failure of a run that a signal ended while it waited for standard input or output.
    pub fn interrupted() -> Self {
        Self { exit: Exit::Interrupted, kind: "interrupted", message: "interrupted".to_owned(), hint: None }
    }

    /// Returns the failure of a request that is refused, or that names something unknown.
    pub fn refused(kind: &'static str, message: impl Into<String>, hint: impl Into<Advice>) -> Self {
        Self { exit: Exit::Refused, kind, message: message.into(), hint: Some(hint.into()) }
    }

    /// Returns the failure of a command that panicked, most likely in a handler of its app.
    pub fn panicked(message: &str) -> Self {
        let hint = "the lines above name the place, in the app or in this program; the step that panicked changed nothing";
        Self::refused("panicked", format!("the program panicked: {message}"), hint)
    }

    /// Returns true if the server of the database cannot be reached at the moment.
    pub fn is_server_away(&self) -> bool {
        matches!(self.kind, "unreachable" | "connection_lost")
    }

    /// Puts the place where it happened before the message.
    pub fn at(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Adds to the message what was done before the failure.
    pub fn after(mut self, done: &str) -> Self {
        self.message = format!("{} (before that: {done})", self.message);
        self
    }

    /// Adds advice to the hint.
    pub fn advise(mut self, advice: &str) -> Self {
        let advice = advice.to_owned();
        self.hint = Some(match self.hint {
            Some(hint) => hint.text("; ").text(advice),
            None => advice.into(),
        });
        self
    }

    /// Names the space that the hint is about, unless it has one.
    pub fn about_space(mut self, space: &str) -> Self {
        self.hint = self.hint.map(|hint| hint.about_space(space));
        self
    }

    /// Returns the message, with the name of the program in the commands that it quotes.
    fn message_text(&self, program: &Program) -> String {
        let text = in_words_of(program.name(), &self.message);
        masked(&without_error_numbers(&text)).into_owned()
    }

    /// Returns the hint, with command lines of the program for its steps.
    pub(super) fn hint_text(&self, program: &Program) -> Option<String> {
        self.hint.as_ref().map(|hint| masked(&remedy::worded(hint, program)).into_owned())
    }

    /// Returns the failure as JSON: `{"error":{"kind":…,"message":…,"hint":…}}`.
    pub(super) fn to_json(&self, program: &Program) -> Value {
        let mut error = Map::new();
        error.insert("kind".to_owned(), self.kind.into());
        error.insert("message".to_owned(), self.message_text(program).into());
        if let Some(hint) = self.hint_text(program) {
            error.insert("hint".to_owned(), hint.into());
        }
        json!({ "error": error })
    }

    /// Writes the failure to standard error. An interruption and a closed pipe need no message.
    pub(super) fn report(&self, program: &Program, json: bool) {
        if self.exit == Exit::BrokenPipe || self.kind == "interrupted" {
            return;
        }
        let text =
            if json { format!("{}\n", json_text(&self.to_json(program))) } else { self.as_text(program) };
        // An error of standard error itself cannot be reported.
        let _ = BlockingWriter(io::stderr()).write_all(text.as_bytes());
    }

    /// Returns the failure as it is written to standard error.
    pub(super) fn as_text(&self, program: &Program) -> String {
        let message = format!("error: {}\n", visible(&self.message_text(program)));
        match self.hint_text(program) {
            Some(hint) => format!("{message}hint: {}\n", visible(&hint)),
            None => message,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if let Error::Export(ExportError::Write(error)) | Error::Import(ImportError::Read(error)) = &error
            && is_interrupted(error)
        {
            return Self::interrupted();
        }
        Self { exit: exit_of(&error), kind: error.kind(), message: error.to_string(), hint: error.advice() }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if is_interrupted(&error) {
            return Self::interrupted();
        }
        let exit = if error.kind() == io::ErrorKind::BrokenPipe { Exit::BrokenPipe } else { Exit::Refused };
        let message = format!("the output cannot be written: {}", reason_of(&error));
        Self { exit, kind: "output", message, hint: NoRoom::of(&error).map(NoRoom::advice_on_new_file) }
    }
}

fn exit_of(error: &Error) -> Exit {
    match error {
        Error::Open(_) => Exit::Unusable,
        Error::Store(error) | Error::Import(ImportError::Name(error)) => store_exit(error),
        Error::Command(error) => command_exit(error),
        Error::Replay(
            ReplayError::Cancelled { .. } | ReplayError::DeleteInterrupted | ReplayError::PurgeInterrupted,
        ) => Exit::Interrupted,
        Error::Export(ExportError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Exit::BrokenPipe
        }
        Error::Backup(
            BackupError::SecondFileMissing | BackupError::SecondFileUnwanted | BackupError::SameFile { .. },
        ) => Exit::Usage,
        Error::Backup(_) | Error::Projection(_) | Error::Replay(_) | Error::Export(_) | Error::Import(_) => {
            Exit::Refused
        }
        Error::Subscription(
            SubscriptionError::InvalidName { .. } | SubscriptionError::InvalidStart { .. },
        )
        | Error::Redaction(RedactionError::InvalidField { .. } | RedactionError::NoField)
        | Error::Path(_)
        | Error::Query(_) => Exit::Usage,
        Error::Redaction(_) | Error::Subscription(_) | Error::Fork(_) => Exit::Refused,
    }
}

fn store_exit(error: &StoreError) -> Exit {
    match error {
        StoreError::Stopped => Exit::Interrupted,
        StoreError::InvalidSpaceName { .. } => Exit::Usage,
        StoreError::ReadOnly | StoreError::ReadOnlyServer | StoreError::WrittenByOriginal { .. } => {
            Exit::Unusable
        }
        error if error.is_refusal() => Exit::Refused,
        // The database itself is in order.
        StoreError::SpaceDamaged { .. }
        | StoreError::SpacesDamaged { .. }
        | StoreError::DeleteUnfinished { .. }
        | StoreError::SpaceIncomplete { .. }
        | StoreError::NotImporting { .. }
        | StoreError::MarkLost { .. }
        | StoreError::InvalidEvent(_)
        | StoreError::MetadataTooLarge { .. }
        | StoreError::Exhausted { .. }
        | StoreError::ProjectionAhead { .. }
        | StoreError::ProjectionOutdated { .. }
        | StoreError::ProjectionNewer { .. }
        | StoreError::CheckpointMoved { .. }
        | StoreError::ShadowGone => Exit::Refused,
        _ => Exit::Unusable,
    }
}

fn command_exit(error: &CommandError) -> Exit {
    match error {
        // The event does not exist; the field itself is valid.
        CommandError::InvalidField { field: "causation_id", .. } => Exit::Refused,
        CommandError::UnknownCommand { .. }
        | CommandError::UnknownField { .. }
        | CommandError::MissingFields { .. }
        | CommandError::InvalidField { .. } => Exit::Usage,
        CommandError::Rejected(_)
        | CommandError::WrongApp { .. }
        | CommandError::OtherApp { .. }
        | CommandError::InvalidApp { .. }
        | CommandError::CannotGenerate { .. }
        | CommandError::InvalidProjection { .. }
        | CommandError::UnknownProjection { .. }
        | CommandError::AmbiguousKey { .. }
        | CommandError::DeclaredProjection { .. }
        | CommandError::UnknownApp { .. }
        | CommandError::Panicked { .. }
        | CommandError::UnreadableState { .. } => Exit::Refused,
    }
}
