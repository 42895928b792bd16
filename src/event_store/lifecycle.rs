//! Importing and deleting spaces.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::event::{Event, EventId, SpaceSequence};
use crate::space::{Space, SpaceId, SpaceMetadata};

use super::{Access, BeforeDelete, EventLog, Expected, MarkOwner, WriteSet, imported_id};

/// The imports and deletes of a store's spaces. Both mark the space, and only the operation that set the mark acts on it.
pub trait SpaceLifecycle: EventLog {
    /// Returns the operation that marked a space for its import or delete, or `None` if the space is open or an earlier
    /// version set the mark.
    fn mark_owner(&self, space_id: SpaceId) -> Result<Option<MarkOwner>>;

    /// Creates a space for an import. Until [`SpaceLifecycle::end_import`], it accepts only the import of its owner.
    ///
    /// # Errors
    /// [`SpaceExists`](crate::StoreError::SpaceExists); [`SpaceImporting`](crate::StoreError::SpaceImporting) or
    /// [`SpaceDeleting`](crate::StoreError::SpaceDeleting) if a space of that name is not open;
    /// [`InvalidSpaceName`](crate::StoreError::InvalidSpaceName).
    fn begin_import(
        &self,
        name: &str,
        metadata: Option<&SpaceMetadata>,
        created_at: Timestamp,
        owner: &MarkOwner,
    ) -> Result<Space>;

    /// Appends all of the events from another log or none, with their sequences and times, to a space that the operation
    /// with this token is importing. An event keeps its id if that is above every id ever assigned, and gets the next id
    /// otherwise. Returns the ids.
    ///
    /// # Errors
    /// [`Conflict`](crate::StoreError::Conflict) if the first event is not the next in the space; the errors of
    /// [`EventLog::begin`].
    fn import(&self, space_id: SpaceId, token: Uuid, events: &[Event]) -> Result<Vec<EventId>> {
        let unit = self.begin(space_id, Access::Importing(token))?;
        let mut tail = unit.tail();
        let mut placed = Vec::with_capacity(events.len());
        for event in events {
            Expected::Exact(SpaceSequence(event.space_sequence.0.saturating_sub(1))).check(&tail.head)?;
            tail.head.last_sequence = event.space_sequence;
            tail.last_event_id = imported_id(event.event_id, tail.last_event_id);
            placed.push(Event { event_id: tail.last_event_id, space_id, ..event.clone() });
        }
        unit.commit(&WriteSet { events: &placed, ..WriteSet::default() })?;
        Ok(placed.into_iter().map(|event| event.event_id).collect())
    }

    /// Completes an import and opens the space.
    ///
    /// # Errors
    /// The errors of [`EventLog::begin`].
    fn end_import(&self, space_id: SpaceId, token: Uuid) -> Result<()> {
        let unit = self.begin(space_id, Access::Importing(token))?;
        unit.commit(&WriteSet { opens: true, ..WriteSet::default() }).map(drop)
    }

    /// Marks a space for deletion: it refuses events from now on, and this owner can remove its rows. An incomplete import
    /// is still shown as one, so that an import of that name may start again. The mark of another operation is taken over
    /// only if it has the token `over` (`None`: set by an earlier version), that is, if no other operation took it over in
    /// the meantime.
    ///
    /// # Errors
    /// [`UnknownSpace`](crate::StoreError::UnknownSpace); [`SpaceDeleting`](crate::StoreError::SpaceDeleting) or
    /// [`SpaceImporting`](crate::StoreError::SpaceImporting) if the mark belongs to another operation.
    fn begin_delete(&self, space_id: SpaceId, owner: &MarkOwner, over: Option<Uuid>) -> Result<BeforeDelete>;

    /// Reopens a space that this operation marked, unless rows were removed. Returns true if the space is open again.
    fn cancel_delete(&self, space_id: SpaceId, token: Uuid) -> Result<bool>;

    /// Removes up to `limit` rows of a space being deleted, in one short transaction. Returns the number of events left, or
    /// `None` once only the space itself is left.
    ///
    /// # Errors
    /// [`UnknownSpace`](crate::StoreError::UnknownSpace); [`MarkLost`](crate::StoreError::MarkLost).
    fn delete_some(&self, space_id: SpaceId, token: Uuid, limit: usize) -> Result<Option<u64>>;

    /// Removes the space itself after all of its rows, so that an interrupted delete can be found and resumed until then.
    /// With `purge`, also erases its bytes. Returns true if that succeeded: other readers of the file may keep data about
    /// the space, such as its name, until the last of them closes it.
    ///
    /// # Errors
    /// [`UnknownSpace`](crate::StoreError::UnknownSpace); [`MarkLost`](crate::StoreError::MarkLost). The space then
    /// still exists.
    fn end_delete(&self, space_id: SpaceId, token: Uuid, purge: bool) -> Result<bool>;
}
