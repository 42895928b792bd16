//! Finds the subscriptions whose id or space another program changed, and undoes that: the checksum of a registration says
//! which it was.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::engines::sqlite::file::checksum::{self, OF_SUBSCRIPTION};
use crate::engines::sqlite::file::numbers;
use crate::engines::sqlite::file::{ReadColumn, Result};
use crate::event_store::ChangedId;

use super::registry;

/// The most ids without rows that are tried.
const TRIED: i64 = 10_000;

/// The places of columns in [`OF_SUBSCRIPTION`].
const ID: usize = 0;
const SPACE: usize = 2;
/// The number of these columns, and the place of the checksum after them.
const COLUMNS: usize = 7;

/// Returns the id or the space that another program changed in a row of [`OF_SUBSCRIPTION`] and the checksum.
pub(super) fn changed(connection: &Connection, row: &Row<'_>) -> Result<Option<ChangedId>> {
    let values = (0..COLUMNS).map(|column| row.get_ref(column)).collect::<rusqlite::Result<Vec<_>>>()?;
    let seal = row.get_ref(COLUMNS)?;
    let is_sealed_with = |place: usize, value: Option<i64>| {
        let mut values = values.clone();
        values[place] = value.map_or(ValueRef::Null, ValueRef::Integer);
        seal == ValueRef::Integer(checksum::over(&values))
    };
    let number = |place: usize| match values[place] {
        ValueRef::Integer(number) => Some(number),
        _ => None,
    };
    let ids = vacant_ids(connection)?;
    if let Some(id) = ids.into_iter().find(|id| is_sealed_with(ID, Some(*id))) {
        let (stored, expected) = (number(ID), Some(id));
        return Ok(Some(ChangedId { column: "subscription_id", stored, expected }));
    }
    let spaces = spaces(connection)?.into_iter().map(Some).chain([None]);
    let expected = spaces.into_iter().find(|space| is_sealed_with(SPACE, *space));
    Ok(expected.map(|expected| ChangedId { column: "space_id", stored: number(SPACE), expected }))
}

/// Returns the ids that no intact registration has: those of positions and parked events, and the first assigned ones.
fn vacant_ids(connection: &Connection) -> Result<BTreeSet<i64>> {
    let assigned =
        "SELECT coalesce(max(CAST(seq AS INTEGER)), 0) FROM sqlite_sequence WHERE name = 'subscriptions'";
    let assigned: i64 = connection.query_row(assigned, [], |row| row.column(0))?;
    let mut ids: BTreeSet<i64> = (1..=assigned.min(TRIED)).collect();
    let mut statement = connection.prepare_cached(
        "SELECT subscription_id FROM subscription_positions UNION SELECT subscription_id FROM parked_events",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        ids.insert(row.column(0)?);
    }
    let mut statement =
        connection.prepare_cached(&format!("SELECT {OF_SUBSCRIPTION}, checksum FROM subscriptions"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if registry::is_intact(row) {
            ids.remove(&row.column(0)?);
        }
    }
    Ok(ids)
}

fn spaces(connection: &Connection) -> Result<Vec<i64>> {
    let mut statement = connection
        .prepare_cached("SELECT space_id FROM spaces UNION SELECT space_id FROM space_sequences")?;
    let spaces = statement.query_map([], |row| row.column(0))?;
    Ok(spaces.collect::<Result<_, _>>()?)
}

/// Returns the changes of all registrations, each with the stored id.
fn all(connection: &Connection) -> Result<Vec<(i64, ChangedId)>> {
    let sql = format!("SELECT {OF_SUBSCRIPTION}, checksum FROM subscriptions");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if !registry::is_intact(row)
            && let Some(change) = changed(connection, row)?
        {
            found.push((row.column(ID)?, change));
        }
    }
    Ok(found)
}

/// Returns the stored ids of the registrations whose id was changed, each with the one that it had.
pub(super) fn ids(connection: &Connection) -> Result<BTreeMap<i64, i64>> {
    let of_id = |(stored, change): (i64, ChangedId)| {
        Some((stored, change.expected?)).filter(|_| change.column == "subscription_id")
    };
    Ok(all(connection)?.into_iter().filter_map(of_id).collect())
}

/// Undoes the changes.
pub(super) fn repair(connection: &Connection) -> Result<()> {
    for (id, change) in all(connection)? {
        if change.column == "space_id" {
            let sql = "UPDATE subscriptions SET space_id = ?2 WHERE subscription_id = ?1";
            connection.execute(sql, (id, change.expected))?;
        }
    }
    numbers::renumber(connection, ("subscriptions", "subscription_id"), ids(connection)?).map(drop)
}

/// Returns true if a registration names a space of which there is neither a name nor counters.
pub(super) fn names_no_space(connection: &Connection, space_id: Option<i64>) -> Result<bool> {
    let Some(space_id) = space_id else { return Ok(false) };
    let sql = "SELECT 1 FROM spaces WHERE space_id = ?1 UNION ALL SELECT 1 FROM space_sequences WHERE space_id = ?1";
    Ok(!connection.prepare_cached(sql)?.exists([space_id])?)
}
