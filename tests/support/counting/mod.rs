//! A projection store and an event store that count reads.

pub mod events;
pub mod subscriptions;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ramax::Operator;
use ramax::event_store::{Access, Advance, Inspect, ReadyShadow, Storage};
use ramax::pstate::{
    BlockingEvent, Entry, InspectProjections, LiveProjection, ProjectionId, ReadProjections, Seen, Shadow,
    Shadows, StoredProjection, WriteProjections,
};
use ramax::{Changes, Checkpoint, PState, Page, Result, SpaceId, Store};

pub struct Counting {
    inner: Store,
    reads: Arc<AtomicUsize>,
    questions: AtomicUsize,
    /// Reads the keys of this space, whichever is asked for.
    confused_with: Option<SpaceId>,
}

impl Counting {
    pub fn over(store: &Store) -> Self {
        let (reads, questions) = (Arc::default(), AtomicUsize::new(0));
        Self { inner: store.clone(), reads, questions, confused_with: None }
    }

    /// Loses isolation: every read returns the keys of this space.
    pub fn confused_with(self, space_id: SpaceId) -> Self {
        Self { confused_with: Some(space_id), ..self }
    }

    /// Returns the number of reads since the last call.
    pub fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::Relaxed)
    }

    /// Returns the number of requests since the last call.
    pub fn questions(&self) -> usize {
        self.questions.swap(0, Ordering::Relaxed)
    }

    fn confused<'a>(&self, id: ProjectionId<'a>) -> ProjectionId<'a> {
        ProjectionId { space_id: self.confused_with.unwrap_or(id.space_id), ..id }
    }

    fn pstate(&self) -> &dyn PState {
        self.questions.fetch_add(1, Ordering::Relaxed);
        self.inner.pstate()
    }
}

impl Inspect for Counting {}

impl InspectProjections for Counting {}

impl ReadProjections for Counting {
    fn multi_get(&self, id: ProjectionId<'_>, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.pstate().multi_get(self.confused(id), keys)
    }

    fn scan(&self, id: ProjectionId<'_>, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.pstate().scan(self.confused(id), prefix, page)
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.pstate().snapshot(work)
    }

    fn checkpoint(&self, id: ProjectionId<'_>) -> Result<Checkpoint> {
        self.pstate().checkpoint(id)
    }

    fn open(&self, id: ProjectionId<'_>) -> Result<LiveProjection<'_>> {
        self.pstate().open(id)
    }

    fn names(&self, space_id: SpaceId) -> Result<Vec<String>> {
        self.pstate().names(space_id)
    }

    fn stored(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<StoredProjection>>> {
        self.pstate().stored(space_ids)
    }
}

impl WriteProjections for Counting {
    fn write(&self, id: ProjectionId<'_>, changes: &Changes) -> Result<()> {
        self.pstate().write(id, changes)
    }

    fn write_if(&self, id: ProjectionId<'_>, seen: &[Seen<'_>], changes: &Changes) -> Result<Vec<String>> {
        self.pstate().write_if(id, seen, changes)
    }

    fn advance(&self, id: ProjectionId<'_>, advance: &Advance<'_>) -> Result<()> {
        self.pstate().advance(id, advance)
    }

    fn block(&self, id: ProjectionId<'_>, event: &BlockingEvent) -> Result<()> {
        self.pstate().block(id, event)
    }

    fn remove(&self, id: ProjectionId<'_>) -> Result<()> {
        self.pstate().remove(id)
    }

    fn delete_some(&self, space_id: SpaceId, limit: usize) -> Result<bool> {
        self.pstate().delete_some(space_id, limit)
    }
}

impl Shadows for Counting {
    fn shadow(
        &self,
        id: ProjectionId<'_>,
        definition: Option<&str>,
        access: Access,
        owner: Option<&Operator>,
    ) -> Result<Box<dyn Shadow + '_>> {
        self.pstate().shadow(id, definition, access, owner)
    }

    fn activate(
        &self,
        id: ProjectionId<'_>,
        shadow: ReadyShadow,
        changes: &Changes,
        at: Checkpoint,
    ) -> Result<u64> {
        self.pstate().activate(id, shadow, changes, at)
    }

    fn sweep(&self, space_id: SpaceId, limit: usize) -> Result<bool> {
        self.pstate().sweep(space_id, limit)
    }
}

impl Storage for Counting {
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        self.pstate().rows_by_table(space_id)
    }

    fn purge(&self) -> Result<()> {
        self.pstate().purge()
    }

    fn version(&self) -> Result<u64> {
        self.pstate().version()
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        self.pstate().storage_bytes()
    }
}
