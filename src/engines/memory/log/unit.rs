//! Units of work on a log in memory.

use std::cell::RefCell;

use parking_lot::ReentrantMutexGuard;
use tracing::debug_span;

use crate::error::{Result, StoreError};
use crate::event_store::{Access, Committed, OpenUnit, Tail, WriteSet};
use crate::id::SpaceId;

use super::events::Log;

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
        if writes.projection.is_some() {
            let detail = "the projections are not in the store of the events".to_owned();
            return Err(StoreError::Engine { detail }.into());
        }
        log.version += u64::from(!writes.is_empty());
        if !writes.events.is_empty() {
            let _span = debug_span!("append", space_id = space_id.0, events = writes.events.len()).entered();
            log.append(space_id, self.access, writes.events)?;
        }
        if let Some(entry) = log.spaces.get_mut(&space_id) {
            entry.remembered.extend(writes.keys.iter().cloned());
        }
        if writes.opens {
            log.open(space_id);
        }
        Ok(Committed::default())
    }
}
