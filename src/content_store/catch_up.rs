//! Catching the projection up with the log.

use std::ops::ControlFlow;

use crate::error::{ReplayError, Result, StoreError};
use crate::event::{Event, SpaceSequence};
use crate::event_store::{Page, ProjectionChange, WriteSet};
use crate::nesting;
use crate::space::{Checkpoint, Head, SpaceId};

use super::app::Applied;
use super::{ContentStore, State, Store, fold};

/// The number of events applied in one transaction: few enough that other writers do not wait long.
pub(super) const STEP: usize = 1000;

/// The result of a catch-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaughtUp {
    /// The number of events applied.
    pub events: u64,
    /// The number of these whose type the app does not know, and which it ignored.
    pub unknown: u64,
}

impl ContentStore {
    /// Applies the events after the checkpoint in short transactions. After each it calls `watch` with the events
    /// applied so far and the new checkpoint.
    ///
    /// # Errors
    /// [`ReplayError::BadEvent`]; [`ReplayError::Cancelled`] if `watch` breaks. Events applied before that stay
    /// applied.
    pub fn catch_up(
        &self,
        watch: &mut dyn FnMut(CaughtUp, Checkpoint) -> ControlFlow<()>,
    ) -> Result<CaughtUp> {
        nesting::check()?;
        let mut total = CaughtUp::default();
        loop {
            let (step, checkpoint) = self.catch_up_step()?;
            total.events += step.events;
            total.unknown += step.unknown;
            if step.events == 0 {
                return Ok(total);
            }
            if watch(total, checkpoint).is_break() {
                return Err(ReplayError::Cancelled.into());
            }
        }
    }

    /// Catches up before a read. A read-only store is read at its checkpoint, which must lie on the log.
    pub(super) fn refresh(&self) -> Result<()> {
        if self.lag()? == 0 || self.store.is_read_only() {
            return Ok(());
        }
        self.catch_up(&mut |_, _| ControlFlow::Continue(())).map(|_| ())
    }

    /// Returns the number of events between the checkpoint and this end of the log.
    pub(super) fn lag_at(&self, head: &Head) -> Result<u64> {
        self.lag_between(head, &self.store.pstate().checkpoint(self.space_id())?)
    }

    fn lag(&self) -> Result<u64> {
        let (head, checkpoint) = self.position()?;
        Ok(head.last_sequence.0 - checkpoint.sequence.0)
    }

    /// Returns the end of the log and the checkpoint, which must lie on the log: two files may come from different
    /// backups.
    pub(super) fn position(&self) -> Result<(Head, Checkpoint)> {
        // In this order, because another process may append and apply in between.
        let checkpoint = self.store.pstate().checkpoint(self.space_id())?;
        let head = self.head()?;
        self.lag_between(&head, &checkpoint)?;
        Ok((head, checkpoint))
    }

    /// Returns the number of events between a checkpoint and the end of the log.
    pub(super) fn lag_between(&self, head: &Head, checkpoint: &Checkpoint) -> Result<u64> {
        let is_ahead = checkpoint.sequence > head.last_sequence
            || (!self.store.is_shared() && !is_on_log(&self.store, self.space_id(), checkpoint)?);
        if is_ahead {
            // A delete that has just started removes the events before the projection.
            self.head()?;
            let last_sequence = head.last_sequence;
            return Err(StoreError::ProjectionAhead { checkpoint: checkpoint.sequence, last_sequence }.into());
        }
        Ok(head.last_sequence.0 - checkpoint.sequence.0)
    }

    /// Applies one step in a unit of work, so that neither another writer nor a delete can interfere.
    fn catch_up_step(&self) -> Result<(CaughtUp, Checkpoint)> {
        if self.lag()? == 0 {
            return Ok((CaughtUp::default(), self.store.pstate().checkpoint(self.space_id())?));
        }
        let unit = self.begin()?;
        let from = self.store.pstate().checkpoint(self.space_id())?;
        let mut state = self.state();
        let mut to = from;
        let mut done = CaughtUp::default();
        self.replay_into(&mut state, from.sequence, STEP, &mut done, &mut to, fold::apply)?;
        if done.events == 0 {
            fold::ends(self.space_id(), to.sequence, unit.tail().head.last_sequence)?;
            return Ok((done, to));
        }
        let changes = state.drain_changes();
        let advance = ProjectionChange::Advance { from: from.sequence, changes: &changes, to };
        unit.commit(&WriteSet { projection: Some(advance), ..WriteSet::default() })?;
        Ok((done, to))
    }

    /// Returns a state over the live projection.
    pub(super) fn state(&self) -> State<'_> {
        State::new(self.app().schema(), |key| self.store.pstate().get(self.space_id(), key))
    }

    /// Applies at most `limit` events after `after`, moving `to` along.
    pub(super) fn replay_into(
        &self,
        state: &mut State<'_>,
        after: SpaceSequence,
        limit: usize,
        done: &mut CaughtUp,
        to: &mut Checkpoint,
        apply: fold::Apply,
    ) -> Result<()> {
        self.store.events().replay(self.space_id(), after, limit, &mut |event| {
            fold::follows(to.sequence, event)?;
            let applied = apply(self.app(), state, event)?;
            done.events += 1;
            done.unknown += u64::from(applied == Applied::UnknownType);
            to.sequence = event.space_sequence;
            to.event_id = event.event_id;
            to.updated_at = Some(event.timestamp);
            Ok(())
        })?;
        Ok(())
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
