//! The names of the spaces whose events are listed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::content_store::Store;
use crate::error::Result;
use crate::event_store::Page;
use crate::space::SpaceId;

use super::super::DamagedSpaces;

/// The names of the spaces seen so far.
#[derive(Default)]
pub(crate) struct SpaceNames {
    names: BTreeMap<SpaceId, String>,
    damaged: DamagedSpaces,
}

impl SpaceNames {
    /// Returns a space's name, or its id if the space was deleted meanwhile or its row is missing.
    pub(crate) fn of(&mut self, store: &Store, space_id: SpaceId) -> Result<&str> {
        match self.names.entry(space_id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let record = store.events().spaces_of(&[space_id])?.pop();
                record.iter().for_each(|record| self.damaged.note_record(record));
                Ok(unknown
                    .insert(record.map_or_else(|| space_id.to_string(), |record| record.space.space_name)))
            }
        }
    }

    /// Returns the names of the spaces that have been deleted since, and the damaged spaces that were met.
    pub(crate) fn gone(self, store: &Store) -> Result<(Vec<String>, DamagedSpaces)> {
        let Self { names, damaged } = self;
        let mut deleted = Vec::new();
        for (space_id, name) in names {
            if !store.events().spaces_of(&[space_id])?.is_empty() {
                continue;
            }
            // A delete removes the row of a space last. One that lost it otherwise is not in any list.
            if store.events().read_space(space_id, Page::forward(None, 1))?.is_empty() {
                deleted.push(name);
            }
        }
        Ok((deleted, damaged))
    }
}
