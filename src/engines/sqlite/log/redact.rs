//! Replaces stored events by those without erased fields.

use rusqlite::{Connection, OptionalExtension};

use crate::engines::sqlite::file::{ReadColumn, Result};
use crate::engines::sqlite::subscriptions;
use crate::error::StoreError;
use crate::event::Event;
use crate::event_store::{Redaction, check_events, check_known_as};
use crate::id::SpaceId;
use crate::json::Json;

use super::{idempotency, row, spaces};

pub(in crate::engines::sqlite) fn redact(
    connection: &Connection,
    space_id: SpaceId,
    redacted: &Redaction<'_>,
) -> Result<()> {
    check_events(redacted.events)?;
    let record = spaces::get(connection, space_id)?.ok_or_else(|| StoreError::unknown_space(space_id))?;
    check_known_as(&record.space, redacted.known_as)?;
    let mut shrunk = 0;
    for event in redacted.events {
        shrunk += replace(connection, space_id, event)?;
    }
    let sql = "UPDATE space_sequences SET payload_bytes = payload_bytes - ?2 WHERE space_id = ?1";
    connection.execute(sql, (space_id.0, shrunk))?;
    set(connection, space_id, false)?;
    for key in redacted.keys {
        idempotency::erase(connection, space_id, key)?;
    }
    subscriptions::forget_errors(connection, space_id)
}

/// Returns the number of redactions of a space, or of all spaces.
pub(super) fn count(connection: &Connection, space_id: Option<SpaceId>) -> Result<u64> {
    let sql = "SELECT coalesce(sum(redactions), 0) FROM space_sequences WHERE ?1 IS NULL OR space_id = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([space_id.map(|id| id.0)], |row| row.column(0))?)
}

/// Makes the number of redactions odd, or the next even one.
pub(super) fn set(connection: &Connection, space_id: SpaceId, is_redacting: bool) -> Result<()> {
    let next = if is_redacting { "redactions | 1" } else { "(redactions | 1) + 1" };
    connection.execute(
        &format!("UPDATE space_sequences SET redactions = {next} WHERE space_id = ?1"),
        [space_id.0],
    )?;
    Ok(())
}

/// Replaces an event. Returns by how many bytes the payload shrinks.
fn replace(connection: &Connection, space_id: SpaceId, event: &Event) -> Result<i64> {
    let pos = row::pos(space_id, event.space_sequence);
    let bytes: Option<i64> = connection
        .prepare_cached(
            "SELECT length(CAST(payload AS BLOB)) FROM event_log WHERE pos = ?1 AND event_id = ?2",
        )?
        .query_row((pos, event.event_id.0), |row| row.column(0))
        .optional()?;
    let Some(bytes) = bytes else {
        let detail = format!("event {} to be redacted is not in space {space_id}", event.event_id);
        return Err(StoreError::Corrupt { detail }.into());
    };
    let mut update = connection
        .prepare_cached("UPDATE event_log SET payload = ?2, meta = ?3, checksum = ?4 WHERE pos = ?1")?;
    let (payload, meta) = (event.payload.as_str(), event.metadata.as_ref().map(Json::as_str));
    update.execute((pos, payload, meta, event.checksum().cast_signed()))?;
    Ok(bytes - i64::try_from(payload.len()).unwrap_or(i64::MAX))
}
