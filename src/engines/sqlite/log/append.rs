//! Appends events.

use rusqlite::Connection;

use crate::engines::sqlite::file::{ReadColumn, Result, SEQUENCE_BITS, Table};
use crate::error::StoreError;
use crate::event::Event;
use crate::event_store::{Tail, check_events, check_placed};
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::json::Json;
use crate::space::{Head, SpaceState};

use super::spaces::Log;
use super::types::TypeIds;
use super::{causes, entity, row, spaces};

const LOG: Table<'_> = Table {
    into: "event_log
      (pos, event_id, type_id, timestamp, checksum, causation_id, correlation_id, entity_id, payload, meta)",
    columns: 10,
    otherwise: "",
};

pub(super) fn tail(connection: &Connection, space_id: SpaceId) -> Result<Tail> {
    if let Some((log, last_event_id)) = spaces::open_log_and_last_event_id(connection, space_id)? {
        return Ok(Tail { head: log.head, last_event_id, revision: log.revision });
    }
    Err(match spaces::log(connection, space_id)? {
        Some(_) => not_open(connection, space_id)?.into(),
        None => without_log(connection, space_id)?.into(),
    })
}

/// Appends numbered events to an open space.
pub(in crate::engines::sqlite) fn append_placed(
    connection: &Connection,
    space_id: SpaceId,
    events: &[Event],
) -> Result<()> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(()) };
    let is_run = check_placed(&head_before(first), events).is_ok();
    check_room(events)?;
    if is_run && moves_on(connection, first, last, bytes_of(events))? {
        return insert(connection, space_id, events);
    }
    append_after(connection, &open_log(connection, space_id)?, space_id, events)
}

/// Appends numbered events after the end of a log.
pub(super) fn append_after(
    connection: &Connection,
    log: &Log,
    space_id: SpaceId,
    events: &[Event],
) -> Result<()> {
    let Some(last) = events.last() else { return Ok(()) };
    check_room(events)?;
    check_placed(&log.head, events)?;
    insert(connection, space_id, events)?;
    advance(connection, log, last, events)
}

fn check_room(events: &[Event]) -> Result<()> {
    if events.last().is_some_and(|last| last.space_sequence.0 >= 1 << SEQUENCE_BITS) {
        return Err(StoreError::Exhausted { what: "events of this space" }.into());
    }
    Ok(check_events(events)?)
}

fn bytes_of(events: &[Event]) -> u64 {
    events.iter().map(|event| event.payload.as_str().len() as u64).sum()
}

/// Advances the counters of an open log, if the events follow its last one and too few are waiting for the entity index
/// to extend it. Returns true if it did, which suffices for most appends.
fn moves_on(connection: &Connection, first: &Event, last: &Event, bytes: u64) -> Result<bool> {
    let mut statement = connection.prepare_cached(&format!(
        "UPDATE space_sequences SET last_sequence = ?2, last_event_id = ?3, last_timestamp = ?4,
           payload_bytes = payload_bytes + ?5
         WHERE space_id = ?1 AND last_sequence = ?6 AND last_event_id < ?7 AND mark = 0
           AND indexed_sequence > ?2 - {}",
        entity::BLOCK
    ))?;
    let changed = statement.execute((
        last.space_id.0,
        last.space_sequence.0,
        last.event_id.0,
        last.timestamp.0,
        bytes,
        first.space_sequence.0.saturating_sub(1),
        first.event_id.0,
    ))?;
    Ok(changed == 1)
}

/// Returns a head that the event would follow.
fn head_before(event: &Event) -> Head {
    Head {
        last_sequence: SpaceSequence(event.space_sequence.0.saturating_sub(1)),
        last_event_id: EventId(event.event_id.0.saturating_sub(1)),
        ..Head::default()
    }
}

/// Returns the log of a space, if the space is open.
fn open_log(connection: &Connection, space_id: SpaceId) -> Result<Log> {
    match spaces::log(connection, space_id)? {
        None => Err(without_log(connection, space_id)?.into()),
        Some(log) if log.state != SpaceState::Open => Err(not_open(connection, space_id)?.into()),
        Some(log) => Ok(log),
    }
}

pub(super) fn without_log(connection: &Connection, space_id: SpaceId) -> Result<StoreError> {
    Ok(match spaces::get(connection, space_id)? {
        None => StoreError::unknown_space(space_id),
        Some(record) => record.usable().err().unwrap_or(StoreError::unknown_space(space_id)),
    })
}

/// Returns the reason why a marked space refuses events.
pub(super) fn not_open(connection: &Connection, space_id: SpaceId) -> Result<StoreError> {
    let space = spaces::get(connection, space_id)?.map(|record| record.space);
    let refused = space.and_then(|space| space.check_open().err());
    Ok(refused.unwrap_or(StoreError::unknown_space(space_id)))
}

fn insert(connection: &Connection, space_id: SpaceId, events: &[Event]) -> Result<()> {
    let types = TypeIds::add(connection, space_id, events)?;
    let mut buffer = Vec::new();
    LOG.insert(
        connection,
        events,
        |columns, event| {
            columns.give(row::pos(space_id, event.space_sequence))?;
            columns.give(event.event_id.0)?;
            columns.give(types.id(event))?;
            columns.give(event.timestamp.0)?;
            columns.give(event.checksum_with(&mut buffer).cast_signed())?;
            columns.give(event.causation_id.map(|id| id.0))?;
            columns.give(event.correlation_id.as_ref().map(|id| id.as_bytes().as_slice()))?;
            columns.give(&event.entity_id)?;
            columns.give(event.payload.as_str())?;
            columns.give(event.metadata.as_ref().map(Json::as_str))
        },
        |_, _| Ok(()),
    )?;
    causes::insert(connection, space_id, events)
}

fn advance(connection: &Connection, log: &Log, last: &Event, events: &[Event]) -> Result<()> {
    let indexed = entity::extend(connection, last.space_id, log.indexed_sequence, events)?;
    let mut statement = connection.prepare_cached(
        "UPDATE space_sequences SET last_sequence = ?2, last_event_id = ?3, last_timestamp = ?4,
           payload_bytes = ?5, indexed_sequence = ?6 WHERE space_id = ?1",
    )?;
    statement.execute((
        last.space_id.0,
        last.space_sequence.0,
        last.event_id.0,
        last.timestamp.0,
        log.head.payload_bytes.saturating_add(bytes_of(events)),
        indexed,
    ))?;
    Ok(())
}

/// Returns the highest id ever assigned: the last in the log, or one that a delete removed.
pub(in crate::engines::sqlite) fn last_event_id(connection: &Connection) -> Result<EventId> {
    let mut statement = connection.prepare_cached(&format!("SELECT {}", spaces::LAST_EVENT_ID))?;
    Ok(EventId(statement.query_row([], |row| row.column(0))?))
}
