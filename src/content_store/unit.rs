//! Units of work on a store, whether or not one commit covers events and projections.

use crate::error::Result;
use crate::event_store::{
    Access, Committed, Group, Lookups, OpenUnit, ProjectionChange, ProjectionWrite, Tail, WriteSet,
};
use crate::pstate::{ProjectionId, Shadow};
use crate::space::SpaceId;

use super::Store;

/// A unit of work on one space. Nothing is written before its commit; a unit that is dropped has no effect.
///
/// If the projections have their own store, the events are committed first, and then the changes of projections. If
/// that fails, they lag behind and catch up before the next read or command.
pub struct Unit<'a> {
    store: &'a Store,
    space_id: SpaceId,
    open: Box<dyn OpenUnit + 'a>,
}

/// Several units of work in one commit.
pub struct UnitGroup<'a> {
    store: &'a Store,
    open: Box<dyn Group + 'a>,
}

impl Store {
    /// Begins a unit of work on a space.
    ///
    /// # Errors
    /// As [`EventLog::begin`](crate::event_store::EventLog::begin).
    pub fn begin(&self, space_id: SpaceId, access: Access) -> Result<Unit<'_>> {
        Ok(Unit { store: self, space_id, open: self.events().begin(space_id, access)? })
    }

    /// Like [`Store::begin`], for a unit that ends with [`Unit::commit_with_others`]: it may be added to what other threads
    /// have written and not yet committed.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub fn begin_with_others(
        &self,
        space_id: SpaceId,
        access: Access,
        lookups: &Lookups<'_>,
    ) -> Result<Unit<'_>> {
        Ok(Unit { store: self, space_id, open: self.events().begin_with_others(space_id, access, lookups)? })
    }

    /// Begins a group of units, or returns `None` if this store commits each unit by itself.
    pub fn begin_group(&self) -> Result<Option<UnitGroup<'_>>> {
        if !self.is_shared() {
            return Ok(None);
        }
        let group = self.events().begin_group()?;
        Ok(group.map(|open| UnitGroup { store: self, open }))
    }

    /// Starts an empty shadow of a projection, unless the space is deleted meanwhile: then nothing would remove it.
    pub(crate) fn begin_shadow(
        &self,
        id: ProjectionId<'_>,
        definition: Option<&str>,
        access: Access,
    ) -> Result<Box<dyn Shadow + '_>> {
        let _unit = match self.is_shared() {
            true => None,
            false => Some(self.events().begin(id.space_id, access)?),
        };
        self.pstate().shadow(id, definition, access, Some(self.operator()))
    }

    /// Runs `work` in a snapshot of events and projections. In two files, each has its own, which begins with the first
    /// read; `work` reads the checkpoint first, since it never lies ahead of the log.
    pub(crate) fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.events().snapshot(&mut || self.pstate().snapshot(work))
    }
}

impl<'a> UnitGroup<'a> {
    /// Begins a unit of the group. Its commit becomes part of the group's.
    pub fn begin(&self, space_id: SpaceId, access: Access) -> Result<Unit<'_>> {
        Ok(Unit { store: self.store, space_id, open: self.open.begin(space_id, access)? })
    }

    /// Commits the units.
    ///
    /// # Errors
    /// As [`Group::commit`].
    pub fn commit(self) -> Result<()> {
        self.open.commit()
    }
}

impl Unit<'_> {
    /// Returns the space.
    pub(super) fn space_id(&self) -> SpaceId {
        self.space_id
    }

    /// Returns the end of the space's log, from which the unit numbers its events.
    pub fn tail(&self) -> Tail {
        self.open.tail()
    }

    /// Commits the write set.
    ///
    /// # Errors
    /// As [`OpenUnit::commit`].
    pub fn commit(self, writes: &WriteSet<'_>) -> Result<Committed> {
        match writes.projections.is_empty() || self.store.is_shared() {
            true => self.open.commit(writes),
            false => self.commit_apart(writes),
        }
    }

    /// Commits the write set together with those of waiting threads. Returns `None` if one of the others failed: then
    /// nothing was written, and the unit has to be run again.
    ///
    /// # Errors
    /// As [`OpenUnit::commit`].
    pub fn commit_with_others(self, writes: &WriteSet<'_>) -> Result<Option<Committed>> {
        match self.store.is_shared() {
            true => self.open.commit_with_others(writes),
            false => self.commit(writes).map(Some),
        }
    }

    /// Ends the unit without a write set. Returns true if it has read what other threads wrote in the same commit, and
    /// nothing of that was committed: then no conclusion holds, and the unit has to be run again.
    pub(super) fn lost_its_basis(self) -> bool {
        self.store.is_shared() && matches!(self.open.commit_with_others(&WriteSet::default()), Ok(None))
    }

    fn commit_apart(self, writes: &WriteSet<'_>) -> Result<Committed> {
        let Self { store, space_id, open } = self;
        let rest = WriteSet { projections: &[], ..*writes };
        if writes.events.is_empty() {
            // Of committed events, so it may come first. The unit keeps a delete away until it is done.
            let committed = change_projections(store, space_id, writes.projections)?;
            open.commit(&rest)?;
            return Ok(committed);
        }
        open.commit(&rest)?;
        // The events are committed, so the unit has succeeded. If this fails, projections lag. Another process may
        // already have caught them up.
        let changed = store
            .events()
            .begin(space_id, Access::Open)
            .and_then(|_unit| change_projections(store, space_id, writes.projections));
        Ok(changed.unwrap_or(Committed { lags: true, ..Committed::default() }))
    }
}

/// Changes projections in their own store, each in its own transaction.
fn change_projections(store: &Store, space_id: SpaceId, writes: &[ProjectionWrite<'_>]) -> Result<Committed> {
    let mut entities = 0;
    for ProjectionWrite { name, change } in writes {
        let id = ProjectionId::new(space_id, name);
        match change {
            ProjectionChange::Advance(advance) => {
                store.pstate().advance(id, advance)?;
                entities = advance.to.entities;
            }
            ProjectionChange::Activate { shadow, changes, at } => {
                entities = store.pstate().activate(id, *shadow, changes, *at)?;
            }
            ProjectionChange::Block(event) => store.pstate().block(id, event)?,
        }
    }
    Ok(Committed { entities, lags: false })
}
