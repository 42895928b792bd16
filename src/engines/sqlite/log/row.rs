//! Converts between rows of `event_log` and events.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::engines::sqlite::file::numbers::LAST_SPACE;
use crate::engines::sqlite::file::{ReadColumn, Result, SEQUENCE_BITS, text};
use crate::event::Event;
use crate::id::{CorrelationId, EventId, SpaceId, SpaceSequence};
use crate::text::refill;
use crate::timestamp::Timestamp;

use super::types::TypeNames;

/// The columns that [`Filler::event`] reads, in its order.
pub(super) const COLUMNS: &str =
    "pos, event_id, type_id, timestamp, checksum, causation_id, correlation_id, entity_id, payload, meta";

/// Returns the place of an event in `event_log`. A sequence out of range becomes the highest possible one, so that no
/// cursor reaches another space, and a space out of range has places at which no event is.
pub(super) fn pos(space_id: SpaceId, sequence: SpaceSequence) -> i64 {
    let sequence = sequence.0.min((1 << SEQUENCE_BITS) - 1).cast_signed();
    match i64::from(space_id.0) {
        space if space <= LAST_SPACE => (space << SEQUENCE_BITS) | sequence,
        _ => i64::MIN | sequence,
    }
}

/// Returns the space and sequence of a place.
pub(super) fn place(pos: i64) -> (SpaceId, SpaceSequence) {
    let sequence = pos & ((1 << SEQUENCE_BITS) - 1);
    let space_id = u32::try_from(pos >> SEQUENCE_BITS).unwrap_or(u32::MAX);
    (SpaceId(space_id), SpaceSequence(sequence.cast_unsigned()))
}

/// Returns the highest possible place of a space.
pub(super) fn last_pos(space_id: SpaceId) -> i64 {
    pos(space_id, SpaceSequence((1 << SEQUENCE_BITS) - 1))
}

/// The keys of a row of [`COLUMNS`].
#[derive(Clone, Copy)]
pub(super) struct Position {
    pub(super) pos: i64,
    pub(super) event_id: i64,
}

impl Position {
    pub(super) fn of(row: &Row<'_>) -> Result<Self> {
        Ok(Self { pos: integer(row, 0)?, event_id: integer(row, 1)? })
    }
}

/// Reads an integer, in half the instructions of [`Row::get`].
#[inline]
fn integer(row: &Row<'_>, column: usize) -> Result<i64> {
    match row.get_ref(column)? {
        ValueRef::Integer(number) => Ok(number),
        _ => Ok(row.column(column)?),
    }
}

/// Converts rows of [`COLUMNS`] to events, one at a time, in reused allocations.
pub(super) struct Filler<'a> {
    connection: &'a Connection,
    types: &'a TypeNames,
    event: Event,
    /// The number of the type of the last event; `type_name` is its name.
    type_of: Option<(SpaceId, i64)>,
    type_name: Arc<str>,
    buffer: Vec<u8>,
}

impl<'a> Filler<'a> {
    pub(super) fn new(connection: &'a Connection, types: &'a TypeNames) -> Self {
        let event = Event::blank();
        let type_name = Arc::clone(&event.event_type);
        Self { connection, types, event, type_of: None, type_name, buffer: Vec::new() }
    }

    /// Returns the event of a row. A damaged event is returned as stored, and marked as not intact. The caller may take it
    /// and leave another one.
    pub(super) fn event(&mut self, at: Position, row: &Row<'_>) -> Result<&mut Event> {
        let Self { event, type_of, type_name, buffer, .. } = self;
        let (space_id, sequence) = place(at.pos);
        let type_id = integer(row, 2)?;
        if *type_of != Some((space_id, type_id)) {
            *type_name = self.types.name(self.connection, space_id, type_id)?;
            *type_of = Some((space_id, type_id));
        }
        if !Arc::ptr_eq(&event.event_type, type_name) {
            event.event_type = Arc::clone(type_name);
        }
        event.space_id = space_id;
        event.space_sequence = sequence;
        event.event_id = EventId(at.event_id.cast_unsigned());
        event.timestamp = Timestamp(integer(row, 3)?);
        let checksum = integer(row, 4)?;
        event.causation_id = match row.get_ref(5)? {
            ValueRef::Null => None,
            _ => Some(EventId(integer(row, 5)?.cast_unsigned())),
        };
        event.correlation_id = match row.get_ref(6)? {
            ValueRef::Blob(bytes) => CorrelationId::from_slice(bytes).ok(),
            _ => None,
        };
        refill(&mut event.entity_id, &text(row.get_ref(7)?).unwrap_or_default());
        event.payload.refill(&text(row.get_ref(8)?).unwrap_or_default());
        match row.get_ref(9)? {
            ValueRef::Null => event.metadata = None,
            meta => event.metadata.get_or_insert_default().refill(&text(meta).unwrap_or_default()),
        }
        event.intact = i64::from(event.checksum_with(buffer).cast_signed()) == checksum;
        Ok(event)
    }
}
