//! What can go wrong, told as what happened, why, and what to do next.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::event::{EventId, SpaceSequence};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, by family.
#[derive(Debug, Error)]
pub enum Error {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store cannot do what was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A command cannot be executed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// Events cannot be folded into a projection.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

/// Why a database cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// There is no such file.
    #[error("there is no file {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The path is a directory or something else that is no file.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file is not a SQLite database.
    #[error("{} is not a SQLite database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a SQLite database of another program.
    #[error("{} is a SQLite database, but not one of ramax (application id {application_id:#010x})", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The id in its header.
        application_id: u32,
    },
    /// The file was written by a newer version.
    #[error("{} has format version {version}; this program knows versions up to {supported}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
        /// The newest version that can be read.
        supported: u32,
    },
    /// The file can be read but not written.
    #[error("{} cannot be written: {reason}", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What stands in the way.
        reason: String,
    },
    /// The file cannot be opened for another reason.
    #[error("{} cannot be opened: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What stands in the way.
        reason: String,
    },
    /// The projections of this file are kept in a second one, which was not named.
    #[error("{} holds events only; its projections are kept in a second file", path.display())]
    ProjectionsElsewhere {
        /// The events file.
        path: PathBuf,
    },
    /// The file holds its own projections, but a second file was named.
    #[error("{} holds its own projections", path.display())]
    HoldsProjections {
        /// The file.
        path: PathBuf,
    },
    /// The projections file belongs to another store.
    #[error("{} does not hold the projections of this events file", projections.display())]
    NotItsProjections {
        /// The file named for projections.
        projections: PathBuf,
    },
    /// The file holds the projections of an events file, and no events.
    #[error("{} holds projections only; the events are in another file", path.display())]
    HoldsNoEvents {
        /// The file.
        path: PathBuf,
    },
}

/// Why the store cannot do what was asked. Nothing was written, unless the variant says otherwise.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process held the file for too long.
    #[error("the database is busy: another process has held it for {:.1} s", waited.as_secs_f64())]
    Busy {
        /// How long this one waited.
        waited: Duration,
    },
    /// The file was opened read-only.
    #[error("the database is open read-only")]
    ReadOnly,
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The file is damaged.
    #[error("the database is damaged: {detail}")]
    Corrupt {
        /// What was found.
        detail: String,
    },
    /// The commit failed in a way that leaves open whether it took place.
    #[error("it is not known whether the last commit took place: {detail}")]
    OutcomeUnknown {
        /// What the operating system said.
        detail: String,
    },
    /// Another failure of the storage engine.
    #[error("the database failed: {detail}")]
    Engine {
        /// What the engine said.
        detail: String,
    },
    /// The space is not at the sequence that was expected.
    #[error("expected {expected} but the space is at sequence {actual}{}", rival.map(|id| format!(" (last event {id})")).unwrap_or_default())]
    Conflict {
        /// What was expected, as text.
        expected: String,
        /// Where the space is.
        actual: SpaceSequence,
        /// The last event of the space, by whoever was faster.
        rival: Option<EventId>,
    },
    /// There is no such space.
    #[error("there is no space {space}")]
    UnknownSpace {
        /// Its name or number.
        space: String,
    },
    /// The space is being deleted.
    #[error("the space {space} is being deleted")]
    SpaceDeleting {
        /// Its name or number.
        space: String,
    },
    /// The name cannot be a space's name.
    #[error("a space's name must have between 1 and 200 characters, not {characters}")]
    InvalidSpaceName {
        /// How many characters it has.
        characters: usize,
    },
    /// The store has used up its numbers.
    #[error("no more {what} can be numbered in this file")]
    Exhausted {
        /// What there is too much of.
        what: &'static str,
    },
    /// The projection is not where the caller left it: someone else moved its checkpoint.
    #[error("the projection's checkpoint is {actual}, not {expected}")]
    CheckpointMoved {
        /// Where it was expected.
        expected: SpaceSequence,
        /// Where it is.
        actual: SpaceSequence,
    },
    /// The shadow of a rebuild was taken away by a later rebuild or a delete.
    #[error("this rebuild was overtaken by another rebuild or a delete of the same space")]
    ShadowGone,
}

/// A command that a domain turns down.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Rejection {
    /// The reason as a stable word, for example `contact_already_exists`.
    pub reason: &'static str,
    /// The reason for people.
    pub message: String,
    /// The field that it concerns.
    pub field: Option<&'static str>,
}

impl Rejection {
    /// A rejection that concerns one field.
    pub fn of_field(field: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), field: Some(field) }
    }

    /// A rejection that concerns the command as a whole.
    pub fn of_command(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), field: None }
    }
}

/// Why a command cannot be executed. Nothing was appended.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The domain turned it down.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The app has no such command.
    #[error("{app} has no command {command}")]
    UnknownCommand {
        /// The app.
        app: String,
        /// The command asked for.
        command: String,
        /// The commands that there are.
        known: Vec<&'static str>,
    },
    /// The command has no such field.
    #[error("{command} has no field {field}")]
    UnknownField {
        /// The command.
        command: &'static str,
        /// The field given.
        field: String,
        /// The fields that there are.
        known: Vec<&'static str>,
    },
    /// A required field is missing or empty.
    #[error("{command} needs the field {field}")]
    MissingField {
        /// The command.
        command: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A field's value cannot be used.
    #[error("{field}: {reason}")]
    InvalidField {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// It is not known which app the space runs.
    #[error("it is not known which app the space {space} runs")]
    UnknownApp {
        /// The space.
        space: String,
        /// The apps that there are.
        known: Vec<&'static str>,
    },
    /// The projection's stored value cannot be read by the app.
    #[error("the projection's value at {key} cannot be read: {reason}")]
    UnreadableState {
        /// Its key.
        key: String,
        /// Why.
        reason: String,
    },
}

/// Why events cannot be folded into a projection. The projection stands as it was.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// An event's applicator failed, or its checksum does not match.
    #[error("event {event_id} ({event_type}, sequence {sequence}) cannot be applied: {reason}")]
    BadEvent {
        /// The event.
        event_id: EventId,
        /// Its place in the space.
        sequence: SpaceSequence,
        /// Its type.
        event_type: String,
        /// Why.
        reason: String,
    },
    /// It was stopped on request.
    #[error("cancelled; the projection stands as it was")]
    Cancelled,
    /// A delete was stopped on request, after it had begun.
    #[error("the delete was interrupted; the space takes no more events")]
    DeleteInterrupted,
}

impl Error {
    /// Whether it was stopped on request.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Replay(ReplayError::Cancelled | ReplayError::DeleteInterrupted))
    }

    /// The error's name, stable for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Open(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Command(error) => error.kind(),
            Self::Replay(ReplayError::BadEvent { .. }) => "bad_event",
            Self::Replay(ReplayError::Cancelled) => "cancelled",
            Self::Replay(ReplayError::DeleteInterrupted) => "delete_interrupted",
        }
    }

    /// What to do next, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Open(error) => Some(error.hint()),
            Self::Store(error) => error.hint(),
            Self::Command(error) => error.hint(),
            Self::Replay(ReplayError::BadEvent { event_id, .. }) => Some(format!(
                "look at it with `ramax events show {event_id}`; `ramax rebuild SPACE --skip-errors` leaves it out"
            )),
            Self::Replay(ReplayError::Cancelled) => None,
            Self::Replay(ReplayError::DeleteInterrupted) => {
                Some("delete it again: it goes on where it stopped".to_owned())
            }
        }
    }
}

impl OpenError {
    /// The error's name, stable for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::NotAFile { .. } => "not_a_file",
            Self::NotADatabase { .. } => "not_a_database",
            Self::Foreign { .. } => "foreign_database",
            Self::Newer { .. } => "newer_version",
            Self::NotWritable { .. } => "not_writable",
            Self::Unusable { .. } => "unusable",
            Self::ProjectionsElsewhere { .. } => "projections_elsewhere",
            Self::HoldsProjections { .. } => "holds_projections",
            Self::NotItsProjections { .. } => "not_its_projections",
            Self::HoldsNoEvents { .. } => "holds_no_events",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { path } => {
                format!(
                    "create it with `ramax --db {} spaces create NAME`, or try `ramax demo`",
                    path.display()
                )
            }
            Self::NotAFile { .. } | Self::NotADatabase { .. } | Self::Foreign { .. } => {
                "name a file that ramax created; this one was left as it is".to_owned()
            }
            Self::Newer { .. } => {
                "use the newer program that wrote it; the file was left as it is".to_owned()
            }
            Self::NotWritable { .. } => {
                "allow writing to the file and its directory, or look at it with --read-only".to_owned()
            }
            Self::Unusable { .. } => "check the path and its permissions".to_owned(),
            Self::ProjectionsElsewhere { .. } => "name the second file with --projections FILE".to_owned(),
            Self::HoldsProjections { .. } => "leave out --projections".to_owned(),
            Self::HoldsNoEvents { .. } => {
                "open the events file, and name this one with --projections FILE".to_owned()
            }
            Self::NotItsProjections { .. } => {
                "name the projections file that was created together with this events file".to_owned()
            }
        }
    }
}

impl StoreError {
    /// The error's name, stable for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "busy",
            Self::ReadOnly => "read_only",
            Self::DiskFull => "disk_full",
            Self::Corrupt { .. } => "corrupt",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::Engine { .. } => "engine",
            Self::Conflict { .. } => "conflict",
            Self::UnknownSpace { .. } => "unknown_space",
            Self::SpaceDeleting { .. } => "space_deleting",
            Self::InvalidSpaceName { .. } => "invalid_space_name",
            Self::Exhausted { .. } => "exhausted",
            Self::CheckpointMoved { .. } => "checkpoint_moved",
            Self::ShadowGone => "shadow_gone",
        }
    }

    /// What to do next, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Busy { .. } => "nothing was written; try again when the other process is done",
            Self::ReadOnly => "open it without --read-only to change it",
            Self::DiskFull => "nothing was written; make room and try again",
            Self::Corrupt { .. } => "nothing was written; work on a copy, and take the last good backup",
            Self::OutcomeUnknown { .. } => "open the file again and look before you repeat the command",
            Self::Conflict { .. } => "look at what happened since, then decide again",
            Self::UnknownSpace { .. } => "`ramax spaces list` shows the spaces",
            Self::SpaceDeleting { .. } => "finish it with `ramax spaces delete SPACE --confirm NAME`",
            Self::CheckpointMoved { .. } | Self::ShadowGone => "nothing was changed; try again",
            Self::Engine { .. } | Self::InvalidSpaceName { .. } | Self::Exhausted { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

impl CommandError {
    /// The error's name, stable for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.reason,
            Self::UnknownCommand { .. } => "unknown_command",
            Self::UnknownField { .. } => "unknown_field",
            Self::MissingField { .. } => "missing_field",
            Self::InvalidField { .. } => "invalid_field",
            Self::UnknownApp { .. } => "unknown_app",
            Self::UnreadableState { .. } => "unreadable_state",
        }
    }

    /// The field that it concerns, so that a form can say it there.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Rejected(rejection) => rejection.field,
            Self::UnknownField { field, .. } => Some(field),
            Self::MissingField { field, .. } | Self::InvalidField { field, .. } => Some(field),
            Self::UnknownCommand { .. } | Self::UnknownApp { .. } | Self::UnreadableState { .. } => None,
        }
    }

    /// What to do next, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Rejected(_) | Self::MissingField { .. } | Self::InvalidField { .. } => None,
            Self::UnknownCommand { known, .. } => Some(format!("commands: {}", known.join(", "))),
            Self::UnknownField { known, .. } => Some(format!("fields: {}", known.join(", "))),
            Self::UnknownApp { known, .. } => Some(format!(
                "name it in the space's metadata when creating the space: --app {}",
                known.join("|")
            )),
            Self::UnreadableState { .. } => {
                Some("`ramax verify SPACE` and then `ramax rebuild SPACE`".to_owned())
            }
        }
    }
}
