//! The names of the spaces whose events are listed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::content_store::Store;
use crate::error::Result;
use crate::space::SpaceId;

/// The names of the spaces seen so far.
#[derive(Default)]
pub(crate) struct SpaceNames(BTreeMap<SpaceId, String>);

impl SpaceNames {
    /// Returns a space's name, or its id if the space was deleted meanwhile.
    pub(crate) fn of(&mut self, store: &Store, space_id: SpaceId) -> Result<&str> {
        match self.0.entry(space_id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let record = store.events().space(space_id)?;
                Ok(unknown
                    .insert(record.map_or_else(|| space_id.to_string(), |record| record.space.space_name)))
            }
        }
    }

    /// Returns the names of the spaces that have been deleted since.
    pub(crate) fn deleted(&self, store: &Store) -> Result<Vec<&str>> {
        let mut deleted = Vec::new();
        for (space_id, name) in &self.0 {
            if store.events().space(*space_id)?.is_none() {
                deleted.push(name.as_str());
            }
        }
        Ok(deleted)
    }
}
