//! Counts the positions and parked events of subscriptions, so that a check finds those that another program changed.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::engines::sqlite::file::{ReadColumn, Result, checksum};
use crate::id::SpaceId;
use crate::subscriptions::SubscriptionId;

/// The tables whose rows are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    Position,
    Parked,
}

impl Counted {
    pub(super) const ALL: [Self; 2] = [Self::Position, Self::Parked];

    pub(super) fn table(self) -> &'static str {
        match self {
            Self::Position => "subscription_positions",
            Self::Parked => "parked_events",
        }
    }

    /// Returns the checksum of a row.
    pub(super) fn sum(self, space_id: i64, sequence: i64) -> i64 {
        checksum::over(&[
            ValueRef::Text(self.table().as_bytes()),
            ValueRef::Integer(space_id),
            ValueRef::Integer(sequence),
        ])
    }
}

/// The number of some rows, and their combined checksums; or a change of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub count: i64,
    pub digest: i64,
}

impl Tally {
    pub(super) fn add(&mut self, row: Counted, space_id: i64, sequence: i64) {
        self.count += 1;
        self.digest ^= row.sum(space_id, sequence);
    }

    pub(super) fn remove(&mut self, row: Counted, space_id: i64, sequence: i64) {
        self.count -= 1;
        self.digest ^= row.sum(space_id, sequence);
    }

    /// Counts the rows of a subscription.
    pub(super) fn of(connection: &Connection, id: SubscriptionId) -> Result<Self> {
        let mut tally = Self::default();
        for counted in Counted::ALL {
            let sql = format!(
                "SELECT space_id, space_sequence FROM {} WHERE subscription_id = ?1",
                counted.table()
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([id.0])?;
            while let Some(row) = rows.next()? {
                tally.add(counted, row.column(0)?, row.column(1)?);
            }
        }
        Ok(tally)
    }

    /// Returns the stored numbers of a subscription, if it has both.
    pub(super) fn stored(connection: &Connection, id: SubscriptionId) -> Result<Option<Self>> {
        let sql = "SELECT row_count, row_digest FROM subscriptions WHERE subscription_id = ?1";
        let (count, digest): (Option<i64>, Option<i64>) =
            connection.prepare_cached(sql)?.query_row([id.0], |row| Ok((row.column(0)?, row.column(1)?)))?;
        Ok(count.zip(digest).map(|(count, digest)| Self { count, digest }))
    }

    /// Sets the numbers of a subscription.
    pub(super) fn store(self, connection: &Connection, id: SubscriptionId) -> Result<()> {
        let sql = "UPDATE subscriptions SET row_count = ?2, row_digest = ?3 WHERE subscription_id = ?1";
        connection.prepare_cached(sql)?.execute((id.0, self.count, self.digest))?;
        Ok(())
    }

    /// Applies a change to the numbers of a subscription, which may be wrong and then stay so.
    fn apply(self, connection: &Connection, id: i64) -> Result<()> {
        if self == Self::default() {
            return Ok(());
        }
        // A damaged number could overflow, and stays. SQLite has no exclusive or.
        let sql = "UPDATE subscriptions SET row_count = iif(row_count BETWEEN 0 AND 1 << 52, row_count + ?2, row_count), row_digest = (row_digest | ?3) - (row_digest & ?3)
            WHERE subscription_id = ?1";
        connection.prepare_cached(sql)?.execute((id, self.count, self.digest))?;
        Ok(())
    }
}

/// Changes rows of a subscription, and counts the change.
pub(super) fn counting<T>(
    connection: &Connection,
    id: SubscriptionId,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let before = Tally::of(connection, id)?;
    let done = work()?;
    let after = Tally::of(connection, id)?;
    let change = Tally { count: after.count - before.count, digest: after.digest ^ before.digest };
    change.apply(connection, i64::try_from(id.0).unwrap_or(i64::MAX))?;
    Ok(done)
}

/// Runs a statement that removes or inserts rows, and returns `subscription_id, space_sequence` of each. Counts them.
/// Returns their number.
pub(super) fn counted(
    connection: &Connection,
    row: Counted,
    change: fn(&mut Tally, Counted, i64, i64),
    space_id: SpaceId,
    sql: &str,
    most: Option<i64>,
) -> Result<usize> {
    let mut changes: BTreeMap<i64, Tally> = BTreeMap::new();
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = match most {
        Some(most) => statement.query((space_id.0, most))?,
        None => statement.query([space_id.0])?,
    };
    let mut number = 0;
    while let Some(found) = rows.next()? {
        let tally = changes.entry(found.column(0)?).or_default();
        change(tally, row, i64::from(space_id.0), found.column(1)?);
        number += 1;
    }
    changes.into_iter().try_for_each(|(id, tally)| tally.apply(connection, id))?;
    Ok(number)
}
