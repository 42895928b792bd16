//! The rows of subscriptions in a space, for deletes and checks.

use rusqlite::Connection;

use crate::engines::sqlite::file::{ReadColumn, Result};
use crate::id::SpaceId;
use crate::subscriptions::{FORGOTTEN_ERROR, SubscriptionId};

use super::tally::{self, Counted, Tally};
use super::{changed_column, changed_row, registry};

/// The tables whose rows belong to a space.
pub(in crate::engines::sqlite) const TABLES: [&str; 4] =
    ["subscriptions", "subscription_positions", "parked_events", "subscription_effects"];

/// Removes up to `most` rows of a space. Returns true if it removed any.
pub(in crate::engines::sqlite) fn delete_some(
    connection: &Connection,
    space_id: SpaceId,
    most: i64,
) -> Result<bool> {
    for (row, sql) in [
        (
            Counted::Position,
            "DELETE FROM subscription_positions WHERE space_id = ?1 AND subscription_id IN
               (SELECT subscription_id FROM subscription_positions WHERE space_id = ?1 LIMIT ?2)
             RETURNING subscription_id, space_sequence",
        ),
        (
            Counted::Parked,
            "DELETE FROM parked_events WHERE space_id = ?1 AND (subscription_id, space_sequence) IN
               (SELECT subscription_id, space_sequence FROM parked_events WHERE space_id = ?1 LIMIT ?2)
             RETURNING subscription_id, space_sequence",
        ),
    ] {
        if tally::counted(connection, row, Tally::remove, space_id, sql, Some(most))? > 0 {
            return Ok(true);
        }
    }
    let some = "subscription_id IN (SELECT subscription_id FROM subscriptions WHERE space_id = ?1 LIMIT ?2)";
    if registry::remove(connection, some, (space_id.0, most))? > 0 {
        return Ok(true);
    }
    let sql = "DELETE FROM subscription_effects WHERE space_id = ?1 AND (subscription_id, source_space_id, source_sequence) IN
           (SELECT subscription_id, source_space_id, source_sequence FROM subscription_effects
            WHERE space_id = ?1 LIMIT ?2)";
    Ok(connection.prepare_cached(sql)?.execute((space_id.0, most))? > 0)
}

/// Counts the rows of a space by table.
pub(in crate::engines::sqlite) fn rows_by_table(
    connection: &Connection,
    space_id: SpaceId,
) -> Result<Vec<(String, u64)>> {
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table} WHERE space_id = ?1");
        let rows = connection.prepare_cached(&sql)?.query_row([space_id.0], |row| row.column(0))?;
        Ok((table.to_owned(), rows))
    };
    TABLES.into_iter().map(count).collect()
}

/// Erases the errors of subscriptions about events of a space, which may quote payloads.
pub(in crate::engines::sqlite) fn forget_errors(connection: &Connection, space_id: SpaceId) -> Result<()> {
    for table in ["subscription_positions", "parked_events"] {
        let sql = format!("UPDATE {table} SET error = ?2 WHERE space_id = ?1 AND error IS NOT NULL");
        connection.execute(&sql, (space_id.0, FORGOTTEN_ERROR))?;
    }
    Ok(())
}

/// Counts the positions and parked events of subscriptions that do not exist.
pub(in crate::engines::sqlite) fn orphans(connection: &Connection) -> Result<u64> {
    // They belong to a subscription whose id was changed.
    let ids = changed_column::ids(connection)?.into_values().map(|id| id.to_string()).collect::<Vec<_>>();
    let others = ids.join(", ");
    let of = |table| {
        format!("(SELECT count(*) FROM {table} WHERE {ORPHAN} AND subscription_id NOT IN ({others}))")
    };
    let sql = format!("SELECT {} + {}", of("subscription_positions"), of("parked_events"));
    Ok(connection.prepare_cached(&sql)?.query_row([], |row| row.column(0))?)
}

/// Gives subscriptions the columns and rows that their checksums tell, removes those whose names have a NUL, what [`orphans`] counts
/// and rows of spaces that do not exist, and moves positions beyond the last event of their space to it.
pub(in crate::engines::sqlite) fn repair(connection: &Connection) -> Result<()> {
    changed_column::repair(connection)?;
    changed_row::repair(connection)?;
    // No command line can name them, and no program registers such a name.
    registry::remove(connection, "instr(CAST(name AS BLOB), x'00') > 0", [])?;
    registry::accept_added(connection)?;
    for counted in Counted::ALL {
        connection.execute(&format!("DELETE FROM {} WHERE {ORPHAN}", counted.table()), [])?;
    }
    let mut ids = connection.prepare("SELECT subscription_id FROM subscriptions")?;
    let ids: Vec<i64> = ids.query_map([], |row| row.column(0))?.collect::<Result<_, _>>()?;
    // One with an id out of range can only be removed.
    for id in ids.into_iter().filter_map(|id| u64::try_from(id).ok()) {
        tally::counting(connection, SubscriptionId(id), || repair_one(connection, id))?;
    }
    let sql = format!("DELETE FROM subscription_effects WHERE {NOWHERE}");
    connection.execute(&sql, [])?;
    Ok(())
}

fn repair_one(connection: &Connection, id: u64) -> Result<()> {
    for counted in Counted::ALL {
        let sql = format!("DELETE FROM {} WHERE subscription_id = ?1 AND {NOWHERE}", counted.table());
        connection.execute(&sql, [id])?;
    }
    let last = "(SELECT last_sequence FROM space_sequences AS log WHERE log.space_id = subscription_positions.space_id)";
    let sql = format!(
        "UPDATE subscription_positions SET space_sequence = {last}
         WHERE subscription_id = ?1 AND space_sequence > {last} AND {last} >= 0"
    );
    connection.execute(&sql, [id])?;
    Ok(())
}

const ORPHAN: &str = "subscription_id NOT IN (SELECT subscription_id FROM subscriptions)";

/// Matches rows of spaces that have neither a name nor counters.
const NOWHERE: &str =
    "space_id NOT IN (SELECT space_id FROM spaces UNION ALL SELECT space_id FROM space_sequences)";
