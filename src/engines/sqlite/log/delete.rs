//! Deletes a space, in bounded transactions.

use rusqlite::Connection;
use uuid::Uuid;

use crate::engines::sqlite::file::{ReadColumn, Result};
use crate::engines::sqlite::subscriptions;
use crate::error::StoreError;
use crate::event_store::{BeforeDelete, MarkOwner};
use crate::id::{SpaceId, SpaceSequence};

use super::inspect::OF_SPACES;
use super::{causes, mark, row};

/// Marks the space, and reserves its event ids. An incomplete import is still distinguished from a complete space.
pub(super) fn begin(
    connection: &Connection,
    space_id: SpaceId,
    owner: &MarkOwner,
    over: Option<Uuid>,
) -> Result<BeforeDelete> {
    let before = mark::set(connection, space_id, owner, over, |before| match before {
        mark::IMPORTING | mark::REMOVING_IMPORT => mark::REMOVING_IMPORT,
        mark::REMOVING => mark::REMOVING,
        _ => mark::DELETING,
    })?;
    connection.execute(
        "UPDATE store SET deleted_event_id = max(deleted_event_id,
           coalesce((SELECT last_event_id FROM space_sequences WHERE space_id = ?1), 0))",
        [space_id.0],
    )?;
    Ok(match before {
        mark::OPEN => BeforeDelete::Open,
        mark::IMPORTING | mark::REMOVING_IMPORT => BeforeDelete::Importing,
        mark::REMOVING => BeforeDelete::Removing,
        _ => BeforeDelete::Marked,
    })
}

/// Removes the mark, unless another operation has taken it over or a row is gone. The ids stay reserved.
pub(super) fn cancel(connection: &Connection, space_id: SpaceId, token: Uuid) -> Result<bool> {
    let is_ours = matches!(mark::check(connection, space_id, token), Ok(mark::DELETING));
    if is_ours {
        mark::clear(connection, space_id)?;
    }
    Ok(is_ours)
}

/// Removes up to `most` rows, but not the space itself.
pub(super) fn some(
    connection: &Connection,
    space_id: SpaceId,
    token: Uuid,
    most: usize,
) -> Result<Option<u64>> {
    if mark::check(connection, space_id, token)? == mark::DELETING {
        let sql = "UPDATE space_sequences SET mark = ?2 WHERE space_id = ?1";
        connection.prepare_cached(sql)?.execute((space_id.0, mark::REMOVING))?;
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    if let Some(left) = some_events(connection, space_id, most)? {
        return Ok(Some(left));
    }
    for sql in [
        "DELETE FROM entity_events WHERE space_id = ?1 AND (entity_id, space_sequence) IN
           (SELECT entity_id, space_sequence FROM entity_events WHERE space_id = ?1 LIMIT ?2)",
        "DELETE FROM entity_blocks WHERE space_id = ?1 AND first_sequence IN
           (SELECT first_sequence FROM entity_blocks WHERE space_id = ?1 LIMIT ?2)",
        "DELETE FROM idempotency_keys WHERE space_id = ?1 AND idempotency_key IN
           (SELECT idempotency_key FROM idempotency_keys WHERE space_id = ?1 LIMIT ?2)",
        "DELETE FROM event_types WHERE space_id = ?1 AND type_id IN
           (SELECT type_id FROM event_types WHERE space_id = ?1 LIMIT ?2)",
    ] {
        if connection.prepare_cached(sql)?.execute((space_id.0, most))? > 0 {
            return Ok(Some(0));
        }
    }
    Ok(subscriptions::delete_some(connection, space_id, most)?.then_some(0))
}

/// Removes the space's own rows, and overwrites their bytes, since no purge follows.
pub(super) fn end(connection: &Connection, space_id: SpaceId, token: Uuid) -> Result<()> {
    mark::check(connection, space_id, token)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.execute("DELETE FROM space_sequences WHERE space_id = ?1", [space_id.0])?;
    connection.execute("DELETE FROM spaces WHERE space_id = ?1", [space_id.0])?;
    connection.pragma_update(None, "secure_delete", false)?;
    Ok(())
}

/// Removes the oldest remaining events. Returns how many are left, or `None` if there were none.
fn some_events(connection: &Connection, space_id: SpaceId, most: i64) -> Result<Option<u64>> {
    let bounds = (row::pos(space_id, SpaceSequence(1)), row::last_pos(space_id));
    let ends: (Option<i64>, Option<i64>) = connection
        .prepare_cached(
            "SELECT (SELECT min(pos) FROM event_log WHERE pos BETWEEN ?1 AND ?2),
                    (SELECT max(pos) FROM event_log WHERE pos BETWEEN ?1 AND ?2)",
        )?
        .query_row(bounds, |row| Ok((row.column(0)?, row.column(1)?)))?;
    let (Some(first), Some(last)) = ends else { return Ok(None) };
    let upto = last.min(first.saturating_add(most.max(1) - 1));
    causes::delete(connection, first, upto)?;
    let mut delete = connection.prepare_cached("DELETE FROM event_log WHERE pos BETWEEN ?1 AND ?2")?;
    if delete.execute((first, upto))? == 0 {
        let detail = format!("the events of space {space_id} are listed but cannot be removed");
        return Err(StoreError::Corrupt { detail }.into());
    }
    Ok(Some((last - upto).unsigned_abs()))
}

pub(super) fn rows_by_table(connection: &Connection, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for table in OF_SPACES {
        let sql = format!("SELECT count(*) FROM {table} WHERE space_id = ?1");
        let rows: i64 = connection.query_row(&sql, [space_id.0], |row| row.column(0))?;
        found.push((table.to_owned(), rows.unsigned_abs()));
    }
    let bounds = (row::pos(space_id, SpaceSequence::START), row::last_pos(space_id));
    let sql = "SELECT count(*) FROM event_log WHERE pos BETWEEN ?1 AND ?2";
    let rows: i64 = connection.query_row(sql, bounds, |row| row.column(0))?;
    found.push(("event_log".to_owned(), rows.unsigned_abs()));
    found.push(("event_causes".to_owned(), causes::count(connection, space_id)?));
    found.extend(subscriptions::rows_by_table(connection, space_id)?);
    Ok(found)
}
