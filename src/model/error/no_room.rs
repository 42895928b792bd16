//! The reason why there is no room for a write.

use std::fmt;
use std::io;

use crate::text::grouped;

use super::{Advice, Remedy};

/// The reason why there is no room for a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoRoom {
    /// The disk, or the share of it that this user may fill, is full.
    Disk,
    /// The system limits the size of the files that this process writes (`ulimit -f`).
    FileSize {
        /// The size of the largest file that it may write, in bytes.
        limit: u64,
    },
}

impl NoRoom {
    /// Returns the reason if an error of the system is about room.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(Self::Disk),
            io::ErrorKind::FileTooLarge => Self::of_limit(),
            _ => None,
        }
    }

    /// Returns the limit of the size of files, if this process has one.
    pub(crate) fn of_limit() -> Option<Self> {
        file_size_limit().map(|limit| Self::FileSize { limit })
    }

    /// Returns the stable name of an error that it causes in a database, for programs.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Disk => "disk_full",
            Self::FileSize { .. } => "file_size_limit",
        }
    }

    /// Describes the failed write to a database. SQLite does not say that a limit is the cause.
    pub(super) fn in_database(self) -> String {
        match self {
            Self::Disk => self.to_string(),
            Self::FileSize { .. } => format!("a write failed, and {self}"),
        }
    }

    /// Says how to make room for a file that already exists.
    pub(crate) fn advice(self) -> Advice {
        match self {
            Self::Disk => "free some disk space".into(),
            Self::FileSize { .. } => {
                "start the program with a higher limit, such as `ulimit -f unlimited`".into()
            }
        }
    }

    /// Says how to make room for a file that is created.
    pub(crate) fn advice_on_new_file(self) -> Advice {
        match self {
            Self::Disk => self.advice().text(", or choose a file on another disk"),
            Self::FileSize { .. } => self.advice(),
        }
    }

    /// Says how to make room for a database, which can still be read.
    pub(super) fn advice_on_database(self) -> Advice {
        let (again, to_read) = match self {
            Self::Disk => (" and try again", " to read it, or to export it or back it up to another disk"),
            Self::FileSize { .. } => ("", " to read it"),
        };
        Advice::from("earlier commits are safe; ")
            .and(self.advice())
            .text(again)
            .text(", or open the database ")
            .remedy(Remedy::OpenReadOnly)
            .text(to_read)
    }
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk => f.write_str("the disk is full"),
            Self::FileSize { limit } => {
                let limit = grouped(*limit);
                write!(f, "the system limits the files of this process to {limit} bytes (ulimit -f)")
            }
        }
    }
}

/// Returns the size of the largest file that this process may write, if it is limited.
pub(crate) fn file_size_limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Fsize).current
}

/// Returns the reason why the system refused to write a file, without the name of a temporary one.
pub(crate) fn reason_of(error: &io::Error) -> String {
    NoRoom::of(error).map_or_else(
        || {
            let message = error.to_string();
            message.split(" at path ").next().unwrap_or(&message).to_owned()
        },
        |room| room.to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_recognised_in_any_error_of_the_system() {
        for (kind, expected) in [
            (io::ErrorKind::StorageFull, Some(NoRoom::Disk)),
            (io::ErrorKind::QuotaExceeded, Some(NoRoom::Disk)),
            (io::ErrorKind::PermissionDenied, None),
        ] {
            assert_eq!(NoRoom::of(&kind.into()), expected, "{kind}");
        }
        assert_eq!(reason_of(&io::ErrorKind::StorageFull.into()), "the disk is full");
    }

    #[test]
    fn no_reason_names_a_temporary_file() {
        let error = tempfile::tempfile_in("/missing").unwrap_err();
        let named = tempfile::Builder::new().tempfile_in("/missing").unwrap_err();
        assert!(named.to_string().contains(" at path "), "{named}");
        for error in [error, named] {
            assert!(!reason_of(&error).contains("/missing"), "{}", reason_of(&error));
        }
    }
}
