//! What a log says of its spaces, and of itself as a whole.

use crate::space::{Head, Space};

/// A space with where its log ends.
#[derive(Debug, Clone, PartialEq)]
pub struct SpaceRecord {
    /// The space.
    pub space: Space,
    /// Where its log ends.
    pub head: Head,
}

/// What a store holds in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// How many spaces.
    pub spaces: u64,
    /// How many events.
    pub events: u64,
    /// Bytes of all payloads.
    pub payload_bytes: u64,
}

/// Room on disk that holds nothing of today's, but may hold bytes of yesterday's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Slack {
    /// Pages of the files that are not in use.
    pub free_pages: u64,
    /// Bytes of the logs beside the files.
    pub log_bytes: u64,
}
