//! Marks that close a space for an import or a delete.

use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::event::Event;
use crate::event_store::{BeforeDelete, MarkOwner};
use crate::id::SpaceId;
use crate::space::SpaceState;

use super::events::{Entry, Log};

/// The mark of a space, with the operation that set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) owner: MarkOwner,
    pub(super) stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Importing,
    RemovingImport,
    /// Marked for deletion; nothing is removed yet.
    Deleting,
    Removing,
}

impl Log {
    pub(super) fn begin_delete(
        &mut self,
        space_id: SpaceId,
        owner: &MarkOwner,
        over: Option<Uuid>,
    ) -> Result<BeforeDelete> {
        let entry = self.entry(space_id)?;
        let before = entry.marked.as_ref();
        if before.is_some_and(|marked| over != Some(marked.owner.token)) {
            return Err(entry.space.name_taken().into());
        }
        let (before, stage) = match before.map(|marked| marked.stage) {
            None => (BeforeDelete::Open, Stage::Deleting),
            Some(Stage::Importing | Stage::RemovingImport) => {
                (BeforeDelete::Importing, Stage::RemovingImport)
            }
            Some(Stage::Deleting) => (BeforeDelete::Marked, Stage::Deleting),
            Some(Stage::Removing) => (BeforeDelete::Removing, Stage::Removing),
        };
        entry.marked = Some(Marked { owner: owner.clone(), stage });
        if stage != Stage::RemovingImport {
            entry.space.state = SpaceState::Deleting;
        }
        Ok(before)
    }

    pub(super) fn cancel_delete(&mut self, space_id: SpaceId, token: Uuid) -> bool {
        let is_ours = |entry: &&mut Entry| {
            let marked = entry.marked.as_ref();
            marked.is_some_and(|marked| marked.owner.token == token && marked.stage == Stage::Deleting)
        };
        let Some(entry) = self.spaces.get_mut(&space_id).filter(is_ours) else { return false };
        entry.marked = None;
        entry.space.state = SpaceState::Open;
        true
    }

    pub(super) fn delete_some(
        &mut self,
        space_id: SpaceId,
        token: Uuid,
        limit: usize,
    ) -> Result<Option<u64>> {
        let entry = self.marked_by(space_id, token)?;
        if let Some(Marked { stage: stage @ Stage::Deleting, .. }) = &mut entry.marked {
            *stage = Stage::Removing;
        }
        if entry.events.is_empty() {
            self.subscriptions.delete(space_id);
            return Ok(None);
        }
        let many = limit.max(1).min(entry.events.len());
        let removed: Vec<Event> = entry.events.drain(..many).collect();
        let left = entry.events.len() as u64;
        for event in removed {
            self.places.remove(&event.event_id);
            if let Some(cause) = event.causation_id {
                self.causes.remove(&(cause, event.event_id));
            }
        }
        Ok(Some(left))
    }

    /// Returns a space that the operation with this token is importing.
    pub(super) fn importing(&mut self, space_id: SpaceId, token: Uuid) -> Result<&mut Entry> {
        let entry = self.entry(space_id)?;
        let not_importing = StoreError::NotImporting { space: entry.space.space_name.clone() };
        if entry.marked.is_none() {
            return Err(not_importing.into());
        }
        let entry = self.marked_by(space_id, token)?;
        let is_importing = entry.marked.as_ref().is_some_and(|marked| marked.stage == Stage::Importing);
        if is_importing { Ok(entry) } else { Err(not_importing.into()) }
    }

    /// Returns a space that the operation with this token has marked.
    pub(super) fn marked_by(&mut self, space_id: SpaceId, token: Uuid) -> Result<&mut Entry> {
        let entry = self.entry(space_id)?;
        if entry.marked.as_ref().is_none_or(|marked| marked.owner.token != token) {
            return Err(StoreError::MarkLost { space: entry.space.space_name.clone() }.into());
        }
        Ok(entry)
    }

    fn entry(&mut self, space_id: SpaceId) -> Result<&mut Entry> {
        Ok(self.spaces.get_mut(&space_id).ok_or_else(|| StoreError::unknown_space(space_id))?)
    }
}
