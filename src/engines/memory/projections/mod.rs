//! Projections in memory.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{ReentrantMutex, ReentrantMutexGuard};
use tracing::debug_span;

use crate::engines::handle_lock::{BUSY_TIMEOUT, lock_handle};
use crate::error::{Result, StoreError};
use crate::event_store::{Access, Advance, Direction, Inspect, Page, ReadyShadow, Storage, nesting};
use crate::id::SpaceId;
use crate::space::Checkpoint;
use crate::timestamp::Timestamp;

use crate::operator::Operator;
use crate::pstate::{
    BlockingEvent, Changes, Entries, Entry, InspectProjections, LiveProjection, ProjectionId,
    ReadProjections, Seen, Shadow, Shadows, StoredProjection, Write, WriteProjections, moved,
};

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

#[derive(Default)]
struct Projection {
    entries: BTreeMap<String, Entry>,
    checkpoint: Checkpoint,
    definition: Option<String>,
    error: Option<BlockingEvent>,
    rebuilt_at: Option<Timestamp>,
    shadow: Option<BeingBuilt>,
    shadows_started: i64,
}

/// A shadow.
struct BeingBuilt {
    number: i64,
    definition: Option<String>,
    owner: Option<Operator>,
    entries: BTreeMap<String, Entry>,
}

impl MemoryPState {
    /// Sets how long to wait for another thread that uses the projections.
    pub fn with_busy_timeout(mut self, longest: Duration) -> Self {
        self.busy_timeout = longest;
        self
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

/// The entries of a projection.
struct MemoryEntries<'a> {
    pstate: &'a MemoryPState,
    space_id: SpaceId,
    name: String,
}

impl MemoryEntries<'_> {
    fn id(&self) -> ProjectionId<'_> {
        ProjectionId::new(self.space_id, &self.name)
    }
}

impl Entries for MemoryEntries<'_> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.pstate.read(self.id(), |projection| projection.entries.get(key).cloned())
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.pstate.scan(self.id(), prefix, page)
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

impl Shadows for MemoryPState {
    fn shadow(
        &self,
        id: ProjectionId<'_>,
        definition: Option<&str>,
        _access: Access,
        owner: Option<&Operator>,
    ) -> Result<Box<dyn Shadow + '_>> {
        let number = self.change(id, |projection| {
            projection.shadows_started += 1;
            let number = projection.shadows_started;
            let (definition, owner) = (definition.map(str::to_owned), owner.cloned());
            projection.shadow = Some(BeingBuilt { number, definition, owner, entries: BTreeMap::new() });
            Ok(number)
        })?;
        Ok(Box::new(MemoryShadow { pstate: self, space_id: id.space_id, name: id.name.to_owned(), number }))
    }

    fn activate(
        &self,
        id: ProjectionId<'_>,
        shadow: ReadyShadow,
        changes: &Changes,
        at: Checkpoint,
    ) -> Result<u64> {
        let ReadyShadow { number, rebuilt_at, .. } = shadow;
        let name = id.name.to_owned();
        let shadow = MemoryShadow { pstate: self, space_id: id.space_id, name, number };
        shadow.change(|projection| {
            if let Some(built) = projection.shadow.take() {
                projection.entries = built.entries;
                projection.definition = built.definition;
            }
            write(&mut projection.entries, changes);
            let entities = projection.entries.len() as u64;
            projection.checkpoint = Checkpoint { entities, ..at };
            projection.error = None;
            projection.rebuilt_at = rebuilt_at;
            entities
        })
    }

    fn sweep(&self, _space_id: SpaceId, _limit: usize) -> Result<bool> {
        Ok(false)
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

struct MemoryShadow<'a> {
    pstate: &'a MemoryPState,
    space_id: SpaceId,
    name: String,
    number: i64,
}

impl MemoryShadow<'_> {
    /// Changes the projection if it still has this shadow. A missing projection is not created: the space may be deleted.
    fn change<T>(&self, change: impl FnOnce(&mut Projection) -> T) -> Result<T> {
        self.pstate.changed(|spaces| {
            let projection =
                spaces.get_mut(&self.space_id).and_then(|projections| projections.get_mut(&self.name));
            match projection {
                Some(projection) if projection.shadow_of(self.number).is_some() => Ok(change(projection)),
                _ => Err(StoreError::ShadowGone.into()),
            }
        })
    }

    /// Reads the entries of the shadow. One that is gone has none.
    fn read<T: Default>(&self, read: impl FnOnce(&BTreeMap<String, Entry>) -> T) -> Result<T> {
        self.pstate.read(ProjectionId::new(self.space_id, &self.name), |projection| {
            projection.shadow_of(self.number).map(|shadow| read(&shadow.entries)).unwrap_or_default()
        })
    }
}

impl Projection {
    fn shadow_of(&self, number: i64) -> Option<&BeingBuilt> {
        self.shadow.as_ref().filter(|shadow| shadow.number == number)
    }
}

impl Shadow for MemoryShadow<'_> {
    fn multi_get(&self, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        let mut found =
            self.read(|entries| keys.iter().map(|key| entries.get(*key).cloned()).collect::<Vec<_>>())?;
        found.resize(keys.len(), None);
        Ok(found)
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.read(|entries| scan(entries, prefix, page))
    }

    fn write(&self, changes: &Changes) -> Result<()> {
        self.change(|projection| {
            if let Some(shadow) = &mut projection.shadow {
                write(&mut shadow.entries, changes);
            }
        })
    }

    fn ready(&self) -> ReadyShadow {
        ReadyShadow { number: self.number, entities: 0, rebuilt_at: None }
    }

    fn abandon(&self) -> Result<()> {
        // A shadow that is gone needs no abandoning.
        let _ = self.change(|projection| projection.shadow = None);
        Ok(())
    }
}

fn write(entries: &mut BTreeMap<String, Entry>, changes: &Changes) {
    for (key, write) in changes.iter() {
        match write {
            Write::Put { value, updated_at } => {
                let entry = Entry { key: key.to_owned(), value: value.clone(), updated_at: *updated_at };
                entries.insert(key.to_owned(), entry);
            }
            Write::Delete => {
                entries.remove(key);
            }
        }
    }
}

fn scan(entries: &BTreeMap<String, Entry>, prefix: &str, page: Page<String>) -> Vec<Entry> {
    let matching = |(key, _): &(&String, &Entry)| key.starts_with(prefix);
    let values = |(_, entry): (&String, &Entry)| entry.clone();
    match page.direction {
        Direction::Forward => {
            let from = match &page.after {
                Some(after) if after.as_str() >= prefix => Bound::Excluded(after.as_str()),
                _ => Bound::Included(prefix),
            };
            let range = entries.range::<str, _>((from, Bound::Unbounded));
            range.take_while(matching).take(page.limit).map(values).collect()
        }
        Direction::Backward => {
            let to = page.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            if page.after.as_deref().is_some_and(|after| after <= prefix) {
                return Vec::new();
            }
            let range = entries.range::<str, _>((Bound::Included(prefix), to)).rev();
            range
                .skip_while(|pair| !matching(pair))
                .take_while(matching)
                .take(page.limit)
                .map(values)
                .collect()
        }
    }
}
