//! Errors of importing a space.

use std::io;

use thiserror::Error;

use super::{Advice, Remedy, StoreError};

/// The reason why a file was not imported. Nothing was stored.
#[derive(Debug, Error)]
#[non_exhaustive]
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
    /// The name of the space is taken or not valid.
    #[error(transparent)]
    Name(StoreError),
}

impl ImportError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Line { .. } => "import_damaged",
            Self::BeyondLimit { .. } => "import_beyond_limit",
            Self::Read(_) => "file_not_readable",
            Self::Name(error) => error.kind(),
        }
    }

    /// Says what to do next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Line { .. } => "only an intact file can be imported; export the space again".into(),
            Self::BeyondLimit { .. } => Advice::from("if an earlier version stored it, ")
                .remedy(Remedy::Backup)
                .text(" copies the whole database, without limits"),
            Self::Read(_) => Advice::from("choose a file written by ").remedy(Remedy::Export),
            Self::Name(error) => {
                let advice = error.advice().unwrap_or_default();
                advice.text("; ").remedy(Remedy::ImportUnderOtherName)
            }
        }
    }
}
