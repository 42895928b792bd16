//! Projections in memory.

mod entries;
mod shadow;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{ReentrantMutex, ReentrantMutexGuard};
use tracing::debug_span;

use crate::engines::handle_lock::{BUSY_TIMEOUT, lock_handle};
use crate::error::{Result, StoreError};
use crate::event_store::{Advance, Inspect, Page, Storage, nesting};
use crate::id::SpaceId;
use crate::pstate::{
    BlockingEvent, Changes, Entry, InspectProjections, LiveProjection, ProjectionId, ReadProjections, Seen,
    StoredProjection, WriteProjections, moved,
};
use crate::space::Checkpoint;
use crate::timestamp::Timestamp;

use entries::{MemoryEntries, scan, write};
use shadow::BeingBuilt;

/// Projections in memory.
pub struct MemoryPState {
    spaces: ReentrantMutex<RefCell<Spaces>>,
    version: ReentrantMutex<Cell<u64>>,
    busy_timeout: Duration,
}

/// The projections of each space, by name.
type Spaces = HashMap<SpaceId, BTreeMap<String, Projection>>;

impl Default for MemoryPState {
    fn default() -> Self {
        let (spaces, version) = (ReentrantMutex::default(), ReentrantMutex::default());
        Self { spaces, version, busy_timeout: BUSY_TIMEOUT }
    }
}

#[derive(Clone, Default)]
struct Projection {
    entries: BTreeMap<String, Entry>,
    checkpoint: Checkpoint,
    definition: Option<String>,
    error: Option<BlockingEvent>,
    rebuilt_at: Option<Timestamp>,
    shadow: Option<BeingBuilt>,
    shadows_started: i64,
}

impl MemoryPState {
    /// Sets how long to wait for another thread that uses the projections.
    pub fn with_busy_timeout(mut self, longest: Duration) -> Self {
        self.busy_timeout = longest;
        self
    }

    /// Returns the same projections, which change on their own from then on.
    ///
    /// # Errors
    /// [`StoreError::HandleBusy`].
    pub fn copy(&self) -> Result<Self> {
        let spaces = ReentrantMutex::new(RefCell::new(self.turn()?.borrow().clone()));
        Ok(Self { spaces, version: ReentrantMutex::default(), busy_timeout: self.busy_timeout })
    }

    /// Waits for the projections, at most for the busy timeout.
    ///
    /// # Errors
    /// [`StoreError::HandleBusy`].
    fn turn(&self) -> Result<ReentrantMutexGuard<'_, RefCell<Spaces>>> {
        Ok(lock_handle(&self.spaces, self.busy_timeout)?)
    }

    fn read<T>(&self, id: ProjectionId<'_>, read: impl FnOnce(&Projection) -> T) -> Result<T> {
        let spaces = self.turn()?;
        let spaces = spaces.borrow();
        Ok(match spaces.get(&id.space_id).and_then(|projections| projections.get(id.name)) {
            Some(projection) => read(projection),
            None => read(&Projection::default()),
        })
    }

    fn change<T>(
        &self,
        id: ProjectionId<'_>,
        change: impl FnOnce(&mut Projection) -> Result<T>,
    ) -> Result<T> {
        self.changed(|spaces| {
            let projections = spaces.entry(id.space_id).or_default();
            match projections.get_mut(id.name) {
                Some(projection) => change(projection),
                None => change(projections.entry(id.name.to_owned()).or_default()),
            }
        })
    }

    fn changed<T>(&self, change: impl FnOnce(&mut Spaces) -> Result<T>) -> Result<T> {
        nesting::check()?;
        let spaces = self.turn()?;
        let mut spaces = spaces.borrow_mut();
        let version = self.version.lock();
        version.set(version.get() + 1);
        change(&mut spaces)
    }
}

impl Inspect for MemoryPState {}

impl InspectProjections for MemoryPState {}

impl ReadProjections for MemoryPState {
    fn multi_get(&self, id: ProjectionId<'_>, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        self.read(id, |projection| keys.iter().map(|key| projection.entries.get(*key).cloned()).collect())
    }

    fn scan(&self, id: ProjectionId<'_>, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.read(id, |projection| scan(&projection.entries, prefix, page))
    }

    fn open(&self, id: ProjectionId<'_>) -> Result<LiveProjection<'_>> {
        let entries =
            Box::new(MemoryEntries { pstate: self, space_id: id.space_id, name: id.name.to_owned() });
        self.read(id, |projection| {
            let definition = projection.definition.clone();
            LiveProjection { checkpoint: projection.checkpoint, definition, entries }
        })
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let _held = self.turn()?;
        work()
    }

    fn checkpoint(&self, id: ProjectionId<'_>) -> Result<Checkpoint> {
        self.read(id, |projection| projection.checkpoint)
    }

    fn names(&self, space_id: SpaceId) -> Result<Vec<String>> {
        let spaces = self.turn()?;
        let spaces = spaces.borrow();
        Ok(spaces.get(&space_id).into_iter().flat_map(BTreeMap::keys).cloned().collect())
    }

    fn stored(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<StoredProjection>>> {
        let spaces = self.turn()?;
        let spaces = spaces.borrow();
        let of_space = |space_id: &SpaceId| {
            let projections = spaces.get(space_id).into_iter().flatten();
            projections.map(|(name, projection)| projection.stored(*space_id, name)).collect()
        };
        Ok(space_ids.iter().map(of_space).collect())
    }
}

impl Projection {
    fn stored(&self, space_id: SpaceId, name: &str) -> StoredProjection {
        StoredProjection {
            space_id,
            name: Cow::Owned(name.to_owned()),
            checkpoint: self.checkpoint,
            definition: self.definition.as_deref().map(Arc::from),
            error: self.error.clone(),
            rebuilt_at: self.rebuilt_at,
            rebuilt_by: self.shadow.as_ref().and_then(|shadow| shadow.owner.clone()),
        }
    }
}

impl WriteProjections for MemoryPState {
    fn write(&self, id: ProjectionId<'_>, changes: &Changes) -> Result<()> {
        self.change(id, |projection| {
            write(&mut projection.entries, changes);
            projection.checkpoint.entities = projection.entries.len() as u64;
            Ok(())
        })
    }

    fn write_if(&self, id: ProjectionId<'_>, seen: &[Seen<'_>], changes: &Changes) -> Result<Vec<String>> {
        let _held = self.turn()?;
        let keys: Vec<&str> = seen.iter().map(|seen| seen.key).collect();
        let moved = moved(seen, &self.multi_get(id, &keys)?);
        if moved.is_empty() && !changes.is_empty() {
            self.write(id, changes)?;
        }
        Ok(moved)
    }

    fn advance(&self, id: ProjectionId<'_>, advance: &Advance<'_>) -> Result<()> {
        let &Advance { from, changes, to, definition } = advance;
        let _span =
            debug_span!("put", space_id = id.space_id.0, name = id.name, keys = changes.len()).entered();
        self.change(id, |projection| {
            let actual = projection.checkpoint.sequence;
            if actual != from {
                return Err(StoreError::CheckpointMoved { expected: from, actual }.into());
            }
            write(&mut projection.entries, changes);
            projection.checkpoint = Checkpoint { entities: projection.entries.len() as u64, ..to };
            projection.error = None;
            if let Some(definition) = definition {
                projection.definition = Some(definition.to_owned());
            }
            Ok(())
        })
    }

    fn block(&self, id: ProjectionId<'_>, event: &BlockingEvent) -> Result<()> {
        self.change(id, |projection| {
            projection.error = Some(event.clone());
            Ok(())
        })
    }

    fn remove(&self, id: ProjectionId<'_>) -> Result<()> {
        self.changed(|spaces| {
            if let Some(projections) = spaces.get_mut(&id.space_id) {
                projections.remove(id.name);
            }
            Ok(())
        })
    }

    fn delete_some(&self, space_id: SpaceId, limit: usize) -> Result<bool> {
        self.changed(|spaces| {
            let Some(projections) = spaces.get_mut(&space_id) else { return Ok(false) };
            let mut left = limit;
            for projection in projections.values_mut() {
                let entries = std::mem::take(&mut projection.entries);
                *projection = Projection { entries, ..Projection::default() };
                while left > 0 && projection.entries.pop_first().is_some() {
                    left -= 1;
                }
            }
            projections.retain(|_, projection| !projection.entries.is_empty());
            let more = !projections.is_empty();
            if !more {
                spaces.remove(&space_id);
            }
            Ok(more)
        })
    }
}

impl Storage for MemoryPState {
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        let spaces = self.turn()?;
        let spaces = spaces.borrow();
        let (mut projections, mut entries) = (0, 0);
        for projection in spaces.get(&space_id).into_iter().flat_map(BTreeMap::values) {
            projections += 1;
            entries += projection.entries.len() as u64;
        }
        Ok(vec![("projections".to_owned(), projections), ("projection_entities".to_owned(), entries)])
    }

    fn purge(&self) -> Result<()> {
        Ok(())
    }

    fn version(&self) -> Result<u64> {
        Ok(self.version.lock().get())
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        Ok(None)
    }
}
