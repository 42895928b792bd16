//! What is appended, on which condition, under which key, and which numbers it gets.

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::event::{Event, EventId, NewEvent, SpaceSequence};
use crate::event_store::PageRow;
use crate::limits::{LAST_EVENT_ID, LAST_KEPT_EVENT_ID};
use crate::space::{Head, SpaceId};

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
            Self::Any => return Ok(()),
            Self::Empty => (actual == SpaceSequence::START, "an empty space".to_owned()),
            Self::Exists => (actual != SpaceSequence::START, "at least one event".to_owned()),
            Self::Exact(sequence) if actual == sequence => return Ok(()),
            Self::Exact(sequence) => (false, format!("sequence {sequence}")),
        };
        if met {
            return Ok(());
        }
        let rival = (head.last_event_id != EventId::default()).then_some(head.last_event_id);
        Err(StoreError::Conflict { expected, actual, rival })
    }
}

/// Tells a command from another one under the same idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestDigest {
    /// SHA-256 over the command's name and fields.
    Sha256([u8; 32]),
    /// A CRC-32 over them, which is all that files and exports of earlier versions have. It tells commands apart that
    /// differ by accident.
    Crc32(u32),
}

/// What an idempotency key was used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Tells the command from another one under the same key.
    pub request: RequestDigest,
    /// The ids of its events, in order.
    pub event_ids: Vec<EventId>,
    /// The space's last sequence after them.
    pub space_sequence: SpaceSequence,
    /// The time at which the key was stored; unknown in files and exports of earlier versions.
    pub stored_at: Option<Timestamp>,
}

/// An idempotency key carries no payload.
impl PageRow for (String, Remembered) {
    fn bytes(&self) -> usize {
        0
    }
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

/// Where a space's log ends, and the store's: the next event's numbers follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tail {
    /// Where the space's log ends.
    pub head: Head,
    /// The highest id ever given in the store.
    pub last_event_id: EventId,
}

impl Tail {
    /// The next event, as it will stand in the log, behind which the tail moves. A clock that jumped back does
    /// not take the space's time back with it.
    pub fn place(&mut self, space_id: SpaceId, new: NewEvent, now: Timestamp) -> Event {
        let timestamp = self.head.last_timestamp.map_or(now, |last| last.max(now));
        self.last_event_id = self.last_event_id.next();
        self.head = Head {
            last_sequence: self.head.last_sequence.next(),
            last_event_id: self.last_event_id,
            last_timestamp: Some(timestamp),
            payload_bytes: self.head.payload_bytes.saturating_add(new.payload.as_str().len() as u64),
        };
        Event::appended(new, self.last_event_id, space_id, self.head.last_sequence, timestamp)
    }
}

/// The id that an imported event has here: its own where that is free and leaves enough for all others, or else the
/// next one.
pub(crate) fn imported_id(own: EventId, last: EventId) -> EventId {
    if own > last && own <= LAST_KEPT_EVENT_ID { own } else { last.next() }
}

/// Checks that events may be stored, up to the last one's id.
pub(super) fn check_events(events: &[Event]) -> Result<(), StoreError> {
    if events.last().is_some_and(|last| last.event_id > LAST_EVENT_ID) {
        return Err(StoreError::Exhausted { what: "events" });
    }
    Ok(events.iter().try_for_each(Event::check)?)
}

/// Checks that events were placed behind a space's head: one after the other, with rising ids.
pub(super) fn check_placed(head: &Head, events: &[Event]) -> Result<(), StoreError> {
    let mut before = (head.last_sequence, head.last_event_id);
    for event in events {
        if event.space_sequence != before.0.next() || event.event_id <= before.1 {
            let rival = (head.last_event_id != EventId::default()).then_some(head.last_event_id);
            let expected = format!("sequence {}", event.space_sequence.0.saturating_sub(1));
            return Err(StoreError::Conflict { expected, actual: head.last_sequence, rival });
        }
        before = (event.space_sequence, event.event_id);
    }
    Ok(())
}
