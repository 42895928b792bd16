//! Reads the events before several others, each of the same entity.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::engines::sqlite::file::Result;
use crate::event::Event;
use crate::event_store::Page;
use crate::id::{SpaceId, SpaceSequence};

use super::super::read::at;
use super::super::row::TypeNames;
use super::{claimed, each_entity, read};

/// Returns for each event the one of its entity before it. The events that are in no index yet are scanned once for all
/// events of a space, not once for each.
pub(in crate::engines::sqlite::log) fn previous(
    connection: &Connection,
    types: &TypeNames,
    of: &[&Event],
) -> Result<Vec<Option<Event>>> {
    let mut places = vec![None; of.len()];
    let mut spaces: HashMap<SpaceId, Vec<usize>> = HashMap::new();
    for (index, event) in of.iter().enumerate() {
        spaces.entry(event.space_id).or_default().push(index);
    }
    let mut indexed: HashMap<SpaceId, u64> = HashMap::new();
    for (space_id, wanted) in spaces {
        let last = claimed(connection, space_id)?.max(0).cast_unsigned();
        indexed.insert(space_id, last);
        scan(connection, (space_id, last), of, &wanted, &mut places)?;
    }
    let read = |(event, place): (&&Event, Option<u64>)| match place {
        Some(sequence) => at(connection, types, event.space_id, SpaceSequence(sequence)),
        None => {
            let last = indexed.get(&event.space_id).copied().unwrap_or(0);
            let below = event.space_sequence.0.min(last.saturating_add(1));
            let page = Page::backward(Some(SpaceSequence(below)), 1);
            Ok(read(connection, types, event.space_id, &event.entity_id, page)?.pop())
        }
    };
    of.iter().zip(places).map(read).collect()
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
