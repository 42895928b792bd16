//! Catching projections up with the log.

use std::ops::ControlFlow;

use crate::error::{Error, ReplayError, Result, StoreError};
use crate::event::{Event, SpaceSequence};
use crate::event_store::{Page, PageRow, ProjectionChange, ProjectionWrite, WriteSet, nesting};
use crate::pstate::{BlockingEvent, LiveProjection};
use crate::space::{Checkpoint, Head, SpaceId};

use super::fold::ProjectionFold;
use super::{ContentStore, DeclaredProjection, State, Store, fold};

/// The number of events applied in one transaction: few enough that other writers do not wait long.
pub(crate) const STEP: usize = 1000;

/// The bytes of values after which a transaction ends before it has applied so many events.
const HANDLED: usize = 16 << 20;

/// The result of a catch-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaughtUp {
    /// The number of events applied.
    pub events: u64,
    /// The number of these whose type the app does not know, and which it ignored.
    pub unknown: u64,
}

/// Called after each step with the events applied so far and the new checkpoint.
type WatchSteps<'a> = dyn FnMut(CaughtUp, Checkpoint) -> ControlFlow<()> + 'a;

impl ContentStore {
    /// Applies the events after the checkpoint of the projection [`STATE`](crate::pstate::STATE) in short transactions. After
    /// each it calls `watch` with the events applied so far and the new checkpoint.
    ///
    /// # Errors
    /// [`ReplayError::BadEvent`]; [`ReplayError::Cancelled`] if `watch` breaks. Events applied before that stay
    /// applied. [`StoreError::ProjectionOutdated`]; [`StoreError::ProjectionNewer`].
    pub fn catch_up(&self, watch: &mut WatchSteps<'_>) -> Result<CaughtUp> {
        self.catch_up_declared(self.state_projection(), watch)
    }

    /// Catches up the projection with this name, as [`ContentStore::catch_up`].
    ///
    /// # Errors
    /// As [`ContentStore::catch_up`]; [`CommandError::UnknownProjection`](crate::CommandError::UnknownProjection).
    pub fn catch_up_projection(&self, name: &str, watch: &mut WatchSteps<'_>) -> Result<CaughtUp> {
        self.catch_up_declared(self.declared_projection(name)?, watch)
    }

    fn catch_up_declared(
        &self,
        projection: &DeclaredProjection,
        watch: &mut WatchSteps<'_>,
    ) -> Result<CaughtUp> {
        nesting::check()?;
        let mut total = CaughtUp::default();
        loop {
            let step = self.catch_up_step(projection);
            let (step, checkpoint) = step.inspect_err(|error| drop(self.keep_error(projection, error)))?;
            total.events += step.events;
            total.unknown += step.unknown;
            if step.events == 0 {
                return Ok(total);
            }
            if watch(total, checkpoint).is_break() {
                return Err(ReplayError::cancelled().into());
            }
        }
    }

    /// Catches up before a read, and returns true if values may be written back. A read-only store is read at its
    /// checkpoint, which must lie on the log. So is a projection of another version of the app.
    pub(super) fn refresh(&self, projection: &DeclaredProjection) -> Result<bool> {
        let LiveProjection { checkpoint, definition, .. } = self.open_projection(projection)?;
        let head = self.head()?;
        let lag = self.lag_between(projection, &head, &checkpoint)?;
        let is_writable =
            !self.store.is_read_only() && projection.compare(definition.as_deref()).is_writable();
        if lag > 0 && is_writable {
            self.catch_up_declared(projection, &mut |_, _| ControlFlow::Continue(()))?;
        }
        Ok(is_writable)
    }

    /// Catches up the projections that change together with the events.
    pub(super) fn refresh_inline(&self) -> Result<()> {
        for projection in self.projections.iter().filter(|projection| projection.is_inline()) {
            self.refresh(projection)?;
        }
        Ok(())
    }

    pub(super) fn open_projection(&self, projection: &DeclaredProjection) -> Result<LiveProjection<'_>> {
        self.store.pstate().open(projection.id(self.space_id()))
    }

    /// Returns the end of the log and the checkpoint, which must lie on the log: two files may come from different
    /// backups.
    pub(super) fn position(&self, projection: &DeclaredProjection) -> Result<(Head, Checkpoint)> {
        // In this order, because another process may append and apply in between.
        let checkpoint = self.store.pstate().checkpoint(projection.id(self.space_id()))?;
        let head = self.head()?;
        self.lag_between(projection, &head, &checkpoint)?;
        Ok((head, checkpoint))
    }

    /// Returns the number of events between a checkpoint and the end of the log.
    pub(super) fn lag_between(
        &self,
        projection: &DeclaredProjection,
        head: &Head,
        checkpoint: &Checkpoint,
    ) -> Result<u64> {
        if self.store.is_original() {
            // The original applies an event when it appends it, whatever its checkpoint says.
            return Ok(head.last_sequence.0.saturating_sub(checkpoint.sequence.0));
        }
        let is_ahead = checkpoint.sequence > head.last_sequence
            || (!self.store.is_shared() && !is_on_log(&self.store, self.space_id(), checkpoint)?);
        if is_ahead {
            // A delete that has just started removes the events before the projection.
            self.head()?;
            let (checkpoint, last_sequence) = (checkpoint.sequence, head.last_sequence);
            let by = self.rebuild_of(projection.name(), false);
            let space = self.space().space_name.clone();
            return Err(StoreError::ProjectionAhead { space, checkpoint, last_sequence, by }.into());
        }
        Ok(head.last_sequence.0 - checkpoint.sequence.0)
    }

    /// Applies one step in a unit of work, so that neither another writer nor a delete can interfere.
    fn catch_up_step(&self, projection: &DeclaredProjection) -> Result<(CaughtUp, Checkpoint)> {
        let (head, from) = self.position(projection)?;
        if head.last_sequence == from.sequence {
            return Ok((CaughtUp::default(), from));
        }
        let unit = self.begin()?;
        let mut fold = ProjectionFold::begin(self, projection)?;
        self.replay_some_into(&mut fold)?;
        if fold.done.events == 0 {
            fold::ends(self.space_id(), fold.at.sequence, unit.tail().head.last_sequence)?;
            return Ok((fold.done, fold.at));
        }
        let changes = fold.state.drain_changes();
        let projections = &[fold.write(&changes)];
        unit.commit(&WriteSet { projections, ..WriteSet::default() })?;
        Ok((fold.done, fold.at))
    }

    /// Writes the effect of events that were folded outside a unit of work, and moves the fold's base behind them.
    ///
    /// # Errors
    /// [`StoreError::CheckpointMoved`] if others have changed the projection meanwhile. Nothing was written then.
    pub(crate) fn commit_fold(&self, fold: &mut ProjectionFold<'_>) -> Result<()> {
        let unit = self.begin()?;
        let projection = fold.projector().projection;
        let stored = self.open_projection(projection)?.definition;
        fold.definition = self.check_definition(projection, stored.as_deref())?;
        let changes = fold.state.drain_changes();
        let projections = &[fold.write(&changes)];
        unit.commit(&WriteSet { projections, ..WriteSet::default() })?;
        fold.from = fold.at;
        Ok(())
    }

    /// Keeps the event that cannot be applied as the projection's last error. If that fails, nothing is lost: the next
    /// attempt finds it again.
    pub(crate) fn keep_error(&self, projection: &DeclaredProjection, error: &Error) -> Result<()> {
        let Some(event) = BlockingEvent::of(error).filter(|_| !self.store.is_read_only()) else {
            return Ok(());
        };
        let stored = self.store.pstate().stored(&[self.space_id()])?;
        let mut stored = stored.iter().flatten().filter(|stored| stored.name == projection.name());
        if stored.any(|stored| stored.error.as_ref() == Some(&event)) {
            return Ok(());
        }
        let projections =
            &[ProjectionWrite { name: projection.name(), change: ProjectionChange::Block(&event) }];
        self.begin()?.commit(&WriteSet { projections, ..WriteSet::default() })?;
        Ok(())
    }

    /// Returns a state over the live projection.
    pub(crate) fn live_state(&self, projection: &DeclaredProjection) -> State<'_> {
        projection.state((self.store.pstate(), projection.id(self.space_id())))
    }

    /// Applies at most `limit` events after those that the fold contains.
    pub(super) fn replay_into(&self, fold: &mut ProjectionFold<'_>, limit: usize) -> Result<()> {
        self.replay_while(fold, limit, &mut |_| true)
    }

    /// Applies the next events, few enough that other writers do not wait long for large values.
    fn replay_some_into(&self, fold: &mut ProjectionFold<'_>) -> Result<()> {
        let mut handled = 0;
        self.replay_while(fold, STEP, &mut |bytes| {
            handled += bytes;
            handled < HANDLED
        })
    }

    /// Applies at most `limit` events, until `is_wanted` returns false for the bytes of the values that one of them handled.
    fn replay_while(
        &self,
        fold: &mut ProjectionFold<'_>,
        limit: usize,
        is_wanted: &mut dyn FnMut(usize) -> bool,
    ) -> Result<()> {
        let projection = fold.projector().projection;
        let mut is_enough = false;
        let replayed = self.store.events().replay(self.space_id(), fold.at.sequence, limit, &mut |event| {
            fold::follows(fold.at.sequence, event)?;
            fold.take(event)?;
            is_enough = !is_wanted(event.bytes() + fold.state.take_work());
            if is_enough { Err(ReplayError::cancelled().into()) } else { Ok(()) }
        });
        match replayed {
            _ if is_enough => Ok(()),
            replayed => replayed.map(drop).map_err(|error| self.with_rebuild_of_stored(projection, error)),
        }
    }
}

/// Returns true if the log has the event that a checkpoint names.
pub fn is_on_log(store: &Store, space_id: SpaceId, checkpoint: &Checkpoint) -> Result<bool> {
    if checkpoint.sequence == SpaceSequence::START {
        return Ok(true);
    }
    let before = SpaceSequence(checkpoint.sequence.0 - 1);
    let found = store.events().read_space(space_id, Page::forward(Some(before), 1))?;
    // A restored log can assign the same numbers again, but not at the same time.
    let is_it = |event: &Event| {
        event.event_id == checkpoint.event_id && Some(event.timestamp) == checkpoint.updated_at
    };
    Ok(found.first().is_some_and(is_it))
}
