//! Imports the events of another log.

use rusqlite::Connection;
use uuid::Uuid;

use crate::engines::sqlite::file::Result;
use crate::error::StoreError;
use crate::event::Event;
use crate::event_store::{MarkOwner, Tail};
use crate::id::SpaceId;
use crate::space::{Space, SpaceMetadata, SpaceState};
use crate::timestamp::Timestamp;

use super::spaces::Log;
use super::{append, mark, spaces};

pub(super) fn begin(
    connection: &Connection,
    name: &str,
    metadata: Option<&SpaceMetadata>,
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

pub(super) fn tail(connection: &Connection, space_id: SpaceId, token: Uuid) -> Result<Tail> {
    let Some(log) = spaces::log(connection, space_id)? else {
        return Err(append::without_log(connection, space_id)?.into());
    };
    check_importing(connection, space_id, token, &log)?;
    let last_event_id = append::last_event_id(connection)?;
    Ok(Tail { head: log.head, last_event_id, revision: log.revision })
}

pub(in crate::engines::sqlite) fn append_placed(
    connection: &Connection,
    space_id: SpaceId,
    events: &[Event],
) -> Result<()> {
    let Some(log) = spaces::log(connection, space_id)? else {
        return Err(append::without_log(connection, space_id)?.into());
    };
    append::append_after(connection, &log, space_id, events)
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
