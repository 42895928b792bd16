//! Appends: their events, conditions, idempotency keys and numbers.

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::event::{Event, EventId, NewEvent, SpaceSequence};
use crate::event_store::PageRow;
use crate::limits::{LAST_EVENT_ID, LAST_KEPT_EVENT_ID};
use crate::space::{Head, SpaceId};

/// The state in which a writer expects a space, or an entity in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expected {
    /// Any state: appends are serialised, and that is enough.
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
    /// Checks the expectation against a space's head.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], which names the last event as the rival.
    pub fn check(self, head: &Head) -> Result<(), StoreError> {
        let last = (head.last_event_id != EventId::default()).then_some(head.last_event_id);
        self.compare("an empty space", head.last_sequence, |expected| StoreError::Conflict {
            entity_id: None,
            expected,
            actual: head.last_sequence,
            rival: last,
        })
    }

    /// Checks the expectation against the last event of an entity, if it has one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], which names that event as the rival.
    pub fn check_entity(
        self,
        entity_id: &str,
        last: Option<(SpaceSequence, EventId)>,
    ) -> Result<(), StoreError> {
        let (actual, rival) = last.unzip();
        let actual = actual.unwrap_or_default();
        self.compare("no event", actual, |expected| StoreError::Conflict {
            entity_id: Some(entity_id.to_owned()),
            expected,
            actual,
            rival,
        })
    }

    fn compare(
        self,
        empty: &str,
        actual: SpaceSequence,
        conflict: impl FnOnce(String) -> StoreError,
    ) -> Result<(), StoreError> {
        let (met, expected) = match self {
            Self::Any => return Ok(()),
            Self::Empty => (actual == SpaceSequence::START, empty.to_owned()),
            Self::Exists => (actual != SpaceSequence::START, "at least one event".to_owned()),
            Self::Exact(sequence) if actual == sequence => return Ok(()),
            Self::Exact(sequence) => (false, format!("sequence {sequence}")),
        };
        if met { Ok(()) } else { Err(conflict(expected)) }
    }
}

/// A digest of a command, which detects another command with the same idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestDigest {
    /// SHA-256 of the command's name and fields.
    Sha256([u8; 32]),
    /// CRC-32 of the same, from files and exports of earlier versions. It detects accidental reuse of a key, but can be
    /// forged.
    Crc32(u32),
}

impl RequestDigest {
    /// The digest of a command whose digest was erased. No command has it.
    pub const ERASED: Self = Self::Sha256([0; 32]);
}

/// The recorded outcome of an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The digest of the command.
    pub request: RequestDigest,
    /// The ids of its events, in order.
    pub event_ids: Vec<EventId>,
    /// The space's last sequence after them.
    pub space_sequence: SpaceSequence,
    /// The time at which the key was stored, or `None` in files and exports of earlier versions.
    pub stored_at: Option<Timestamp>,
}

/// An idempotency key carries no payload.
impl PageRow for (String, Remembered) {
    fn bytes(&self) -> usize {
        0
    }
}

/// The input of one append.
#[derive(Debug, Clone, Copy)]
pub struct Append<'a> {
    /// The expected state of the space.
    pub expected: Expected,
    /// The current time. An event's timestamp is never before that of the previous event in its space, even if the clock
    /// jumps back.
    pub now: Timestamp,
    /// The events, in order.
    pub events: &'a [NewEvent],
}

/// The ends of a space's log and of the store's. They determine the numbers of the next event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tail {
    /// The end of the space's log.
    pub head: Head,
    /// The id before that of the next event: the highest ever assigned in the store, or the last before those that the
    /// engine reserved for this unit of work.
    pub last_event_id: EventId,
    /// The revision of the space: [`Space::revision`](crate::Space::revision).
    pub revision: u64,
}

impl Tail {
    /// Returns the time of the last event, if it is ahead of `now`.
    pub(crate) fn ahead_of(&self, now: Timestamp) -> Option<Timestamp> {
        self.head.last_timestamp.filter(|last| last.is_ahead_of(now))
    }

    /// Numbers the next event and moves the tail past it. If the clock has jumped back, the event gets the time of the
    /// previous event.
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

/// Returns the id of an imported event: its own if that is free and leaves enough ids for all others, else the next
/// one.
pub(crate) fn imported_id(own: EventId, last: EventId) -> EventId {
    if own > last && own <= LAST_KEPT_EVENT_ID { own } else { last.next() }
}

/// Checks that the store accepts these events, and that the last one's id is in range.
pub(crate) fn check_events(events: &[Event]) -> Result<(), StoreError> {
    if events.last().is_some_and(|last| last.event_id > LAST_EVENT_ID) {
        return Err(StoreError::Exhausted { what: "events" });
    }
    Ok(events.iter().try_for_each(Event::check)?)
}

/// Checks that events directly follow a space's head, with rising ids.
pub(crate) fn check_placed(head: &Head, events: &[Event]) -> Result<(), StoreError> {
    let mut before = (head.last_sequence, head.last_event_id);
    for event in events {
        if event.space_sequence != before.0.next() || event.event_id <= before.1 {
            let rival = (head.last_event_id != EventId::default()).then_some(head.last_event_id);
            let expected = format!("sequence {}", event.space_sequence.0.saturating_sub(1));
            let entity_id = None;
            return Err(StoreError::Conflict { entity_id, expected, actual: head.last_sequence, rival });
        }
        before = (event.space_sequence, event.event_id);
    }
    Ok(())
}
