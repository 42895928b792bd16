//! The index of causes, which leads from an event to its effects.

use rusqlite::{Connection, OptionalExtension};

use crate::engines::sqlite::file::{ReadColumn, Result, Table};
use crate::error::StoreError;
use crate::event::Event;
use crate::event_store::{Direction, PAGE_BYTES, Page, total_bytes};
use crate::id::{EventId, SpaceId};

use super::read::{self, Span, Wanted};
use super::types::TypeNames;

const CAUSES: Table<'_> = Table {
    into: "event_causes (causation_id, event_id, space_id)",
    columns: 3,
    // Only a damaged index has the row already.
    otherwise: "ON CONFLICT (causation_id, event_id) DO UPDATE SET space_id = excluded.space_id",
};

/// The rows that one step of a check or a repair reads.
const STEP: i64 = 5000;

/// Lists those of the appended events that have a cause.
pub(super) fn insert(connection: &Connection, space_id: SpaceId, events: &[Event]) -> Result<()> {
    let caused = |event: &Event| event.causation_id.map(|cause| (cause, event.event_id));
    let caused: Vec<(EventId, EventId)> = events.iter().filter_map(caused).collect();
    CAUSES.insert(
        connection,
        &caused,
        |columns, (cause, effect)| {
            columns.give(cause.0)?;
            columns.give(effect.0)?;
            columns.give(space_id.0)
        },
        |_, _| Ok(()),
    )
}

/// Removes the entries of the events in a range of places, which are about to be removed.
pub(super) fn delete(connection: &Connection, first: i64, last: i64) -> Result<()> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM event_causes WHERE (causation_id, event_id) IN
           (SELECT causation_id, event_id FROM event_log WHERE pos BETWEEN ?1 AND ?2 AND causation_id IS NOT NULL)",
    )?;
    delete.execute((first, last))?;
    Ok(())
}

/// Counts the entries of a space's events. No index leads to them, so that all entries are read.
pub(super) fn count(connection: &Connection, space_id: SpaceId) -> Result<u64> {
    let sql = "SELECT count(*) FROM event_causes WHERE space_id = ?1";
    Ok(connection.query_row(sql, [space_id.0], |row| row.column(0))?)
}

/// Returns the last event that was appended before the file had the index, as long as no repair has listed it.
pub(super) fn indexed_after(connection: &Connection) -> Result<EventId> {
    let after: i64 =
        connection.prepare_cached("SELECT causes_after FROM store")?.query_row([], |row| row.column(0))?;
    Ok(EventId(u64::try_from(after).unwrap_or_default()))
}

/// Returns a page of an event's effects.
pub(super) fn effects(
    connection: &Connection,
    types: &TypeNames,
    cause: EventId,
    page: Page<EventId>,
) -> Result<Vec<Event>> {
    let (Some((first, last)), Some(earliest)) = (read::ids_of(page), read::bound(cause).checked_add(1))
    else {
        return Ok(Vec::new());
    };
    let first = first.max(earliest);
    let border = read::bound(indexed_after(connection)?);
    let scanned = (first, last.min(border), Wanted::CausedBy(cause));
    let listed = (first.max(border.saturating_add(1)), last, Wanted::ListedAsCausedBy(cause));
    let parts = match page.direction {
        Direction::Forward => [scanned, listed],
        Direction::Backward => [listed, scanned],
    };
    let mut effects = Vec::new();
    for (first, last, wanted) in parts {
        if first <= last && effects.len() < page.limit && total_bytes(&effects) < PAGE_BYTES {
            let span = Span::of_ids(first, last, page.direction);
            let limit = page.limit - effects.len();
            effects.append(&mut read::wanted(connection, types, (&span, wanted), limit)?);
        }
    }
    Ok(effects)
}

/// The place of an entry in the index: its cause and its effect.
pub(super) type Entry = (i64, i64);

/// The place before all entries.
pub(super) const START: Entry = (i64::MIN, i64::MIN);

/// Holds for an entry of a step that does not match an event.
const WRONG: &str = "(causation_id, event_id) > (?1, ?2) AND (causation_id, event_id) <= (?3, ?4)
   AND NOT EXISTS (SELECT 1 FROM event_log AS log WHERE log.event_id = event_causes.event_id
     AND log.causation_id = event_causes.causation_id AND log.pos >> 40 = event_causes.space_id)";

/// Counts the wrong entries of the step after an entry. Returns the place where the next step begins, if there is one.
pub(super) fn wrong(connection: &Connection, after: Entry) -> Result<(u64, Option<Entry>)> {
    let next = end_of_entries(connection, after)?;
    let last = next.unwrap_or((i64::MAX, i64::MAX));
    let mut count = connection.prepare_cached(&format!("SELECT count(*) FROM event_causes WHERE {WRONG}"))?;
    Ok((count.query_row((after.0, after.1, last.0, last.1), |row| row.column(0))?, next))
}

/// Removes the wrong entries of the step after an entry.
pub(super) fn remove_wrong(connection: &Connection, after: Entry) -> Result<Option<Entry>> {
    let next = end_of_entries(connection, after)?;
    let last = next.unwrap_or((i64::MAX, i64::MAX));
    let mut delete = connection.prepare_cached(&format!("DELETE FROM event_causes WHERE {WRONG}"))?;
    delete.execute((after.0, after.1, last.0, last.1))?;
    Ok(next)
}

/// Counts the events of the step after a place that have a cause and should have an entry, but do not. Returns the place
/// where the next step begins, if there is one.
pub(super) fn missing(connection: &Connection, after: i64) -> Result<(u64, Option<i64>)> {
    let next = end_of_events(connection, after)?;
    let mut count = connection.prepare_cached(
        "SELECT count(*) FROM event_log AS log WHERE pos > ?1 AND pos <= ?2 AND causation_id IS NOT NULL
           AND event_id > (SELECT causes_after FROM store)
           AND NOT EXISTS (SELECT 1 FROM event_causes AS listed
             WHERE listed.causation_id = log.causation_id AND listed.event_id = log.event_id)",
    )?;
    Ok((count.query_row((after, next.unwrap_or(i64::MAX)), |row| row.column(0))?, next))
}

/// Lists the events of the step after a place that have a cause.
pub(super) fn complete(connection: &Connection, after: i64) -> Result<Option<i64>> {
    let next = end_of_events(connection, after)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO event_causes (causation_id, event_id, space_id)
         SELECT causation_id, event_id, pos >> 40 FROM event_log
         WHERE pos > ?1 AND pos <= ?2 AND causation_id IS NOT NULL
         ON CONFLICT (causation_id, event_id) DO NOTHING",
    )?;
    insert.execute((after, next.unwrap_or(i64::MAX)))?;
    Ok(next)
}

/// Notes that all events are listed.
pub(super) fn end_repair(connection: &Connection) -> Result<()> {
    connection.execute("UPDATE store SET causes_after = 0", [])?;
    Ok(())
}

fn end_of_entries(connection: &Connection, after: Entry) -> Result<Option<Entry>> {
    let mut end = connection.prepare_cached(
        "SELECT causation_id, event_id FROM event_causes WHERE (causation_id, event_id) > (?1, ?2)
         ORDER BY causation_id, event_id LIMIT 1 OFFSET ?3",
    )?;
    let next =
        end.query_row((after.0, after.1, STEP), |row| Ok((row.column(0)?, row.column(1)?))).optional()?;
    match next {
        Some(next) if next <= after => Err(out_of_order("event_causes").into()),
        next => Ok(next),
    }
}

fn end_of_events(connection: &Connection, after: i64) -> Result<Option<i64>> {
    let sql = "SELECT pos FROM event_log WHERE pos > ?1 ORDER BY pos LIMIT 1 OFFSET ?2";
    let next = connection.prepare_cached(sql)?.query_row((after, STEP), |row| row.column(0)).optional()?;
    match next {
        Some(next) if next <= after => Err(out_of_order("event_log").into()),
        next => Ok(next),
    }
}

/// Keeps a step from being repeated for ever in a damaged file.
fn out_of_order(table: &str) -> StoreError {
    StoreError::Corrupt { detail: format!("the rows of {table} are out of order") }
}
