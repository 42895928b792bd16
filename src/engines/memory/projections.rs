//! Projections in memory.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::time::Duration;

use parking_lot::{ReentrantMutex, ReentrantMutexGuard};
use tracing::debug_span;

use crate::engines::handle_lock::{BUSY_TIMEOUT, lock_handle};
use crate::error::{Result, StoreError};
use crate::event_store::{Access, Direction, Page, ReadyShadow, Storage};
use crate::id::{SpaceId, SpaceSequence};
use crate::inspect::Inspect;
use crate::nesting;
use crate::space::Checkpoint;

use crate::audit::Operator;
use crate::pstate::{
    Changes, Entry, InspectProjections, ReadProjections, Seen, Shadow, Shadows, Write, WriteProjections,
    moved,
};

/// Projections in memory.
pub struct MemoryPState {
    spaces: ReentrantMutex<RefCell<Spaces>>,
    version: ReentrantMutex<Cell<u64>>,
    busy_timeout: Duration,
}

type Spaces = HashMap<SpaceId, Projection>;

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
    shadow: Option<(i64, BTreeMap<String, Entry>)>,
    shadows_started: i64,
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

    fn read<T>(&self, space_id: SpaceId, read: impl FnOnce(&Projection) -> T) -> Result<T> {
        let spaces = self.turn()?;
        let spaces = spaces.borrow();
        Ok(match spaces.get(&space_id) {
            Some(projection) => read(projection),
            None => read(&Projection::default()),
        })
    }

    fn change<T>(&self, space_id: SpaceId, change: impl FnOnce(&mut Projection) -> Result<T>) -> Result<T> {
        self.changed(|spaces| change(spaces.entry(space_id).or_default()))
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
    fn multi_get(&self, space_id: SpaceId, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        self.read(space_id, |projection| {
            keys.iter().map(|key| projection.entries.get(*key).cloned()).collect()
        })
    }

    fn scan(&self, space_id: SpaceId, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.read(space_id, |projection| scan(&projection.entries, prefix, page))
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let _held = self.turn()?;
        work()
    }

    fn checkpoint(&self, space_id: SpaceId) -> Result<Checkpoint> {
        self.read(space_id, |projection| projection.checkpoint)
    }

    fn checkpoints(&self, space_ids: &[SpaceId]) -> Result<Vec<Checkpoint>> {
        space_ids.iter().map(|id| self.checkpoint(*id)).collect()
    }
}

impl WriteProjections for MemoryPState {
    fn write(&self, space_id: SpaceId, changes: &Changes) -> Result<()> {
        self.change(space_id, |projection| {
            write(&mut projection.entries, changes);
            projection.checkpoint.entities = projection.entries.len() as u64;
            Ok(())
        })
    }

    fn write_if(&self, space_id: SpaceId, seen: &[Seen<'_>], changes: &Changes) -> Result<Vec<String>> {
        let _held = self.turn()?;
        let keys: Vec<&str> = seen.iter().map(|seen| seen.key).collect();
        let moved = moved(seen, &self.multi_get(space_id, &keys)?);
        if moved.is_empty() && !changes.is_empty() {
            self.write(space_id, changes)?;
        }
        Ok(moved)
    }

    fn advance(
        &self,
        space_id: SpaceId,
        from: SpaceSequence,
        changes: &Changes,
        to: Checkpoint,
    ) -> Result<()> {
        let _span = debug_span!("put", space_id = space_id.0, keys = changes.len()).entered();
        self.change(space_id, |projection| {
            let actual = projection.checkpoint.sequence;
            if actual != from {
                return Err(StoreError::CheckpointMoved { expected: from, actual }.into());
            }
            write(&mut projection.entries, changes);
            projection.checkpoint = Checkpoint { entities: projection.entries.len() as u64, ..to };
            Ok(())
        })
    }

    fn delete_some(&self, space_id: SpaceId, limit: usize) -> Result<bool> {
        let more = self.change(space_id, |projection| {
            projection.shadow = None;
            projection.checkpoint = Checkpoint::default();
            for _ in 0..limit {
                projection.entries.pop_first();
            }
            Ok(!projection.entries.is_empty())
        })?;
        if !more {
            self.turn()?.borrow_mut().remove(&space_id);
        }
        Ok(more)
    }
}

impl Shadows for MemoryPState {
    fn shadow(
        &self,
        space_id: SpaceId,
        _access: Access,
        _owner: Option<&Operator>,
    ) -> Result<Box<dyn Shadow + '_>> {
        let number = self.change(space_id, |projection| {
            projection.shadows_started += 1;
            projection.shadow = Some((projection.shadows_started, BTreeMap::new()));
            Ok(projection.shadows_started)
        })?;
        Ok(Box::new(MemoryShadow { pstate: self, space_id, number }))
    }

    fn activate(
        &self,
        space_id: SpaceId,
        shadow: ReadyShadow,
        changes: &Changes,
        at: Checkpoint,
    ) -> Result<u64> {
        let shadow = MemoryShadow { pstate: self, space_id, number: shadow.number };
        shadow.change(|projection| {
            if let Some((_, entries)) = projection.shadow.take() {
                projection.entries = entries;
            }
            write(&mut projection.entries, changes);
            let entities = projection.entries.len() as u64;
            projection.checkpoint = Checkpoint { entities, ..at };
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
        let entries = spaces.get(&space_id).map_or(0, |projection| projection.entries.len() as u64);
        let projections = u64::from(spaces.contains_key(&space_id));
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
    number: i64,
}

impl MemoryShadow<'_> {
    /// Changes the projection if it still has this shadow. A missing projection is not created: the space may be deleted.
    fn change<T>(&self, change: impl FnOnce(&mut Projection) -> T) -> Result<T> {
        self.pstate.changed(|spaces| match spaces.get_mut(&self.space_id) {
            Some(projection)
                if projection.shadow.as_ref().is_some_and(|(number, _)| *number == self.number) =>
            {
                Ok(change(projection))
            }
            _ => Err(StoreError::ShadowGone.into()),
        })
    }
}

impl Shadow for MemoryShadow<'_> {
    fn multi_get(&self, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        self.pstate.read(self.space_id, |projection| match &projection.shadow {
            Some((number, entries)) if *number == self.number => {
                keys.iter().map(|key| entries.get(*key).cloned()).collect()
            }
            _ => vec![None; keys.len()],
        })
    }

    fn write(&self, changes: &Changes) -> Result<()> {
        self.change(|projection| {
            if let Some((_, entries)) = &mut projection.shadow {
                write(entries, changes);
            }
        })
    }

    fn ready(&self) -> ReadyShadow {
        ReadyShadow { number: self.number, entities: 0 }
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
