//! Importing the events of another log.

use rusqlite::Connection;

use crate::clock::Timestamp;
use crate::error::{Result, StoreError};
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::Expected;
use crate::space::{Head, Metadata, Space, SpaceId, SpaceState};

use super::{append, spaces};

pub(super) fn begin(
    connection: &Connection,
    name: &str,
    metadata: Option<&Metadata>,
    created_at: Timestamp,
) -> Result<Space> {
    if spaces::find(connection, name)?.is_some() {
        return Err(StoreError::SpaceExists { space: name.to_owned() }.into());
    }
    let space = spaces::create(connection, name, metadata, created_at)?;
    connection.execute("UPDATE space_sequences SET mark = 2 WHERE space_id = ?1", [space.space_id.0])?;
    Ok(Space { state: SpaceState::Importing, ..space })
}

pub(super) fn import(connection: &Connection, space_id: SpaceId, events: &[Event]) -> Result<Vec<EventId>> {
    let Some(log) = spaces::log(connection, space_id)? else {
        return Err(append::without_log(connection, space_id)?.into());
    };
    if !log.takes_import {
        return Err(StoreError::NotImporting { space: space_id.to_string() }.into());
    }
    let mut event_id = append::last_event_id(connection)?;
    let mut sequence = log.head.last_sequence;
    let mut placed = Vec::with_capacity(events.len());
    for event in events {
        let expected = Expected::Exact(SpaceSequence(event.space_sequence.0.saturating_sub(1)));
        expected.check(&Head { last_sequence: sequence, ..log.head })?;
        sequence = event.space_sequence;
        event_id = event.event_id.max(event_id.next());
        placed.push(Event { event_id, space_id, ..event.clone() });
    }
    if let Some(last) = placed.last() {
        append::insert(connection, space_id, &placed)?;
        let bytes: usize = placed.iter().map(|event| event.payload.as_str().len()).sum();
        append::advance(connection, &log, last, bytes as u64)?;
    }
    Ok(placed.into_iter().map(|event| event.event_id).collect())
}

pub(super) fn end(connection: &Connection, space_id: SpaceId) -> Result<()> {
    let sql = "UPDATE space_sequences SET mark = 0 WHERE space_id = ?1 AND mark = 2";
    match connection.execute(sql, [space_id.0])? {
        0 => Err(StoreError::NotImporting { space: space_id.to_string() }.into()),
        _ => Ok(()),
    }
}
