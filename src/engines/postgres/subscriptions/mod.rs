//! Subscriptions in a PostgreSQL database, next to the events. `schema.rs` explains the tables.

mod change;
mod progress;
mod read;
mod register;

pub(super) use progress::{forget_errors, mark_effect, skip_history, step};

use crate::error::{Result, SubscriptionError};
use crate::id::SpaceId;
use crate::subscriptions::{
    EffectMark, Epoch, Lag, Lease, LeaseHolder, Parked, SpacePosition, Subscription, SubscriptionChange,
    SubscriptionId, SubscriptionPosition, SubscriptionRecord, Subscriptions,
};
use crate::timestamp::Timestamp;

use super::PostgresEventStore;
use super::log::row::{column, number};

impl Subscriptions for PostgresEventStore {
    fn register(&self, subscription: &Subscription, now: Timestamp) -> Result<SubscriptionRecord> {
        subscription.check()?;
        let found = self.subscription(subscription.name())?;
        if let Some(found) = found.filter(|found| register::is_same(found, subscription)) {
            return Ok(found);
        }
        self.database.write(|session| register::register(session, subscription, now))
    }

    fn subscription(&self, name: &str) -> Result<Option<SubscriptionRecord>> {
        self.database.read(|session| read::named(session, name))
    }

    fn subscriptions(&self) -> Result<Vec<SubscriptionRecord>> {
        self.database.read(read::all)
    }

    fn take_lease(
        &self,
        subscription_id: SubscriptionId,
        over: Epoch,
        holder: &LeaseHolder,
    ) -> Result<Option<Lease>> {
        let sql = "UPDATE subscriptions SET lease_epoch = lease_epoch + 1, lease_owner = $3, lease_until = $4
             WHERE subscription_id = $1 AND lease_epoch = $2 RETURNING lease_epoch";
        let (id, over) = (column(subscription_id.0), column(over.0));
        let row = self
            .database
            .write(|session| session.find(sql, &[&id, &over, &holder.operator, &holder.until.0]))?;
        let epoch = row.map(|row| Epoch(number(row.get(0))));
        Ok(epoch.map(|epoch| Lease { subscription_id, epoch, until: holder.until }))
    }

    fn renew_lease(&self, lease: &Lease) -> Result<()> {
        let sql = "UPDATE subscriptions SET lease_until = $3 WHERE subscription_id = $1 AND lease_epoch = $2";
        let (id, epoch) = (column(lease.subscription_id.0), column(lease.epoch.0));
        self.database.write(|session| match session.execute(sql, &[&id, &epoch, &lease.until.0])? {
            0 => Err(SubscriptionError::LeaseLost.into()),
            _ => Ok(()),
        })
    }

    fn release_lease(&self, lease: &Lease) -> Result<()> {
        let sql = "UPDATE subscriptions SET lease_owner = NULL, lease_until = NULL
             WHERE subscription_id = $1 AND lease_epoch = $2";
        let (id, epoch) = (column(lease.subscription_id.0), column(lease.epoch.0));
        self.database.write(|session| session.execute(sql, &[&id, &epoch]).map(drop))
    }

    fn position(&self, subscription_id: SubscriptionId, space_id: SpaceId) -> Result<SubscriptionPosition> {
        self.database.read(|session| read::position(session, subscription_id, space_id))
    }

    fn positions(
        &self,
        subscription_id: SubscriptionId,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpacePosition>> {
        self.database.read(|session| read::positions(session, subscription_id, after, limit))
    }

    fn pending(&self, subscription_id: SubscriptionId) -> Result<Vec<SpaceId>> {
        self.database.read(|session| read::pending(session, subscription_id))
    }

    fn lag(&self, subscription_id: SubscriptionId) -> Result<Lag> {
        self.database.read(|session| read::lag(session, subscription_id))
    }

    fn parked(
        &self,
        subscription_id: SubscriptionId,
        space_id: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<Parked>> {
        self.database.read(|session| read::parked(session, subscription_id, space_id, limit))
    }

    fn is_marked(&self, space_id: SpaceId, effect: &EffectMark) -> Result<bool> {
        self.database.read(|session| read::is_marked(session, space_id, effect))
    }

    fn change_subscription(&self, name: &str, change: &SubscriptionChange) -> Result<u64> {
        self.database.write(|session| change::change(session, name, change))
    }
}
