//! Migrated entities that wait to be written back.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use tracing::{debug, debug_span};

use crate::error::Result;
use crate::json::Json;
use crate::pstate::{Changes, Entry, PState, ProjectionId, Seen};

/// Entities of one projection that were read in an old form and wait to be written in the current one. Several handles and
/// threads may share it.
#[derive(Debug, Default)]
pub struct WriteBack(Mutex<BTreeMap<String, Migrated>>);

#[derive(Debug)]
struct Migrated {
    read: Entry,
    value: Json,
}

impl WriteBack {
    /// The number of entities that are written back together.
    pub const BATCH: usize = 100;

    /// Returns the number of waiting entities.
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// Returns true if no entity is waiting.
    pub fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// Returns true if a batch is full.
    pub fn is_full(&self) -> bool {
        self.len() >= Self::BATCH
    }

    pub(super) fn add(&self, read: &Entry, value: &Json) {
        let mut waiting = self.0.lock();
        waiting.insert(read.key.clone(), Migrated { read: read.clone(), value: value.clone() });
        debug!(key = read.key, waiting = waiting.len(), "waits to be written back");
    }

    /// Writes the waiting entities, a batch at a time, and forgets them all. An entity that was not written is migrated
    /// again when it is next read.
    pub(super) fn flush(&self, pstate: &dyn PState, projection: ProjectionId<'_>) -> Result<usize> {
        let mut waiting = std::mem::take(&mut *self.0.lock());
        if waiting.is_empty() {
            return Ok(0);
        }
        let _span = debug_span!("flush", space_id = projection.space_id.0, waiting = waiting.len()).entered();
        let mut written = 0;
        while let Some(last) = waiting.keys().nth(Self::BATCH - 1).or(waiting.keys().next_back()).cloned() {
            let rest = waiting.split_off(&last);
            let mut batch = std::mem::replace(&mut waiting, rest);
            batch.extend(waiting.remove_entry(&last));
            written += write(pstate, projection, batch)?;
        }
        if written > 0 {
            debug!(entities = written, "written back");
        }
        Ok(written)
    }
}

/// Writes a batch without the entities that were written since they were read.
fn write(
    pstate: &dyn PState,
    projection: ProjectionId<'_>,
    mut batch: BTreeMap<String, Migrated>,
) -> Result<usize> {
    while !batch.is_empty() {
        let mut changes = Changes::default();
        let mut seen = Vec::with_capacity(batch.len());
        for (key, migrated) in &batch {
            seen.push(Seen { key, entry: Some(&migrated.read) });
            changes.put(key, migrated.value.clone(), migrated.read.updated_at);
        }
        let overtaken = pstate.write_if(projection, &seen, &changes)?;
        if overtaken.is_empty() {
            break;
        }
        batch.retain(|key, _| !overtaken.contains(key));
    }
    Ok(batch.len())
}
