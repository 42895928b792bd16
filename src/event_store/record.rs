//! Facts about spaces and about the whole store.

use crate::space::{Head, Space};

/// A space with the end of its log.
#[derive(Debug, Clone, PartialEq)]
pub struct SpaceRecord {
    /// The space.
    pub space: Space,
    /// The end of its log.
    pub head: Head,
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
