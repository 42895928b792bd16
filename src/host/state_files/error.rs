//! The reasons why a state file cannot be used.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::error::reason_of;

/// The reason why a state file cannot be read or written. The console works without it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StateFileError {
    /// Neither `XDG_STATE_HOME` nor a home directory is known.
    #[error("there is no directory for state files: neither XDG_STATE_HOME nor HOME names one")]
    NoDirectory,
    /// The directory belongs to another user, as after `sudo`.
    #[error("{} belongs to another user", path.display())]
    NotOwned {
        /// The directory.
        path: PathBuf,
    },
    /// Something else has the name of the file.
    #[error("{} is {what}, not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// The kind of thing, with its article.
        what: &'static str,
    },
    /// The file is larger than any that a console writes.
    #[error("{}: {bytes} bytes are more than a state file can have", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The content is not what a console writes.
    #[error("{}:{line}: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The reason.
        reason: String,
    },
    /// A newer version wrote the file.
    #[error("{}:{line}: a newer version wrote the file, in format {version}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The line of the format, counted from 1.
        line: usize,
        /// Its format.
        version: u32,
    },
    /// Another process keeps the lock.
    #[error("{} is locked by another process", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// So many broken files were kept that another one has no place.
    #[error("{} is broken, and so are the files kept beside it", path.display())]
    TooManyBroken {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refuses.
    #[error("{}: {}", path.display(), reason_of(error))]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
}

impl StateFileError {
    /// Returns true if the content is at fault, so that the file is kept aside and a new one is started.
    pub(super) fn is_about_content(&self) -> bool {
        matches!(self, Self::Broken { .. } | Self::TooLarge { .. })
    }

    pub(super) fn io(path: &std::path::Path, error: impl Into<io::Error>) -> Self {
        Self::Io { path: path.to_owned(), error: error.into() }
    }
}
