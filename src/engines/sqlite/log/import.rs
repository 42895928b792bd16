//! Imports the events of another log.

use rusqlite::Connection;
use uuid::Uuid;

use crate::engines::sqlite::file::Result;
use crate::error::StoreError;
use crate::event::Event;
use crate::event_store::{Expected, MarkOwner, check_events, imported_id};
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::space::{Head, Metadata, Space, SpaceState};
use crate::timestamp::Timestamp;

use super::spaces::Log;
use super::{append, mark, spaces};

pub(super) fn begin(
    connection: &Connection,
    name: &str,
    metadata: Option<&Metadata>,
    created_at: Timestamp,
    owner: &MarkOwner,
) -> Result<Space> {
    if let Some(record) = spaces::find(connection, name)? {
        return Err(record.space.name_taken().into());
    }
    let space = spaces::create(connection, name, metadata, created_at)?;
    mark::set(connection, space.space_id, owner, None, |_| mark::IMPORTING)?;
    Ok(Space { state: SpaceState::Importing, ..space })
}

pub(super) fn import(
    connection: &Connection,
    space_id: SpaceId,
    token: Uuid,
    events: &[Event],
) -> Result<Vec<EventId>> {
    let Some(log) = spaces::log(connection, space_id)? else {
        return Err(append::without_log(connection, space_id)?.into());
    };
    check_importing(connection, space_id, token, &log)?;
    let mut event_id = append::last_event_id(connection)?;
    let mut sequence = log.head.last_sequence;
    let mut placed = Vec::with_capacity(events.len());
    for event in events {
        let expected = Expected::Exact(SpaceSequence(event.space_sequence.0.saturating_sub(1)));
        expected.check(&Head { last_sequence: sequence, ..log.head })?;
        sequence = event.space_sequence;
        event_id = imported_id(event.event_id, event_id);
        placed.push(Event { event_id, space_id, ..event.clone() });
    }
    check_events(&placed)?;
    if let Some(last) = placed.last() {
        append::insert(connection, space_id, &placed)?;
        let bytes: usize = placed.iter().map(|event| event.payload.as_str().len()).sum();
        append::advance(connection, &log, last, bytes as u64)?;
    }
    Ok(placed.into_iter().map(|event| event.event_id).collect())
}

pub(super) fn end(connection: &Connection, space_id: SpaceId, token: Uuid) -> Result<()> {
    let Some(log) = spaces::log(connection, space_id)? else {
        return Err(append::without_log(connection, space_id)?.into());
    };
    check_importing(connection, space_id, token, &log)?;
    mark::clear(connection, space_id)
}

/// Checks that the operation with this token is importing the space. If another one took it over, says that first.
fn check_importing(connection: &Connection, space_id: SpaceId, token: Uuid, log: &Log) -> Result<()> {
    if log.state != SpaceState::Open {
        mark::check(connection, space_id, token)?;
    }
    if log.takes_import {
        return Ok(());
    }
    Err(StoreError::NotImporting { space: space_id.to_string() }.into())
}
