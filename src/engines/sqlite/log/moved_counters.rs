//! Finds the counters whose space another program changed, and gives them back: they name the last event of the space.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use crate::engines::sqlite::file::bounds::SPACE;
use crate::engines::sqlite::file::numbers;
use crate::engines::sqlite::file::{ReadColumn, Result, SEQUENCE_BITS};
use crate::id::{SpaceId, SpaceSequence};

use super::row::{last_pos, pos};

/// The last sequence of a space and the id of that event.
type End = (i64, i64);

/// Returns the ids of counters without a space, each with the space without counters that ends at the event that they name. Of
/// several empty spaces nothing says which it is.
pub(super) fn find(connection: &Connection) -> Result<BTreeMap<i64, i64>> {
    let missing = "SELECT space_id FROM spaces WHERE space_id BETWEEN ?1 AND ?2
         AND space_id NOT IN (SELECT space_id FROM space_sequences)";
    let mut missing = connection.prepare_cached(missing)?;
    let missing = missing.query_map((SPACE.start(), SPACE.end()), |row| row.column(0))?;
    let missing = missing.collect::<rusqlite::Result<Vec<i64>>>()?;
    if missing.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut ends: BTreeMap<End, Vec<i64>> = BTreeMap::new();
    for space_id in missing {
        ends.entry(end(connection, space_id)?.unwrap_or_default()).or_default().push(space_id);
    }
    let stray = "SELECT space_id, last_sequence, last_event_id FROM space_sequences
         WHERE space_id NOT IN (SELECT space_id FROM spaces)";
    let mut stray = connection.prepare_cached(stray)?;
    let stray = stray.query_map([], |row| Ok((row.column(0)?, (row.column(1)?, row.column(2)?))))?;
    let (mut found, mut is_ambiguous) = (BTreeMap::new(), Vec::new());
    for row in stray {
        let (stored, named): (i64, End) = row?;
        // Those of a space whose name is lost.
        if SPACE.contains(&stored) && end(connection, stored)?.is_some() {
            continue;
        }
        match ends.get(&named).map(Vec::as_slice) {
            Some([space_id]) if found.values().any(|id| id == space_id) => is_ambiguous.push(*space_id),
            Some([space_id]) => drop(found.insert(stored, *space_id)),
            _ => {}
        }
    }
    found.retain(|_, space_id| !is_ambiguous.contains(space_id));
    Ok(found)
}

fn end(connection: &Connection, space_id: i64) -> Result<Option<End>> {
    let space_id = SpaceId(u32::try_from(space_id).unwrap_or(u32::MAX));
    let sql = "SELECT pos, event_id FROM event_log WHERE pos BETWEEN ?1 AND ?2 ORDER BY pos DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let bounds = (pos(space_id, SpaceSequence::START), last_pos(space_id));
    let sequence = |pos: i64| pos & ((1 << SEQUENCE_BITS) - 1);
    Ok(statement.query_row(bounds, |row| Ok((sequence(row.column(0)?), row.column(1)?))).optional()?)
}

/// Gives the counters back to their spaces.
pub(super) fn repair(connection: &Connection) -> Result<()> {
    let moved = find(connection)?;
    numbers::renumber(connection, ("space_sequences", "space_id"), moved).map(drop)
}
