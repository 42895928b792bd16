//! Steps that were made and not yet committed.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::error::{Error, Result, StoreError, SubscriptionError};
use crate::event::SpaceSequence;
use crate::event_store::{Access, EventStore, WriteSet};
use crate::space::SpaceId;
use crate::subscriptions::{Lease, ProgressStep, SubscriptionProgress};

/// Steps by space.
#[derive(Default)]
pub(super) struct Unsaved(BTreeMap<SpaceId, Moved>);

/// The events of a space between its stored position and the next one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub(super) from: SpaceSequence,
    pub(super) to: SpaceSequence,
    pub(super) delivered: u64,
}

impl Unsaved {
    /// Moves a space, whose position is stored at `from`.
    pub(super) fn move_to(
        &mut self,
        space_id: SpaceId,
        from: SpaceSequence,
        to: SpaceSequence,
        delivered: u64,
    ) {
        let moved = self.0.entry(space_id).or_insert(Moved { from, to, delivered: 0 });
        moved.to = to;
        moved.delivered += delivered;
    }

    pub(super) fn of(&self, space_id: SpaceId) -> Option<Moved> {
        self.0.get(&space_id).copied()
    }

    pub(super) fn forget(&mut self, space_id: SpaceId) {
        self.0.remove(&space_id);
    }

    /// Returns the number of delivered events.
    pub(super) fn delivered(&self) -> u64 {
        self.0.values().map(|moved| moved.delivered).sum()
    }

    /// Commits all steps, in one commit if the engine can. Returns the spaces that were deleted or reset meanwhile, whose
    /// steps are discarded.
    ///
    /// # Errors
    /// [`SubscriptionError::LeaseLost`]; the errors of a commit.
    pub(super) fn save(
        &mut self,
        events: &dyn EventStore,
        lease: Lease,
        now: Timestamp,
    ) -> Result<Vec<SpaceId>> {
        let all = std::mem::take(&mut self.0);
        if all.len() > 1 {
            match save_together(events, &all, lease, now) {
                Ok(true) => return Ok(Vec::new()),
                Ok(false) => {}
                // One of them; which one is found below.
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(error),
            }
        }
        let mut gone = Vec::new();
        for (space_id, moved) in all {
            let progress = Some(moved.progress(lease, now));
            let saved = events
                .begin(space_id, Access::Open)
                .and_then(|unit| unit.commit(&WriteSet { progress, ..WriteSet::default() }));
            match saved {
                Err(error) if is_gone(&error) => gone.push(space_id),
                saved => drop(saved?),
            }
        }
        Ok(gone)
    }
}

/// Returns false if the engine commits each unit by itself.
fn save_together(
    events: &dyn EventStore,
    all: &BTreeMap<SpaceId, Moved>,
    lease: Lease,
    now: Timestamp,
) -> Result<bool> {
    let Some(group) = events.begin_group()? else { return Ok(false) };
    for (space_id, moved) in all {
        let unit = group.begin(*space_id, Access::Open)?;
        unit.commit(&WriteSet { progress: Some(moved.progress(lease, now)), ..WriteSet::default() })?;
    }
    group.commit()?;
    Ok(true)
}

impl Moved {
    pub(super) fn progress(self, lease: Lease, now: Timestamp) -> SubscriptionProgress<'static> {
        let step = ProgressStep::Delivered { to: self.to, events: self.delivered };
        SubscriptionProgress { lease, from: self.from, now, step }
    }
}

/// Returns true if the space was deleted, or its position moved by an operator.
pub(super) fn is_gone(error: &Error) -> bool {
    matches!(
        error,
        Error::Subscription(SubscriptionError::PositionMoved { .. })
            | Error::Store(
                StoreError::UnknownSpace { .. }
                    | StoreError::SpaceDeleting { .. }
                    | StoreError::SpaceImporting { .. }
                    | StoreError::SpaceForking { .. }
            )
    )
}
