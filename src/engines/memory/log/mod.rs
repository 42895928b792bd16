//! The event log in memory.

mod events;
mod mark;
mod pages;
mod subscriptions;
mod unit;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use parking_lot::{ReentrantMutex, ReentrantMutexGuard};
use uuid::Uuid;

use crate::engines::handle_lock::{BUSY_TIMEOUT, lock_handle};
use crate::error::{Result, StoreError};
use crate::event::Event;
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::space::{Space, SpaceChange, SpaceMetadata, SpaceState};
use crate::timestamp::Timestamp;

use crate::event_store::{
    Access, BeforeDelete, EventFeed, EventLog, EventStream, Inspect, InspectLog, MarkOwner, OpenUnit, Page,
    Remembered, SpaceLifecycle, SpaceRecord, SpaceRegistry, Storage, Totals, check_new_space, nesting,
};
use events::{Entry, Log};
use mark::{Marked, Stage};
use pages::{page_of, page_of_events, range_of};
use unit::MemoryUnit;

/// An event store in memory.
pub struct MemoryEventStore {
    store_id: Uuid,
    log: ReentrantMutex<RefCell<Log>>,
    busy_timeout: Duration,
}

impl Default for MemoryEventStore {
    fn default() -> Self {
        Self { store_id: Uuid::new_v4(), log: ReentrantMutex::default(), busy_timeout: BUSY_TIMEOUT }
    }
}

impl MemoryEventStore {
    /// Sets how long to wait for another thread that uses the log.
    pub fn with_busy_timeout(mut self, longest: Duration) -> Self {
        self.busy_timeout = longest;
        self
    }

    /// Returns a log with the same events that changes on its own from then on, so that tests can start from one
    /// prepared store.
    ///
    /// # Errors
    /// [`StoreError::HandleBusy`]; [`StoreError::NestedUnit`] within a transaction.
    pub fn copy(&self) -> Result<Self> {
        let log = self.change(|log| Ok(log.clone()))?;
        let log = ReentrantMutex::new(RefCell::new(log));
        Ok(Self { store_id: self.store_id, log, busy_timeout: self.busy_timeout })
    }

    /// Waits for the log, at most for the busy timeout.
    ///
    /// # Errors
    /// [`StoreError::HandleBusy`].
    fn turn(&self) -> Result<ReentrantMutexGuard<'_, RefCell<Log>>> {
        Ok(lock_handle(&self.log, self.busy_timeout)?)
    }

    fn read<T>(&self, read: impl FnOnce(&Log) -> T) -> Result<T> {
        Ok(read(&self.turn()?.borrow()))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Log) -> Result<T>) -> Result<T> {
        nesting::check()?;
        let log = self.turn()?;
        let mut log = log.borrow_mut();
        if log.in_unit {
            return Err(StoreError::NestedUnit.into());
        }
        log.version += 1;
        change(&mut log)
    }
}

impl Inspect for MemoryEventStore {}

impl InspectLog for MemoryEventStore {
    fn space_ids(&self, found: &mut dyn FnMut(SpaceId)) -> Result<()> {
        self.read(|log| log.spaces.keys().copied().for_each(found))
    }
}

impl EventLog for MemoryEventStore {
    fn begin(&self, space_id: SpaceId, access: Access) -> Result<Box<dyn OpenUnit + '_>> {
        nesting::check()?;
        Ok(Box::new(MemoryUnit::begin(self.turn()?, space_id, access)?))
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let _held = self.turn()?;
        work()
    }

    fn last_event_id(&self) -> Result<EventId> {
        self.read(|log| log.last_event_id)
    }

    fn event(&self, event_id: EventId) -> Result<Option<Event>> {
        self.read(|log| log.places.get(&event_id).and_then(|place| log.at(*place)).cloned())
    }

    fn read_space(&self, space_id: SpaceId, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        self.read(|log| page_of_events(log.events(space_id), page, |_| true))
    }

    fn first_timestamps(&self, space_ids: &[SpaceId]) -> Result<Vec<Option<Timestamp>>> {
        let first = |log: &Log, space_id| log.events(space_id).first().map(|event| event.timestamp);
        self.read(|log| space_ids.iter().map(|space_id| first(log, *space_id)).collect())
    }

    fn read_entity(
        &self,
        space_id: SpaceId,
        entity_id: &str,
        page: Page<SpaceSequence>,
    ) -> Result<Vec<Event>> {
        self.read(|log| page_of_events(log.events(space_id), page, |event| event.entity_id == entity_id))
    }

    fn entities(&self, space_id: SpaceId, prefix: &str, limit: usize) -> Result<Vec<String>> {
        self.read(|log| log.entities(space_id, prefix, limit))
    }

    fn read_all(&self, page: Page<EventId>) -> Result<Vec<Event>> {
        self.read(|log| {
            let places = page_of(&log.places, page);
            places.into_iter().filter_map(|place| log.at(*place).cloned()).collect()
        })
    }

    fn effects_of(&self, event_id: EventId, page: Page<EventId>) -> Result<Vec<Event>> {
        self.read(|log| log.effects(event_id, page))
    }

    fn replay(
        &self,
        space_id: SpaceId,
        after: SpaceSequence,
        limit: usize,
        visit: &mut dyn FnMut(&mut Event) -> Result<()>,
    ) -> Result<usize> {
        let mut shown = 0;
        for event in EventStream::new(self, space_id, after, limit.min(1000)).take(limit) {
            visit(&mut event?)?;
            shown += 1;
        }
        Ok(shown)
    }

    fn redactions(&self, space_id: Option<SpaceId>) -> Result<u64> {
        self.read(|log| {
            let wanted = log.spaces.iter().filter(|(id, _)| space_id.is_none_or(|space_id| space_id == **id));
            wanted.map(|(_, entry)| entry.redactions).sum()
        })
    }

    fn set_redacting(&self, space_id: SpaceId, is_redacting: bool) -> Result<()> {
        self.change(|log| {
            if let Some(entry) = log.spaces.get_mut(&space_id) {
                entry.redactions = (entry.redactions | 1) + u64::from(!is_redacting);
            }
            Ok(())
        })
    }

    fn remembered(&self, space_id: SpaceId, key: &str) -> Result<Option<Remembered>> {
        self.read(|log| log.spaces.get(&space_id)?.remembered.get(key).cloned())
    }

    fn remembered_page(&self, space_id: SpaceId, page: Page<String>) -> Result<Vec<(String, Remembered)>> {
        self.read(|log| {
            let Some(entry) = log.spaces.get(&space_id) else { return Vec::new() };
            let pairs = range_of(&entry.remembered, page.after.as_ref(), page.direction);
            pairs.take(page.limit).map(|(key, remembered)| (key.clone(), remembered.clone())).collect()
        })
    }
}

impl EventFeed for MemoryEventStore {}

impl SpaceRegistry for MemoryEventStore {
    fn store_id(&self) -> Result<Uuid> {
        Ok(self.store_id)
    }

    fn incarnation(&self) -> Result<Option<Uuid>> {
        Ok(Some(self.store_id))
    }

    fn get_or_create_space(
        &self,
        name: &str,
        metadata: Option<&SpaceMetadata>,
        now: Timestamp,
    ) -> Result<Space> {
        self.change(|log| {
            if let Some(entry) = log.named(name) {
                return Ok(entry.space.clone());
            }
            check_new_space(name, metadata)?;
            Ok(log.create(name, metadata, now, SpaceState::Open))
        })
    }

    fn create_space(&self, name: &str, metadata: Option<&SpaceMetadata>, now: Timestamp) -> Result<Space> {
        check_new_space(name, metadata)?;
        self.change(|log| match log.named(name) {
            Some(entry) => Err(entry.space.name_taken().into()),
            None => Ok(log.create(name, metadata, now, SpaceState::Open)),
        })
    }

    fn create_spaces(
        &self,
        names: &[String],
        metadata: Option<&SpaceMetadata>,
        now: Timestamp,
    ) -> Result<Vec<Option<Space>>> {
        names.iter().try_for_each(|name| check_new_space(name, metadata))?;
        self.change(|log| {
            let create = |name: &String| {
                log.named(name).is_none().then(|| log.create(name, metadata, now, SpaceState::Open))
            };
            Ok(names.iter().map(create).collect())
        })
    }

    fn change_space(&self, space_id: SpaceId, change: &SpaceChange) -> Result<Space> {
        self.change(|log| log.change_space(space_id, change))
    }

    fn find_space(&self, name: &str) -> Result<Option<SpaceRecord>> {
        self.read(|log| log.named(name).map(Entry::record))
    }

    fn space(&self, space_id: SpaceId) -> Result<Option<SpaceRecord>> {
        self.read(|log| log.spaces.get(&space_id).map(Entry::record))
    }

    fn spaces(&self, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>> {
        self.read(|log| page_of(&log.spaces, page).into_iter().map(Entry::record).collect())
    }

    fn spaces_of(&self, space_ids: &[SpaceId]) -> Result<Vec<SpaceRecord>> {
        let wanted: BTreeSet<&SpaceId> = space_ids.iter().collect();
        self.read(|log| wanted.iter().filter_map(|id| log.spaces.get(id)).map(Entry::record).collect())
    }

    fn totals(&self) -> Result<Totals> {
        self.read(|log| Totals {
            spaces: log.spaces.len() as u64,
            events: log.spaces.values().map(|entry| entry.head.last_sequence.0).sum(),
            payload_bytes: log.spaces.values().map(|entry| entry.head.payload_bytes).sum(),
        })
    }

    fn event_types_of(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<String>>> {
        self.read(|log| space_ids.iter().map(|space_id| log.event_types(*space_id)).collect())
    }
}

impl SpaceLifecycle for MemoryEventStore {
    fn mark_owner(&self, space_id: SpaceId) -> Result<Option<MarkOwner>> {
        self.read(|log| log.spaces.get(&space_id)?.marked.as_ref().map(|marked| marked.owner.clone()))
    }

    fn begin_import(
        &self,
        name: &str,
        metadata: Option<&SpaceMetadata>,
        created_at: Timestamp,
        owner: &MarkOwner,
    ) -> Result<Space> {
        check_new_space(name, metadata)?;
        self.change(|log| {
            if let Some(entry) = log.named(name) {
                return Err(entry.space.name_taken().into());
            }
            let space = log.create(name, metadata, created_at, SpaceState::Importing);
            let marked = Marked { owner: owner.clone(), stage: Stage::Importing };
            if let Some(entry) = log.spaces.get_mut(&space.space_id) {
                entry.marked = Some(marked);
            }
            Ok(space)
        })
    }

    fn begin_delete(&self, space_id: SpaceId, owner: &MarkOwner, over: Option<Uuid>) -> Result<BeforeDelete> {
        self.change(|log| log.begin_delete(space_id, owner, over))
    }

    fn cancel_delete(&self, space_id: SpaceId, token: Uuid) -> Result<bool> {
        self.change(|log| Ok(log.cancel_delete(space_id, token)))
    }

    fn delete_some(&self, space_id: SpaceId, token: Uuid, limit: usize) -> Result<Option<u64>> {
        self.change(|log| log.delete_some(space_id, token, limit))
    }

    fn end_delete(&self, space_id: SpaceId, token: Uuid, purge: bool) -> Result<bool> {
        self.change(|log| {
            log.marked_by(space_id, token)?;
            log.spaces.remove(&space_id);
            Ok(purge)
        })
    }
}

impl Storage for MemoryEventStore {
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        self.read(|log| {
            let entry = log.spaces.get(&space_id);
            let places = log.places.values().filter(|(space, _)| *space == space_id).count() as u64;
            let keys = entry.map_or(0, |entry| entry.remembered.len() as u64);
            let rows =
                [("spaces", u64::from(entry.is_some())), ("idempotency_keys", keys), ("event_log", places)];
            let rows = rows.into_iter().chain(log.subscriptions.rows_by_table(space_id));
            rows.map(|(table, rows)| (table.to_owned(), rows)).collect()
        })
    }

    fn purge(&self) -> Result<()> {
        Ok(())
    }

    fn version(&self) -> Result<u64> {
        self.read(|log| log.version)
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        Ok(None)
    }
}
