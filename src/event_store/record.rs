//! Facts about spaces and about the whole store.

use crate::error::StoreError;
use crate::space::{Head, Space, SpaceId};

/// A space with the end of its log.
#[derive(Debug, Clone, PartialEq)]
pub struct SpaceRecord {
    /// The space.
    pub space: Space,
    /// The end of its log. Empty if its counters are damaged.
    pub head: Head,
    /// The damage to its row in the registry or to its counters, if there is any.
    pub fault: Option<SpaceFault>,
}

/// Damage to the row of a space in the registry, or to the counters of its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpaceFault {
    /// Its name, its metadata or its checksum is wrong. Operations on the space still work.
    Row(String),
    /// Another program changed its id. This is the one that it had: the events under its present id are those of another space.
    OtherId(i64),
    /// It has no counters. No operation on the space runs before they are derived from its events.
    NoCounters,
    /// Its counters cannot be read, for this reason. No operation on the space runs before they are derived from its events.
    Counters(String),
    /// Something else that a list shows cannot be read, for this reason.
    Other(String),
}

impl SpaceFault {
    /// Returns true if no operation on the space can run.
    pub fn prevents_use(&self) -> bool {
        matches!(self, Self::OtherId(_) | Self::NoCounters | Self::Counters(_))
    }

    /// Describes the problem.
    pub fn text(&self) -> String {
        match self {
            Self::Row(problem) => problem.clone(),
            Self::OtherId(id) => format!("its row was written with the id {id}"),
            Self::NoCounters => "its counters are missing".to_owned(),
            Self::Counters(reason) => format!("its counters cannot be read: {reason}"),
            Self::Other(reason) => format!("it cannot be read: {reason}"),
        }
    }
}

impl SpaceRecord {
    /// Creates the record of an undamaged space.
    pub fn new(space: Space, head: Head) -> Self {
        Self { space, head, fault: None }
    }

    /// Returns the space if operations on it can run.
    ///
    /// # Errors
    /// [`StoreError::SpaceDamaged`] if its counters are damaged, or its id was changed.
    pub fn usable(self) -> Result<Self, StoreError> {
        match &self.fault {
            Some(fault) if fault.prevents_use() => {
                let (space, problem) = (self.space.space_name.clone(), fault.text());
                Err(StoreError::SpaceDamaged { space, problem })
            }
            _ => Ok(self),
        }
    }
}

/// A damaged space that no list contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnlistedSpace {
    /// No space can have the id in its row.
    OutOfRange {
        /// Its name.
        space_name: String,
        /// The id.
        number: i64,
    },
    /// It has counters, and no row in the registry.
    Unregistered(SpaceId),
}

impl UnlistedSpace {
    /// Returns the name, or the id of a space without one.
    pub fn name(&self) -> String {
        match self {
            Self::OutOfRange { space_name, .. } => space_name.clone(),
            Self::Unregistered(space_id) => space_id.to_string(),
        }
    }

    /// Describes the problem.
    pub fn problem(&self) -> String {
        match self {
            Self::OutOfRange { number, .. } => format!("its id is {number}, which is out of range"),
            Self::Unregistered(_) => "its row in the registry is missing".to_owned(),
        }
    }
}

/// The totals of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// The number of spaces.
    pub spaces: u64,
    /// The number of events.
    pub events: u64,
    /// Bytes of all payloads.
    pub payload_bytes: u64,
}

/// Unused storage that may still contain deleted data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Slack {
    /// Unused pages of the files.
    pub free_pages: u64,
    /// Bytes of the write-ahead logs.
    pub log_bytes: u64,
}
