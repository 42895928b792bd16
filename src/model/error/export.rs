//! Errors of exporting a space.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::bug_report::ReportSubject;
use crate::masking::MaskedPath;
use crate::text::{bytes, grouped};

use super::{Advice, NoRoom, Remedy, reason_of};

/// The reason why a space was not exported. No file was left behind or changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The space is damaged, so no file could be a true copy of it.
    #[error("{what} cannot be exported: {reason}")]
    Damaged {
        /// The event, entry or key.
        what: String,
        /// The damage.
        reason: String,
    },
    /// The file already exists.
    #[error("{} already exists", path.shown())]
    Exists {
        /// The file.
        path: PathBuf,
        /// True if the caller may ask for it to be overwritten.
        replaceable: bool,
    },
    /// The name is reserved for the database: SQLite would overwrite the file or take it for a part of the
    /// database.
    #[error("{} is reserved for the database", path.shown())]
    OfDatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is another database, or SQLite would take it for a part of one.
    #[error("{} cannot be written: {reason}", path.shown())]
    OfOtherDatabase {
        /// The file.
        path: PathBuf,
        /// How the two conflict.
        reason: String,
    },
    /// The file cannot be created.
    #[error("{} cannot be written: {reason}", path.shown())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// Writing failed.
    #[error("the export cannot be written: {}", reason_of(.0))]
    Write(#[from] io::Error),
    /// The exported rows are more than the clipboard takes.
    #[error("the rows have more than {}, and the clipboard takes no more", bytes(*most))]
    BeyondClipboard {
        /// The most bytes that it takes.
        most: u64,
    },
    /// Fields of events were erased while the rows of a list were exported.
    #[error("fields of events were erased while the list was exported")]
    ErasedMeanwhile,
    /// The space has no event of the subject of a bug report.
    #[error("the space {space} has no {}", of_subject(subject))]
    NoEvents {
        /// The space.
        space: String,
        /// The subject.
        subject: ReportSubject,
    },
    /// A field that is to be masked occurs in none of the events.
    #[error("none of these events has the field {field}")]
    UnknownMask {
        /// The field.
        field: String,
        /// The fields that the events have.
        known: Vec<String>,
    },
    /// The masked fields have too many different values to be kept in memory.
    #[error("the masked fields have more than {} of different values", bytes(*most))]
    BeyondMasks {
        /// The most bytes.
        most: u64,
    },
    /// A masked value would remain in the file.
    #[error("{what} would still contain a masked value")]
    NotMasked {
        /// The event.
        what: String,
    },
    /// The test would have too many events.
    #[error("a test has at most {} events, and these are more", grouped(*most))]
    BeyondTest {
        /// The most events.
        most: u64,
    },
    /// The space cannot be archived, because an interrupted delete has removed part of it.
    #[error("{space} cannot be archived: an interrupted delete has removed part of it")]
    PartlyDeleted {
        /// The space's name.
        space: String,
    },
    /// The archive differed from the space when it was read back.
    #[error("the archive {} is not a true copy: {reason}", path.shown())]
    NotTheSame {
        /// The file.
        path: PathBuf,
        /// The first difference.
        reason: String,
    },
}

impl ExportError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "export_damaged",
            Self::Exists { .. } => "file_exists",
            Self::OfDatabase { .. } | Self::OfOtherDatabase { .. } => "file_of_database",
            Self::NotWritable { .. } => "file_not_writable",
            Self::Write(_) => "output",
            Self::BeyondClipboard { .. } => "beyond_clipboard",
            Self::ErasedMeanwhile => "erased_meanwhile",
            Self::NoEvents { .. } => "no_events",
            Self::UnknownMask { .. } => "unknown_mask",
            Self::BeyondMasks { .. } => "beyond_masks",
            Self::NotMasked { .. } => "not_masked",
            Self::BeyondTest { .. } => "beyond_test",
            Self::PartlyDeleted { .. } => "partly_deleted",
            Self::NotTheSame { .. } => "archive_differs",
        }
    }

    /// Says what to do next, if anything can be done.
    pub fn advice(&self) -> Option<Advice> {
        let hint = match self {
            Self::Damaged { .. } => "a file without it would not be a true copy; use the last good backup",
            Self::Exists { replaceable: true, .. } => {
                return Some(Advice::from("choose another file, or ").remedy(Remedy::Overwrite));
            }
            Self::Exists { replaceable: false, .. } => "choose a file that does not exist yet",
            Self::OfDatabase { .. } => {
                "choose another file: not the database, nor its -wal, -shm or -journal file"
            }
            Self::OfOtherDatabase { .. } => "choose another file",
            Self::NotWritable { .. } => {
                "choose another name, in a directory that exists, is writable and has room"
            }
            Self::Write(error) => return NoRoom::of(error).map(NoRoom::advice_on_new_file),
            Self::BeyondClipboard { .. } => "choose a file as the destination, or filter the list",
            Self::ErasedMeanwhile => "export the list again",
            Self::NoEvents { .. } => {
                return Some(Advice::from("check the id and the space; ").remedy(Remedy::ListEvents));
            }
            Self::UnknownMask { known, .. } if known.is_empty() => "these events have no fields",
            Self::UnknownMask { known, .. } => {
                return Some(format!("they have: {}", known.join(", ")).into());
            }
            Self::BeyondMasks { .. } => "mask fewer fields, or choose fewer events",
            Self::NotMasked { .. } => "mask that field as well, or choose other events; nothing was written",
            Self::BeyondTest { .. } => "choose an event or an entity with fewer, or export without the test",
            Self::PartlyDeleted { .. } => {
                "delete it without an archive; an archive written by the first attempt is complete"
            }
            Self::NotTheSame { .. } => "nothing was removed; try again, perhaps on another disk",
        };
        Some(hint.into())
    }
}

/// Names the events of a subject that are missing.
fn of_subject(subject: &ReportSubject) -> String {
    match subject {
        ReportSubject::Event(_) => subject.to_string(),
        ReportSubject::Entity(_) | ReportSubject::Correlation(_) => format!("events of the {subject}"),
    }
}
