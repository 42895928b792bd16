//! Errors of opening files.

mod access;
mod advice;
mod server;

pub use access::{AccessFault, AccessRefusal, DatabasePart, DatabaseUse};
pub use server::ServerObstacle;

use std::path::PathBuf;

use thiserror::Error;

use crate::error::NoRoom;
use crate::masking::MaskedPath;

/// The reason why a database cannot be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such file.
    #[error("there is no file {}", path.shown())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// There is no such file of the Elixir original, which is only read.
    #[error("there is no file {}", path.shown())]
    MissingOriginal {
        /// The file.
        path: PathBuf,
        /// True for the file of its projections.
        is_of_projections: bool,
    },
    /// The file is missing or empty, but its write-ahead log or journal is left and holds commits.
    #[error(
        "there is no database {}, but {} holds its commits",
        path.shown(),
        remains.shown()
    )]
    WithoutDatabase {
        /// The file.
        path: PathBuf,
        /// Its write-ahead log or journal.
        remains: PathBuf,
    },
    /// The path is not a regular file, but a directory, for example.
    #[error("{} is not a regular file", path.shown())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file is not a SQLite database.
    #[error("{} is not a SQLite database", path.shown())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a SQLite database of another program.
    #[error("{} is a SQLite database of another program (application id {application_id:#010x})", path.shown())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The id in its header.
        application_id: u32,
    },
    /// The header of a file of this program has no format version.
    #[error("{} has no format version: its creation was interrupted, or its header is damaged", path.shown())]
    NoVersion {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version of this program.
    #[error("{} has format version {version}; this program reads versions up to {supported}", path.shown())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
        /// The newest version that can be read.
        supported: u32,
    },
    /// The file can be read but not written.
    #[error("{} cannot be written: {reason}", path.shown())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The file cannot be opened for another reason.
    #[error("{} cannot be opened: {reason}", path.shown())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The write-ahead log holds commits, and SQLite cannot read them in a read-only directory.
    #[error(
        "{} cannot be opened: its write-ahead log holds commits, and reading them needs a writable directory",
        path.shown()
    )]
    LogUnreadable {
        /// The file.
        path: PathBuf,
        /// Its write-ahead log.
        log: PathBuf,
    },
    /// A rollback journal holds an unfinished transaction. Rolling it back means writing to the file.
    #[error(
        "{} cannot be read: {} holds a transaction that did not finish",
        path.shown(),
        journal.shown()
    )]
    HotJournal {
        /// The file.
        path: PathBuf,
        /// Its journal.
        journal: PathBuf,
    },
    /// A file of the Elixir original is in the middle of a transaction, which only the original can end.
    #[error("{} cannot be read: {} holds a transaction of the Elixir original", path.shown(), journal.shown())]
    OriginalInTransaction {
        /// The file.
        path: PathBuf,
        /// The journal.
        journal: PathBuf,
    },
    /// The file cannot be created.
    #[error("{} cannot be created: {room}", path.shown())]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// The reason.
        room: NoRoom,
    },
    /// The directory for temporary files cannot be used.
    #[error("{reason} (in {})", directory.shown())]
    TemporaryDirectory {
        /// The directory.
        directory: PathBuf,
        /// The purpose, and the failure.
        reason: String,
    },
    /// A file that the Elixir original may have written is damaged.
    #[error("{} is damaged: {detail}", path.shown())]
    DamagedOriginal {
        /// The file.
        path: PathBuf,
        /// The damage.
        detail: String,
    },
    /// The write-ahead log holds commits, and reading them needs room for a file.
    #[error(
        "{} cannot be opened: {room}, and reading the commits in its write-ahead log needs some room",
        path.shown()
    )]
    NoRoomToRead {
        /// The file.
        path: PathBuf,
        /// Its write-ahead log.
        log: PathBuf,
        /// The reason.
        room: NoRoom,
    },
    /// This user may not read or write the database, or a file that SQLite needs beside it.
    #[error("{0}")]
    NoAccess(AccessRefusal),
    /// The name or the path is too long.
    #[error("{} cannot be opened: its {what} has {bytes} bytes; the limit is {most}", path.shown())]
    NameTooLong {
        /// The path.
        path: PathBuf,
        /// The part that is too long.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The maximum.
        most: usize,
    },
    /// The file is the log or journal of a database.
    #[error("{} belongs to the database {}", path.shown(), database.shown())]
    BesideADatabase {
        /// The file.
        path: PathBuf,
        /// The database.
        database: PathBuf,
    },
    /// SQLite gives the name another meaning than that of a file.
    #[error("SQLite does not take {} for a file", path.shown())]
    NotAName {
        /// The name.
        path: PathBuf,
    },
    /// The projections are in a second file, which was not named.
    #[error("{} holds events only; its projections are in a second file", path.shown())]
    ProjectionsElsewhere {
        /// The events file.
        path: PathBuf,
    },
    /// The file holds its own projections, but a second file was named.
    #[error("{} holds its own projections", path.shown())]
    HoldsProjections {
        /// The file.
        path: PathBuf,
    },
    /// The tables differ from those that this program creates, or triggers on them could change writes.
    #[error("{} was altered: {reason}", path.shown())]
    Altered {
        /// The file.
        path: PathBuf,
        /// The difference.
        reason: String,
        /// The SQL statement that removes the obstacle, if one does.
        removed_by: Option<String>,
    },
    /// A table has the first columns of ours: the file was written before the layout of this version was complete, and it was
    /// never released.
    #[error("{} has an earlier layout that was never released: {reason}", path.shown())]
    Unreleased {
        /// The file.
        path: PathBuf,
        /// The difference.
        reason: String,
    },
    /// The events file is missing or empty, although the file for its projections exists.
    #[error("the events file {} is missing or empty, although {} exists", events.shown(), projections.shown())]
    EventsLost {
        /// The events file.
        events: PathBuf,
        /// The projections file.
        projections: PathBuf,
    },
    /// The projections file is missing or empty.
    #[error("the projections file {} is missing or empty", projections.shown())]
    ProjectionsLost {
        /// The events file.
        events: PathBuf,
        /// The file named for projections.
        projections: PathBuf,
    },
    /// The projections file is too damaged to be opened.
    #[error("the projections file {} is damaged: {detail}", projections.shown())]
    ProjectionsDamaged {
        /// The events file.
        events: PathBuf,
        /// The projections file.
        projections: PathBuf,
        /// True if it has a WAL.
        has_wal: bool,
        /// True if it has shared memory.
        has_shm: bool,
        /// The damage.
        detail: String,
    },
    /// The projections file belongs to another store, or to another program.
    #[error("{} does not hold the projections of this events file", projections.shown())]
    NotItsProjections {
        /// The events file, if known.
        events: Option<PathBuf>,
        /// The file named for projections.
        projections: PathBuf,
    },
    /// The projections of the events file are in another existing file.
    #[error("the projections of this events file are in {}, not in {}", bound.shown(), projections.shown())]
    OtherProjections {
        /// The file named for projections.
        projections: PathBuf,
        /// The file that holds them.
        bound: PathBuf,
    },
    /// The file holds projections, but no events.
    #[error("{} holds projections only; the events are in another file", path.shown())]
    HoldsNoEvents {
        /// The file.
        path: PathBuf,
    },
    /// The server of a database refuses, or the tables there cannot be used.
    #[error("{database} cannot be opened: {reason}")]
    Server {
        /// The address of the database, without a password.
        database: String,
        /// The reason.
        reason: String,
        /// The obstacle, which says what to do.
        obstacle: ServerObstacle,
    },
    /// The database of a server has no store.
    #[error("{database} cannot be opened: there is no store in the schema {schema}")]
    NoStore {
        /// The address of the database, without a password.
        database: String,
        /// The schema that was looked for.
        schema: String,
    },
    /// The server of a database cannot be reached, or lets nobody in at the moment.
    #[error("{database} cannot be reached: {reason}")]
    Unreachable {
        /// The address of the database, without a password.
        database: String,
        /// The reason.
        reason: String,
    },
    /// The projections file was given the name of the events file, or of its log or journal.
    #[error("{} cannot hold the projections: it is the events file {}, or belongs to it", projections.shown(), database.shown())]
    SameFile {
        /// The events file.
        database: PathBuf,
        /// The projections file.
        projections: PathBuf,
    },
}

impl OpenError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Missing { .. } | Self::MissingOriginal { .. } => "missing",
            Self::WithoutDatabase { .. } => "without_database",
            Self::NotAFile { .. } => "not_a_file",
            Self::NotADatabase { .. } => "not_a_database",
            Self::Foreign { .. } => "foreign_database",
            Self::NoVersion { .. } => "no_version",
            Self::Newer { .. } => "newer_version",
            Self::NotWritable { .. } => "not_writable",
            Self::Unusable { .. } => "unusable",
            Self::LogUnreadable { .. } => "log_unreadable",
            Self::HotJournal { .. } | Self::OriginalInTransaction { .. } => "hot_journal",
            Self::TemporaryDirectory { .. } => "temporary_directory",
            Self::DamagedOriginal { .. } => "damaged_original",
            Self::NoRoom { room, .. } | Self::NoRoomToRead { room, .. } => room.kind(),
            Self::NoAccess(refusal) => refusal.kind(),
            Self::NameTooLong { .. } => "name_too_long",
            Self::BesideADatabase { .. } => "beside_a_database",
            Self::NotAName { .. } => "not_a_name",
            Self::ProjectionsElsewhere { .. } => "projections_elsewhere",
            Self::HoldsProjections { .. } => "holds_projections",
            Self::EventsLost { .. } => "events_lost",
            Self::ProjectionsLost { .. } => "projections_lost",
            Self::ProjectionsDamaged { .. } => "projections_damaged",
            Self::NotItsProjections { .. } => "not_its_projections",
            Self::HoldsNoEvents { .. } => "holds_no_events",
            Self::SameFile { .. } => "same_file",
            Self::Server { .. } | Self::NoStore { .. } => "server",
            Self::Unreachable { .. } => "unreachable",
            Self::OtherProjections { .. } => "other_projections",
            Self::Altered { .. } => "altered_schema",
            Self::Unreleased { .. } => "unreleased_layout",
        }
    }
}
