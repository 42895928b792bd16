//! Finds the one position or parked event of a subscription that another program changed, removed or added, and undoes that:
//! the combined checksums say which it was.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;

use crate::engines::sqlite::file::bounds::{SEQUENCE, UNKNOWN_TIME};
use crate::engines::sqlite::file::{ReadColumn, Result};
use crate::event_store::{ChangedRow, RowPlace};
use crate::subscriptions::SubscriptionId;

use super::tally::{Counted, Tally};

/// The error of a parked event that was restored without it.
const LOST_ERROR: &str = "lost: another program removed the row";

/// The most places that are tried, a fraction of a second: of each space those at its end.
const TRIED: i64 = 1_000_000;

/// A row that was changed, removed (without a stored place) or added (without an expected one).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    table: Counted,
    stored: Option<RowPlace>,
    expected: Option<RowPlace>,
}

impl From<Change> for ChangedRow {
    fn from(Change { table, stored, expected }: Change) -> Self {
        Self { table: table.table(), stored, expected }
    }
}

/// Returns the change that explains the difference between the stored numbers of a subscription and its rows, if one row does.
pub(super) fn find(connection: &Connection, id: SubscriptionId, stored: Tally) -> Result<Option<Change>> {
    let found = Tally::of(connection, id)?;
    if stored == found {
        return Ok(None);
    }
    let difference = stored.digest ^ found.digest;
    match stored.count.checked_sub(found.count) {
        // The checksum of the row as it was, combined with that of the row as it is.
        Some(0) => {
            let mut rows = HashMap::new();
            each_row(connection, id, &mut |table, place| {
                rows.insert(difference ^ table.sum(place.space_id, place.sequence), (table, place));
            })?;
            find_place(connection, &mut |table, place| {
                let (of, stored) = *rows.get(&table.sum(place.space_id, place.sequence))?;
                (of == table).then_some(Change { table, stored: Some(stored), expected: Some(place) })
            })
        }
        Some(1) => find_place(connection, &mut |table, place| {
            let is_it = table.sum(place.space_id, place.sequence) == difference;
            is_it.then_some(Change { table, stored: None, expected: Some(place) })
        }),
        Some(-1) => {
            let mut added = None;
            each_row(connection, id, &mut |table, place| {
                if table.sum(place.space_id, place.sequence) == difference {
                    added = Some(Change { table, stored: Some(place), expected: None });
                }
            })?;
            Ok(added)
        }
        _ => Ok(None),
    }
}

fn each_row(
    connection: &Connection,
    id: SubscriptionId,
    show: &mut dyn FnMut(Counted, RowPlace),
) -> Result<()> {
    for table in Counted::ALL {
        let sql =
            format!("SELECT space_id, space_sequence FROM {} WHERE subscription_id = ?1", table.table());
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([id.0])?;
        while let Some(row) = rows.next()? {
            show(table, RowPlace { space_id: row.column(0)?, sequence: row.column(1)? });
        }
    }
    Ok(())
}

/// Returns the first change that a place in any space yields, from the end of each.
fn find_place(
    connection: &Connection,
    change_of: &mut dyn FnMut(Counted, RowPlace) -> Option<Change>,
) -> Result<Option<Change>> {
    let sql = "SELECT space_id, last_sequence FROM space_sequences WHERE last_sequence BETWEEN 0 AND ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let spaces = statement.query_map([SEQUENCE.end()], |row| Ok((row.column(0)?, row.column(1)?)))?;
    let spaces = spaces.collect::<rusqlite::Result<Vec<(i64, i64)>>>()?;
    let of_each = TRIED / i64::try_from(spaces.len().max(1)).unwrap_or(TRIED);
    for (space_id, last) in spaces {
        for sequence in (0.max(last - of_each)..=last).rev() {
            let place = RowPlace { space_id, sequence };
            if let Some(change) = Counted::ALL.into_iter().find_map(|table| change_of(table, place)) {
                return Ok(Some(change));
            }
        }
    }
    Ok(None)
}

/// Undoes the changes of all subscriptions. A row that another one got comes back with all that it says.
pub(super) fn repair(connection: &Connection) -> Result<()> {
    let changes = all(connection)?;
    for (id, change) in &changes {
        let Change { table, stored: None, expected: Some(place) } = *change else { continue };
        let givers = changes
            .iter()
            .filter(|(_, other)| (other.table, other.stored, other.expected) == (table, Some(place), None));
        let givers = givers.map(|(giver, _)| giver.0.to_string()).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "UPDATE OR IGNORE {} SET subscription_id = ?1 WHERE space_id = ?2 AND space_sequence = ?3
               AND (subscription_id IN ({givers}) OR subscription_id NOT IN (SELECT subscription_id FROM subscriptions))",
            table.table()
        );
        connection.execute(&sql, (id.0, place.space_id, place.sequence))?;
    }
    changes.keys().try_for_each(|id| repair_one(connection, *id))
}

/// Undoes the change of a row of a subscription.
pub(super) fn repair_one(connection: &Connection, id: SubscriptionId) -> Result<()> {
    let Some(numbers) = Tally::stored(connection, id)? else { return Ok(()) };
    let Some(Change { table, stored, expected }) = find(connection, id, numbers)? else { return Ok(()) };
    let name = table.table();
    let row = "WHERE subscription_id = ?1 AND space_id = ?2 AND space_sequence = ?3";
    match (stored, expected) {
        (Some(at), Some(to)) => {
            let sql = format!("UPDATE OR IGNORE {name} SET space_id = ?4, space_sequence = ?5 {row}");
            connection.execute(&sql, (id.0, at.space_id, at.sequence, to.space_id, to.sequence))?;
        }
        (Some(at), None) => {
            connection.execute(&format!("DELETE FROM {name} {row}"), (id.0, at.space_id, at.sequence))?;
        }
        (None, Some(to)) => {
            // Nothing says what the other columns of a parked event were.
            let (columns, values) = match table {
                Counted::Position => ("", String::new()),
                Counted::Parked => {
                    (", attempts, error, parked_at", format!(", 1, '{LOST_ERROR}', {UNKNOWN_TIME}"))
                }
            };
            let sql = format!(
                "INSERT OR IGNORE INTO {name} (subscription_id, space_id, space_sequence{columns}) VALUES (?1, ?2, ?3{values})"
            );
            connection.execute(&sql, (id.0, to.space_id, to.sequence))?;
        }
        (None, None) => {}
    }
    Ok(())
}

fn all(connection: &Connection) -> Result<BTreeMap<SubscriptionId, Change>> {
    let mut ids = connection.prepare("SELECT subscription_id FROM subscriptions")?;
    let ids: Vec<i64> = ids.query_map([], |row| row.column(0))?.collect::<Result<_, _>>()?;
    let mut changes = BTreeMap::new();
    for id in ids.into_iter().filter_map(|id| u64::try_from(id).ok()).map(SubscriptionId) {
        if let Some(stored) = Tally::stored(connection, id)?
            && let Some(change) = find(connection, id, stored)?
        {
            changes.insert(id, change);
        }
    }
    Ok(changes)
}
