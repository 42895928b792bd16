//! The range of every column with numbers, and the repair of those that nothing else watches over.

use std::ops::RangeInclusive;

use rusqlite::Connection;

use super::numbers::{LAST_NUMBER, LAST_SPACE, exists};
use super::{ReadColumn, Result, SEQUENCE_BITS, choices};
use crate::event_store::{OutOfRange, RepairedNumber};

/// Numbers that rise in small steps. Only damage leads beyond them, where one more step could overflow.
pub(crate) const COUNT: RangeInclusive<i64> = 0..=LAST_NUMBER;

/// Minutes since 1970, negative before.
pub(crate) const MINUTE: RangeInclusive<i64> = -LAST_NUMBER..=LAST_NUMBER;

const ID: RangeInclusive<i64> = 1..=LAST_NUMBER;
/// The numbers of spaces.
pub(crate) const SPACE: RangeInclusive<i64> = 1..=LAST_SPACE;
/// The sequences of events in a space, and of its beginning.
pub(crate) const SEQUENCE: RangeInclusive<i64> = 0..=(1 << SEQUENCE_BITS) - 1;
const OF_EVENT: RangeInclusive<i64> = 1..=(1 << SEQUENCE_BITS) - 1;
const POSITION: RangeInclusive<i64> = 1 << SEQUENCE_BITS..=i64::MAX;
const CRC: RangeInclusive<i64> = 0..=u32::MAX as i64;
const FLAG: RangeInclusive<i64> = 0..=1;
const ANY: RangeInclusive<i64> = i64::MIN..=i64::MAX;

/// Milliseconds of the years -9999 to 9999.
const TIME: RangeInclusive<i64> = -377_705_023_201_000..=253_402_207_200_999;

/// A column with numbers.
struct Bound {
    table: &'static str,
    column: &'static str,
    range: RangeInclusive<i64>,
    watch: Watch,
}

/// The check that finds a number out of range.
#[derive(PartialEq)]
enum Watch {
    /// A reader that refuses it, a checksum, or a comparison with the data that it is derived from.
    Elsewhere,
    /// This list. The repair replaces it by the value of this expression, which follows from other data.
    Replaced(&'static str),
    /// This list. The repair replaces it by the first value, shown as the second one: nothing says what it was.
    Reset(&'static str, &'static str),
    /// This list. The repair gives one row after the other the value of this expression.
    Renumbered(&'static str),
    /// This list. Nothing in the file says what it was.
    Lost,
}

use Watch::{Elsewhere, Lost, Renumbered, Replaced, Reset};

/// [`Timestamp::UNKNOWN`].
pub(crate) const UNKNOWN_TIME: &str = "-377705023200999";

/// A count that is above every earlier one, so that a process which read one of those notices the change: the seconds since
/// 1970, far more than any subscription has been changed or run.
const NEVER_USED: &str = "unixepoch()";

/// The last event. Ids after it may have been those of deleted events.
const LAST_EVENT: &str = "(SELECT coalesce(max(event_id), 0) FROM event_log WHERE event_id < 1 << 53)";

/// The next number of the audit log.
const NEXT_OPERATION: &str =
    "(SELECT coalesce(max(operation_id), 0) + 1 FROM operations WHERE operation_id BETWEEN 0 AND 1 << 52)";

static BOUNDS: [Bound; 84] = [
    bound("store", "one", 1..=1, Replaced("1")),
    // The next event needs a higher one.
    bound("store", "deleted_event_id", 0..=LAST_NUMBER - 1, Replaced(LAST_EVENT)),
    bound("store", "causes_after", COUNT, Replaced(LAST_EVENT)),
    bound("store", "subscription_count", COUNT, Replaced("(SELECT count(*) FROM subscriptions)")),
    bound("store", "subscription_digest", ANY, Elsewhere),
    bound("spaces", "space_id", SPACE, Elsewhere),
    bound("spaces", "created_at", TIME, Elsewhere),
    bound("spaces", "checksum", ANY, Elsewhere),
    bound("space_sequences", "space_id", SPACE, Elsewhere),
    bound("space_sequences", "last_sequence", SEQUENCE, Elsewhere),
    bound("space_sequences", "last_event_id", COUNT, Elsewhere),
    bound("space_sequences", "last_timestamp", TIME, Elsewhere),
    bound("space_sequences", "payload_bytes", COUNT, Elsewhere),
    bound("space_sequences", "indexed_sequence", SEQUENCE, Elsewhere),
    bound("space_sequences", "mark", 0..=4, Elsewhere),
    bound("space_sequences", "marked_at", TIME, Reset("NULL", "unknown")),
    bound("space_sequences", "key_count", COUNT, Elsewhere),
    bound("space_sequences", "key_digest", ANY, Elsewhere),
    bound("space_sequences", "revision", COUNT, Elsewhere),
    bound("space_sequences", "redactions", COUNT, Elsewhere),
    bound("event_types", "space_id", SPACE, Elsewhere),
    bound("event_types", "type_id", COUNT, Elsewhere),
    bound("event_log", "pos", POSITION, Elsewhere),
    bound("event_log", "event_id", ID, Elsewhere),
    bound("event_log", "type_id", COUNT, Elsewhere),
    bound("event_log", "timestamp", TIME, Elsewhere),
    bound("event_log", "checksum", CRC, Elsewhere),
    bound("event_log", "causation_id", ID, Elsewhere),
    bound("entity_events", "space_id", SPACE, Elsewhere),
    bound("entity_events", "space_sequence", OF_EVENT, Elsewhere),
    bound("entity_blocks", "space_id", SPACE, Elsewhere),
    bound("entity_blocks", "first_sequence", OF_EVENT, Elsewhere),
    bound("event_causes", "causation_id", ID, Elsewhere),
    bound("event_causes", "event_id", ID, Elsewhere),
    bound("event_causes", "space_id", SPACE, Elsewhere),
    bound("idempotency_keys", "space_id", SPACE, Elsewhere),
    bound("idempotency_keys", "request", CRC, Elsewhere),
    bound("idempotency_keys", "space_sequence", SEQUENCE, Elsewhere),
    bound("idempotency_keys", "stored_at", TIME, Elsewhere),
    bound("idempotency_keys", "checksum", ANY, Elsewhere),
    bound("subscriptions", "subscription_id", ID, Elsewhere),
    bound("subscriptions", "space_id", SPACE, Elsewhere),
    bound("subscriptions", "created_at", TIME, Elsewhere),
    bound("subscriptions", "revision", COUNT, Replaced(NEVER_USED)),
    bound("subscriptions", "lease_epoch", COUNT, Replaced(NEVER_USED)),
    bound("subscriptions", "lease_until", TIME, Reset("0", "0")),
    bound("subscriptions", "delivered", COUNT, Reset("0", "0")),
    bound("subscriptions", "minute", MINUTE, Reset("0", "0")),
    bound("subscriptions", "in_minute", COUNT, Reset("0", "0")),
    bound("subscriptions", "in_minute_before", COUNT, Reset("0", "0")),
    bound("subscriptions", "checksum", ANY, Elsewhere),
    bound("subscriptions", "row_count", COUNT, Elsewhere),
    bound("subscriptions", "row_digest", ANY, Elsewhere),
    bound("subscription_positions", "space_id", SPACE, Elsewhere),
    bound("subscription_positions", "subscription_id", ID, Elsewhere),
    bound("subscription_positions", "space_sequence", SEQUENCE, Elsewhere),
    bound("subscription_positions", "failures", COUNT, Reset("0", "0")),
    bound("subscription_positions", "updated_at", TIME, Reset("NULL", "unknown")),
    bound("parked_events", "space_id", SPACE, Elsewhere),
    bound("parked_events", "subscription_id", ID, Elsewhere),
    bound("parked_events", "space_sequence", OF_EVENT, Elsewhere),
    bound("parked_events", "attempts", COUNT, Reset("1", "1")),
    bound("parked_events", "parked_at", TIME, Reset(UNKNOWN_TIME, "unknown")),
    bound("parked_events", "retry", FLAG, Reset("0", "0")),
    bound("subscription_effects", "space_id", SPACE, Elsewhere),
    bound("subscription_effects", "subscription_id", ID, Lost),
    bound("subscription_effects", "source_space_id", SPACE, Lost),
    bound("subscription_effects", "source_sequence", OF_EVENT, Lost),
    // Higher ones are replaced when the next numbers are corrected.
    bound("operations", "operation_id", 1..=i64::MAX, Renumbered(NEXT_OPERATION)),
    bound("operations", "started_at", TIME, Reset(UNKNOWN_TIME, "unknown")),
    bound("operations", "ended_at", TIME, Reset("NULL", "unknown")),
    bound("operations", "space_id", SPACE, Reset("NULL", "none")),
    bound("operations", "redacted", FLAG, Replaced("parameters IS NULL")),
    bound("projections", "projection_id", ID, Elsewhere),
    bound("projections", "space_id", SPACE, Elsewhere),
    bound("projections", "rebuilt_at", TIME, Reset("NULL", "unknown")),
    bound("projection_checkpoints", "space_id", SPACE, Elsewhere),
    bound("projection_checkpoints", "last_event_id", COUNT, Elsewhere),
    bound("projection_checkpoints", "last_space_sequence", SEQUENCE, Elsewhere),
    bound("projection_checkpoints", "updated_at", TIME, Elsewhere),
    bound("projection_checkpoints", "projection_id", ID, Elsewhere),
    bound("projection_checkpoints", "entities", COUNT, Elsewhere),
    bound("projection_entities", "projection_id", ID, Elsewhere),
    bound("projection_entities", "updated_at", TIME, Elsewhere),
];

const fn bound(table: &'static str, column: &'static str, range: RangeInclusive<i64>, watch: Watch) -> Bound {
    Bound { table, column, range, watch }
}

/// Returns the columns that this list watches over, table by table, of the tables that a file has.
fn watched(connection: &Connection) -> Result<Vec<&'static [Bound]>> {
    let mut tables = Vec::new();
    for of_table in BOUNDS.chunk_by(|one, next| one.table == next.table) {
        // A projections file has no ids of events to be counted.
        let table = if of_table[0].table == "store" { "event_log" } else { of_table[0].table };
        if of_table.iter().any(|bound| bound.watch != Elsewhere) && exists(connection, table)? {
            tables.push(of_table);
        }
    }
    Ok(tables)
}

impl Bound {
    fn is_outside(&self) -> String {
        format!("{} NOT BETWEEN {} AND {}", self.column, self.range.start(), self.range.end())
    }
}

/// Counts the numbers and words out of range that no other check finds.
pub(crate) fn out_of_range(connection: &Connection) -> Result<Vec<OutOfRange>> {
    let mut found = Vec::new();
    for of_table in watched(connection)? {
        let watched = of_table.iter().filter(|bound| bound.watch != Elsewhere);
        let counts = watched.clone().map(|bound| format!("count(*) FILTER (WHERE {})", bound.is_outside()));
        let counts: Vec<String> = counts.collect();
        let sql = format!("SELECT {} FROM {}", counts.join(", "), of_table[0].table);
        let rows = connection.query_row(&sql, [], |row| {
            (0..counts.len()).map(|column| row.column(column)).collect::<rusqlite::Result<Vec<u64>>>()
        })?;
        found.extend(watched.zip(rows).filter(|(_, rows)| *rows > 0).map(|(bound, rows)| OutOfRange {
            table: bound.table,
            column: bound.column,
            rows,
            repaired: match bound.watch {
                Lost => RepairedNumber::Lost,
                Reset(_, shown) => RepairedNumber::Set(shown),
                Elsewhere | Replaced(_) | Renumbered(_) => RepairedNumber::Derived,
            },
        }));
    }
    found.extend(choices::others(connection)?);
    Ok(found)
}

/// Replaces the numbers out of range that nothing depends on, and words that are none of those of their column.
pub(crate) fn repair(connection: &Connection) -> Result<()> {
    choices::repair(connection)?;
    for bound in watched(connection)?.into_iter().flatten() {
        let Bound { table, column, .. } = bound;
        let outside = bound.is_outside();
        match bound.watch {
            Replaced(value) | Reset(value, _) => {
                connection.execute(&format!("UPDATE {table} SET {column} = {value} WHERE {outside}"), [])?;
            }
            Renumbered(value) => {
                let first = format!("(SELECT min({column}) FROM {table} WHERE {outside})");
                let sql = format!("UPDATE {table} SET {column} = {value} WHERE {column} = {first}");
                while connection.execute(&sql, [])? > 0 {}
            }
            Elsewhere | Lost => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engines::sqlite::file::role::FileRole;
    use crate::engines::sqlite::file::schema;
    use crate::timestamp::Timestamp;

    #[test]
    fn every_column_with_numbers_has_a_range() {
        let connection = Connection::open_in_memory().unwrap();
        schema::create(&connection, FileRole::Whole, uuid::Uuid::new_v4()).unwrap();
        let sql = "SELECT tables.name || '.' || columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
            WHERE tables.type = 'table' AND columns.type = 'INTEGER' ORDER BY tables.rowid, columns.cid";
        let mut statement = connection.prepare(sql).unwrap();
        let stored: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let listed: Vec<String> =
            BOUNDS.iter().map(|bound| format!("{}.{}", bound.table, bound.column)).collect();
        assert_eq!(listed, stored);
    }

    #[test]
    fn a_time_that_was_damaged_is_unknown_and_no_other_one() {
        let connection = Connection::open_in_memory().unwrap();
        schema::create(&connection, FileRole::Whole, uuid::Uuid::new_v4()).unwrap();
        let sql = "INSERT INTO operations (started_at, ended_at, operator, action, outcome)
            VALUES (?1, ?1, '{}', 'run', 'done')";
        connection.execute(sql, [i64::MAX]).unwrap();
        repair(&connection).unwrap();
        let sql = "SELECT started_at, ended_at FROM operations";
        let times = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(times, (Timestamp::UNKNOWN.0, None::<i64>));
        assert_eq!(UNKNOWN_TIME, Timestamp::UNKNOWN.0.to_string());
        assert_eq!(Timestamp::UNKNOWN.to_string().parse::<Timestamp>().unwrap(), Timestamp::UNKNOWN);
        assert_eq!(out_of_range(&connection).unwrap(), []);
    }

    #[test]
    fn rows_with_impossible_ids_get_the_next_ones_in_their_order() {
        let connection = Connection::open_in_memory().unwrap();
        schema::create(&connection, FileRole::Whole, uuid::Uuid::new_v4()).unwrap();
        for (id, action) in [(-9, "first"), (0, "second"), (4, "fourth"), (i64::MAX, "last")] {
            let sql = "INSERT INTO operations (operation_id, started_at, operator, action, outcome) VALUES (?1, 0, '{}', ?2, 'done')";
            connection.execute(sql, (id, action)).unwrap();
        }
        repair(&connection).unwrap();
        let mut statement =
            connection.prepare("SELECT operation_id, action FROM operations ORDER BY 1").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let rows: Vec<(i64, String)> = rows.map(Result::unwrap).collect();
        let actions = ["fourth", "first", "second", "last"].map(str::to_owned);
        assert_eq!(rows, [4, 5, 6, i64::MAX].into_iter().zip(actions).collect::<Vec<_>>());
        assert_eq!(out_of_range(&connection).unwrap(), []);
    }
}
