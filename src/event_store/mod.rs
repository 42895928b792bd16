//! The append-only log: spaces and their events.
//!
//! [`EventStore`] is the contract; [`MemoryEventStore`] and [`SqliteEventStore`] keep it, as one
//! conformance suite shows. Events are never changed: a correction is a further event.

mod append;
mod inspect;
mod mark;
mod memory;
mod page;
mod record;
mod sqlite;
mod stream;

pub(crate) use append::imported_id;
pub use append::{Append, Expected, Remembered, RequestDigest, Tail};
pub use inspect::InspectLog;
pub use mark::{BeforeDelete, MarkOwner};
pub use memory::MemoryEventStore;
pub(crate) use page::total_bytes;
pub use page::{Direction, PAGE_BYTES, Page, PageRow, is_last_page};
pub use record::{Slack, SpaceRecord, Totals};
pub use sqlite::SqliteEventStore;
pub use stream::EventStream;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::{Result, StoreError};
use crate::event::{Event, EventId, SpaceSequence};
use crate::space::{Metadata, Space, SpaceId, check_metadata};

/// The most characters that a space's name may have.
pub const LONGEST_SPACE_NAME: usize = 200;

/// An append-only log of events, divided into spaces.
///
/// Every method is one round trip: a page, a batch or a unit of work. All may be called from several
/// threads at once.
pub trait EventStore: InspectLog {
    /// The space of that name, created with this metadata if there is none. An existing space keeps
    /// its own metadata.
    ///
    /// # Errors
    /// [`StoreError::InvalidSpaceName`]; failures of the storage.
    fn get_or_create_space(&self, name: &str, metadata: Option<&Metadata>, now: Timestamp) -> Result<Space>;

    /// Creates a space of that name, which is not there yet.
    ///
    /// # Errors
    /// [`StoreError::SpaceExists`]; as [`Space::check_open`] if the name is that of a space being imported or deleted;
    /// [`StoreError::InvalidSpaceName`]; failures of the storage.
    fn create_space(&self, name: &str, metadata: Option<&Metadata>, now: Timestamp) -> Result<Space>;

    /// The space of that name.
    ///
    /// # Errors
    /// Failures of the storage.
    fn find_space(&self, name: &str) -> Result<Option<SpaceRecord>>;

    /// The space with that id.
    ///
    /// # Errors
    /// Failures of the storage.
    fn space(&self, space_id: SpaceId) -> Result<Option<SpaceRecord>>;

    /// A page of spaces by rising id (or falling, read backward).
    ///
    /// # Errors
    /// Failures of the storage.
    fn spaces(&self, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>>;

    /// Those of these spaces that are there, by rising id.
    ///
    /// # Errors
    /// Failures of the storage.
    fn spaces_of(&self, space_ids: &[SpaceId]) -> Result<Vec<SpaceRecord>>;

    /// What the store holds in all.
    ///
    /// # Errors
    /// Failures of the storage.
    fn totals(&self) -> Result<Totals>;

    /// The id of the last event ever appended; 0 when there was none.
    ///
    /// # Errors
    /// Failures of the storage.
    fn last_event_id(&self) -> Result<EventId>;

    /// The types of a space's events, in the order in which they first came up.
    ///
    /// # Errors
    /// Failures of the storage.
    fn event_types(&self, space_id: SpaceId) -> Result<Vec<String>> {
        Ok(self.event_types_of(&[space_id])?.pop().unwrap_or_default())
    }

    /// The types of the events of several spaces, each at its space's place.
    ///
    /// # Errors
    /// Failures of the storage.
    fn event_types_of(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<String>>>;

    /// The id that tells this store from every other.
    ///
    /// # Errors
    /// Failures of the storage.
    fn store_id(&self) -> Result<Uuid>;

    /// A unit of work on a space: until `work` returns, nobody else appends to it, in this process
    /// or another; what `work` appends is committed as a whole when it returns `Ok`, and nothing
    /// of it stays when it returns an error. May be called within another unit, which it then joins: where it fails,
    /// so does the whole, even if that hides it.
    ///
    /// A command's closure and an event handler only read: within them every write through any handle is refused as
    /// [`StoreError::NestedCommand`] before it touches anything. A thread that they wait for cannot be told from any
    /// other; it waits as long as for a busy file, and is then refused as [`StoreError::HandleBusy`] or
    /// [`StoreError::Busy`].
    ///
    /// It is a unit of the log. Projections that share its file ([`Store::is_shared`](crate::Store::is_shared)) go back
    /// with it; others do not, so that commands, catch-ups and rebuilds belong in no unit there.
    ///
    /// # Errors
    /// What `work` returned; [`StoreError::Busy`]; [`StoreError::NestedCommand`]; failures of the storage.
    fn unit(&self, space_id: SpaceId, work: &mut dyn FnMut() -> Result<()>) -> Result<()>;

    /// As [`EventStore::unit`], for what may be lost with the power because nobody sees it yet: the commit is not
    /// waited for on disk. The next that is makes it durable too.
    ///
    /// # Errors
    /// As [`EventStore::unit`].
    fn unit_unseen(&self, space_id: SpaceId, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.unit(space_id, work)
    }

    /// Runs `work` while no other thread is in a unit of work through this handle. Whoever goes on to a snapshot of the
    /// projections so takes both in the order in which a unit of work does, and neither waits for the other for good.
    ///
    /// # Errors
    /// What `work` returned.
    fn in_turn(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()>;

    /// Where a space's log ends, so that events can be numbered within a unit of work before they are
    /// appended. Outside of one it may be out of date at once.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; [`StoreError::SpaceDeleting`]; failures of the storage.
    fn tail(&self, space_id: SpaceId) -> Result<Tail>;

    /// Appends events that [`Tail::place`] numbered within the current unit of work, all or none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if they do not follow the space's last event;
    /// [`StoreError::UnknownSpace`]; [`StoreError::SpaceDeleting`]; failures of the storage.
    fn append_placed(&self, space_id: SpaceId, events: &[Event]) -> Result<()>;

    /// Appends events to a space, all or none, and returns them as they stand in the log.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the space is not where it was expected;
    /// [`StoreError::UnknownSpace`]; [`StoreError::SpaceDeleting`]; failures of the storage.
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

    /// Remembers under an idempotency key what was appended, as part of the current unit of work.
    ///
    /// # Errors
    /// Failures of the storage.
    fn remember(&self, space_id: SpaceId, key: &str, remembered: &Remembered) -> Result<()>;

    /// What was appended under an idempotency key.
    ///
    /// # Errors
    /// Failures of the storage.
    fn remembered(&self, space_id: SpaceId, key: &str) -> Result<Option<Remembered>>;

    /// A page of a space's idempotency keys, in the order of their bytes.
    ///
    /// # Errors
    /// Failures of the storage.
    fn remembered_page(&self, space_id: SpaceId, page: Page<String>) -> Result<Vec<(String, Remembered)>>;

    /// One event.
    ///
    /// # Errors
    /// Failures of the storage.
    fn event(&self, event_id: EventId) -> Result<Option<Event>>;

    /// A page of a space's events. Behind [`PAGE_BYTES`] of payloads it ends early: [`is_last_page`] tells it from the
    /// last one.
    ///
    /// # Errors
    /// Failures of the storage.
    fn read_space(&self, space_id: SpaceId, page: Page<SpaceSequence>) -> Result<Vec<Event>>;

    /// A page of one entity's events within a space. It may end early.
    ///
    /// # Errors
    /// Failures of the storage.
    fn read_entity(
        &self,
        space_id: SpaceId,
        entity_id: &str,
        page: Page<SpaceSequence>,
    ) -> Result<Vec<Event>>;

    /// A page of the global stream: all spaces' events by id. It may end early.
    ///
    /// # Errors
    /// Failures of the storage.
    fn read_all(&self, page: Page<EventId>) -> Result<Vec<Event>>;

    /// Shows `visit` a space's events after `after`, at most `limit` of them, in order, without
    /// building a list. It may take an event and leave another in its place, whose allocations are then
    /// used for the next. Returns how many were shown.
    ///
    /// # Errors
    /// What `visit` returned; failures of the storage.
    fn replay(
        &self,
        space_id: SpaceId,
        after: SpaceSequence,
        limit: usize,
        visit: &mut dyn FnMut(&mut Event) -> Result<()>,
    ) -> Result<usize>;

    /// The operation that marked a space for its import or delete; none where the space is open, and where a file of an
    /// earlier version does not say.
    ///
    /// # Errors
    /// Failures of the storage.
    fn mark_owner(&self, space_id: SpaceId) -> Result<Option<MarkOwner>>;

    /// Creates a space that is being imported: until [`EventStore::end_import`] it takes nothing but that, from its
    /// owner.
    ///
    /// # Errors
    /// [`StoreError::SpaceExists`]; [`StoreError::SpaceImporting`] and [`StoreError::SpaceDeleting`] if there is a space
    /// of that name which is not open; [`StoreError::InvalidSpaceName`]; failures of the storage.
    fn begin_import(
        &self,
        name: &str,
        metadata: Option<&Metadata>,
        created_at: Timestamp,
        owner: &MarkOwner,
    ) -> Result<Space>;

    /// Appends events of another log to a space that is being imported by the operation with this token, all or none,
    /// with the sequences and times that they have. An event keeps its id where that is above every id given before,
    /// and gets the next one where it is not. Returns the ids.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the first one is not the next in the space; [`StoreError::UnknownSpace`];
    /// [`StoreError::NotImporting`]; [`StoreError::MarkLost`]; failures of the storage.
    fn import(&self, space_id: SpaceId, token: Uuid, events: &[Event]) -> Result<Vec<EventId>>;

    /// Opens a space that was imported for everything else.
    ///
    /// # Errors
    /// As [`EventStore::import`].
    fn end_import(&self, space_id: SpaceId, token: Uuid) -> Result<()>;

    /// Marks a space as being deleted: from now on it takes no events, and its rows can be removed by this owner. One
    /// that was being imported is still shown as such: since it was never complete, an import of that name may start
    /// again. A mark that another operation set is taken over only if it has the token `over` (none: a mark of an
    /// earlier version), that is, if nobody else took it over since the caller looked.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; [`StoreError::SpaceDeleting`] and [`StoreError::SpaceImporting`] if the mark is
    /// another one; failures of the storage.
    fn begin_delete(&self, space_id: SpaceId, owner: &MarkOwner, over: Option<Uuid>) -> Result<BeforeDelete>;

    /// Opens a space again that this operation marked and nothing was removed of. Returns whether that was so;
    /// otherwise the space stays as it is.
    ///
    /// # Errors
    /// Failures of the storage.
    fn cancel_delete(&self, space_id: SpaceId, token: Uuid) -> Result<bool>;

    /// Removes up to `limit` of the rows that a space being deleted still has, in one short
    /// transaction. Returns how many events are left, or `None` when all is gone but the space itself.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; [`StoreError::MarkLost`]; failures of the storage.
    fn delete_some(&self, space_id: SpaceId, token: Uuid, limit: usize) -> Result<Option<u64>>;

    /// Removes the space itself, of which nothing else is left; with `purge` so that no byte of it is
    /// left either. Until then an interrupted delete can be found and resumed. Returns whether that was so:
    /// others who read the file may hold on to what it says of the space itself, such as its name, until the
    /// last of them closes it.
    ///
    /// # Errors
    /// [`StoreError::UnknownSpace`]; [`StoreError::MarkLost`]; failures of the storage; the space is then still there.
    fn end_delete(&self, space_id: SpaceId, token: Uuid, purge: bool) -> Result<bool>;

    /// How many rows carry this space's id, by table: every table that may.
    ///
    /// # Errors
    /// Failures of the storage.
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>>;

    /// Rows that still carry this space's id, by table; no table that has none.
    ///
    /// # Errors
    /// Failures of the storage.
    fn residue(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        Ok(self.rows_by_table(space_id)?.into_iter().filter(|(_, rows)| *rows > 0).collect())
    }

    /// Rewrites the storage so that no byte of what was deleted is left in it.
    ///
    /// # Errors
    /// Failures of the storage, an interruption among them: nothing was changed then.
    fn purge(&self) -> Result<()>;

    /// Asks a purge that another thread is in to stop. Where there is none, nothing happens.
    fn interrupt_purge(&self) {}

    /// Where bytes of what was deleted may still lie; none where nothing is on disk.
    ///
    /// # Errors
    /// Failures of the storage.
    fn slack(&self) -> Result<Option<Slack>> {
        Ok(None)
    }

    /// A number that changes whenever somebody else committed something.
    ///
    /// # Errors
    /// Failures of the storage.
    fn version(&self) -> Result<u64>;

    /// Checks that the log is still where it was opened, so that what is written will be found there.
    ///
    /// # Errors
    /// [`StoreError::FileReplaced`].
    fn check_place(&self) -> Result<()>;

    /// Bytes that the log takes on disk, where it is on disk.
    ///
    /// # Errors
    /// Failures of the storage.
    fn storage_bytes(&self) -> Result<Option<u64>>;
}

/// Checks a name that a space has.
fn check_space_name(name: &str) -> Result<(), StoreError> {
    let characters = name.chars().count();
    if (1..=LONGEST_SPACE_NAME).contains(&characters) {
        return Ok(());
    }
    let reason = format!("has between 1 and {LONGEST_SPACE_NAME} characters, not {characters}");
    Err(StoreError::InvalidSpaceName { reason })
}

/// Checks what a space is to get.
fn check_new_space(name: &str, metadata: Option<&Metadata>) -> Result<(), StoreError> {
    check_new_space_name(name)?;
    check_metadata(metadata)
}

/// Checks a name that a space is to get. Older versions took more, and their spaces keep their names.
fn check_new_space_name(name: &str) -> Result<(), StoreError> {
    check_space_name(name)?;
    let reason = if name.starts_with('#') {
        "does not start with #: that is how an id is written"
    } else if name.trim() != name {
        "has no blank at either end"
    } else {
        return Ok(());
    };
    Err(StoreError::InvalidSpaceName { reason: reason.to_owned() })
}
