//! The names of the spaces whose events are listed.

use std::collections::{BTreeMap, BTreeSet};

use crate::content_store::Store;
use crate::error::Result;
use crate::event_store::Page;
use crate::space::SpaceId;

use super::super::DamagedSpaces;

/// Spaces looked at together.
const PAGE: usize = 500;

/// The names of the spaces seen so far.
#[derive(Default)]
pub(crate) struct SpaceNames {
    names: BTreeMap<SpaceId, String>,
    damaged: DamagedSpaces,
}

impl SpaceNames {
    /// Returns a space's name, or its id if the space was deleted meanwhile or its row is missing.
    pub(crate) fn of(&mut self, store: &Store, space_id: SpaceId) -> Result<&str> {
        self.read(store, [space_id])?;
        Ok(self.names.entry(space_id).or_insert_with(|| space_id.to_string()))
    }

    /// Reads the names of several spaces at once.
    pub(crate) fn read(&mut self, store: &Store, space_ids: impl IntoIterator<Item = SpaceId>) -> Result<()> {
        let is_unknown = |space_id: &SpaceId| !self.names.contains_key(space_id);
        let unknown: BTreeSet<SpaceId> = space_ids.into_iter().filter(is_unknown).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let unknown = Vec::from_iter(unknown);
        for record in store.events().spaces_of(&unknown)? {
            self.damaged.note_record(&record);
            self.names.insert(record.space.space_id, record.space.space_name);
        }
        for space_id in unknown {
            self.names.entry(space_id).or_insert_with(|| space_id.to_string());
        }
        Ok(())
    }

    /// Returns the names of the spaces that have been deleted since, and the damaged spaces that were met.
    pub(crate) fn gone(self, store: &Store) -> Result<(Vec<String>, DamagedSpaces)> {
        let Self { mut names, damaged } = self;
        let space_ids: Vec<SpaceId> = names.keys().copied().collect();
        for page in space_ids.chunks(PAGE) {
            for record in store.events().spaces_of(page)? {
                names.remove(&record.space.space_id);
            }
        }
        let mut deleted = Vec::new();
        for (space_id, name) in names {
            // A delete removes the row of a space last. One that lost it otherwise is not in any list.
            if store.events().read_space(space_id, Page::forward(None, 1))?.is_empty() {
                deleted.push(name);
            }
        }
        Ok((deleted, damaged))
    }
}
