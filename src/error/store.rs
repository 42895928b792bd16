//! Errors of the store.

use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::error::InvalidEvent;
use crate::event::{EventId, SpaceSequence};
use crate::id::SpaceId;
use crate::limits::LONGEST_METADATA;
use crate::shell;
use crate::text::grouped;

/// The reason why the store refused or failed. Nothing was written, unless the variant says otherwise.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process held the file for too long.
    #[error("the database is busy: another process has held it for {:.1} s", waited.as_secs_f64())]
    Busy {
        /// How long the caller waited.
        waited: Duration,
    },
    /// Another thread held this handle for too long. A command's closure that waits for such a thread waits
    /// in vain.
    #[error("the database is busy: another thread has held this handle for {:.1} s", waited.as_secs_f64())]
    HandleBusy {
        /// How long the caller waited.
        waited: Duration,
    },
    /// A command's closure or an event handler tried to write. Both run inside a unit of work and may only
    /// read.
    #[error("a command cannot run inside another command, nor inside an event handler")]
    NestedCommand,
    /// The process is exiting and closes the database.
    #[error("stopped, because this process is exiting")]
    Stopped,
    /// The file was opened read-only.
    #[error("the database is open read-only")]
    ReadOnly,
    /// This user may not write the file, or its log or journal.
    #[error("the database cannot be written: permission denied")]
    NotWritable,
    /// The file was changed while it was read without locks.
    #[error("the database was changed while it was read without locks")]
    ChangedMeanwhile,
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The file is damaged.
    #[error("the database is damaged: {detail}")]
    Corrupt {
        /// The damage.
        detail: String,
    },
    /// Another program's trigger refused the write.
    #[error("a trigger of another program refused the write: {detail}")]
    ForeignTrigger {
        /// The trigger's message.
        detail: String,
    },
    /// The commit failed, and what it left in the WAL could not be overwritten, so that it may take effect
    /// when the WAL is read from its start, as after a crash. The next write through the same handle tries
    /// again to undo it.
    #[error("the outcome of the last commit is unknown: {detail}")]
    OutcomeUnknown {
        /// The operating system's message.
        detail: String,
    },
    /// The storage engine failed otherwise.
    #[error("the database failed: {detail}")]
    Engine {
        /// The engine's message.
        detail: String,
    },
    /// The space is not at the expected sequence.
    #[error("expected {expected} but the space is at sequence {actual}{}", rival.map(|id| format!(" (last event {id})")).unwrap_or_default())]
    Conflict {
        /// The expectation, as text.
        expected: String,
        /// The space's last sequence.
        actual: SpaceSequence,
        /// The space's last event, appended by the faster writer.
        rival: Option<EventId>,
    },
    /// There is no such space.
    #[error("there is no space {space}")]
    UnknownSpace {
        /// Its name, or its id written `#2`.
        space: String,
        /// The existing name most like it.
        nearest: Option<String>,
    },
    /// The text is the name of one space and the id of another.
    #[error("{space} is the id of one space and the name of another")]
    AmbiguousSpace {
        /// The text.
        space: String,
        /// The id of the space with this name.
        named: SpaceId,
        /// The name of the space with this id.
        numbered: String,
    },
    /// The space is being deleted.
    #[error("the space {space} is being deleted")]
    SpaceDeleting {
        /// Its name, or its id written `#2`.
        space: String,
    },
    /// The space is being imported.
    #[error("the space {space} is being imported")]
    SpaceImporting {
        /// Its name, or its id written `#2`.
        space: String,
    },
    /// The space is not being imported.
    #[error("the space {space} is not being imported")]
    NotImporting {
        /// Its name, or its id written `#2`.
        space: String,
    },
    /// Another operation took over the space that this one had closed.
    #[error("another operation took over the space {space}")]
    MarkLost {
        /// Its name or id.
        space: String,
    },
    /// Another operation has closed the space and is still running.
    #[error("the space {space} is being {doing} by {by}")]
    WorkedOn {
        /// Its name.
        space: String,
        /// The operation, as a participle: `imported`, `deleted`.
        doing: &'static str,
        /// The operator, with the start time.
        by: String,
    },
    /// The name is taken.
    #[error("the space {space} already exists")]
    SpaceExists {
        /// Its name.
        space: String,
    },
    /// The name is not valid for a space.
    #[error("a space's name {reason}")]
    InvalidSpaceName {
        /// The rule that it breaks.
        reason: String,
    },
    /// An event cannot be stored.
    #[error(transparent)]
    InvalidEvent(InvalidEvent),
    /// The metadata of a space is too large.
    #[error(
        "the metadata of a space has {} bytes; the limit is {} MiB",
        grouped(*bytes as u64),
        LONGEST_METADATA >> 20
    )]
    MetadataTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The store has run out of ids.
    #[error("this file has no ids left for {what}")]
    Exhausted {
        /// The rows that need ids.
        what: &'static str,
    },
    /// Another writer moved the projection's checkpoint.
    #[error("the projection's checkpoint is {actual}, not {expected}")]
    CheckpointMoved {
        /// The expected checkpoint.
        expected: SpaceSequence,
        /// The actual checkpoint.
        actual: SpaceSequence,
    },
    /// The projection contains events that the log does not have: one of two files is older than the other.
    #[error(
        "the projection is at sequence {checkpoint}, but the log has other events or ends at {last_sequence}"
    )]
    ProjectionAhead {
        /// The projection's checkpoint.
        checkpoint: SpaceSequence,
        /// The log's last sequence.
        last_sequence: SpaceSequence,
    },
    /// The file was removed or replaced since it was opened.
    #[error("the database file {} was removed or replaced since it was opened", path.display())]
    FileReplaced {
        /// The file's path.
        path: PathBuf,
        /// Its write-ahead log, left behind with the latest commits.
        log: Option<PathBuf>,
    },
    /// The write-ahead log or its shared memory was removed or replaced while the file was open.
    #[error("{} was removed or replaced while the database {} was open", path.display(), database.display())]
    WalReplaced {
        /// The missing file.
        path: PathBuf,
        /// The database.
        database: PathBuf,
    },
    /// The file has more than one name (hard links).
    #[error("the database file {} has {links} names (hard links)", path.display())]
    HardLinked {
        /// One of its names.
        path: PathBuf,
        /// Their number.
        links: u64,
    },
    /// A later rebuild or a delete removed this rebuild's shadow.
    #[error("this rebuild was overtaken by another rebuild or a delete of the same space")]
    ShadowGone,
}

impl StoreError {
    /// Creates the error for a space that does not exist, without a suggestion.
    pub fn unknown_space(space: impl ToString) -> Self {
        Self::UnknownSpace { space: space.to_string(), nearest: None }
    }

    /// Creates the error of a unit of work in which a nested transaction failed.
    pub(crate) fn part_failed() -> Self {
        Self::Engine { detail: "a nested transaction failed".to_owned() }
    }

    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Busy { .. } | Self::HandleBusy { .. } => "busy",
            Self::NestedCommand => "nested_command",
            Self::Stopped => "stopped",
            Self::ReadOnly => "read_only",
            Self::NotWritable => "not_writable",
            Self::ChangedMeanwhile => "changed_meanwhile",
            Self::DiskFull => "disk_full",
            Self::Corrupt { .. } => "corrupt",
            Self::ForeignTrigger { .. } => "foreign_trigger",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::Engine { .. } => "engine",
            Self::Conflict { .. } => "conflict",
            Self::UnknownSpace { .. } => "unknown_space",
            Self::AmbiguousSpace { .. } => "ambiguous_space",
            Self::SpaceDeleting { .. } => "space_deleting",
            Self::SpaceImporting { .. } => "space_importing",
            Self::NotImporting { .. } => "not_importing",
            Self::MarkLost { .. } => "mark_lost",
            Self::WorkedOn { .. } => "worked_on",
            Self::SpaceExists { .. } => "space_exists",
            Self::InvalidSpaceName { .. } => "invalid_space_name",
            Self::InvalidEvent(_) => "invalid_event",
            Self::MetadataTooLarge { .. } => "metadata_too_large",
            Self::Exhausted { .. } => "exhausted",
            Self::CheckpointMoved { .. } => "checkpoint_moved",
            Self::ProjectionAhead { .. } => "projection_ahead",
            Self::FileReplaced { .. } => "file_replaced",
            Self::WalReplaced { .. } => "wal_replaced",
            Self::HardLinked { .. } => "hard_linked",
            Self::ShadowGone => "shadow_gone",
        }
    }

    /// Suggests what to do next, if anything can be done.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Busy { .. } => "nothing was done; try again when the other process has finished",
            Self::HandleBusy { .. } => {
                "nothing was done; try again when the other thread has finished; a command's closure must not wait for a \
                     thread that uses the same store"
            }
            Self::NestedCommand => {
                "nothing was written; run it after the outer command has returned, or append all events in one command"
            }
            Self::ReadOnly => "open it without --read-only to change it",
            Self::NotWritable => "allow writing to the file, to its -wal and -shm, and to its directory",
            Self::ChangedMeanwhile => "try again; the file is then opened again",
            Self::DiskFull => "earlier commits are safe; free some disk space and try again",
            Self::Corrupt { .. } => {
                "check the file to see what is damaged and which operation repairs it; work on a copy, and keep the last \
                     good backup"
            }
            Self::ForeignTrigger { .. } => {
                "nothing was written; `ramax check` names the trigger, and its owner can drop it"
            }
            Self::OutcomeUnknown { .. } => {
                "open the file again and check the result before you repeat the command"
            }
            Self::Conflict { .. } => "look at the new events, then decide again",
            Self::UnknownSpace { nearest: None, .. } => "`ramax spaces list` shows the spaces",
            Self::UnknownSpace { nearest: Some(nearest), .. } => {
                return Some(format!("did you mean {nearest}? `ramax spaces list` shows the spaces"));
            }
            Self::AmbiguousSpace { space, named, numbered } => {
                return Some(format!(
                    "write {} for the space named {space}, or {} for the one with this id",
                    shell::word(&named.to_string()),
                    shell::word(numbered)
                ));
            }
            Self::InvalidSpaceName { .. } => {
                "a name has 1 to 200 characters, no blank at either end, and does not start with #, as ids do \
                 (an import: --into NAME)"
            }
            Self::SpaceDeleting { space } => {
                let confirm = shell::option("--confirm", space);
                return Some(format!(
                    "finish it with `{}`",
                    shell::command("spaces delete", &[space], &confirm)
                ));
            }
            Self::SpaceImporting { .. } => {
                "if the import was interrupted, import the file again, or delete the space"
            }
            Self::CheckpointMoved { .. } | Self::ShadowGone => "nothing was changed; try again",
            Self::WalReplaced { database, .. } => return Some(after_losing_the_wal(database)),
            Self::HardLinked { .. } => {
                "nothing was done, because programs that use two names of a file overwrite each other's commits: remove \
                     the other names or make a copy, then open it again; --read-only works as well"
            }
            Self::FileReplaced { log, .. } => return Some(after_replacing(log.as_deref())),
            Self::ProjectionAhead { .. } => {
                "the events file is older than its projections; `ramax rebuild SPACE` rebuilds the projection from the \
                     existing events"
            }
            Self::Engine { .. } => "nothing was done; check the file's disk and permissions",
            Self::MarkLost { .. } => "`ramax log` shows what the other operation did",
            Self::WorkedOn { .. } => "wait until it has finished, or stop it, and try again",
            Self::SpaceExists { .. } => {
                "choose another name (an import: --into NAME), or delete that space first"
            }
            Self::InvalidEvent(invalid) => invalid.hint(),
            Self::MetadataTooLarge { .. } => "keep large content elsewhere and refer to it",
            Self::Exhausted { .. } => {
                "export the spaces and import them into a new file, where their events get new ids"
            }
            Self::Stopped | Self::NotImporting { .. } => {
                return None;
            }
        };
        Some(hint.to_owned())
    }
}

fn after_losing_the_wal(database: &Path) -> String {
    let database = database.display();
    format!(
        "nothing was done. The commits since the last checkpoint may be lost with it: stop every program that has \
             {database} open, copy {database} with its -wal and -shm files, and examine it with `ramax check --deep`"
    )
}

fn after_replacing(log: Option<&Path>) -> String {
    let Some(log) = log else {
        return "nothing was done; open the file again to work on the current one".to_owned();
    };
    let log = log.display();
    format!(
        "nothing was done. The latest commits may be in {log} alone, which belongs to the old file: do not open the \
             new file next to it. First stop every program that uses either file, then move {log} to the old file, under \
             that file's name with -wal appended, or out of the way if the old file is gone"
    )
}

impl From<InvalidEvent> for StoreError {
    fn from(invalid: InvalidEvent) -> Self {
        Self::InvalidEvent(invalid)
    }
}
