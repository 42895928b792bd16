//! Subscriptions of an event store that counts.

use std::sync::atomic::Ordering;

use super::events::CountingEvents;
use ramax::subscriptions::{
    EffectMark, Epoch, Lag, Lease, LeaseHolder, Parked, SpacePosition, Subscription, SubscriptionChange,
    SubscriptionId, SubscriptionPosition, SubscriptionRecord, Subscriptions,
};
use ramax::{Result, SpaceId, Timestamp};

impl Subscriptions for CountingEvents {
    fn register(&self, subscription: &Subscription, now: Timestamp) -> Result<SubscriptionRecord> {
        self.events().register(subscription, now)
    }

    fn subscription(&self, name: &str) -> Result<Option<SubscriptionRecord>> {
        self.events().subscription(name)
    }

    fn subscriptions(&self) -> Result<Vec<SubscriptionRecord>> {
        self.events().subscriptions()
    }

    fn take_lease(&self, id: SubscriptionId, over: Epoch, holder: &LeaseHolder) -> Result<Option<Lease>> {
        self.events().take_lease(id, over, holder)
    }

    fn renew_lease(&self, lease: &Lease) -> Result<()> {
        self.events().renew_lease(lease)
    }

    fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.events().release_lease(lease)
    }

    fn position(&self, id: SubscriptionId, space_id: SpaceId) -> Result<SubscriptionPosition> {
        self.positions.fetch_add(1, Ordering::Relaxed);
        self.events().position(id, space_id)
    }

    fn positions(
        &self,
        id: SubscriptionId,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpacePosition>> {
        let page = self.events().positions(id, after, limit)?;
        self.positions.fetch_add(page.len(), Ordering::Relaxed);
        Ok(page)
    }

    fn pending(&self, id: SubscriptionId) -> Result<Vec<SpaceId>> {
        let spaces = self.events().lag(id)?.spaces;
        self.positions.fetch_add(usize::try_from(spaces).unwrap(), Ordering::Relaxed);
        self.events().pending(id)
    }

    fn lag(&self, id: SubscriptionId) -> Result<Lag> {
        self.events().lag(id)
    }

    fn parked(&self, id: SubscriptionId, space_id: Option<SpaceId>, limit: usize) -> Result<Vec<Parked>> {
        self.events().parked(id, space_id, limit)
    }

    fn is_marked(&self, space_id: SpaceId, effect: &EffectMark) -> Result<bool> {
        self.events().is_marked(space_id, effect)
    }

    fn change_subscription(&self, name: &str, change: &SubscriptionChange) -> Result<u64> {
        self.events().change_subscription(name, change)
    }
}
