//! Errors of importing a space.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::masking::MaskedPath;
use crate::text::counted;

use super::{Advice, NoRoom, Remedy, StoreError};

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
    /// The file is a database, not an export.
    #[error("{} is a database, not an export of a space; nothing was imported", path.shown())]
    Database {
        /// The file.
        path: PathBuf,
        /// True if the Elixir original wrote it.
        is_original: bool,
    },
    /// The Elixir original did not write the file.
    #[error("{} was not written by the Elixir original; nothing was imported", path.shown())]
    NotOriginal {
        /// The file.
        path: PathBuf,
    },
    /// The file holds projections of the Elixir original, and no events.
    #[error("{} holds projections, and no events; nothing was imported", path.shown())]
    OnlyProjections {
        /// The file.
        path: PathBuf,
    },
    /// Other spaces have the names of spaces to be imported.
    #[error(
        "{} of this database {} the name of one to be imported: {}; nothing was imported",
        counted(spaces.len() as u64, "space", "spaces"),
        if spaces.len() == 1 { "has" } else { "have" },
        spaces.join(", ")
    )]
    NamesTaken {
        /// The names.
        spaces: Vec<String>,
    },
    /// An event of the original exceeds the [limits](crate::limits) of the store in every form.
    #[error("event {event_id} of the original cannot be imported: {reason}")]
    OriginalEvent {
        /// Its id.
        event_id: i64,
        /// The reason.
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
            Self::BeyondLimit { .. } | Self::OriginalEvent { .. } => "import_beyond_limit",
            Self::Database { .. } => "not_an_export",
            Self::NotOriginal { .. } => "not_original",
            Self::OnlyProjections { .. } => "holds_no_events",
            Self::NamesTaken { .. } => "space_exists",
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
            Self::Database { path, is_original: true } => Advice::from("the Elixir original wrote it: ")
                .remedy(Remedy::ImportOriginal { path: path.clone() }),
            Self::Database { is_original: false, .. } => {
                Advice::from("choose a file written by ").remedy(Remedy::Export)
            }
            Self::NotOriginal { .. } => "name the file in which the original keeps its events".into(),
            Self::OnlyProjections { .. } => Advice::from("name the file with the events, and this one ")
                .remedy(Remedy::NameOriginalProjections),
            Self::NamesTaken { .. } => "rename these spaces, or import into a database of its own".into(),
            Self::OriginalEvent { .. } => "the other spaces of the file can be imported".into(),
            Self::Read(error) if let Some(room) = NoRoom::of(error) => {
                let elsewhere = match room {
                    NoRoom::Disk => " there, set TMPDIR to another directory",
                    NoRoom::FileSize { .. } => "",
                };
                room.advice().text(elsewhere).text(", or save the input as a file and import that")
            }
            Self::Read(_) => Advice::from("choose a file written by ").remedy(Remedy::Export),
            Self::Name(error) => {
                let advice = error.advice().unwrap_or_default();
                advice.text("; ").remedy(Remedy::ImportUnderOtherName)
            }
        }
    }
}
