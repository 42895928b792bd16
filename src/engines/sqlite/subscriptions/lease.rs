//! Takes, renews and releases leases.

use rusqlite::{Connection, OptionalExtension};

use crate::engines::sqlite::file::{ReadColumn, Result};
use crate::error::SubscriptionError;
use crate::subscriptions::{Epoch, Lease, LeaseHolder, SubscriptionId};

pub(super) fn take(
    connection: &Connection,
    subscription_id: SubscriptionId,
    over: Epoch,
    holder: &LeaseHolder,
) -> Result<Option<Lease>> {
    let mut statement = connection.prepare_cached(
        "UPDATE subscriptions SET lease_epoch = lease_epoch + 1, lease_owner = ?3, lease_until = ?4
         WHERE subscription_id = ?1 AND lease_epoch = ?2 RETURNING lease_epoch",
    )?;
    let row = (subscription_id.0, over.0, &holder.operator, holder.until.0);
    let epoch = statement.query_row(row, |row| row.column(0).map(Epoch)).optional()?;
    Ok(epoch.map(|epoch| Lease { subscription_id, epoch, until: holder.until }))
}

pub(super) fn renew(connection: &Connection, lease: &Lease) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE subscriptions SET lease_until = ?3 WHERE subscription_id = ?1 AND lease_epoch = ?2",
    )?;
    match statement.execute((lease.subscription_id.0, lease.epoch.0, lease.until.0))? {
        0 => Err(SubscriptionError::LeaseLost.into()),
        _ => Ok(()),
    }
}

pub(super) fn release(connection: &Connection, lease: &Lease) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE subscriptions SET lease_owner = NULL, lease_until = NULL WHERE subscription_id = ?1 AND lease_epoch = ?2",
    )?;
    statement.execute((lease.subscription_id.0, lease.epoch.0))?;
    Ok(())
}
