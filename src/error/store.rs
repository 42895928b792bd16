//! Errors of the storage.

use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::error::InvalidEvent;
use crate::event::{EventId, SpaceSequence};
use crate::id::SpaceId;
use crate::limits::LONGEST_METADATA;
use crate::shell;
use crate::text::grouped;

/// Why the store cannot do what was asked. Nothing was written, unless the variant says otherwise.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process held the file for too long.
    #[error("the database is busy: another process has held it for {:.1} s", waited.as_secs_f64())]
    Busy {
        /// How long this one waited.
        waited: Duration,
    },
    /// Another thread held this handle for too long. A thread that a command's closure waits for waits in vain.
    #[error("the database is busy: another thread has held this handle for {:.1} s", waited.as_secs_f64())]
    HandleBusy {
        /// How long this one waited.
        waited: Duration,
    },
    /// A command's closure or an event handler tried to write: it runs in the middle of a unit of work, and only
    /// reads.
    #[error("a command cannot run inside another command, nor inside an event handler")]
    NestedCommand,
    /// The process is closing the database, so that it can end.
    #[error("stopped, because this process is ending")]
    Stopped,
    /// The file was opened read-only.
    #[error("the database is open read-only")]
    ReadOnly,
    /// The operating system does not let this user write the file, or one that SQLite keeps beside it.
    #[error("the database cannot be written: permission denied")]
    NotWritable,
    /// A file that is read without locks was changed meanwhile.
    #[error("the database was changed while it was read without locks")]
    ChangedMeanwhile,
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The file is damaged.
    #[error("the database is damaged: {detail}")]
    Corrupt {
        /// What was found.
        detail: String,
    },
    /// A trigger that another program attached to a table refused the write.
    #[error("a trigger in the database that is not ramax's own refused the write: {detail}")]
    ForeignTrigger {
        /// What the trigger said.
        detail: String,
    },
    /// The commit failed, and so did writing over what it left in the log: whoever reads the log from its start,
    /// as after a crash, may find it there. The next write through the same handle tries to undo it again.
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
        /// Its name, or its id written `#2`.
        space: String,
        /// The space that may have been meant.
        nearest: Option<String>,
    },
    /// The text is both the name of one space and the id of another.
    #[error("{space} is the id of one space and the name of another")]
    AmbiguousSpace {
        /// The text.
        space: String,
        /// The id of the space that has it as its name.
        named: SpaceId,
        /// The name of the space that has it as its id.
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
    /// The space is not one that is being imported.
    #[error("the space {space} is not being imported")]
    NotImporting {
        /// Its name, or its id written `#2`.
        space: String,
    },
    /// Another operation took over the space that this one had closed.
    #[error("the space {space} is no longer in the hands of this operation: another one took it over")]
    MarkLost {
        /// Its name or number.
        space: String,
    },
    /// Another operation that closed the space is at work.
    #[error("the space {space} is being {doing} by {by}")]
    WorkedOn {
        /// Its name.
        space: String,
        /// What the operation does: `imported`, `deleted`.
        doing: &'static str,
        /// Who runs it, and since when.
        by: String,
    },
    /// There is a space of that name already.
    #[error("there is a space {space} already")]
    SpaceExists {
        /// Its name.
        space: String,
    },
    /// The name cannot be a space's name.
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
        "the metadata of a space has {} bytes, more than the {} MiB that it may have",
        grouped(*bytes as u64),
        LONGEST_METADATA >> 20
    )]
    MetadataTooLarge {
        /// How many bytes it has.
        bytes: usize,
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
    /// The projection contains events that the log does not: one of two files is older than the other.
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
        /// Where the file was.
        path: PathBuf,
        /// Its log, which was left behind with what was committed lately.
        log: Option<PathBuf>,
    },
    /// The write-ahead log or the shared memory was removed or replaced since the file was opened.
    #[error("{} was removed or replaced while the database {} was open", path.display(), database.display())]
    WalReplaced {
        /// The file that SQLite keeps beside the database.
        path: PathBuf,
        /// The database.
        database: PathBuf,
    },
    /// The file has more than one name.
    #[error("the database file {} has {links} names (hard links)", path.display())]
    HardLinked {
        /// One of its names.
        path: PathBuf,
        /// How many it has.
        links: u64,
    },
    /// The shadow of a rebuild was taken away by a later rebuild or a delete.
    #[error("this rebuild was overtaken by another rebuild or a delete of the same space")]
    ShadowGone,
}

impl StoreError {
    /// There is no space of this name or id, and none like it is known.
    #[must_use]
    pub fn unknown_space(space: impl ToString) -> Self {
        Self::UnknownSpace { space: space.to_string(), nearest: None }
    }

    /// What becomes of a unit of work that hides the failure of one of its parts.
    pub(crate) fn part_failed() -> Self {
        Self::Engine { detail: "a part of the unit of work failed".to_owned() }
    }

    /// The error's name, stable for programs.
    #[must_use]
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

    /// What to do next, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Busy { .. } => "this was not done; try again when the other process is done",
            Self::HandleBusy { .. } => {
                "this was not done; try again when the other thread is done; a command's closure must not wait for a \
                 thread that uses the same store"
            }
            Self::NestedCommand => {
                "nothing was written; run it after the outer command has returned, or append all events in one command"
            }
            Self::ReadOnly => "open it without --read-only to change it",
            Self::NotWritable => "allow writing to the file, to its directory and to what lies beside it",
            Self::ChangedMeanwhile => "try again: it is opened again to see what has changed",
            Self::DiskFull => "what was committed before stands; make room and try again",
            Self::Corrupt { .. } => {
                "check the file: that names what is damaged and the operation that repairs it; work on a copy, and \
                 keep the last good backup"
            }
            Self::ForeignTrigger { .. } => {
                "this was not done; `ramax check` names the trigger, and who set it can drop it"
            }
            Self::OutcomeUnknown { .. } => "open the file again and look before you repeat the command",
            Self::Conflict { .. } => "look at what happened since, then decide again",
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
                "if that was interrupted, import the file again: it begins anew; or delete the space"
            }
            Self::CheckpointMoved { .. } | Self::ShadowGone => "nothing was changed; try again",
            Self::WalReplaced { database, .. } => return Some(after_losing_the_wal(database)),
            Self::HardLinked { .. } => {
                "this was not done, because programs that write under two names overwrite each other's commits: remove \
                 the other names or make a copy, then open it again; --read-only works as it is"
            }
            Self::FileReplaced { log, .. } => return Some(after_replacing(log.as_deref())),
            Self::ProjectionAhead { .. } => {
                "the events file is older than its projections; `ramax rebuild SPACE` makes the projection anew \
                 from the events that there are"
            }
            Self::Engine { .. } => "this was not done; look at the file's disk and permissions",
            Self::MarkLost { .. } => "`ramax log` shows what the other operation did",
            Self::WorkedOn { .. } => "wait until that is done, or stop it there, and try again",
            Self::SpaceExists { .. } => {
                "take another name (an import: --into NAME), or delete that space first"
            }
            Self::InvalidEvent(invalid) => invalid.hint(),
            Self::MetadataTooLarge { .. } => "keep large content elsewhere and refer to it",
            Self::Exhausted { .. } => {
                "export the spaces and import them into a new file: where their events get new ids"
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
        "this was not done. What was committed since the last checkpoint may be gone with it: stop every program that has \
         {database} open, copy {database} and what lies beside it, and then look at what is there with `ramax check --deep`"
    )
}

fn after_replacing(log: Option<&Path>) -> String {
    let Some(log) = log else {
        return "this was not done; open the file again to work on what is there now".to_owned();
    };
    let log = log.display();
    format!(
        "this was not done. What was committed lately may be in {log} alone, and belongs to the file that was \
         there: do not open the file that is there now beside it. First stop all who use either, and move {log} \
         to where the old file is, under that file's name with -wal behind it, or out of the way where there is none"
    )
}

impl From<InvalidEvent> for StoreError {
    fn from(invalid: InvalidEvent) -> Self {
        Self::InvalidEvent(invalid)
    }
}
