//! Reading and appending events.

use crate::clock::Timestamp;
use crate::error::{Result, StoreError};
use crate::event::{Event, EventId, NewEvent, SpaceSequence};
use crate::space::SpaceId;

use super::{Access, Append, Group, Lookups, OpenUnit, Page, Remembered, WriteSet};

/// The events of all spaces, and the idempotency keys of their commands.
pub trait EventLog: Send + Sync {
    /// Begins a unit of work on a space. Until it ends, no one else can append to the space, and reads on this thread see
    /// the state to which the unit will be added. An engine without locks notices a rival when it commits, and then lets
    /// the unit run again ([`OpenUnit::commit_with_others`]).
    ///
    /// A command's closure and an event handler only read: within them, a unit is refused as
    /// [`StoreError::NestedCommand`]. A thread that they wait for looks like any other thread: it waits as long as for a
    /// busy file, and is then refused as [`StoreError::HandleBusy`] or [`StoreError::Busy`].
    ///
    /// # Errors
    /// Without this access to the space: [`StoreError::UnknownSpace`], [`StoreError::SpaceImporting`] or
    /// [`StoreError::SpaceDeleting`]; [`StoreError::NotImporting`] or [`StoreError::MarkLost`] for an import.
    /// [`StoreError::NestedUnit`] if this thread already has a unit of this store.
    fn begin(&self, space_id: SpaceId, access: Access) -> Result<Box<dyn OpenUnit + '_>>;

    /// Like [`EventLog::begin`], for a unit that ends with [`OpenUnit::commit_with_others`]: it may be added to what other
    /// threads have written and not yet committed.
    ///
    /// An engine to which each read is a round trip reads the values of `lookups` together with the space.
    fn begin_with_others(
        &self,
        space_id: SpaceId,
        access: Access,
        _lookups: &Lookups<'_>,
    ) -> Result<Box<dyn OpenUnit + '_>> {
        self.begin(space_id, access)
    }

    /// Begins a group of units in one commit, or returns `None` if this engine commits each unit by itself.
    fn begin_group(&self) -> Result<Option<Box<dyn Group + '_>>> {
        Ok(None)
    }

    /// Returns true if a unit of this log also writes the projections of its space, so that one commit covers both.
    fn holds_projections(&self) -> bool {
        false
    }

    /// Runs `work` in a snapshot: its reads on this thread see the same state, whatever is written meanwhile.
    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()>;

    /// Appends all events to a space or none, and returns them as stored.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the space is not in the expected state; the errors of [`EventLog::begin`].
    fn append(&self, space_id: SpaceId, append: Append<'_>) -> Result<Vec<Event>> {
        let unit = self.begin(space_id, Access::Open)?;
        let mut tail = unit.tail();
        append.expected.check(&tail.head)?;
        append.events.iter().try_for_each(NewEvent::check_reserved).map_err(StoreError::from)?;
        let events = append.events.iter().cloned();
        let placed: Vec<Event> = events.map(|new| tail.place(space_id, new, append.now)).collect();
        unit.commit(&WriteSet { events: &placed, ..WriteSet::default() })?;
        Ok(placed)
    }

    /// Returns the id of the last event ever appended, or 0 if there was none.
    fn last_event_id(&self) -> Result<EventId>;

    /// Finds an event by its id.
    fn event(&self, event_id: EventId) -> Result<Option<Event>>;

    /// Returns a page of a space's events. It ends early after [`PAGE_BYTES`](super::PAGE_BYTES) of payloads;
    /// [`is_last_page`](super::is_last_page) recognises the last page.
    fn read_space(&self, space_id: SpaceId, page: Page<SpaceSequence>) -> Result<Vec<Event>>;

    /// Returns the times of the first events of several spaces, in the order of `space_ids`; none for a space without events.
    fn first_timestamps(&self, space_ids: &[SpaceId]) -> Result<Vec<Option<Timestamp>>>;

    /// Returns a page of one entity's events within a space. It may end early.
    fn read_entity(
        &self,
        space_id: SpaceId,
        entity_id: &str,
        page: Page<SpaceSequence>,
    ) -> Result<Vec<Event>>;

    /// Returns for each of these events the one of the same entity before it, if there is one. An engine may read them
    /// together.
    fn read_previous(&self, of: &[&Event]) -> Result<Vec<Option<Event>>> {
        let previous = |event: &&Event| {
            let page = Page::backward(Some(event.space_sequence), 1);
            Ok(self.read_entity(event.space_id, &event.entity_id, page)?.pop())
        };
        of.iter().map(previous).collect()
    }

    /// Returns the first entities of a space whose ids start with a prefix, in the order of their ids. The cost does not
    /// grow with the number of events.
    fn entities(&self, space_id: SpaceId, prefix: &str, limit: usize) -> Result<Vec<String>>;

    /// Returns a page of the global stream, the events of all spaces by id. It may end early.
    fn read_all(&self, page: Page<EventId>) -> Result<Vec<Event>>;

    /// Returns a page of the effects of an event: the later events of all spaces that name it as their cause, by id. It may
    /// end early. Those after [`EventLog::effects_indexed_after`] are found through an index; for others, the events up to
    /// there are examined.
    fn effects_of(&self, event_id: EventId, page: Page<EventId>) -> Result<Vec<Event>>;

    /// Returns the id of the last event that is not in the index of causes: 0, except in files of earlier formats, until
    /// [`InspectLog::repair_causes`](super::InspectLog::repair_causes) has indexed all events.
    fn effects_indexed_after(&self) -> Result<EventId> {
        Ok(EventId(0))
    }

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

    /// Returns a number that changes whenever fields of events are erased, in one space or in any: a reader of many pages
    /// compares it before and after. That of a space is odd while a redaction is under way, or was interrupted.
    fn redactions(&self, space_id: Option<SpaceId>) -> Result<u64>;

    /// Notes that a redaction of a space begins, which changes projections in another store before it changes the events
    /// ([`WriteSet::redacted`]), or, with `false`, that it was given up without a change.
    fn set_redacting(&self, space_id: SpaceId, is_redacting: bool) -> Result<()>;

    /// Returns the recorded outcome of an idempotency key.
    fn remembered(&self, space_id: SpaceId, key: &str) -> Result<Option<Remembered>>;

    /// Returns a page of a space's idempotency keys, in byte order.
    fn remembered_page(&self, space_id: SpaceId, page: Page<String>) -> Result<Vec<(String, Remembered)>>;
}
