//! Errors of exporting a space.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a space cannot be exported. No file was left behind, and none was changed.
#[derive(Debug, Error)]
pub enum ExportError {
    /// Something in the space is damaged, so that a copy of it would be none.
    #[error("{what} cannot be exported: {reason}")]
    Damaged {
        /// Which event, entry or key.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is a file of that name.
    #[error("there is a file {} already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
        /// Whether it may be asked to be overwritten.
        replaceable: bool,
    },
    /// The place is the database's: what is written there would be lost, or would be taken for the database.
    #[error("{} is a file of the database, or will be one", path.display())]
    OfDatabase {
        /// The file.
        path: PathBuf,
    },
    /// The name is that of another database, or of a file that SQLite keeps beside one.
    #[error("{} cannot be written: {reason}", path.display())]
    OfOtherDatabase {
        /// The file.
        path: PathBuf,
        /// How the database and the file would be taken for each other.
        reason: String,
    },
    /// The file cannot be made.
    #[error("{} cannot be written: {reason}", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What stands in the way.
        reason: String,
    },
    /// Writing failed.
    #[error("the export cannot be written: {0}")]
    Write(#[from] io::Error),
    /// An archive was asked for of a space whose delete was interrupted.
    #[error("{space} cannot be archived: a delete that was interrupted has removed part of it")]
    PartlyDeleted {
        /// The space's name.
        space: String,
    },
    /// An archive was read back, and is not the same as the space.
    #[error("the archive {} is no true copy: {reason}", path.display())]
    NotTheSame {
        /// The file.
        path: PathBuf,
        /// Where it differs.
        reason: String,
    },
}

impl ExportError {
    /// The error's name, stable for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "export_damaged",
            Self::Exists { .. } => "file_exists",
            Self::OfDatabase { .. } | Self::OfOtherDatabase { .. } => "file_of_database",
            Self::NotWritable { .. } => "file_not_writable",
            Self::Write(_) => "output",
            Self::PartlyDeleted { .. } => "partly_deleted",
            Self::NotTheSame { .. } => "archive_differs",
        }
    }

    /// What to do next, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Damaged { .. } => "a file without it would be no true copy; take the last good backup",
            Self::Exists { replaceable: true, .. } => "name another file, or overwrite it with --force",
            Self::Exists { replaceable: false, .. } => "name a file that is not there yet",
            Self::OfDatabase { .. } => {
                "name another file: not the database, nor it with -wal, -shm or -journal"
            }
            Self::OfOtherDatabase { .. } => "name another file",
            Self::NotWritable { .. } => "name another file, in a directory that can be written",
            Self::Write(error) if is_full(error) => "make room, or name a file on another disk",
            Self::Write(_) => return None,
            Self::PartlyDeleted { .. } => {
                "delete it without an archive; one that was asked for at first is whole"
            }
            Self::NotTheSame { .. } => "nothing was removed; try again, on another disk perhaps",
        };
        Some(hint.to_owned())
    }
}

/// Whether there is no more room, or none for this file.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
