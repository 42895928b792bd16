//! An event store that counts requests and the events and spaces read.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ramax::event_store::{
    Access, BeforeDelete, EventFeed, EventLog, Inspect, InspectLog, Lookups, MarkOwner, OpenUnit, Remembered,
    SpaceLifecycle, SpaceRecord, SpaceRegistry, Storage, Totals,
};
use ramax::space::{SpaceChange, SpaceMetadata};
use ramax::{
    Append, Event, EventId, EventStore, Page, Result, Space, SpaceId, SpaceSequence, Store, StoreError,
    Timestamp,
};
use uuid::Uuid;

pub struct CountingEvents {
    inner: Store,
    rows: AtomicUsize,
    spaces: AtomicUsize,
    questions: AtomicUsize,
    pub(super) positions: AtomicUsize,
    fails: AtomicBool,
    /// Remembers no idempotency key.
    forgets: bool,
}

impl CountingEvents {
    pub fn over(store: &Store) -> Self {
        Self {
            inner: store.clone(),
            rows: AtomicUsize::new(0),
            spaces: AtomicUsize::new(0),
            questions: AtomicUsize::new(0),
            positions: AtomicUsize::new(0),
            fails: AtomicBool::new(false),
            forgets: false,
        }
    }

    /// Forgets idempotency keys.
    pub fn forgetful(self) -> Self {
        Self { forgets: true, ..self }
    }

    /// Makes reading events fail, or succeed again.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }

    /// Returns the number of events read since the last call.
    pub fn rows(&self) -> usize {
        self.rows.swap(0, Ordering::Relaxed)
    }

    /// Returns the number of spaces read since the last call.
    pub fn spaces(&self) -> usize {
        self.spaces.swap(0, Ordering::Relaxed)
    }

    /// Returns the number of requests since the last call.
    pub fn questions(&self) -> usize {
        self.questions.swap(0, Ordering::Relaxed)
    }

    /// Returns the number of positions of subscriptions read since the last call.
    pub fn positions(&self) -> usize {
        self.positions.swap(0, Ordering::Relaxed)
    }

    pub(super) fn events(&self) -> &dyn EventStore {
        self.questions.fetch_add(1, Ordering::Relaxed);
        self.inner.events()
    }

    fn counted_spaces(&self, page: Result<Vec<SpaceRecord>>) -> Result<Vec<SpaceRecord>> {
        self.spaces.fetch_add(page.as_ref().map_or(0, Vec::len), Ordering::Relaxed);
        page
    }

    fn counted(&self, page: Result<Vec<Event>>) -> Result<Vec<Event>> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(StoreError::ShadowGone.into());
        }
        self.rows.fetch_add(page.as_ref().map_or(0, Vec::len), Ordering::Relaxed);
        page
    }
}

impl Inspect for CountingEvents {}

impl InspectLog for CountingEvents {
    fn space_ids(&self, found: &mut dyn FnMut(SpaceId)) -> Result<()> {
        self.inner.events().space_ids(found)
    }
}

impl EventLog for CountingEvents {
    fn begin(&self, space_id: SpaceId, access: Access) -> Result<Box<dyn OpenUnit + '_>> {
        self.events().begin(space_id, access)
    }

    fn begin_with_others(
        &self,
        space_id: SpaceId,
        access: Access,
        lookups: &Lookups<'_>,
    ) -> Result<Box<dyn OpenUnit + '_>> {
        self.events().begin_with_others(space_id, access, lookups)
    }

    fn holds_projections(&self) -> bool {
        self.inner.events().holds_projections()
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.inner.events().snapshot(work)
    }

    fn append(&self, space_id: SpaceId, append: Append<'_>) -> Result<Vec<Event>> {
        self.events().append(space_id, append)
    }

    fn last_event_id(&self) -> Result<EventId> {
        self.events().last_event_id()
    }

    fn event(&self, event_id: EventId) -> Result<Option<Event>> {
        self.rows.fetch_add(1, Ordering::Relaxed);
        self.events().event(event_id)
    }

    fn read_space(&self, space_id: SpaceId, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        self.counted(self.events().read_space(space_id, page))
    }

    fn first_timestamps(&self, space_ids: &[SpaceId]) -> Result<Vec<Option<Timestamp>>> {
        self.events().first_timestamps(space_ids)
    }

    fn read_entity(
        &self,
        space_id: SpaceId,
        entity_id: &str,
        page: Page<SpaceSequence>,
    ) -> Result<Vec<Event>> {
        self.counted(self.events().read_entity(space_id, entity_id, page))
    }

    fn read_previous(&self, of: &[&Event]) -> Result<Vec<Option<Event>>> {
        self.events().read_previous(of)
    }

    fn entities(&self, space_id: SpaceId, prefix: &str, limit: usize) -> Result<Vec<String>> {
        self.events().entities(space_id, prefix, limit)
    }

    fn read_all(&self, page: Page<EventId>) -> Result<Vec<Event>> {
        self.counted(self.events().read_all(page))
    }

    fn effects_of(&self, event_id: EventId, page: Page<EventId>) -> Result<Vec<Event>> {
        self.counted(self.events().effects_of(event_id, page))
    }

    fn effects_indexed_after(&self) -> Result<EventId> {
        self.events().effects_indexed_after()
    }

    fn replay(
        &self,
        space_id: SpaceId,
        after: SpaceSequence,
        limit: usize,
        visit: &mut dyn FnMut(&mut Event) -> Result<()>,
    ) -> Result<usize> {
        let shown = self.events().replay(space_id, after, limit, visit);
        self.rows.fetch_add(shown.as_ref().map_or(0, |shown| *shown), Ordering::Relaxed);
        shown
    }

    fn remembered(&self, space_id: SpaceId, key: &str) -> Result<Option<Remembered>> {
        if self.forgets {
            return Ok(None);
        }
        self.events().remembered(space_id, key)
    }

    fn redactions(&self, space_id: Option<SpaceId>) -> Result<u64> {
        self.events().redactions(space_id)
    }

    fn set_redacting(&self, space_id: SpaceId, is_redacting: bool) -> Result<()> {
        self.events().set_redacting(space_id, is_redacting)
    }

    fn remembered_page(&self, space_id: SpaceId, page: Page<String>) -> Result<Vec<(String, Remembered)>> {
        self.events().remembered_page(space_id, page)
    }
}

impl EventFeed for CountingEvents {}

impl SpaceRegistry for CountingEvents {
    fn store_id(&self) -> Result<Uuid> {
        self.events().store_id()
    }

    fn incarnation(&self) -> Result<Option<Uuid>> {
        self.events().incarnation()
    }

    fn get_or_create_space(
        &self,
        name: &str,
        metadata: Option<&SpaceMetadata>,
        now: Timestamp,
    ) -> Result<Space> {
        self.events().get_or_create_space(name, metadata, now)
    }

    fn create_space(&self, name: &str, metadata: Option<&SpaceMetadata>, now: Timestamp) -> Result<Space> {
        self.events().create_space(name, metadata, now)
    }

    fn create_spaces(
        &self,
        names: &[String],
        metadata: Option<&SpaceMetadata>,
        now: Timestamp,
    ) -> Result<Vec<Option<Space>>> {
        self.events().create_spaces(names, metadata, now)
    }

    fn change_space(&self, space_id: SpaceId, change: &SpaceChange) -> Result<Space> {
        self.events().change_space(space_id, change)
    }

    fn find_space(&self, name: &str) -> Result<Option<SpaceRecord>> {
        self.events().find_space(name)
    }

    fn space(&self, space_id: SpaceId) -> Result<Option<SpaceRecord>> {
        self.events().space(space_id)
    }

    fn spaces(&self, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>> {
        self.counted_spaces(self.events().spaces(page))
    }

    fn spaces_of(&self, space_ids: &[SpaceId]) -> Result<Vec<SpaceRecord>> {
        self.counted_spaces(self.events().spaces_of(space_ids))
    }

    fn totals(&self) -> Result<Totals> {
        self.events().totals()
    }

    fn event_types_of(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<String>>> {
        self.events().event_types_of(space_ids)
    }
}

impl SpaceLifecycle for CountingEvents {
    fn mark_owner(&self, space_id: SpaceId) -> Result<Option<MarkOwner>> {
        self.events().mark_owner(space_id)
    }

    fn begin_import(
        &self,
        name: &str,
        metadata: Option<&SpaceMetadata>,
        created_at: Timestamp,
        owner: &MarkOwner,
    ) -> Result<Space> {
        self.events().begin_import(name, metadata, created_at, owner)
    }

    fn import(&self, space_id: SpaceId, token: Uuid, events: &[Event]) -> Result<Vec<EventId>> {
        self.events().import(space_id, token, events)
    }

    fn end_import(&self, space_id: SpaceId, token: Uuid) -> Result<()> {
        self.events().end_import(space_id, token)
    }

    fn begin_delete(&self, space_id: SpaceId, owner: &MarkOwner, over: Option<Uuid>) -> Result<BeforeDelete> {
        self.events().begin_delete(space_id, owner, over)
    }

    fn cancel_delete(&self, space_id: SpaceId, token: Uuid) -> Result<bool> {
        self.events().cancel_delete(space_id, token)
    }

    fn delete_some(&self, space_id: SpaceId, token: Uuid, limit: usize) -> Result<Option<u64>> {
        self.events().delete_some(space_id, token, limit)
    }

    fn end_delete(&self, space_id: SpaceId, token: Uuid, purge: bool) -> Result<bool> {
        self.events().end_delete(space_id, token, purge)
    }
}

impl Storage for CountingEvents {
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        self.events().rows_by_table(space_id)
    }

    fn purge(&self) -> Result<()> {
        self.events().purge()
    }

    fn version(&self) -> Result<u64> {
        self.events().version()
    }

    fn check_identity(&self) -> Result<()> {
        self.events().check_identity()
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        self.events().storage_bytes()
    }
}
