//! Counts the registrations of subscriptions and combines checksums of their ids, so that a check finds those that another
//! program deleted, even if it lowered their number.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, Row};

use crate::engines::sqlite::file::checksum::{self, OF_SUBSCRIPTION};
use crate::engines::sqlite::file::{ReadColumn, Result};

use super::tally::Tally;

/// The numbers of a store about its registrations, and those of its rows.
struct Registry {
    stored: Tally,
    found: Tally,
}

impl Registry {
    fn read(connection: &Connection) -> Result<Self> {
        let sql = "SELECT subscription_count, subscription_digest FROM store";
        let stored = connection
            .prepare_cached(sql)?
            .query_row([], |row| Ok(Tally { count: row.column(0)?, digest: row.column(1)? }))?;
        let mut found = Tally::default();
        let mut statement = connection.prepare_cached("SELECT subscription_id FROM subscriptions")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            found = Tally { count: found.count + 1, digest: found.digest ^ sum(row.column(0)?) };
        }
        Ok(Self { stored, found })
    }

    /// Returns the digest without a registration that is there and is to be removed. One that another program added was never
    /// part of it. The id of a damaged one may have been another.
    fn digest_without(&self, id: i64, is_intact: bool) -> i64 {
        let Self { stored, found } = self;
        let without = found.digest ^ sum(id);
        if stored.digest == without || (!is_intact && stored.count == found.count) {
            return without;
        }
        stored.digest ^ sum(id)
    }
}

/// Returns the checksum of the id of a registration.
fn sum(id: i64) -> i64 {
    checksum::over(&[ValueRef::Text(b"subscriptions"), ValueRef::Integer(id)])
}

fn store(connection: &Connection, Tally { count, digest }: Tally) -> Result<()> {
    let sql = "UPDATE store SET subscription_count = ?1, subscription_digest = ?2";
    connection.prepare_cached(sql)?.execute((count, digest))?;
    Ok(())
}

/// Counts a registration that was inserted.
pub(super) fn add(connection: &Connection, id: i64) -> Result<()> {
    let Registry { stored, found } = Registry::read(connection)?;
    // One that another program added was never counted.
    let count = stored.count.saturating_add(1).max(found.count);
    store(connection, Tally { count, digest: stored.digest ^ sum(id) })
}

/// Removes registrations, and counts them. Returns their number.
pub(super) fn remove<P: Params>(connection: &Connection, condition: &str, parameters: P) -> Result<usize> {
    let sql = format!("SELECT {OF_SUBSCRIPTION}, checksum FROM subscriptions WHERE {condition}");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map(parameters, |row| Ok((row.column::<i64>(0)?, is_intact(row))))?;
    let removed: Vec<_> = found.collect::<Result<_, _>>()?;
    for (id, is_intact) in &removed {
        let registry = Registry::read(connection)?;
        let sql = "DELETE FROM subscriptions WHERE subscription_id = ?1";
        connection.prepare_cached(sql)?.execute([id])?;
        let count = registry.stored.count.saturating_sub(1).max(registry.found.count - 1);
        store(connection, Tally { count, digest: registry.digest_without(*id, *is_intact) })?;
    }
    Ok(removed.len())
}

/// Counts registrations that another program added, so that they do not hide one that it removes later.
pub(super) fn accept_added(connection: &Connection) -> Result<()> {
    let Registry { stored, found } = Registry::read(connection)?;
    if found.count > stored.count { store(connection, found) } else { Ok(()) }
}

/// Returns the number of registrations that another program deleted, if it did: 0 if only their digest says so.
pub(in crate::engines::sqlite) fn lost(connection: &Connection) -> Result<Option<u64>> {
    let Registry { stored, found } = Registry::read(connection)?;
    if stored.count > found.count {
        return Ok(Some(stored.count.abs_diff(found.count)));
    }
    // A damaged registration may have another id, and one that was added is not part of the digest.
    let is_lost = stored.count == found.count && stored.digest != found.digest && are_intact(connection)?;
    Ok(is_lost.then_some(0))
}

/// Returns the stored number of registrations and their number, if the first is lower although this program wrote all of them.
pub(in crate::engines::sqlite) fn uncounted(connection: &Connection) -> Result<Option<(u64, u64)>> {
    let Registry { stored, found } = Registry::read(connection)?;
    let is_low = stored.count < found.count && are_intact(connection)?;
    Ok(is_low.then(|| (u64::try_from(stored.count).unwrap_or_default(), found.count.unsigned_abs())))
}

fn are_intact(connection: &Connection) -> Result<bool> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {OF_SUBSCRIPTION}, checksum FROM subscriptions"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if !is_intact(row) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns true if a row of [`OF_SUBSCRIPTION`] matches the checksum that follows it.
pub(super) fn is_intact(row: &Row<'_>) -> bool {
    let stored = row.column::<Option<i64>>(7).ok().flatten();
    stored.is_some() && checksum::over_row(row, 7).ok() == stored
}
