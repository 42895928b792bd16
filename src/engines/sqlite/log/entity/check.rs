//! Compares the index of a space with its events.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use rusqlite::Connection;

use crate::engines::sqlite::file::{ReadColumn, Result, text};
use crate::error::StoreError;
use crate::id::{SpaceId, SpaceSequence};

use super::super::row;
use super::extend::entries;
use super::packed::unpack;
use super::{BLOCK, Extent, block, claimed, each_entity};

/// Counts the missing and wrong entries.
pub(in crate::engines::sqlite::log) fn faults(
    connection: &Connection,
    space_id: SpaceId,
    last: u64,
) -> Result<u64> {
    let extent = Extent::of(connection, space_id)?;
    let is_impossible = !(0..=last.cast_signed()).contains(&claimed(connection, space_id)?);
    let wrong = of_events(connection, space_id, extent.merged)? + of_blocks(connection, space_id, &extent)?;
    Ok(wrong + u64::from(is_impossible))
}

/// A set of entries, as their number and the sum of their hashes. Equal sets are found in one pass over each, without
/// looking up each entry.
#[derive(Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    hashes: u64,
}

impl Sum {
    fn add(&mut self, hasher: &RandomState, sequence: u64, entity_id: &str) {
        self.count += 1;
        self.hashes = self.hashes.wrapping_add(hasher.hash_one((sequence, entity_id)));
    }
}

fn of_events(connection: &Connection, space_id: SpaceId, merged: u64) -> Result<u64> {
    let hasher = RandomState::default();
    let (mut expected, mut found, mut astray) = (Sum::default(), Sum::default(), 0);
    each_entity(connection, space_id, (1, merged), |sequence, entity_id| {
        expected.add(&hasher, sequence, entity_id);
    })?;
    each_row(connection, space_id, |row| {
        astray += u64::from(row.sequences.is_empty());
        row.sequences.iter().for_each(|sequence| found.add(&hasher, *sequence, &row.entity_id));
        Ok(())
    })?;
    if astray == 0 && expected == found {
        return Ok(0);
    }
    let mut correct = 0;
    each_row(connection, space_id, |row| {
        let matching = row.matching(connection, space_id, merged)?.len() as u64;
        astray += row.sequences.len() as u64 - matching;
        correct += matching;
        Ok(())
    })?;
    Ok(astray + expected.count.saturating_sub(correct))
}

/// A row of `entity_events`.
pub(super) struct Row {
    pub(super) entity_id: String,
    pub(super) first: i64,
    /// Its sequences; none in a damaged row.
    pub(super) sequences: Vec<u64>,
    /// The last sequence of the entity in the rows before.
    pub(super) after: u64,
}

impl Row {
    /// Returns the sequences that follow those of the row before, are within the covered ones, and refer to an event of
    /// the entity.
    pub(super) fn matching(
        &self,
        connection: &Connection,
        space_id: SpaceId,
        merged: u64,
    ) -> Result<Vec<u64>> {
        let sql = "SELECT 1 FROM event_log WHERE pos = ?1 AND entity_id = ?2";
        let mut statement = connection.prepare_cached(sql)?;
        let mut matching = Vec::with_capacity(self.sequences.len());
        for sequence in self.sequences.iter().filter(|sequence| (self.after + 1..=merged).contains(sequence))
        {
            let pos = row::pos(space_id, SpaceSequence(*sequence));
            if statement.exists((pos, &self.entity_id))? {
                matching.push(*sequence);
            }
        }
        Ok(matching)
    }
}

/// Calls a closure with every row of a space.
fn each_row(
    connection: &Connection,
    space_id: SpaceId,
    mut visit: impl FnMut(&Row) -> Result<()>,
) -> Result<()> {
    let mut row = Row { entity_id: String::new(), first: i64::MIN, sequences: Vec::new(), after: 0 };
    let mut statement = connection.prepare_cached(
        "SELECT entity_id, space_sequence, later FROM entity_events WHERE space_id = ?1
         ORDER BY entity_id, space_sequence",
    )?;
    let mut rows = statement.query([space_id.0])?;
    while let Some(next) = rows.next()? {
        row.refill(next)?;
        visit(&row)?;
    }
    Ok(())
}

impl Row {
    /// Reads the next row into this one.
    pub(super) fn refill(&mut self, next: &rusqlite::Row<'_>) -> Result<()> {
        let (entity_id, first) = (text(next.get_ref(0)?).unwrap_or_default(), next.column(1)?);
        let is_same = self.entity_id == entity_id;
        if (self.entity_id.as_str(), self.first) >= (&entity_id, first) {
            return Err(StoreError::Corrupt { detail: "the entity index is out of order".to_owned() }.into());
        }
        self.after =
            if is_same { self.sequences.last().map_or(self.after, |last| self.after.max(*last)) } else { 0 };
        if !is_same {
            self.entity_id.clear();
            self.entity_id.push_str(&entity_id);
        }
        self.first = first;
        let later = next.get_ref(2)?.as_blob_or_null().ok();
        self.sequences = later.and_then(|later| unpack(first, later)).unwrap_or_default();
        Ok(())
    }
}

/// Compares the blocks with the events that they have to cover: those up to the end of the index, each once.
fn of_blocks(
    connection: &Connection,
    space_id: SpaceId,
    &Extent { indexed, merged }: &Extent,
) -> Result<u64> {
    let mut statement = connection.prepare_cached(
        "SELECT first_sequence, entries FROM entity_blocks WHERE space_id = ?1 ORDER BY first_sequence",
    )?;
    let mut rows = statement.query([space_id.0])?;
    let (mut faults, mut next) = (0, merged + 1);
    while let Some(row) = rows.next()? {
        let first: i64 = row.column(0)?;
        if first != next.cast_signed() || next + BLOCK - 1 > indexed {
            faults += 1;
            continue;
        }
        let expected = entries(connection, space_id, next)?;
        faults += row.get_ref(1)?.as_blob().map_or(1, |found| block::differences(&expected, found));
        next += BLOCK;
    }
    // Events before the end that no block covers.
    Ok(faults + (indexed + 1).saturating_sub(next))
}
