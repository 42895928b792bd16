//! Errors of importing a space.

use std::io;

use thiserror::Error;

/// The reason why a file was not imported. Nothing was stored.
#[derive(Debug, Error)]
pub enum ImportError {
    /// A line is damaged or out of place.
    #[error("line {line}: {reason}; nothing was imported")]
    Line {
        /// The line, counted from 1.
        line: u64,
        /// The problem.
        reason: String,
    },
    /// A line exceeds the [limits](crate::limits) of the store.
    #[error("line {line}: {reason}; nothing was imported")]
    BeyondLimit {
        /// The line, counted from 1.
        line: u64,
        /// The limit that it exceeds.
        reason: String,
    },
    /// Reading failed.
    #[error("the file cannot be read: {0}")]
    Read(#[from] io::Error),
}

impl ImportError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Line { .. } => "import_damaged",
            Self::BeyondLimit { .. } => "import_beyond_limit",
            Self::Read(_) => "file_not_readable",
        }
    }

    /// Suggests what to do next, if anything can be done.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Line { .. } => {
                Some("only an intact file can be imported; export the space again".to_owned())
            }
            Self::BeyondLimit { .. } => Some(
                "an earlier version stored it; `ramax backup FILE` copies the whole database, without limits"
                    .to_owned(),
            ),
            Self::Read(_) => {
                Some("choose a file written by `ramax export`, or - for standard input".to_owned())
            }
        }
    }
}
