//! Subscriptions in a SQLite file, next to the events. `file/schema/mod.rs` explains the layout.

mod change;
mod changed_column;
mod changed_row;
mod faults;
mod lease;
mod progress;
mod read;
mod register;
mod registry;
mod rows;
mod tally;

pub(super) use faults::faults;
pub(super) use progress::{mark_effect, skip_history, step};
pub(super) use registry::{lost, uncounted};
pub(super) use rows::{TABLES, delete_some, forget_errors, orphans, repair, rows_by_table};

use rusqlite::Connection;
use uuid::Uuid;

use crate::error::Result;
use crate::id::SpaceId;
use crate::timestamp::Timestamp;

use crate::subscriptions::{
    EffectMark, Epoch, Lag, Lease, LeaseHolder, Parked, SpacePosition, Subscription, SubscriptionChange,
    SubscriptionId, SubscriptionPosition, SubscriptionRecord, Subscriptions,
};

use super::file::ReadColumn;
use super::{SqliteEventStore, file};

impl Subscriptions for SqliteEventStore {
    fn register(&self, subscription: &Subscription, now: Timestamp) -> Result<SubscriptionRecord> {
        subscription.check()?;
        let found = self.subscription(subscription.name())?;
        if let Some(found) = found.filter(|found| register::is_same(found, subscription)) {
            return Ok(found);
        }
        self.database.write(|connection| register::register(connection, subscription, now))
    }

    fn subscription(&self, name: &str) -> Result<Option<SubscriptionRecord>> {
        self.database.read(|connection| read::named(connection, name))
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
        self.database.write(|connection| lease::take(connection, subscription_id, over, holder))
    }

    fn renew_lease(&self, lease: &Lease) -> Result<()> {
        self.database.write(|connection| lease::renew(connection, lease))
    }

    fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.database.write(|connection| lease::release(connection, lease))
    }

    fn position(&self, subscription_id: SubscriptionId, space_id: SpaceId) -> Result<SubscriptionPosition> {
        self.database
            .read(|connection| read::find_position(connection, subscription_id, space_id))
            .map(Option::unwrap_or_default)
    }

    fn positions(
        &self,
        subscription_id: SubscriptionId,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpacePosition>> {
        self.database.read(|connection| read::positions(connection, subscription_id, after, limit))
    }

    fn pending(&self, subscription_id: SubscriptionId) -> Result<Vec<SpaceId>> {
        self.database.read(|connection| read::pending(connection, subscription_id))
    }

    fn lag(&self, subscription_id: SubscriptionId) -> Result<Lag> {
        self.database.read(|connection| read::lag(connection, subscription_id))
    }

    fn parked(
        &self,
        subscription_id: SubscriptionId,
        space_id: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<Parked>> {
        self.database.read(|connection| read::parked(connection, subscription_id, space_id, limit))
    }

    fn is_marked(&self, space_id: SpaceId, effect: &EffectMark) -> Result<bool> {
        self.database.read(|connection| read::is_marked(connection, space_id, effect))
    }

    fn change_subscription(&self, name: &str, change: &SubscriptionChange) -> Result<u64> {
        self.database.write(|connection| change::change(connection, name, change))
    }
}

/// Returns the number that distinguishes the store from its copies.
pub(super) fn incarnation(connection: &Connection) -> file::Result<Option<Uuid>> {
    let mut statement = connection.prepare_cached("SELECT incarnation FROM store")?;
    let bytes: Option<[u8; 16]> = statement.query_row([], |row| row.column(0))?;
    Ok(bytes.map(Uuid::from_bytes))
}

/// Returns a sequence as a column.
fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
