//! The index of entities: finds an entity's events within a space.
//!
//! The index trails the log, in three parts:
//!
//! - The last events, fewer than [`BLOCK`], are in no index. They are scanned.
//! - `entity_blocks` has a row for each of the up to [`BLOCKS`] blocks before them: the hashes of their entities,
//!   sorted. It grows at its end, so an append of a thousand events writes two of its pages, however many entities a
//!   space has.
//! - `entity_events` has all earlier events, by entity. Full blocks are merged into it together, so that an entity with
//!   several events in them gets one row.
//!
//! A search thus examines one tree, up to [`BLOCKS`] blocks and a bounded number of events, in a space of any size.

mod block;
mod by_entity;
mod check;
mod extend;
mod list;
mod packed;
mod previous;
mod read;
mod repair;

pub(super) use check::faults;
pub(super) use extend::extend;
pub(super) use list::list;
pub(super) use previous::previous;
pub(super) use read::read;
pub(super) use repair::{bound, complete, drop_astray};

use rusqlite::{Connection, OptionalExtension};

use crate::engines::sqlite::file::{ReadColumn, Result, SEQUENCE_BITS, text};
use crate::id::{SpaceId, SpaceSequence};

use super::row;

/// The number of events in a block, which is also the number of events that may wait for the index. Scanning them takes
/// about 0.3 ms. A block of this size fits in two pages.
pub(super) const BLOCK: u64 = 1000;

/// The number of blocks that are merged together.
const BLOCKS: u64 = 8;

/// The parts of a space's index.
struct Extent {
    /// The last sequence that the index covers.
    indexed: u64,
    /// The last sequence before the blocks: `entity_events` covers all events up to it.
    merged: u64,
}

impl Extent {
    /// Reads the extent of an index. A space without counters has none.
    fn of(connection: &Connection, space_id: SpaceId) -> Result<Self> {
        let indexed = claimed(connection, space_id)?.max(0).cast_unsigned();
        let first: Option<i64> = connection
            .prepare_cached("SELECT min(first_sequence) FROM entity_blocks WHERE space_id = ?1")?
            .query_row([space_id.0], |row| row.column(0))?;
        let before_blocks =
            first.map_or(indexed, |first| u64::try_from(first).unwrap_or(0).saturating_sub(1));
        // In an intact file, the blocks cover no more than this.
        let merged = before_blocks.clamp(indexed.saturating_sub(BLOCK * BLOCKS), indexed);
        Ok(Self { indexed, merged })
    }
}

/// Returns the last sequence that the index claims to cover, or 0 for a space without counters.
fn claimed(connection: &Connection, space_id: SpaceId) -> Result<i64> {
    let sql = "SELECT indexed_sequence FROM space_sequences WHERE space_id = ?1";
    let found = connection.prepare_cached(sql)?.query_row([space_id.0], |row| row.column(0)).optional()?;
    Ok(found.unwrap_or(0))
}

/// Calls a closure with the sequence and entity of each event in a range, both ends included.
fn each_entity(
    connection: &Connection,
    space_id: SpaceId,
    (first, last): (u64, u64),
    mut visit: impl FnMut(u64, &str),
) -> Result<()> {
    let place = |sequence| row::pos(space_id, SpaceSequence(sequence));
    let mut statement =
        connection.prepare_cached("SELECT pos, entity_id FROM event_log WHERE pos BETWEEN ?1 AND ?2")?;
    let mut rows = statement.query((place(first), place(last)))?;
    while let Some(row) = rows.next()? {
        let pos: i64 = row.column(0)?;
        let sequence = pos & ((1 << SEQUENCE_BITS) - 1);
        visit(sequence.cast_unsigned(), &text(row.get_ref(1)?).unwrap_or_default());
    }
    Ok(())
}
