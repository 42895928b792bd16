//! Errors of the store.

mod advice;
mod kind;

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::error::{InvalidEvent, NoRoom, Remedy};
use crate::event::{EventId, SpaceSequence};
use crate::id::SpaceId;
use crate::limits::LONGEST_METADATA;
use crate::masking::MaskedPath;
use crate::text::{counted, grouped};

/// The space that was probably meant by an unknown name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NearestSpace {
    /// The one with the most similar name.
    Name(String),
    /// The one with this number as its id.
    Id {
        /// Its id.
        space_id: SpaceId,
        /// Its name.
        space_name: String,
    },
}

/// The reason why the server of a database refused a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerRefusal {
    /// The statement took longer than the server lets it, or an administrator cancelled it.
    Cancelled,
    /// The user lacks a right.
    MissingRight,
    /// The server has no memory or no connection left, or another limit was reached.
    OutOfResources,
    /// The server's disk is full.
    DiskFull,
    /// Another reason.
    Other,
}

/// The reason why the store refused or failed. Nothing was written, unless the variant says otherwise.
#[derive(Debug, Error)]
#[non_exhaustive]
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
    /// A thread with a unit of work in progress tried to begin another one, or to write in another way, through the same
    /// handle.
    #[error("this thread already has a unit of work in progress")]
    NestedUnit,
    /// A cursor of the stream of all spaces cannot be used here.
    #[error("this cursor cannot be used: {reason}")]
    InvalidCursor {
        /// The reason.
        reason: String,
    },
    /// The process is exiting and closes the database.
    #[error("stopped, because this process is exiting")]
    Stopped,
    /// The file was opened read-only.
    #[error("the database is open read-only")]
    ReadOnly,
    /// The server of the database, or the user there, only reads, although that was not asked for.
    #[error("the database is read-only, because this user or its server cannot write it")]
    ReadOnlyServer,
    /// The file was written by the Elixir original, and is only read.
    #[error("{} was written by the Elixir original and is opened read-only", path.shown())]
    WrittenByOriginal {
        /// The file.
        path: PathBuf,
    },
    /// This user may not write the file, or its log or journal.
    #[error("the database cannot be written: permission denied")]
    NotWritable,
    /// The file was changed while it was read without locks.
    #[error("the database was changed while it was read without locks")]
    ChangedMeanwhile,
    /// The disk is full, or the file would be larger than the system permits.
    #[error("{}", .0.in_database())]
    NoRoom(NoRoom),
    /// The file is damaged.
    #[error("the database is damaged: {detail}")]
    Corrupt {
        /// The damage.
        detail: String,
    },
    /// The file with the projections is damaged. The events are in another file.
    #[error("the projections file is damaged: {detail}")]
    ProjectionsCorrupt {
        /// The damage.
        detail: String,
    },
    /// The row of a space or its counters are damaged. The rest of the store can be used.
    #[error("the space {space} cannot be used: {problem}")]
    SpaceDamaged {
        /// Its name.
        space: String,
        /// The damage.
        problem: String,
    },
    /// Not all spaces could be listed, or an operation on all of them could not run on each.
    #[error("{} damaged: {spaces}", counted(*count, "space is", "spaces are"))]
    SpacesDamaged {
        /// The number of damaged spaces.
        count: u64,
        /// The first of them, each with its damage.
        spaces: String,
    },
    /// A part of what is stored cannot be read.
    #[error("the database cannot be read: {detail}")]
    Unreadable {
        /// The message of the operating system or the server.
        detail: String,
    },
    /// The server of the database refused a statement. What is stored is in order, as far as that tells.
    #[error("the server refused: {detail}")]
    Refused {
        /// Its reason.
        refusal: ServerRefusal,
        /// Its message.
        detail: String,
    },
    /// The connection to the server of the database was lost. The next use opens another one.
    #[error("the connection to the server was lost: {detail}")]
    ConnectionLost {
        /// The message of the server or the connection.
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
    /// again to undo it. Or the server of the database did not answer, and could not be asked.
    #[error("the outcome of the last commit is unknown: {detail}")]
    OutcomeUnknown {
        /// The message of the operating system or the server.
        detail: String,
    },
    /// A server does not have a commit any more that it had acknowledged to this handle. The handle does nothing further.
    #[error("the server has lost event {sequence} of the space {space_id}, which it had acknowledged")]
    FellBack {
        /// The space.
        space_id: SpaceId,
        /// The sequence of the last acknowledged event.
        sequence: SpaceSequence,
    },
    /// Events that are committed cannot be shown yet to those who follow all spaces, since earlier ones may still become
    /// visible. The next read continues where this one stopped.
    #[error("later events wait for earlier ones: {reason}")]
    HeldBack {
        /// The transaction or the node that they wait for.
        reason: String,
    },
    /// A delete removed rows and could not finish. The space accepts no more events.
    #[error(
        "{} of the space {space} {}: {reason}",
        if *purge_missing { "every row" } else { "the delete" },
        if *purge_missing { "is removed, but the database was not purged" } else { "did not finish" },
    )]
    DeleteUnfinished {
        /// The space's name.
        space: String,
        /// True if every row is removed, and only the purge is missing.
        purge_missing: bool,
        /// True if the delete was to purge the files.
        purge: bool,
        /// The error that ended it.
        reason: String,
    },
    /// An import or a fork failed, and so did the removal of what it had stored. The space accepts no events.
    #[error("the space {space} is incomplete, and could not be removed: {reason}")]
    SpaceIncomplete {
        /// The space's name.
        space: String,
        /// The error that ended it.
        reason: String,
    },
    /// The commit that creates the space of an import or a fork, or that opens it when it is complete, has an unknown outcome.
    #[error(
        "the outcome of the last commit is unknown, and the space {space} may be missing, incomplete or complete: {detail}"
    )]
    SpaceInDoubt {
        /// The space's name.
        space: String,
        /// The message of the operating system or the server.
        detail: String,
    },
    /// A space was deleted, but the search for what might be left of it failed.
    #[error("the space {space} was deleted, but the proof that nothing is left failed: {reason}")]
    Unproven {
        /// The deleted space's name.
        space: String,
        /// The error of the search.
        reason: String,
    },
    /// The storage engine failed otherwise.
    #[error("the database failed: {detail}")]
    Engine {
        /// The engine's message.
        detail: String,
    },
    /// The space or an entity is not at the expected sequence.
    #[error(
        "expected {expected} but {} is at sequence {actual}{}",
        entity_id.as_ref().map_or_else(|| "the space".to_owned(), |entity_id| format!("the entity {entity_id}")),
        rival.map(|id| format!(" (last event {id})")).unwrap_or_default()
    )]
    Conflict {
        /// The entity, if the expectation is about one.
        entity_id: Option<String>,
        /// The expectation, as text.
        expected: String,
        /// The last sequence of the space or the entity. 0 if it has no events.
        actual: SpaceSequence,
        /// The last event of the space or the entity, appended by the faster writer.
        rival: Option<EventId>,
    },
    /// There is no such space.
    #[error("there is no space {space}")]
    UnknownSpace {
        /// Its name, or its id written `#2`.
        space: String,
        /// The space that was probably meant.
        nearest: Option<NearestSpace>,
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
        /// True if the delete is known to owe a purge of the files.
        purge: bool,
    },
    /// The space is being imported.
    #[error("the space {space} is being imported")]
    SpaceImporting {
        /// Its name, or its id written `#2`.
        space: String,
    },
    /// The space is an incomplete fork of another one.
    #[error("the space {space} is being forked and not complete yet")]
    SpaceForking {
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
    #[error("this database has no ids left for {what}")]
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
        /// The space's name.
        space: String,
        /// The projection's checkpoint.
        checkpoint: SpaceSequence,
        /// The log's last sequence.
        last_sequence: SpaceSequence,
        /// The operation that replaces it.
        by: Remedy,
    },
    /// The projection does not contain the event in time.
    #[error("the projection {projection} is at sequence {checkpoint}, and does not contain {sequence} yet")]
    ProjectionLags {
        /// Its name.
        projection: String,
        /// Its checkpoint.
        checkpoint: SpaceSequence,
        /// The sequence that was waited for.
        sequence: SpaceSequence,
    },
    /// An earlier version of the app, or another app, wrote the projection.
    #[error(
        "the projection {projection} was built by an earlier version of its app, or by another app; rebuild it first"
    )]
    ProjectionOutdated {
        /// The space's name.
        space: String,
        /// Its name.
        projection: String,
        /// The rebuild that renews it.
        by: Remedy,
    },
    /// A later version of the app wrote the projection.
    #[error("the projection {projection} was built by a later version of its app; this one can only read it")]
    ProjectionNewer {
        /// Its name.
        projection: String,
    },
    /// The file was removed or replaced since it was opened.
    #[error("the database file {} was removed or replaced since it was opened", path.shown())]
    FileReplaced {
        /// The file's path.
        path: PathBuf,
        /// Its write-ahead log, left behind with the latest commits.
        log: Option<PathBuf>,
    },
    /// The write-ahead log or its shared memory was removed or replaced while the file was open.
    #[error("{} was removed or replaced while the database {} was open", path.shown(), database.shown())]
    WalReplaced {
        /// The missing file.
        path: PathBuf,
        /// The database.
        database: PathBuf,
    },
    /// The write-ahead log lacks commits that its shared memory lists: it was removed or emptied while another process
    /// had the file open.
    #[error("the write-ahead log (-wal) was removed or emptied while another process had the database open")]
    WalTooShort,
    /// The file has more than one name (hard links).
    #[error("the database file {} has {links} names (hard links)", path.shown())]
    HardLinked {
        /// One of its names.
        path: PathBuf,
        /// Their number.
        links: u64,
    },
    /// The latest commits of a file with several names (hard links) are under another one.
    #[error("the latest commits of {} are under another name (hard link) of the file{}", path.shown(), in_log(log.as_deref()))]
    UnderOtherName {
        /// The name that was opened.
        path: PathBuf,
        /// The write-ahead log with the commits, if it is in the same directory. Otherwise another process has the file open.
        log: Option<PathBuf>,
    },
    /// Fields of the space's events are being erased, or were erased between two reads that belong together.
    #[error("fields of events in the space {space} were erased meanwhile, or are being erased")]
    RedactedMeanwhile {
        /// The space's name.
        space: String,
    },
    /// A later rebuild, redaction or delete removed the shadow that an operation was building.
    #[error("this operation was overtaken by another rebuild, redaction or delete of the same space")]
    ShadowGone,
}

fn in_log(log: Option<&std::path::Path>) -> String {
    log.map_or_else(
        || ": another process has it open there".to_owned(),
        |log| format!(": they are in {}", log.shown()),
    )
}

impl StoreError {
    /// Creates the error for a space that does not exist, without a suggestion.
    pub fn unknown_space(space: impl ToString) -> Self {
        Self::UnknownSpace { space: space.to_string(), nearest: None }
    }
}

impl From<InvalidEvent> for StoreError {
    fn from(invalid: InvalidEvent) -> Self {
        Self::InvalidEvent(invalid)
    }
}
