//! Errors of forking a space.

use thiserror::Error;

use crate::event::{EventId, SpaceSequence};
use crate::timestamp::Timestamp;

use super::{Advice, Remedy};

/// The reason why a space was not forked. Nothing was created.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ForkError {
    /// There is no event up to that point.
    #[error("{space} has no event up to sequence 0, so there is nothing to fork")]
    NoEvents {
        /// The space.
        space: String,
    },
    /// The space has no event with that sequence yet.
    #[error("{space} has no event with sequence {sequence}; its last one is {last}")]
    AfterLastEvent {
        /// The space.
        space: String,
        /// The sequence.
        sequence: SpaceSequence,
        /// The last sequence.
        last: SpaceSequence,
    },
    /// The time is before the first event of the space.
    #[error("{space} has no event at or before {time}; its first one is of {first}")]
    BeforeFirstEvent {
        /// The space.
        space: String,
        /// The time asked for.
        time: Timestamp,
        /// The time of the first event.
        first: Timestamp,
    },
    /// An event differs from what was appended. A copy with a new checksum would hide that.
    #[error(
        "event {event_id} (sequence {sequence}) of {space} differs from what was appended; nothing was forked"
    )]
    DamagedEvent {
        /// The space.
        space: String,
        /// The event.
        event_id: EventId,
        /// Its sequence.
        sequence: SpaceSequence,
    },
}

impl ForkError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoEvents { .. } => "no_events",
            Self::AfterLastEvent { .. } => "unknown_sequence",
            Self::BeforeFirstEvent { .. } => "before_first_event",
            Self::DamagedEvent { .. } => "damaged_event",
        }
    }

    /// Says what to do next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::NoEvents { .. } => "choose a sequence from 1 up to the last one".into(),
            Self::AfterLastEvent { last, .. } => {
                format!("choose a sequence from 1 to {last}, or none for the whole space").into()
            }
            Self::BeforeFirstEvent { .. } => "name a later time, or a sequence from 1".into(),
            Self::DamagedEvent { event_id, sequence, .. } => {
                let inspect = Remedy::InspectEvent { event_id: *event_id, space_sequence: *sequence };
                let before = match sequence.0.saturating_sub(1) {
                    0 => String::new(),
                    before => format!("; the events before it can be forked at sequence {before}"),
                };
                Advice::from("use the last good backup, if it has the event; ").remedy(inspect).text(before)
            }
        }
    }
}
