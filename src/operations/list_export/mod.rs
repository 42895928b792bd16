//! Exporting a list as it is filtered: as JSON lines or CSV, to a file or to the clipboard.
//!
//! The rows have the fields of [`lists`](super::lists), and are read and written page by page, whatever the size of the list.
//! The clipboard takes a bounded number of bytes, which are returned to the caller.

#[cfg(feature = "console")]
mod csv_rows;
mod destination;
mod operation;
mod rows;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use crate::event::EventId;
use crate::query::Query;
use crate::space::SpaceId;

use super::{ActivityWindow, DamagedSpaces, Scope};

pub(in crate::operations) use operation::NAME;

/// A list of the store, with its filter and its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreList {
    /// The events of one space or of all that match a query, oldest first.
    Events {
        /// One space, or all.
        scope: Scope,
        /// The query. Times that are relative to now are resolved when the export starts.
        query: Query,
    },
    /// The causes and effects of an event, each before its effects.
    Trace {
        /// The event.
        event_id: EventId,
        /// The most events to read for effects.
        look: usize,
        /// The query: events that match it are listed, with the causes that lead to them.
        query: Query,
    },
    /// The keys of a projection with their values, in byte order.
    Entries {
        /// The space.
        space_id: SpaceId,
        /// The name of the projection.
        projection: String,
        /// The text that keys or values contain, ignoring the case of ASCII letters; empty for all keys.
        text: String,
    },
    /// These spaces with their counters, in this order.
    Spaces(Arc<[SpaceId]>),
    /// The projections of these spaces with their checkpoints, in the order of the spaces.
    Checkpoints(Arc<[SpaceId]>),
    /// The events of a space by period and type: a row for each type with events in a period. All events are read.
    Activity {
        /// The space.
        space_id: SpaceId,
        /// The periods.
        window: ActivityWindow,
    },
    /// The entries of the audit log, latest first.
    AuditLog {
        /// The name or id (`#2`) of the spaces whose entries are listed; all entries if absent.
        space: Option<String>,
        /// The text that entries contain, ignoring the case of ASCII letters; empty for all entries.
        text: String,
    },
}

impl StoreList {
    /// Returns the name, for programs: `events`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Events { .. } => "events",
            Self::Trace { .. } => "trace",
            Self::Entries { .. } => "projections",
            Self::Spaces(_) => "spaces",
            Self::Checkpoints(_) => "checkpoints",
            Self::Activity { .. } => "stats",
            Self::AuditLog { .. } => "log",
        }
    }

    /// Returns the words for one row and for several.
    pub fn rows(&self) -> [&'static str; 2] {
        match self {
            Self::Events { .. } | Self::Trace { .. } => ["event", "events"],
            Self::Entries { .. } => ["key", "keys"],
            Self::Spaces(_) => ["space", "spaces"],
            Self::Checkpoints(_) => ["projection", "projections"],
            Self::Activity { .. } => ["row", "rows"],
            Self::AuditLog { .. } => ["entry", "entries"],
        }
    }
}

/// The format of an exported list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ListFormat {
    /// A JSON object per line, as the command line writes it with `--json`.
    #[default]
    JsonLines,
    /// A header and a record per row, as in RFC 4180. A JSON value is its text, and null is an empty cell. A text that a
    /// spreadsheet would take for a formula, or that begins with an apostrophe, begins with one apostrophe more.
    #[cfg(feature = "console")]
    Csv,
}

impl ListFormat {
    /// Returns the usual end of a file's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            #[cfg(feature = "console")]
            Self::Csv => "csv",
        }
    }
}

/// The destination of an exported list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListDestination {
    /// A file, which appears once it is complete and synced.
    File {
        /// The file.
        path: PathBuf,
        /// Replace an existing file.
        replace: bool,
    },
    /// The clipboard, to which the caller sends the text.
    Clipboard {
        /// The most bytes that it takes.
        most: usize,
    },
}

/// An export of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportList {
    /// The list.
    pub list: StoreList,
    /// The format.
    pub format: ListFormat,
    /// The destination.
    pub destination: ListDestination,
}

/// The result of an export of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedList {
    /// The number of rows.
    pub rows: u64,
    /// The number of damaged events among them, whose checksums do not match.
    pub damaged: u64,
    /// The names or ids of the spaces that were deleted meanwhile. Not all of their rows are included.
    pub deleted: Vec<String>,
    /// The damaged spaces whose rows are missing or not as they should be.
    pub damaged_spaces: DamagedSpaces,
    /// The size in bytes.
    pub bytes: u64,
    /// The text, if the destination is the clipboard.
    pub text: Option<String>,
}
