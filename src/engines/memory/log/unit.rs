//! Units of work on a log in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;

use parking_lot::ReentrantMutexGuard;
use tracing::debug_span;

use crate::error::{Result, StoreError};
use crate::event_store::{Access, Committed, OpenUnit, Remembered, Tail, WriteSet};
use crate::id::SpaceId;
use crate::timestamp::Timestamp;

use super::events::Log;

/// The number of idempotency keys that a commit examines for expired ones.
const EXAMINED: usize = 8;

/// A unit of work, which holds the log until it ends.
pub(super) struct MemoryUnit<'a> {
    log: ReentrantMutexGuard<'a, RefCell<Log>>,
    space_id: SpaceId,
    access: Access,
    tail: Tail,
}

impl<'a> MemoryUnit<'a> {
    pub(super) fn begin(
        log: ReentrantMutexGuard<'a, RefCell<Log>>,
        space_id: SpaceId,
        access: Access,
    ) -> Result<Self> {
        if log.borrow().in_unit {
            return Err(StoreError::NestedUnit.into());
        }
        let tail = log.borrow_mut().tail(space_id, access)?;
        log.borrow_mut().in_unit = true;
        Ok(Self { log, space_id, access, tail })
    }
}

impl Drop for MemoryUnit<'_> {
    fn drop(&mut self) {
        self.log.borrow_mut().in_unit = false;
    }
}

impl OpenUnit for MemoryUnit<'_> {
    fn tail(&self) -> Tail {
        self.tail
    }

    fn commit(self: Box<Self>, writes: &WriteSet<'_>) -> Result<Committed> {
        let (space_id, mut log) = (self.space_id, self.log.borrow_mut());
        if !writes.projections.is_empty() {
            let detail = "the projections are not in the store of the events".to_owned();
            return Err(StoreError::Engine { detail }.into());
        }
        let (progress, effect) = (writes.progress.as_ref(), writes.effect.as_ref());
        log.subscriptions.check(space_id, progress, effect)?;
        log.version += u64::from(!writes.is_empty());
        if !writes.events.is_empty() {
            let _span = debug_span!("append", space_id = space_id.0, events = writes.events.len()).entered();
            log.append(space_id, self.access, writes.events)?;
        }
        if let Some(entry) = log.spaces.get_mut(&space_id) {
            entry.remembered.extend(writes.keys.iter().cloned());
            if let (Some((last, _)), Some(before)) = (writes.keys.last(), writes.keys_expire_before) {
                remove_expired(&mut entry.remembered, last, before);
            }
        }
        if writes.opens {
            log.open(space_id);
        }
        if let Some(redacted) = &writes.redacted {
            log.redact(space_id, redacted)?;
        }
        if let Some(effect) = effect {
            log.subscriptions.mark(space_id, effect);
        }
        if let Some(progress) = progress {
            log.subscriptions.step(space_id, progress);
        }
        Ok(Committed::default())
    }
}

/// Removes expired keys among those that follow `key`, and then among the first ones.
fn remove_expired(remembered: &mut BTreeMap<String, Remembered>, key: &str, before: Timestamp) {
    let after = remembered.range::<str, _>((Bound::Excluded(key), Bound::Unbounded));
    let examined =
        after.chain(remembered.range::<str, _>((Bound::Unbounded, Bound::Excluded(key)))).take(EXAMINED);
    let is_expired = |of: &Remembered| of.stored_at.is_some_and(|stored_at| stored_at < before);
    let expired: Vec<String> =
        examined.filter(|(_, of)| is_expired(of)).map(|(key, _)| key.clone()).collect();
    for key in expired {
        remembered.remove(&key);
    }
}
