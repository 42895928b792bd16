//! Errors of a backup.

use std::path::PathBuf;

use thiserror::Error;

use super::{Advice, NoRoom, Remedy};
use crate::id::EventId;
use crate::masking::MaskedPath;
use crate::text::grouped;

/// The reason why no backup was made. No file was left behind or replaced.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The store is in memory.
    #[error("a store in memory has no files to back up")]
    InMemory,
    /// The store is on a server, whose files this program does not see.
    #[error("{database} is on a server, which keeps its files to itself")]
    OnServer {
        /// The address of the database, without its password.
        database: String,
    },
    /// The store has two files, but the backup names only one.
    #[error("this store has two files, but the backup names only one")]
    SecondFileMissing,
    /// The store has one file, and the backup names two.
    #[error("this store has one file, but the backup names two")]
    SecondFileUnwanted,
    /// The backup names the same file twice.
    #[error("both files of the backup have the name {}", path.shown())]
    SameFile {
        /// The name.
        path: PathBuf,
    },
    /// A write-ahead log or journal next to the target would be mixed into the backup.
    #[error("{} cannot be written: SQLite would take {} for a part of it", path.shown(), log.shown())]
    BesideLog {
        /// The file.
        path: PathBuf,
        /// The log or journal next to it.
        log: PathBuf,
    },
    /// The target is a database, but not an earlier backup of this store.
    #[error("{} is a database, but not a backup of this one", path.shown())]
    OtherDatabase {
        /// The file.
        path: PathBuf,
    },
    /// The target is not a database.
    #[error("{} is not a backup: it is not a database", path.shown())]
    OtherFile {
        /// The file.
        path: PathBuf,
    },
    /// The target is an earlier backup of this store, but of another part of it.
    #[error("{} is a backup of another part of this store: the events and the projections are confused", path.shown())]
    OtherPart {
        /// The file.
        path: PathBuf,
    },
    /// There is no room for the backup.
    #[error("{} cannot be written: {room}", path.shown())]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// The reason.
        room: NoRoom,
    },
    /// The copy has lost data and would have replaced an earlier backup.
    #[error("{} was not replaced: {problem}", path.shown())]
    Damaged {
        /// The earlier backup.
        path: PathBuf,
        /// The first problem found in the copy.
        problem: String,
    },
    /// The target was opened for writing and has changes that the copy does not have: it is the original, or a copy that was
    /// put to use.
    #[error(
        "{} was not replaced: it has {found}, so it was used as a database since it was copied, or is the original",
        path.shown()
    )]
    Used {
        /// The file.
        path: PathBuf,
        /// The kind of changes, in words.
        found: &'static str,
    },
    /// The earlier backup has changes that the copy does not have.
    #[error("{} was not replaced: it has {found}", path.shown())]
    Diverged {
        /// The earlier backup.
        path: PathBuf,
        /// The kind of changes, in words.
        found: &'static str,
    },
    /// The earlier backup has events that the copy does not have.
    #[error(
        "{} was not replaced: it is newer, with events up to id {}, and the copy has those up to {}",
        path.shown(), grouped(earlier.0), grouped(copied.0)
    )]
    Newer {
        /// The earlier backup.
        path: PathBuf,
        /// The highest id that was ever assigned in it.
        earlier: EventId,
        /// The highest id that was ever assigned in the copy.
        copied: EventId,
    },
}

impl BackupError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::InMemory => "in_memory",
            Self::OnServer { .. } => "on_server",
            Self::SecondFileMissing => "second_file_missing",
            Self::SecondFileUnwanted => "second_file_unwanted",
            Self::SameFile { .. } => "same_file",
            Self::BesideLog { .. } => "beside_log",
            Self::OtherDatabase { .. } => "other_database",
            Self::OtherFile { .. } => "other_file",
            Self::OtherPart { .. } => "other_part",
            Self::NoRoom { .. } => "no_room",
            Self::Damaged { .. } => "backup_damaged",
            Self::Used { .. } => "backup_used",
            Self::Diverged { .. } => "backup_diverged",
            Self::Newer { .. } => "backup_newer",
        }
    }

    /// Says what to do next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::InMemory => "export its spaces instead".into(),
            Self::OnServer { .. } => "back it up with the tools of the server, or export its spaces".into(),
            Self::SecondFileMissing => Advice::default().remedy(Remedy::NameBackupFiles { projections: true }),
            Self::SecondFileUnwanted => Advice::default().remedy(Remedy::NameBackupFiles { projections: false }),
            Self::SameFile { .. } => "name two files".into(),
            Self::BesideLog { .. } => {
                "choose another file; the one left there may hold the last commits of a database that was moved away"
                    .into()
            }
            Self::OtherPart { .. } => {
                "name the file of the events first, and that of the projections second".into()
            }
            Self::OtherDatabase { .. } => "choose another file, or move that database away first".into(),
            Self::OtherFile { .. } => "choose another file, or remove that one first".into(),
            Self::Used { .. } => {
                Advice::from("back up to a new file, or move that one away first; to look at a backup, open it ")
                    .remedy(Remedy::OpenReadOnly)
            }
            Self::Newer { .. } | Self::Diverged { .. } => {
                "keep the earlier backup, and back up to a new file".into()
            }
            Self::NoRoom { room, .. } => room.advice_on_new_file(),
            Self::Damaged { .. } => Advice::from("keep the earlier backup; check the database with ")
                .remedy(Remedy::Check { deep: true, repair: false })
                .text(", or back up to a new file"),
        }
    }
}
