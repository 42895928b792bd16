//! Subscriptions in memory.

mod registry;
mod spaces;
mod step;

pub(super) use registry::Registry;

use std::collections::BTreeSet;

use crate::error::Result;
use crate::id::SpaceId;
use crate::subscriptions::{
    EffectMark, Epoch, Lag, Lease, LeaseHolder, Parked, SpacePosition, Subscription, SubscriptionChange,
    SubscriptionId, SubscriptionPosition, SubscriptionRecord, Subscriptions,
};
use crate::timestamp::Timestamp;

use super::MemoryEventStore;
use registry::key_of;

impl Subscriptions for MemoryEventStore {
    fn register(&self, subscription: &Subscription, now: Timestamp) -> Result<SubscriptionRecord> {
        subscription.check()?;
        self.change(|log| log.register(subscription, now))
    }

    fn subscription(&self, name: &str) -> Result<Option<SubscriptionRecord>> {
        self.read(|log| log.subscriptions.records.get(name).cloned())
    }

    fn subscriptions(&self) -> Result<Vec<SubscriptionRecord>> {
        self.read(|log| log.subscriptions.records.values().cloned().collect())
    }

    fn take_lease(
        &self,
        subscription_id: SubscriptionId,
        over: Epoch,
        holder: &LeaseHolder,
    ) -> Result<Option<Lease>> {
        self.change(|log| {
            let found = log.subscriptions.by_id(subscription_id);
            let Some(record) = found.filter(|record| record.epoch == over) else { return Ok(None) };
            record.epoch = Epoch(over.0 + 1);
            record.holder = Some(holder.clone());
            Ok(Some(Lease { subscription_id, epoch: record.epoch, until: holder.until }))
        })
    }

    fn renew_lease(&self, lease: &Lease) -> Result<()> {
        self.change(|log| log.subscriptions.renew(lease).map(drop))
    }

    fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.change(|log| {
            if let Ok(record) = log.subscriptions.renew(lease) {
                record.holder = None;
            }
            Ok(())
        })
    }

    fn position(&self, subscription_id: SubscriptionId, space_id: SpaceId) -> Result<SubscriptionPosition> {
        self.read(|log| log.subscriptions.position(subscription_id, space_id))
    }

    fn positions(
        &self,
        subscription_id: SubscriptionId,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpacePosition>> {
        self.read(|log| {
            let spaces = log.spaces_of_subscription(subscription_id);
            let behind = spaces.filter(|entry| after.is_none_or(|after| entry.space.space_id > after));
            behind.take(limit).map(|entry| log.space_position(subscription_id, entry)).collect()
        })
    }

    fn pending(&self, subscription_id: SubscriptionId) -> Result<Vec<SpaceId>> {
        self.read(|log| {
            let at = |entry| log.space_position(subscription_id, entry);
            let moved = log.spaces_of_subscription(subscription_id).map(at);
            let moved = moved.filter(|at| at.position.sequence != at.last_sequence).map(|at| at.space_id);
            let parked = log.subscriptions.parked_of(subscription_id, None);
            let retried = parked.filter(|parked| parked.retry).map(|parked| parked.space_id);
            moved.chain(retried).collect::<BTreeSet<_>>().into_iter().collect()
        })
    }

    fn lag(&self, subscription_id: SubscriptionId) -> Result<Lag> {
        self.read(|log| {
            let parked = log.subscriptions.parked_of(subscription_id, None).count() as u64;
            let spaces = log.spaces_of_subscription(subscription_id);
            spaces.map(|entry| log.space_position(subscription_id, entry)).fold(
                Lag { parked, ..Lag::default() },
                |lag, at| Lag {
                    spaces: lag.spaces + 1,
                    lagging_spaces: lag.lagging_spaces + u64::from(at.lag() > 0),
                    lag: lag.lag + at.lag(),
                    spaces_ahead: lag.spaces_ahead + u64::from(at.is_ahead()),
                    failing_spaces: lag.failing_spaces + u64::from(at.position.failures > 0),
                    parked,
                    last_attempt_at: lag.last_attempt_at.max(at.position.updated_at),
                },
            )
        })
    }

    fn parked(
        &self,
        subscription_id: SubscriptionId,
        space_id: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<Parked>> {
        self.read(|log| log.subscriptions.parked_of(subscription_id, space_id).take(limit).cloned().collect())
    }

    fn is_marked(&self, space_id: SpaceId, effect: &EffectMark) -> Result<bool> {
        self.read(|log| log.subscriptions.effects.contains(&key_of(space_id, effect)))
    }

    fn change_subscription(&self, name: &str, change: &SubscriptionChange) -> Result<u64> {
        self.change(|log| log.change_subscription(name, change))
    }
}
