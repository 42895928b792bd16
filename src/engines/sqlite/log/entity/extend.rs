//! Extends the index of a space to the end of its log.

use rusqlite::Connection;

use crate::engines::sqlite::file::{ReadColumn, Result, Table};
use crate::event::Event;
use crate::id::SpaceId;

use super::block::Builder;
use super::by_entity::ByEntity;
use super::packed::pack;
use super::{BLOCK, BLOCKS, each_entity};

const EVENTS: Table<'_> =
    Table { into: "entity_events (space_id, entity_id, space_sequence, later)", columns: 4, otherwise: "" };

/// Extends the index to the end of the log, while a whole block is waiting. The log ends with these events. Returns the
/// last indexed sequence.
pub(in crate::engines::sqlite::log) fn extend(
    connection: &Connection,
    space_id: SpaceId,
    mut indexed: u64,
    events: &[Event],
) -> Result<u64> {
    let last = events.last().map_or(0, |event| event.space_sequence.0);
    while last.saturating_sub(indexed) >= BLOCK {
        add_block(connection, space_id, indexed + 1, events)?;
        indexed += BLOCK;
        let (first, blocks): (Option<u64>, u64) = connection
            .prepare_cached("SELECT min(first_sequence), count(*) FROM entity_blocks WHERE space_id = ?1")?
            .query_row([space_id.0], |row| Ok((row.column(0)?, row.column(1)?)))?;
        if let Some(first) = first
            && blocks >= BLOCKS
        {
            merge(connection, space_id, (first, indexed))?;
        }
    }
    Ok(indexed)
}

fn add_block(connection: &Connection, space_id: SpaceId, first: u64, events: &[Event]) -> Result<()> {
    let start = events.iter().position(|event| event.space_sequence.0 == first);
    let entries = match start.and_then(|start| events[start..].get(..BLOCK as usize)) {
        Some(events) => {
            let mut block = Builder::default();
            (0..).zip(events).for_each(|(offset, event)| block.add(offset, &event.entity_id));
            block.build()
        }
        None => entries(connection, space_id, first)?,
    };
    connection
        .prepare_cached("INSERT INTO entity_blocks (space_id, first_sequence, entries) VALUES (?1, ?2, ?3)")?
        .execute((space_id.0, first, entries))?;
    Ok(())
}

/// Returns the contents of a block, from its events.
pub(super) fn entries(connection: &Connection, space_id: SpaceId, first: u64) -> Result<Vec<u8>> {
    let mut block = Builder::default();
    each_entity(connection, space_id, (first, first + BLOCK - 1), |sequence, entity_id| {
        block.add(sequence - first, entity_id);
    })?;
    Ok(block.build())
}

/// Merges the events of all blocks into `entity_events`.
fn merge(connection: &Connection, space_id: SpaceId, range: (u64, u64)) -> Result<()> {
    insert(connection, space_id, &ByEntity::read(connection, space_id, range)?.rows())?;
    remove_blocks(connection, space_id)
}

/// Inserts rows, sorted by entity, so that neighbouring rows are written together.
pub(super) fn insert(connection: &Connection, space_id: SpaceId, rows: &[(&str, &[u64])]) -> Result<()> {
    EVENTS.insert(
        connection,
        rows,
        |columns, (entity_id, sequences)| {
            columns.give(space_id.0)?;
            columns.give(*entity_id)?;
            columns.give(sequences.first())?;
            columns.give(pack(sequences))
        },
        |_, _| Ok(()),
    )
}

pub(super) fn remove_blocks(connection: &Connection, space_id: SpaceId) -> Result<()> {
    connection.prepare_cached("DELETE FROM entity_blocks WHERE space_id = ?1")?.execute([space_id.0])?;
    Ok(())
}
