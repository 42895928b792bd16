//! Finds the columns of a registration that another program changed, and undoes that: the checksum says what they were.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::engines::sqlite::file::candidates::{TRIED_BYTES, restore};
use crate::engines::sqlite::file::checksum::{self, OF_SUBSCRIPTION};
use crate::engines::sqlite::file::numbers;
use crate::engines::sqlite::file::{ReadColumn, Result, shown};
use crate::event_store::ChangedColumn;
use crate::subscriptions::{OnError, Start};

use super::registry;

/// The most ids without rows and the most starts that are tried.
const TRIED: i64 = 10_000;

/// The columns of [`OF_SUBSCRIPTION`], after which the checksum follows.
const COLUMNS: [&str; 7] =
    ["subscription_id", "name", "space_id", "query", "start", "on_error", "created_at"];

/// The id, which the rows of a subscription have as well.
const ID: &str = COLUMNS[0];

/// A column with its stored value, as shown, and the one that it had.
pub(super) struct Change {
    column: &'static str,
    stored: serde_json::Value,
    expected: Value,
}

impl From<Change> for ChangedColumn {
    fn from(Change { column, stored, expected }: Change) -> Self {
        Self { column, stored, expected: shown(ValueRef::from(&expected)) }
    }
}

/// Returns the columns that another program changed in a row of [`OF_SUBSCRIPTION`] and the checksum, if values of one or two
/// restore the checksum.
pub(super) fn find(connection: &Connection, row: &Row<'_>) -> Result<Vec<Change>> {
    let values = (0..COLUMNS.len()).map(|place| row.get_ref(place));
    let values = values.collect::<rusqlite::Result<Vec<_>>>()?;
    let seal = row.get_ref(COLUMNS.len())?;
    let likely = COLUMNS.into_iter().map(|column| likely(connection, column, row));
    let likely = likely.collect::<Result<Vec<_>>>()?;
    let restored = restore(
        &values,
        &mut |tried| seal == ValueRef::Integer(checksum::over(tried)),
        &likely,
        &mut |(place, expected)| Ok(!is_taken(connection, COLUMNS[*place], expected)?),
        &mut { TRIED_BYTES },
    )?;
    let change =
        |(place, expected)| Change { column: COLUMNS[place], stored: shown(values[place]), expected };
    Ok(restored.into_iter().map(change).collect())
}

/// Returns values that a column of the row may have had.
fn likely(connection: &Connection, column: &str, row: &Row<'_>) -> Result<Vec<Value>> {
    let texts = |texts: &[&str]| texts.iter().map(|text| Value::from((*text).to_owned())).collect();
    Ok(match column {
        ID => vacant_ids(connection)?.into_iter().map(Value::from).collect(),
        "space_id" => spaces(connection)?.into_iter().map(Value::from).chain([Value::Null]).collect(),
        "query" => {
            let mut queries =
                connection.prepare_cached("SELECT DISTINCT CAST(query AS BLOB) FROM subscriptions")?;
            let queries = queries.query_map([], |row| row.column::<Vec<u8>>(0))?;
            let queries = queries.collect::<rusqlite::Result<Vec<_>>>()?;
            let of_others = queries.into_iter().filter_map(|query| String::from_utf8(query).ok());
            of_others.chain([String::new()]).map(Value::from).collect()
        }
        "start" => {
            let sequences = (0..=last_sequence(connection, row)?).map(|sequence| sequence.to_string());
            let named = [Start::Beginning, Start::Now].map(Start::text);
            named.into_iter().chain(sequences).map(Value::from).collect()
        }
        "on_error" => texts(&[OnError::Park, OnError::Stop].map(OnError::name)),
        _ => Vec::new(),
    })
}

/// Returns the last sequence that the start of a subscription can be, or a negative number if it is of all spaces.
fn last_sequence(connection: &Connection, row: &Row<'_>) -> Result<i64> {
    let Ok(Some(space_id)) = row.column::<Option<i64>>(2) else { return Ok(-1) };
    let sql = "SELECT last_sequence FROM space_sequences WHERE space_id = ?1";
    let last = connection.prepare_cached(sql)?.query_row([space_id], |row| row.column(0)).optional()?;
    Ok(last.unwrap_or(-1).min(TRIED))
}

/// Returns true if another registration has this name.
fn is_taken(connection: &Connection, column: &str, value: &Value) -> Result<bool> {
    let sql = "SELECT 1 FROM subscriptions WHERE name = ?1";
    Ok(column == "name" && connection.prepare_cached(sql)?.exists([value])?)
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
fn all(connection: &Connection) -> Result<Vec<(i64, Change)>> {
    let sql = format!("SELECT {OF_SUBSCRIPTION}, checksum FROM subscriptions");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if !registry::is_intact(row) && row.get_ref(COLUMNS.len())? != ValueRef::Null {
            let id = row.column(0)?;
            found.extend(find(connection, row)?.into_iter().map(|change| (id, change)));
        }
    }
    Ok(found)
}

/// Returns the stored ids of the registrations whose id was changed, each with the one that it had.
pub(super) fn ids(connection: &Connection) -> Result<BTreeMap<i64, i64>> {
    let of_id = |(stored, change): (i64, Change)| match change {
        Change { column: ID, expected: Value::Integer(expected), .. } => Some((stored, expected)),
        _ => None,
    };
    Ok(all(connection)?.into_iter().filter_map(of_id).collect())
}

/// Undoes the changes.
pub(super) fn repair(connection: &Connection) -> Result<()> {
    for (id, change) in all(connection)? {
        undo(connection, id, &change)?;
    }
    numbers::renumber(connection, ("subscriptions", ID), ids(connection)?).map(drop)
}

/// Undoes a change of the registration with this id, if it is not of the id.
pub(super) fn repair_one(connection: &Connection, id: i64) -> Result<()> {
    let changes = all(connection)?.into_iter().filter(|(stored, _)| *stored == id);
    changes.into_iter().try_for_each(|(id, change)| undo(connection, id, &change))
}

fn undo(connection: &Connection, id: i64, Change { column, expected, .. }: &Change) -> Result<()> {
    if *column != ID {
        let sql = format!("UPDATE subscriptions SET {column} = ?2 WHERE subscription_id = ?1");
        connection.execute(&sql, (id, expected))?;
    }
    Ok(())
}

/// Returns true if a registration names a space of which there is neither a name nor counters.
pub(super) fn names_no_space(connection: &Connection, space_id: Option<i64>) -> Result<bool> {
    let Some(space_id) = space_id else { return Ok(false) };
    let sql = "SELECT 1 FROM spaces WHERE space_id = ?1 UNION ALL SELECT 1 FROM space_sequences WHERE space_id = ?1";
    Ok(!connection.prepare_cached(sql)?.exists([space_id])?)
}
