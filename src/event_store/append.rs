//! What is appended, on which condition, and under which key.

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::event::{EventId, NewEvent, SpaceSequence};
use crate::space::Head;

/// Which sequence a writer expects a space to be at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expected {
    /// Any: the append is serialised against every other, and that is enough.
    #[default]
    Any,
    /// No event yet.
    Empty,
    /// At least one event.
    Exists,
    /// Exactly this last sequence.
    Exact(SpaceSequence),
}

impl Expected {
    /// Checks what was expected against where the space is.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], naming the last event as the rival.
    pub fn check(self, head: &Head) -> Result<(), StoreError> {
        let actual = head.last_sequence;
        let (met, expected) = match self {
            Self::Any => (true, String::new()),
            Self::Empty => (actual == SpaceSequence::START, "an empty space".to_owned()),
            Self::Exists => (actual != SpaceSequence::START, "at least one event".to_owned()),
            Self::Exact(sequence) => (actual == sequence, format!("sequence {sequence}")),
        };
        if met {
            return Ok(());
        }
        let rival = (head.last_event_id != EventId::default()).then_some(head.last_event_id);
        Err(StoreError::Conflict { expected, actual, rival })
    }
}

/// What an idempotency key was used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// A checksum over the request, which tells it from another under the same key.
    pub request: u32,
    /// The ids of its events, in order.
    pub event_ids: Vec<EventId>,
    /// The space's last sequence after them.
    pub space_sequence: SpaceSequence,
}

/// What is appended in one go.
#[derive(Debug, Clone, Copy)]
pub struct Append<'a> {
    /// Where the space has to be.
    pub expected: Expected,
    /// The time now. An event's timestamp is never before that of the event before it in its space,
    /// even when the clock jumps back.
    pub now: Timestamp,
    /// The events, in order.
    pub events: &'a [NewEvent],
}
