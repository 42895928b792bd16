//! The turn of one space: delivers a batch of its events.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::{debug, warn};

use crate::clock::Timestamp;
use crate::error::{Error, Result, StoreError, SubscriptionError};
use crate::event::{Event, SpaceSequence};
use crate::event_store::{Access, Page, WriteSet, is_last_page};
use crate::space::{Space, SpaceId};
use crate::subscriptions::{
    Lease, OnError, Parked, ProgressStep, SubscriptionPosition, SubscriptionProgress,
};

use super::attempt::{Attempt, Handler, attempt};
use super::subscriber::{Delivered, Subscriber};
use super::unsaved::{Moved, is_gone};
use super::{Delivery, DeliveryNews};

/// Events of a space that are delivered before another space gets its turn.
const BATCH: usize = 256;

impl Subscriber {
    /// Delivers a batch of a space's events.
    pub(super) fn turn(
        &mut self,
        space_id: SpaceId,
        handler: &mut Handler<'_>,
        stop: &AtomicBool,
        done: &mut Delivered,
    ) -> Result<()> {
        match self.turn_of(space_id, handler, stop, done) {
            // An operator has moved the position, or the space is being deleted.
            Err(error) if is_gone(&error) => {
                self.unsaved.forget(space_id);
                self.queue.push(space_id);
                Ok(())
            }
            result => result,
        }
    }

    fn turn_of(
        &mut self,
        space_id: SpaceId,
        handler: &mut Handler<'_>,
        stop: &AtomicBool,
        done: &mut Delivered,
    ) -> Result<()> {
        // In this order, because the space may grow in between.
        let mut at = self.store.events().position(self.subscription_id, space_id)?;
        let record = match self.store.events().space(space_id) {
            // It is delivered once its counters are repaired, and stops no other space.
            Err(Error::Store(StoreError::SpaceDamaged { .. })) => return Ok(()),
            record => record?,
        };
        let Some(record) = record else { return Ok(()) };
        if record.space.check_open().is_err() {
            return Ok(());
        }
        self.check_not_ahead(space_id, &at, record.head.last_sequence)?;
        let parked = self.store.events().parked(self.subscription_id, Some(space_id), usize::MAX)?;
        for parked in parked.iter().filter(|one| one.retry && one.space_sequence <= at.sequence) {
            self.retry(&record.space, &at, parked, handler, done)?;
        }
        let has_stopped = |one: &Parked| !one.retry && one.space_sequence > at.sequence;
        if parked.iter().any(has_stopped) {
            return Ok(());
        }
        let from = self.unsaved.of(space_id).map_or(at.sequence, |moved| moved.to);
        let events = self.store.events().read_space(space_id, Page::forward(Some(from), BATCH))?;
        for event in &events {
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let current = self.forms.of(event).and_then(Result::ok);
            let current = current.as_ref().unwrap_or(event);
            let mut pause = || if stop.load(Ordering::Relaxed) { Err(()) } else { Ok(()) };
            let Ok(is_match) = self.criteria.matches_between(event, current, &mut pause) else {
                return Ok(());
            };
            if !is_match {
                self.unsaved.move_to(space_id, at.sequence, event.space_sequence, 0);
                continue;
            }
            match self.deliver_next(&record.space, &mut at, event, handler, done)? {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(()) => return Ok(()),
            }
        }
        if !is_last_page(&events, BATCH) {
            self.queue.push(space_id);
        }
        Ok(())
    }

    fn check_not_ahead(
        &self,
        space_id: SpaceId,
        at: &SubscriptionPosition,
        last: SpaceSequence,
    ) -> Result<()> {
        if at.sequence <= last {
            return Ok(());
        }
        let (name, position) = (self.subscription.name().to_owned(), at.sequence);
        Err(SubscriptionError::Ahead { name, space_id, position, last_sequence: last }.into())
    }

    /// Delivers the next matching event of a space. Breaks if the space has to wait.
    fn deliver_next(
        &mut self,
        space: &Space,
        at: &mut SubscriptionPosition,
        event: &Event,
        handler: &mut Handler<'_>,
        done: &mut Delivered,
    ) -> Result<ControlFlow<()>> {
        let space_id = space.space_id;
        let before = self.unsaved.of(space_id);
        let moved = Moved {
            from: at.sequence,
            to: event.space_sequence,
            delivered: before.map_or(0, |moved| moved.delivered) + 1,
        };
        let (lease, now) = self.renewed_lease()?;
        let attempt = self.attempt(space, event, at.failures + 1, handler, moved.progress(lease, now))?;
        match attempt {
            Attempt::Committed => {
                self.unsaved.forget(space_id);
                *at = SubscriptionPosition {
                    sequence: event.space_sequence,
                    ..SubscriptionPosition::default()
                };
            }
            Attempt::Delivered => {
                self.unsaved.move_to(space_id, at.sequence, event.space_sequence, 1);
                if self.unsaved.delivered() >= self.subscription.checkpoint_interval() {
                    if self.save()?.contains(&space_id) {
                        return Ok(ControlFlow::Break(()));
                    }
                    at.sequence = event.space_sequence;
                }
                at.failures = 0;
            }
            Attempt::Failed(error) => return self.fail(space, at, event, &error, done),
        }
        done.delivered += 1;
        debug!(
            subscription = self.subscription.name(),
            space = space.space_name,
            sequence = event.space_sequence.0,
            "delivered"
        );
        Ok(ControlFlow::Continue(()))
    }

    /// Records a failed attempt, and parks the event after the last one.
    fn fail(
        &mut self,
        space: &Space,
        at: &mut SubscriptionPosition,
        event: &Event,
        error: &str,
        done: &mut Delivered,
    ) -> Result<ControlFlow<()>> {
        let space_id = space.space_id;
        if let Some(moved) = self.unsaved.of(space_id) {
            // What precedes the event is done, and its failures are counted from there.
            if self.save()?.contains(&space_id) {
                return Ok(ControlFlow::Break(()));
            }
            *at = SubscriptionPosition { sequence: moved.to, ..SubscriptionPosition::default() };
        }
        let failures = at.failures + 1;
        let (name, sequence) = (self.subscription.name(), event.space_sequence);
        warn!(
            subscription = name,
            space = space.space_name,
            sequence = sequence.0,
            failures,
            error,
            "delivery failed"
        );
        done.failed += 1;
        let is_parked = failures >= self.subscription.retry().attempts();
        self.report_failure(space, event.space_sequence, failures, error, is_parked);
        if !is_parked {
            self.commit(space_id, at.sequence, ProgressStep::Failed { error })?;
            self.queue.wait(space_id, self.subscription.retry().wait_after(failures));
            return Ok(ControlFlow::Break(()));
        }
        let continues = self.subscription.action_on_error() == OnError::Park;
        self.commit(space_id, at.sequence, ProgressStep::Parked { sequence, error, continues })?;
        done.parked += 1;
        if !continues {
            return Ok(ControlFlow::Break(()));
        }
        *at = SubscriptionPosition { sequence, ..SubscriptionPosition::default() };
        Ok(ControlFlow::Continue(()))
    }

    /// Tries a parked event once more, at the request of an operator.
    fn retry(
        &mut self,
        space: &Space,
        at: &SubscriptionPosition,
        parked: &Parked,
        handler: &mut Handler<'_>,
        done: &mut Delivered,
    ) -> Result<()> {
        let sequence = parked.space_sequence;
        let before = SpaceSequence(sequence.0.saturating_sub(1));
        let found = self.store.events().read_space(space.space_id, Page::forward(Some(before), 1))?;
        let Some(event) = found.first().filter(|event| event.space_sequence == sequence) else {
            return Ok(());
        };
        let (lease, now) = self.renewed_lease()?;
        let step = ProgressStep::Retried { sequence, error: None };
        let progress = SubscriptionProgress { lease, from: at.sequence, now, step };
        match self.attempt(space, event, parked.attempts + 1, handler, progress)? {
            Attempt::Committed => done.delivered += 1,
            Attempt::Delivered => {
                self.commit(space.space_id, at.sequence, step)?;
                done.delivered += 1;
            }
            Attempt::Failed(error) => {
                done.failed += 1;
                self.report_failure(space, sequence, parked.attempts + 1, &error, true);
                self.commit(
                    space.space_id,
                    at.sequence,
                    ProgressStep::Retried { sequence, error: Some(&error) },
                )?;
            }
        }
        Ok(())
    }

    fn report_failure(
        &mut self,
        space: &Space,
        sequence: SpaceSequence,
        attempts: u32,
        error: &str,
        is_parked: bool,
    ) {
        self.report(|| DeliveryNews::Failed {
            space_name: space.space_name.clone(),
            sequence,
            attempts,
            error: error.to_owned(),
            is_parked,
        });
    }

    fn attempt(
        &self,
        space: &Space,
        event: &Event,
        number: u32,
        handler: &mut Handler<'_>,
        progress: SubscriptionProgress<'_>,
    ) -> Result<Attempt> {
        let current = match self.forms.of(event).filter(|_| event.intact) {
            Some(Err(reason)) => return Ok(Attempt::Failed(reason)),
            current => current.and_then(Result::ok),
        };
        let delivery = Delivery {
            store: &self.store,
            store_id: self.store.events().store_id()?,
            subscription: self.subscription.name(),
            space,
            event,
            current: current.as_ref(),
            attempt: number,
        };
        attempt(handler, &delivery, progress.lease, progress)
    }

    /// Commits one step.
    fn commit(&mut self, space_id: SpaceId, from: SpaceSequence, step: ProgressStep<'_>) -> Result<()> {
        let (lease, now) = self.renewed_lease()?;
        let progress = Some(SubscriptionProgress { lease, from, now, step });
        let unit = self.store.events().begin(space_id, Access::Open)?;
        unit.commit(&WriteSet { progress, ..WriteSet::default() }).map(drop)
    }

    /// Commits all steps that wait for it. Returns the spaces whose steps were refused, and which are queued again.
    pub(super) fn save(&mut self) -> Result<Vec<SpaceId>> {
        let (lease, now) = self.renewed_lease()?;
        let gone = self.unsaved.save(self.store.events(), lease, now)?;
        gone.iter().for_each(|space_id| self.queue.push(*space_id));
        Ok(gone)
    }

    /// Returns the lease up to its next end, which the next commit stores.
    fn renewed_lease(&mut self) -> Result<(Lease, Timestamp)> {
        let now = self.store.clock().now();
        let lease = self.lease.ok_or(SubscriptionError::LeaseLost)?;
        let lease = self.renewed(lease, now);
        Ok((lease, now))
    }
}
