//! The append-only log: spaces and their events.
//!
//! [`EventStore`] is the contract. The engines in [`engines`](crate::engines) implement it, and pass the same
//! conformance suite. Events never change: a correction is a further event.

mod append;
pub mod diagnostics;
mod inspect;
mod mark;
pub(crate) mod nesting;
mod page;
mod record;
mod stream;

pub use append::{Append, Expected, Remembered, RequestDigest, Tail};
pub(crate) use append::{check_events, check_placed, imported_id};
pub use inspect::InspectLog;
pub use mark::{BeforeDelete, MarkOwner};
pub(crate) use page::total_bytes;
pub use page::{Direction, PAGE_BYTES, Page, PageRow, is_last_page};
pub use record::{Slack, SpaceRecord, Totals};
pub use stream::EventStream;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::{Result, StoreError};
use crate::event::{Event, EventId, SpaceSequence};
use crate::space::{Metadata, Space, SpaceId, check_metadata};

/// The maximal length of a space's name in characters.
pub const LONGEST_SPACE_NAME: usize = 200;

/// An append-only log of events, divided into spaces.
///
/// Every method is one round trip: a page, a batch or a unit of work. All of them are thread-safe.
pub trait EventStore: InspectLog {
    /// Returns the space of that name, or creates it with this metadata. An existing space keeps its own metadata.
    ///
    /// # Errors
    /// [`StoreError::InvalidSpaceName`].
    fn get_or_create_space(&self, name: &str, metadata: Option<&Metadata>, now: Timestamp) -> Result<Space>;

    /// Creates a space with a new name.
    ///
    /// # Errors
    /// [`StoreError::SpaceExists`]; like [`Space::check_open`] if a space of that name is being imported or deleted;
    /// [`StoreError::InvalidSpaceName`].
    fn create_space(&self, name: &str, metadata: Option<&Metadata>, now: Timestamp) -> Result<Space>;

    /// Finds a space by its name.
    fn find_space(&self, name: &str) -> Result<Option<SpaceRecord>>;

    /// Finds a space by its id.
    fn space(&self, space_id: SpaceId) -> Result<Option<SpaceRecord>>;

    /// Returns a page of spaces, ordered by id.
    fn spaces(&self, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>>;

    /// Returns the existing ones of these spaces, ordered by id.
    fn spaces_of(&self, space_ids: &[SpaceId]) -> Result<Vec<SpaceRecord>>;

    /// Returns the totals of the whole store.
    fn totals(&self) -> Result<Totals>;

    /// Returns the id of the last event ever appended, or 0 if there was none.
    fn last_event_id(&self) -> Result<EventId>;

    /// Returns the types of a space's events, in the order of their first occurrence.
    fn event_types(&self, space_id: SpaceId) -> Result<Vec<String>> {
        Ok(self.event_types_of(&[space_id])?.pop().unwrap_or_default())
    }

    /// Returns the event types of several spaces, in the order of `space_ids`.
    fn event_types_of(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<String>>>;

    /// Returns the unique id of this store.
    fn store_id(&self) -> Result<Uuid>;

    /// Runs a unit of work on a space. Until `work` returns, no other thread or process can append to the space. If
    /// `work` returns `Ok`, everything that it appended is committed, otherwise nothing is. A nested unit joins the outer
    /// one; if it fails, the whole unit fails, even if the caller ignores the error.
    ///
    /// A command's closure and an event handler only read: within them, a write through any handle is refused as
    /// [`StoreError::NestedCommand`] before it changes anything. A thread that they wait for looks like any other thread:
    /// it waits as long as for a busy file, and is then refused as [`StoreError::HandleBusy`] or [`StoreError::Busy`].
    ///
    /// The unit covers the event log. Projections that share its file ([`Store::is_shared`](crate::Store::is_shared)) roll
    /// back with it. Projections in another file do not, so there commands, catch-ups and rebuilds must stay outside of a
    /// unit.
    ///
    /// # Errors
    /// Errors of `work`; [`StoreError::Busy`]; [`StoreError::NestedCommand`].
    fn unit(&self, space_id: SpaceId, work: &mut dyn FnMut() -> Result<()>) -> Result<()>;

    /// Like [`EventStore::unit`], but with a no-sync commit, for data that no reader sees yet and that a power failure may
    /// lose. The next synced commit makes it durable too.
    fn unit_no_sync(&self, space_id: SpaceId, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.unit(space_id, work)
    }

    /// Runs `work` while no other thread is in a unit of work through this handle. A caller that then takes a snapshot of
    /// the projections locks both in the same order as a unit of work, so that the two cannot deadlock.
    fn in_turn(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()>;

    /// Returns the end of a space's log, from which a unit of work numbers its events. Outside of a unit it may be
    /// outdated at once.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; [`StoreError::SpaceDeleting`].
    fn tail(&self, space_id: SpaceId) -> Result<Tail>;

    /// Appends all of the events that [`Tail::place`] numbered within the current unit of work, or none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if they do not follow the space's last event; [`StoreError::UnknownSpace`];
    /// [`StoreError::SpaceDeleting`].
    fn append_placed(&self, space_id: SpaceId, events: &[Event]) -> Result<()>;

    /// Appends all events to a space or none, and returns them as stored.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the space is not in the expected state; [`StoreError::UnknownSpace`];
    /// [`StoreError::SpaceDeleting`].
    fn append(&self, space_id: SpaceId, append: Append<'_>) -> Result<Vec<Event>> {
        let mut placed = Vec::new();
        self.unit(space_id, &mut || {
            let mut tail = self.tail(space_id)?;
            append.expected.check(&tail.head)?;
            let events = append.events.iter().cloned();
            placed = events.map(|new| tail.place(space_id, new, append.now)).collect();
            self.append_placed(space_id, &placed)
        })?;
        Ok(placed)
    }

    /// Records the outcome of an idempotency key, within the current unit of work.
    fn remember(&self, space_id: SpaceId, key: &str, remembered: &Remembered) -> Result<()>;

    /// Returns the recorded outcome of an idempotency key.
    fn remembered(&self, space_id: SpaceId, key: &str) -> Result<Option<Remembered>>;

    /// Returns a page of a space's idempotency keys, in byte order.
    fn remembered_page(&self, space_id: SpaceId, page: Page<String>) -> Result<Vec<(String, Remembered)>>;

    /// Finds an event by its id.
    fn event(&self, event_id: EventId) -> Result<Option<Event>>;

    /// Returns a page of a space's events. It ends early after [`PAGE_BYTES`] of payloads; [`is_last_page`] recognises the
    /// last page.
    fn read_space(&self, space_id: SpaceId, page: Page<SpaceSequence>) -> Result<Vec<Event>>;

    /// Returns a page of one entity's events within a space. It may end early.
    fn read_entity(
        &self,
        space_id: SpaceId,
        entity_id: &str,
        page: Page<SpaceSequence>,
    ) -> Result<Vec<Event>>;

    /// Returns a page of the global stream, the events of all spaces by id. It may end early.
    fn read_all(&self, page: Page<EventId>) -> Result<Vec<Event>>;

    /// Calls `visit` with up to `limit` of a space's events after `after`, in order, without building a list. `visit` may
    /// take an event and leave another one, whose allocations are then reused. Returns the number of events visited.
    ///
    /// # Errors
    /// Errors of `visit`.
    fn replay(
        &self,
        space_id: SpaceId,
        after: SpaceSequence,
        limit: usize,
        visit: &mut dyn FnMut(&mut Event) -> Result<()>,
    ) -> Result<usize>;

    /// Returns the operation that marked a space for its import or delete, or `None` if the space is open or an earlier
    /// version set the mark.
    fn mark_owner(&self, space_id: SpaceId) -> Result<Option<MarkOwner>>;

    /// Creates a space for an import. Until [`EventStore::end_import`], it accepts only the import of its owner.
    ///
    /// # Errors
    /// [`StoreError::SpaceExists`]; [`StoreError::SpaceImporting`] or [`StoreError::SpaceDeleting`] if a space of that name
    /// is not open; [`StoreError::InvalidSpaceName`].
    fn begin_import(
        &self,
        name: &str,
        metadata: Option<&Metadata>,
        created_at: Timestamp,
        owner: &MarkOwner,
    ) -> Result<Space>;

    /// Appends all of the events from another log or none, with their sequences and times, to a space that the operation
    /// with this token is importing. An event keeps its id if that is above every id ever assigned, and gets the next id
    /// otherwise. Returns the ids.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the first event is not the next in the space; [`StoreError::UnknownSpace`];
    /// [`StoreError::NotImporting`]; [`StoreError::MarkLost`].
    fn import(&self, space_id: SpaceId, token: Uuid, events: &[Event]) -> Result<Vec<EventId>>;

    /// Completes an import and opens the space.
    ///
    /// # Errors
    /// Like [`EventStore::import`].
    fn end_import(&self, space_id: SpaceId, token: Uuid) -> Result<()>;

    /// Marks a space for deletion: it refuses events from now on, and this owner can remove its rows. An incomplete import
    /// is still shown as one, so that an import of that name may start again. The mark of another operation is taken over
    /// only if it has the token `over` (`None`: set by an earlier version), that is, if no other operation took it over in
    /// the meantime.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; [`StoreError::SpaceDeleting`] or [`StoreError::SpaceImporting`] if the mark belongs to
    /// another operation.
    fn begin_delete(&self, space_id: SpaceId, owner: &MarkOwner, over: Option<Uuid>) -> Result<BeforeDelete>;

    /// Reopens a space that this operation marked, unless rows were removed. Returns true if the space is open again.
    fn cancel_delete(&self, space_id: SpaceId, token: Uuid) -> Result<bool>;

    /// Removes up to `limit` rows of a space being deleted, in one short transaction. Returns the number of events left, or
    /// `None` once only the space itself is left.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; [`StoreError::MarkLost`].
    fn delete_some(&self, space_id: SpaceId, token: Uuid, limit: usize) -> Result<Option<u64>>;

    /// Removes the space itself after all of its rows, so that an interrupted delete can be found and resumed until then.
    /// With `purge`, also erases its bytes. Returns true if that succeeded: other readers of the file may keep data about
    /// the space, such as its name, until the last of them closes it.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; [`StoreError::MarkLost`]. The space then still exists.
    fn end_delete(&self, space_id: SpaceId, token: Uuid, purge: bool) -> Result<bool>;

    /// Counts the rows with this space's id in every table that may have them.
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>>;

    /// Counts the rows with this space's id, without the tables that have none.
    fn residue(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        Ok(self.rows_by_table(space_id)?.into_iter().filter(|(_, rows)| *rows > 0).collect())
    }

    /// Rewrites the storage without any byte of deleted data.
    ///
    /// # Errors
    /// An interruption or a failure; nothing was changed then.
    fn purge(&self) -> Result<()>;

    /// Interrupts a purge in another thread, if there is one.
    fn interrupt_purge(&self) {}

    /// Returns the storage that may still contain deleted data, or `None` if nothing is on disk.
    fn slack(&self) -> Result<Option<Slack>> {
        Ok(None)
    }

    /// Returns a number that changes whenever another connection commits.
    fn version(&self) -> Result<u64>;

    /// Checks that the log is still in place, so that further writes will be found.
    ///
    /// # Errors
    /// [`StoreError::FileReplaced`].
    fn check_place(&self) -> Result<()>;

    /// Returns the bytes that the log takes on disk, or `None` if it is not on disk.
    fn storage_bytes(&self) -> Result<Option<u64>>;
}

/// Checks the name of a space.
pub(crate) fn check_space_name(name: &str) -> Result<(), StoreError> {
    let characters = name.chars().count();
    if (1..=LONGEST_SPACE_NAME).contains(&characters) {
        return Ok(());
    }
    let reason = format!("must have between 1 and {LONGEST_SPACE_NAME} characters, not {characters}");
    Err(StoreError::InvalidSpaceName { reason })
}

/// Checks the name and metadata of a new space.
pub(crate) fn check_new_space(name: &str, metadata: Option<&Metadata>) -> Result<(), StoreError> {
    check_new_space_name(name)?;
    check_metadata(metadata)
}

/// Checks the name of a new space. Older versions accepted more names, and existing spaces keep theirs.
pub(crate) fn check_new_space_name(name: &str) -> Result<(), StoreError> {
    check_space_name(name)?;
    let reason = if name.starts_with('#') {
        "must not start with #, which marks an id"
    } else if name.trim() != name {
        "must not start or end with whitespace"
    } else {
        return Ok(());
    };
    Err(StoreError::InvalidSpaceName { reason: reason.to_owned() })
}
