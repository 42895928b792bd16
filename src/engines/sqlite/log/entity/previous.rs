//! Reads the events before several others, each of the same entity.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::engines::sqlite::file::Result;
use crate::event::Event;
use crate::id::{SpaceId, SpaceSequence};

use super::super::read::at;
use super::super::types::TypeNames;
use super::read::{Block, Reader};
use super::{claimed, each_entity};

/// Returns for each event the one of its entity before it. What is common to the events of a space is read once for all of
/// them: the events that are in no index yet, and the blocks of the index.
pub(in crate::engines::sqlite::log) fn previous(
    connection: &Connection,
    types: &TypeNames,
    of: &[&Event],
) -> Result<Vec<Option<Event>>> {
    let mut spaces: HashMap<SpaceId, Vec<usize>> = HashMap::new();
    for (index, event) in of.iter().enumerate() {
        spaces.entry(event.space_id).or_default().push(index);
    }
    let (mut places, mut found) = (vec![None; of.len()], vec![None; of.len()]);
    for (space_id, wanted) in spaces {
        let indexed = claimed(connection, space_id)?.max(0).cast_unsigned();
        scan(connection, (space_id, indexed), of, &wanted, &mut places)?;
        let is_placed = |index: &usize| places[*index].is_some();
        let blocks = match wanted.iter().all(is_placed) {
            true => Vec::new(),
            false => Block::all(connection, space_id)?,
        };
        for index in wanted {
            let event = of[index];
            found[index] = match places[index] {
                Some(sequence) => at(connection, types, space_id, SpaceSequence(sequence))?,
                None => {
                    let reader = Reader { connection, types, space_id, entity_id: &event.entity_id };
                    let before = event.space_sequence.0.min(indexed.saturating_add(1));
                    reader.last_indexed(SpaceSequence(before), &blocks)?
                }
            };
        }
    }
    Ok(found)
}

/// Notes the places of the events before those wanted that are after the last one in the index.
fn scan(
    connection: &Connection,
    (space_id, indexed): (SpaceId, u64),
    of: &[&Event],
    wanted: &[usize],
    places: &mut [Option<u64>],
) -> Result<()> {
    let last = wanted.iter().map(|index| of[*index].space_sequence.0).max().unwrap_or(0);
    if last <= indexed.saturating_add(1) {
        return Ok(());
    }
    let mut by_entity: HashMap<&str, Vec<usize>> = HashMap::new();
    for index in wanted {
        by_entity.entry(&of[*index].entity_id).or_default().push(*index);
    }
    each_entity(connection, space_id, (indexed + 1, last - 1), |sequence, entity| {
        for index in by_entity.get(entity).into_iter().flatten() {
            if sequence < of[*index].space_sequence.0 {
                places[*index] = Some(sequence);
            }
        }
    })
}
