//! Shadows: projections that are built while readers use the live ones.

use std::collections::BTreeMap;

use crate::error::{Result, StoreError};
use crate::event_store::{Access, Page, ReadyShadow};
use crate::id::SpaceId;
use crate::operator::Operator;
use crate::pstate::{Changes, Entry, ProjectionId, Shadow, Shadows};
use crate::space::Checkpoint;

use super::entries::{scan, write};
use super::{MemoryPState, Projection};

/// A shadow.
#[derive(Clone)]
pub(super) struct BeingBuilt {
    number: i64,
    definition: Option<String>,
    pub(super) owner: Option<Operator>,
    entries: BTreeMap<String, Entry>,
}

impl Shadows for MemoryPState {
    fn shadow(
        &self,
        id: ProjectionId<'_>,
        definition: Option<&str>,
        _access: Access,
        owner: Option<&Operator>,
    ) -> Result<Box<dyn Shadow + '_>> {
        let number = self.change(id, |projection| {
            projection.shadows_started += 1;
            let number = projection.shadows_started;
            let (definition, owner) = (definition.map(str::to_owned), owner.cloned());
            projection.shadow = Some(BeingBuilt { number, definition, owner, entries: BTreeMap::new() });
            Ok(number)
        })?;
        Ok(Box::new(MemoryShadow { pstate: self, space_id: id.space_id, name: id.name.to_owned(), number }))
    }

    fn activate(
        &self,
        id: ProjectionId<'_>,
        shadow: ReadyShadow,
        changes: &Changes,
        at: Checkpoint,
    ) -> Result<u64> {
        let ReadyShadow { number, rebuilt_at, .. } = shadow;
        let name = id.name.to_owned();
        let shadow = MemoryShadow { pstate: self, space_id: id.space_id, name, number };
        shadow.change(|projection| {
            if let Some(built) = projection.shadow.take() {
                projection.entries = built.entries;
                projection.definition = built.definition;
            }
            write(&mut projection.entries, changes);
            let entities = projection.entries.len() as u64;
            projection.checkpoint = Checkpoint { entities, ..at };
            projection.error = None;
            projection.rebuilt_at = rebuilt_at;
            entities
        })
    }

    fn sweep(&self, _space_id: SpaceId, _limit: usize) -> Result<bool> {
        Ok(false)
    }
}

struct MemoryShadow<'a> {
    pstate: &'a MemoryPState,
    space_id: SpaceId,
    name: String,
    number: i64,
}

impl MemoryShadow<'_> {
    /// Changes the projection if it still has this shadow. A missing projection is not created: the space may be deleted.
    fn change<T>(&self, change: impl FnOnce(&mut Projection) -> T) -> Result<T> {
        self.pstate.changed(|spaces| {
            let projection =
                spaces.get_mut(&self.space_id).and_then(|projections| projections.get_mut(&self.name));
            match projection {
                Some(projection) if projection.shadow_of(self.number).is_some() => Ok(change(projection)),
                _ => Err(StoreError::ShadowGone.into()),
            }
        })
    }

    /// Reads the entries of the shadow. One that is gone has none.
    fn read<T: Default>(&self, read: impl FnOnce(&BTreeMap<String, Entry>) -> T) -> Result<T> {
        self.pstate.read(ProjectionId::new(self.space_id, &self.name), |projection| {
            projection.shadow_of(self.number).map(|shadow| read(&shadow.entries)).unwrap_or_default()
        })
    }
}

impl Projection {
    fn shadow_of(&self, number: i64) -> Option<&BeingBuilt> {
        self.shadow.as_ref().filter(|shadow| shadow.number == number)
    }
}

impl Shadow for MemoryShadow<'_> {
    fn multi_get(&self, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        let mut found =
            self.read(|entries| keys.iter().map(|key| entries.get(*key).cloned()).collect::<Vec<_>>())?;
        found.resize(keys.len(), None);
        Ok(found)
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.read(|entries| scan(entries, prefix, page))
    }

    fn write(&self, changes: &Changes) -> Result<()> {
        self.change(|projection| {
            if let Some(shadow) = &mut projection.shadow {
                write(&mut shadow.entries, changes);
            }
        })
    }

    fn check(&self) -> Result<()> {
        self.change(|_| ())
    }

    fn ready(&self) -> ReadyShadow {
        ReadyShadow { number: self.number, entities: 0, rebuilt_at: None }
    }

    fn abandon(&self) -> Result<()> {
        // A shadow that is gone needs no abandoning.
        let _ = self.change(|projection| projection.shadow = None);
        Ok(())
    }
}
