//! The process that runs a subscription.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tracing::warn;

use crate::clock::Timestamp;
use crate::content_store::{Apps, CurrentForms, Outage, Store};
use crate::error::{Error, Result, StoreError, SubscriptionError};
use crate::query::Criteria;
use crate::subscriptions::{Lease, Subscription, SubscriptionId};

use super::attempt::Handler;
use super::news::{DeliveryNews, Listener};
use super::queue::Queue;
use super::status::{SubscriptionStatus, subscription_status};
use super::unsaved::Unsaved;
use super::{BoxError, Delivery, Effects};

/// How often an idle subscriber looks for events. A look reads one row and the end of the stream.
const POLL: Duration = Duration::from_millis(100);

/// Delivers the events of a subscription to a handler in this process.
///
/// Only one subscriber of a subscription delivers at a time, in all processes. The others wait, and one of them takes over
/// when the holder has ended.
pub struct Subscriber {
    pub(super) store: Store,
    pub(super) subscription: Subscription,
    pub(super) subscription_id: SubscriptionId,
    pub(super) criteria: Criteria,
    pub(super) forms: CurrentForms,
    pub(super) lease: Option<Lease>,
    /// The last operation that was noticed.
    revision: Option<u64>,
    pub(super) queue: Queue,
    pub(super) unsaved: Unsaved,
    pub(super) listener: Option<Listener>,
}

/// The result of a round of deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivered {
    /// The number of events delivered.
    pub delivered: u64,
    /// The number of failed attempts.
    pub failed: u64,
    /// The number of events parked.
    pub parked: u64,
    /// The time until the next attempt, if an event has failed and will be tried again.
    pub next_attempt: Option<Duration>,
}

impl Subscriber {
    pub(super) fn new(store: Store, subscription: Subscription, subscription_id: SubscriptionId) -> Self {
        let criteria = subscription.query().resolve(store.clock().now());
        let forms = CurrentForms::new(&store, &Apps::default());
        let (queue, unsaved) = (Queue::default(), Unsaved::default());
        let (lease, revision, listener) = (None, None, None);
        Self {
            store,
            subscription,
            subscription_id,
            criteria,
            forms,
            lease,
            revision,
            queue,
            unsaved,
            listener,
        }
    }

    /// Delivers events in their current form, and matches types and payloads in it too, with the upcasters of these apps. An
    /// event that cannot be upcast fails like one whose handler fails.
    pub fn upcasting(mut self, apps: &Apps) -> Self {
        self.forms = CurrentForms::new(&self.store, apps);
        self
    }

    /// Delivers events as they are appended, until `stop` is set. While another process holds the subscription, this one
    /// waits for its turn.
    ///
    /// An event that is being delivered is finished first, and the lease is then released.
    ///
    /// # Errors
    /// [`SubscriptionError::Suspended`]; [`SubscriptionError::Ahead`]; [`SubscriptionError::NotFound`] if it was removed;
    /// errors of the store, except that it is busy, or that its server is away: then this waits for it.
    pub fn run(
        &mut self,
        mut handler: impl FnMut(&Delivery<'_>) -> Result<Effects, BoxError>,
        stop: &AtomicBool,
    ) -> Result<()> {
        // Reported once, because the next round waits for the same reason.
        let mut reported = None;
        let mut outage = Outage::default();
        while !stop.load(Ordering::Relaxed) {
            let wait = match self.deliver(&mut handler, stop) {
                Ok(done) => {
                    if outage.ends() {
                        self.report(|| DeliveryNews::ServerBack);
                    }
                    let held_back = self.queue.held_back.clone();
                    let reason = held_back.map(|reason| StoreError::HeldBack { reason }.to_string());
                    self.report_waiting(&mut reported, reason);
                    done.next_attempt.unwrap_or(POLL)
                }
                Err(error) if is_temporary(&error) => {
                    self.report_waiting(&mut reported, Some(error.to_string()));
                    POLL
                }
                Err(error) if self.may_come_back(&error) => {
                    if outage.begins() {
                        self.report_waiting(&mut reported, Some(error.to_string()));
                    }
                    outage.wait(stop);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if !stop.load(Ordering::Relaxed) {
                std::thread::sleep(wait.min(POLL));
            }
        }
        self.release()
    }

    /// Returns true if the server of the store is away. A commit whose outcome it did not tell is no obstacle: the next round
    /// continues from the stored positions.
    fn may_come_back(&self, error: &Error) -> bool {
        let is_unknown = matches!(error, Error::Store(StoreError::OutcomeUnknown { .. }));
        error.is_server_away() || (is_unknown && self.store.address().is_some())
    }

    /// Reports what it waits for, unless that was reported before.
    fn report_waiting(&mut self, reported: &mut Option<String>, reason: Option<String>) {
        if let Some(reason) = reason.as_ref().filter(|_| *reported != reason) {
            warn!(subscription = self.subscription.name(), %reason, "waiting");
            self.report(|| DeliveryNews::Waiting { reason: reason.clone() });
        }
        *reported = reason;
    }

    /// Delivers all events that can be delivered now, and keeps the lease. An event that has failed and has to wait is
    /// left for a later call.
    ///
    /// # Errors
    /// [`SubscriptionError::Held`] if another process runs it; the errors of [`Subscriber::run`].
    pub fn deliver_pending(
        &mut self,
        mut handler: impl FnMut(&Delivery<'_>) -> Result<Effects, BoxError>,
    ) -> Result<Delivered> {
        self.deliver(&mut handler, &AtomicBool::new(false))
    }

    /// Delivers all events that can be delivered now, until `stop` is set.
    pub(crate) fn deliver(&mut self, handler: &mut Handler<'_>, stop: &AtomicBool) -> Result<Delivered> {
        let mut done = Delivered::default();
        let outcome = self.rounds(handler, stop, &mut done);
        if outcome.is_err() {
            // The next round reads the stored positions.
            self.revision = None;
            self.unsaved = Unsaved::default();
        }
        outcome?;
        done.next_attempt = self.queue.next_attempt();
        Ok(done)
    }

    fn rounds(&mut self, handler: &mut Handler<'_>, stop: &AtomicBool, done: &mut Delivered) -> Result<()> {
        loop {
            self.hold()?;
            let (scope, before) = (self.subscription.scope(), done.delivered);
            let mut any = self.queue.discover(&self.store, scope, self.subscription_id)?;
            while let Some(space_id) = self.queue.next() {
                any = true;
                self.turn(space_id, handler, stop, done)?;
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
            self.save()?;
            let events = done.delivered - before;
            if events > 0 {
                self.report(|| DeliveryNews::Delivered { events });
            }
            if !any || stop.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
    }

    /// Compares all positions again if the subscription was changed by an operator, or this is the first round.
    pub(super) fn notice(&mut self, revision: u64) -> Result<()> {
        if self.revision != Some(revision) {
            self.revision = Some(revision);
            self.queue = Queue::default();
            self.unsaved = Unsaved::default();
        }
        Ok(())
    }

    /// Forgets the lease, and all that was true only under it.
    pub(super) fn forget(&mut self) -> Option<Lease> {
        self.revision = None;
        self.lease.take()
    }

    /// Returns true if less than half of the lease is left.
    pub(super) fn is_due(&self, now: Timestamp, until: Timestamp) -> bool {
        now.after(self.subscription.lease_time() / 2) >= until
    }

    /// Returns the lease with its next end.
    pub(super) fn renewed(&self, lease: Lease, now: Timestamp) -> Lease {
        Lease { until: now.after(self.subscription.lease_time()), ..lease }
    }

    /// Returns the state of the subscription.
    pub fn status(&self) -> Result<SubscriptionStatus> {
        subscription_status(&self.store, self.subscription.name())
    }
}

/// Returns true if the same call may succeed later.
fn is_temporary(error: &Error) -> bool {
    matches!(
        error,
        Error::Subscription(SubscriptionError::Held { .. } | SubscriptionError::LeaseLost)
            | Error::Store(StoreError::Busy { .. } | StoreError::HandleBusy { .. })
    )
}
