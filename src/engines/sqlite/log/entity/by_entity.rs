//! The events in a range, grouped by entity.

use std::ops::Range;

use rusqlite::Connection;

use crate::engines::sqlite::file::Result;
use crate::id::SpaceId;

use super::each_entity;

/// The entities of the events in a range, each with its sequences. A merge has thousands of entities, so their names are
/// in one text.
pub(super) struct ByEntity {
    names: String,
    /// The place of each event's entity in the text, sorted by entity.
    places: Vec<Range<usize>>,
    /// The sequence of each event, in the same order.
    sequences: Vec<u64>,
}

impl ByEntity {
    /// Reads the events in a range, both ends included.
    pub(super) fn read(connection: &Connection, space_id: SpaceId, range: (u64, u64)) -> Result<Self> {
        let (mut names, mut events) = (String::new(), Vec::new());
        each_entity(connection, space_id, range, |sequence, entity_id| {
            let start = names.len();
            names.push_str(entity_id);
            events.push((start..names.len(), sequence));
        })?;
        // Events are read in order, so those of an entity stay in order.
        events.sort_by(|(one, _), (other, _)| names[one.clone()].cmp(&names[other.clone()]));
        let (places, sequences) = events.into_iter().unzip();
        Ok(Self { names, places, sequences })
    }

    /// Returns the entities, sorted, each with its sequences.
    pub(super) fn rows(&self) -> Vec<(&str, &[u64])> {
        let name = |place: &Range<usize>| &self.names[place.clone()];
        let (mut rows, mut start) = (Vec::new(), 0);
        for same in self.places.chunk_by(|one, next| name(one) == name(next)) {
            let end = start + same.len();
            rows.push((name(&same[0]), &self.sequences[start..end]));
            start = end;
        }
        rows
    }
}
