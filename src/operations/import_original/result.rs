//! The result of an import of a file of the original.

use serde::Serialize;

use crate::operations::Skipped;
use crate::space::Space;
use crate::timestamp::Timestamp;

use super::{NewTimes, OriginalComparison, OriginalLeftovers, UnreadableEvent};

/// The result of an import of a file of the original.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ImportedOriginal {
    /// The spaces that were imported.
    pub spaces: Vec<ImportedOriginalSpace>,
    /// Those that were imported before.
    pub already: Vec<PassedOver>,
    /// The spaces that cannot be imported.
    pub refused: Vec<RefusedSpace>,
    /// The rows that belong to no space, or that only an import can show.
    pub leftovers: OriginalLeftovers,
}

/// A space that was imported.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportedOriginalSpace {
    /// The new space.
    #[serde(flatten)]
    pub space: Space,
    /// Its id in the original.
    pub original_space_id: i64,
    /// The app that built its projections.
    pub app: Option<String>,
    /// True if only its rows were left in the original.
    pub is_orphan: bool,
    /// The number of events.
    pub events: u64,
    /// The number of keys in its projections.
    pub keys: u64,
    /// The number of keys in the original's projection.
    pub original_keys: u64,
    /// The number of sequences that were missing.
    pub gaps: u64,
    /// The number of events that had the sequence of another event before them.
    pub duplicates: u64,
    /// The number of events that got another sequence.
    pub renumbered: u64,
    /// The number of events that got another id.
    pub new_ids: u64,
    /// The number of causes that are not in the log before their effect. They are kept in the metadata.
    pub causes_dropped: u64,
    /// The events that got another time.
    pub new_times: NewTimes,
    /// The number of events of types unknown to the app.
    pub unknown: u64,
    /// The number of events whose payload cannot be read, and is kept as it is stored.
    pub unreadable: u64,
    /// The first of them.
    pub unreadable_events: Vec<UnreadableEvent>,
    /// The events that cannot be applied.
    pub skipped: Vec<Skipped>,
    /// The comparison with the original's projection; none without a known app, or if the original has no entries.
    pub comparison: Option<OriginalComparison>,
    /// The time of the last event if it is ahead of the clock.
    #[serde(skip)]
    pub ahead_of_clock: Option<Timestamp>,
}

/// A space that was imported before, and is passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// Its name.
    pub space_name: String,
    /// The number of events that the original has added since. They are not imported.
    pub added: u64,
}

/// A space that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedSpace {
    /// Its name.
    pub space_name: String,
    /// The event because of which it cannot be, if it is an event.
    pub event_id: Option<i64>,
    /// The reason.
    pub reason: String,
}

impl ImportedOriginal {
    /// Returns the number of imported events.
    pub fn events(&self) -> u64 {
        self.spaces.iter().map(|space| space.events).sum()
    }

    /// Returns the number of events that the original has added to spaces since they were imported.
    pub fn added(&self) -> u64 {
        self.already.iter().map(|space| space.added).sum()
    }

    /// Returns the number of keys in the new projections.
    pub fn keys(&self) -> u64 {
        self.spaces.iter().map(|space| space.keys).sum()
    }

    /// Returns the number of keys that differ from the original's.
    pub fn differences(&self) -> u64 {
        let compared = self.spaces.iter().filter_map(|space| space.comparison.as_ref());
        compared.map(|comparison| comparison.count).sum()
    }

    /// Returns true if something needs attention.
    pub fn found(&self) -> bool {
        let of_space = |space: &ImportedOriginalSpace| space.unreadable > 0 || !space.skipped.is_empty();
        self.leftovers.found()
            || self.differences() > 0
            || !self.refused.is_empty()
            || self.spaces.iter().any(of_space)
    }
}
