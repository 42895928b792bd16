//! Repairs the index of a space from its events, in bounded steps. Meanwhile the space may be used.

use rusqlite::Connection;

use crate::engines::sqlite::file::{ReadColumn, Result};
use crate::id::SpaceId;

use super::by_entity::ByEntity;
use super::check::Row;
use super::extend::{insert, remove_blocks};
use super::packed::unpack;
use super::{BLOCK, BLOCKS, Extent};

/// The entries that one step examines.
const STEP: u64 = 5000;

/// Limits the covered sequences to those in the log.
pub(in crate::engines::sqlite::log) fn bound(
    connection: &Connection,
    space_id: SpaceId,
    last: u64,
) -> Result<()> {
    let sql =
        "UPDATE space_sequences SET indexed_sequence = max(0, min(indexed_sequence, ?2)) WHERE space_id = ?1";
    connection.execute(sql, (space_id.0, last))?;
    Ok(())
}

/// The key of a row of `entity_events` within its space.
pub(in crate::engines::sqlite::log) type Key = (String, i64);

/// Removes wrong entries among the next rows. Returns the last of these rows, if more may follow.
pub(in crate::engines::sqlite::log) fn drop_astray(
    connection: &Connection,
    space_id: SpaceId,
    last: Key,
) -> Result<Option<Key>> {
    let Extent { merged, .. } = Extent::of(connection, space_id)?;
    let after = entity_before(connection, space_id, &last)?;
    let mut row = Row { entity_id: last.0, first: last.1, sequences: Vec::new(), after };
    let (mut examined, mut wrong) = (0, Vec::new());
    {
        let mut statement = connection.prepare_cached(
            "SELECT entity_id, space_sequence, later FROM entity_events
             WHERE space_id = ?1 AND (entity_id, space_sequence) > (?2, ?3) ORDER BY entity_id, space_sequence",
        )?;
        let mut rows = statement.query((space_id.0, &row.entity_id, row.first))?;
        while examined < STEP
            && let Some(next) = rows.next()?
        {
            row.refill(next)?;
            let matching = row.matching(connection, space_id, merged)?;
            examined += row.sequences.len().max(1) as u64;
            if row.sequences.is_empty() || matching.len() < row.sequences.len() {
                wrong.push((row.entity_id.clone(), row.first, matching));
            }
        }
    }
    for (entity_id, first, matching) in wrong {
        remove(connection, space_id, &entity_id, first)?;
        write(connection, space_id, &entity_id, &matching)?;
    }
    Ok((examined >= STEP).then_some((row.entity_id, row.first)))
}

/// Returns the last sequence of an entity in its rows up to a key.
fn entity_before(connection: &Connection, space_id: SpaceId, (entity_id, first): &Key) -> Result<u64> {
    let Ok(first) = u64::try_from(*first) else { return Ok(0) };
    let rows = rows_of(connection, space_id, entity_id, (first, first))?;
    Ok(rows.iter().flat_map(|(_, sequences)| sequences).copied().max().unwrap_or(0))
}

/// Adds missing entries for the next events. Returns the sequence to continue with. The last step merges all blocks,
/// whatever they contain.
pub(in crate::engines::sqlite::log) fn complete(
    connection: &Connection,
    space_id: SpaceId,
    first: u64,
) -> Result<Option<u64>> {
    let Extent { indexed, merged } = Extent::of(connection, space_id)?;
    let is_last = first > merged;
    let last = if is_last { indexed } else { merged.min(first + STEP - 1) };
    for (entity_id, sequences) in ByEntity::read(connection, space_id, (first, last))?.rows() {
        add(connection, space_id, entity_id, sequences)?;
    }
    if is_last {
        remove_blocks(connection, space_id)?;
    }
    Ok((!is_last).then_some(last + 1))
}

/// Adds entries of an entity that are missing.
fn add(connection: &Connection, space_id: SpaceId, entity_id: &str, sequences: &[u64]) -> Result<()> {
    let (Some(first), Some(last)) = (sequences.first(), sequences.last()) else { return Ok(()) };
    let rows = rows_of(connection, space_id, entity_id, (*first, *last))?;
    let stored: Vec<u64> = rows.iter().flat_map(|(_, sequences)| sequences).copied().collect();
    if sequences.iter().all(|sequence| stored.binary_search(sequence).is_ok()) {
        return Ok(());
    }
    for (first, _) in rows {
        remove(connection, space_id, entity_id, first)?;
    }
    let mut all = [&stored, sequences].concat();
    all.sort_unstable();
    all.dedup();
    write(connection, space_id, entity_id, &all)
}

/// Returns an entity's rows with sequences in a range, both ends included.
fn rows_of(
    connection: &Connection,
    space_id: SpaceId,
    entity_id: &str,
    (first, last): (u64, u64),
) -> Result<Vec<(i64, Vec<u64>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT space_sequence, later FROM entity_events
         WHERE space_id = ?1 AND entity_id = ?2 AND space_sequence <= ?4
           AND space_sequence >= coalesce((SELECT max(space_sequence) FROM entity_events
             WHERE space_id = ?1 AND entity_id = ?2 AND space_sequence <= ?3), 0)
         ORDER BY space_sequence",
    )?;
    let mut rows = statement.query((space_id.0, entity_id, first, last))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (first, later) = (row.column(0)?, row.get_ref(1)?.as_blob_or_null().ok());
        found.push((first, later.and_then(|later| unpack(first, later)).unwrap_or_default()));
    }
    Ok(found)
}

fn remove(connection: &Connection, space_id: SpaceId, entity_id: &str, first: i64) -> Result<()> {
    let sql = "DELETE FROM entity_events WHERE space_id = ?1 AND entity_id = ?2 AND space_sequence = ?3";
    connection.prepare_cached(sql)?.execute((space_id.0, entity_id, first))?;
    Ok(())
}

/// Writes entries of an entity, as many in a row as blocks have events.
fn write(connection: &Connection, space_id: SpaceId, entity_id: &str, sequences: &[u64]) -> Result<()> {
    let rows: Vec<_> = sequences
        .chunks(usize::try_from(BLOCK * BLOCKS).unwrap_or(usize::MAX))
        .map(|sequences| (entity_id, sequences))
        .collect();
    insert(connection, space_id, &rows)
}
