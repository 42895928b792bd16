//! The one-line summary of an operation, for the audit log and for people, and the phrases that summaries share.

use crate::space::SpaceId;
use crate::text::{counted, grouped};
use crate::timestamp::Timestamp;

/// The summary of a successful operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// True if something needs attention: a difference, a skipped event.
    pub found: bool,
    /// The result in one line.
    pub detail: String,
    /// The space that it created.
    pub made: Option<SpaceId>,
}

impl Summary {
    /// Creates a summary that needs no attention.
    pub fn done(detail: impl Into<String>) -> Self {
        Self { found: false, detail: detail.into(), made: None }
    }

    /// Sets whether it needs attention.
    pub fn found(self, found: bool) -> Self {
        Self { found, ..self }
    }

    /// Sets the space that was created.
    pub fn made(self, space_id: SpaceId) -> Self {
        Self { made: Some(space_id), ..self }
    }
}

/// Says what follows from an event time that is ahead of the clock, and the way out.
pub fn ahead_of_clock(time: Timestamp) -> String {
    format!(
        "the time of the last event is {time}, ahead of this machine's clock: no later event can have an earlier time, \
         except in a fork up to an earlier event"
    )
}

/// Adds to a sentence that the last event has a time ahead of the clock, if it has.
pub(super) fn dated_ahead(time: Option<Timestamp>) -> &'static str {
    if time.is_some() { "; the last event is dated ahead of this machine's clock" } else { "" }
}

/// Puts a number of events into words.
pub(super) fn events(count: u64) -> String {
    counted(count, "event", "events")
}

/// Puts a number of keys into words.
pub(super) fn keys(count: u64) -> String {
    counted(count, "key", "keys")
}

/// Adds to a sentence the number of events of unknown types, if there were any.
pub(super) fn unknown(count: u64) -> String {
    if count == 0 { String::new() } else { format!(", {} of unknown types ignored", grouped(count)) }
}
