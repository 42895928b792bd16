//! Bringing the projection up to the log.

use std::ops::ControlFlow;

use crate::error::{ReplayError, Result, StoreError};
use crate::event::{Event, SpaceSequence};
use crate::event_store::Page;
use crate::nesting;
use crate::space::{Checkpoint, Head, SpaceId};

use super::app::Applied;
use super::{ContentStore, State, Store, fold};

/// Events applied in one transaction: few enough that other writers soon get their turn.
pub(super) const STEP: usize = 1000;

/// What a catch-up did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaughtUp {
    /// Events that the projection took in.
    pub events: u64,
    /// Of these, how many were of a type that the app does not know, and were passed over.
    pub unknown: u64,
}

impl ContentStore {
    /// Applies the events that the projection lags behind, in short transactions, and tells `watch`
    /// after each how many are applied and which sequence the projection is at.
    ///
    /// # Errors
    /// [`ReplayError::BadEvent`]; [`ReplayError::Cancelled`] if `watch` breaks, with what was applied
    /// so far in place; failures of the storage.
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

    /// Catches up before a read. What is open read-only is read as it is, unless it belongs to another log.
    pub(super) fn refresh(&self) -> Result<()> {
        if self.lag()? == 0 || self.store.is_read_only() {
            return Ok(());
        }
        self.catch_up(&mut |_, _| ControlFlow::Continue(())).map(|_| ())
    }

    fn lag(&self) -> Result<u64> {
        let (head, checkpoint) = self.position()?;
        Ok(head.last_sequence.0 - checkpoint.sequence.0)
    }

    /// Where the log ends and how far the projection has come, which has to lie on the log. Two files may
    /// come from different backups; one file cannot be at odds with itself.
    pub(super) fn position(&self) -> Result<(Head, Checkpoint)> {
        // In this order: others may append in between, and then apply.
        let checkpoint = self.store.pstate().checkpoint(self.space_id())?;
        let head = self.head()?;
        self.lag_between(&head, &checkpoint)?;
        Ok((head, checkpoint))
    }

    /// How many events lie between a checkpoint and the log's end.
    pub(super) fn lag_between(&self, head: &Head, checkpoint: &Checkpoint) -> Result<u64> {
        let is_ahead = checkpoint.sequence > head.last_sequence
            || (!self.store.is_shared() && !is_on_log(&self.store, self.space_id(), checkpoint)?);
        if is_ahead {
            // A delete that was just begun takes the events before the projection.
            self.head()?;
            let last_sequence = head.last_sequence;
            return Err(StoreError::ProjectionAhead { checkpoint: checkpoint.sequence, last_sequence }.into());
        }
        Ok(head.last_sequence.0 - checkpoint.sequence.0)
    }

    /// One short unit of work's worth, so that neither another writer nor a delete comes between.
    fn catch_up_step(&self) -> Result<(CaughtUp, Checkpoint)> {
        if self.lag()? == 0 {
            return Ok((CaughtUp::default(), self.store.pstate().checkpoint(self.space_id())?));
        }
        let mut result = (CaughtUp::default(), Checkpoint::default());
        self.store.events().unit(self.space_id(), &mut || {
            result = self.apply_tail(&self.head()?)?;
            Ok(())
        })?;
        Ok(result)
    }

    /// Applies at most [`STEP`] events after the checkpoint and advances it.
    pub(super) fn apply_tail(&self, head: &Head) -> Result<(CaughtUp, Checkpoint)> {
        let from = self.store.pstate().checkpoint(self.space_id())?;
        let mut state = self.state();
        let mut to = from;
        let mut done = CaughtUp::default();
        self.replay_into(&mut state, from.sequence, STEP, &mut done, &mut to, fold::apply)?;
        if done.events == 0 {
            fold::ends(self.space_id(), to.sequence, head.last_sequence)?;
        } else {
            self.store.pstate().advance(self.space_id(), from.sequence, &state.drain_changes(), to)?;
        }
        Ok((done, to))
    }

    /// The live projection as a state.
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

/// Whether the log has the event that a checkpoint names.
///
/// # Errors
/// Failures of the storage.
pub fn is_on_log(store: &Store, space_id: SpaceId, checkpoint: &Checkpoint) -> Result<bool> {
    if checkpoint.sequence == SpaceSequence::START {
        return Ok(true);
    }
    let before = SpaceSequence(checkpoint.sequence.0 - 1);
    let found = store.events().read_space(space_id, Page::forward(Some(before), 1))?;
    // A restored log gives the same numbers again, but not at the same time.
    let is_it = |event: &Event| {
        event.event_id == checkpoint.event_id && Some(event.timestamp) == checkpoint.updated_at
    };
    Ok(found.first().is_some_and(is_it))
}
