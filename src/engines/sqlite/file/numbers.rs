//! Numbers that are assigned only once. SQLite keeps the last one of each table in `sqlite_sequence`, which other
//! programs can change.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, Row};

use super::column::damaged;
use super::{ReadColumn, Result, SEQUENCE_BITS};
use crate::error::{Error, NoRoom, StoreError};
use crate::event_store::LostNumbers;

/// The highest possible number of a space.
pub(crate) const LAST_SPACE: i64 = (1 << (63 - SEQUENCE_BITS)) - 1;

/// The highest number of other rows, which JSON readers keep exact. Only damage leads to a higher one.
pub(crate) const LAST_NUMBER: i64 = (1 << 53) - 1;

/// Reads a number within its range.
pub(crate) fn number(row: &Row<'_>, column: usize, range: &RangeInclusive<i64>) -> rusqlite::Result<i64> {
    let number: i64 = row.column(column)?;
    if range.contains(&number) {
        return Ok(number);
    }
    let name = row.as_ref().column_name(column).unwrap_or_default();
    Err(damaged(row, name, format!("is {number}, which is out of range")))
}

/// A table whose rows are numbered.
struct Numbered {
    table: &'static str,
    column: &'static str,
    /// Another table and column that record its numbers.
    elsewhere: Option<(&'static str, &'static str)>,
    last: i64,
    /// True if a row whose number is out of range, or leaves no further one, gets the next one. Others belong to what is stored
    /// under their number.
    is_renumbered: bool,
}

const NUMBERED: [Numbered; 4] = [
    // The audit log outlives the spaces that it names.
    Numbered {
        table: "spaces",
        column: "space_id",
        elsewhere: Some(("operations", "space_id")),
        last: LAST_SPACE,
        is_renumbered: false,
    },
    Numbered {
        table: "operations",
        column: "operation_id",
        elsewhere: None,
        last: LAST_NUMBER,
        is_renumbered: true,
    },
    Numbered {
        table: "projections",
        column: "projection_id",
        elsewhere: None,
        last: LAST_NUMBER,
        is_renumbered: true,
    },
    Numbered {
        table: "subscriptions",
        column: "subscription_id",
        elsewhere: Some(("subscription_effects", "subscription_id")),
        last: LAST_NUMBER,
        is_renumbered: false,
    },
];

impl Numbered {
    /// Returns the counter, if the next number may have been assigned before, or if there is none.
    fn lost(&self, connection: &Connection) -> Result<Option<LostNumbers>> {
        let given = connection
            .query_row(
                "SELECT CAST(max(seq) AS INTEGER) FROM sqlite_sequence WHERE name = ?1",
                [self.table],
                |row| row.column::<Option<i64>>(0),
            )?
            .unwrap_or(0);
        let mut used = highest(connection, self.table, self.column, i64::MIN, self.last_kept())?;
        // A file of an older version that is open read-only has no audit log.
        if let Some((table, column)) = self.elsewhere
            && exists(connection, table)?
        {
            used = used.max(highest(connection, table, column, i64::MIN, self.last)?);
        }
        let given = match self.is_renumbered {
            true => given.max(highest(connection, self.table, self.column, self.last_kept() + 1, i64::MAX)?),
            false => given,
        };
        let is_at_end = given >= self.last && used < self.last;
        let is_lost = used > given || given > self.last || is_at_end;
        Ok(is_lost.then_some(LostNumbers { table: self.table, given, used }))
    }

    /// Returns the highest number of a row that keeps it.
    fn last_kept(&self) -> i64 {
        if self.is_renumbered { self.last - 1 } else { self.last }
    }

    /// Continues the numbers after `used`, and gives rows with higher ones the next numbers.
    fn repair(&self, connection: &Connection, mut used: i64) -> Result<()> {
        let Self { table, column, is_renumbered, .. } = self;
        if *is_renumbered {
            used = self.last_with_room(connection, used)?;
            let sql = format!(
                "UPDATE {table} SET {column} = ?1 WHERE {column} = (SELECT min({column}) FROM {table} WHERE {column} >= ?1)"
            );
            while connection.execute(&sql, [used + 1])? > 0 {
                used += 1;
            }
        }
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [table])?;
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (table, used))?;
        Ok(())
    }

    /// Returns the highest number up to `used` after which there is room for all rows with higher ones, and one more.
    fn last_with_room(&self, connection: &Connection, mut used: i64) -> Result<i64> {
        let Self { table, column, last, .. } = self;
        let above = format!("SELECT count(*) FROM {table} WHERE {column} > ?1");
        loop {
            let rows: i64 = connection.query_row(&above, [used], |row| row.column(0))?;
            if used.saturating_add(rows) < *last || used <= 0 {
                return Ok(used);
            }
            used = highest(connection, table, column, i64::MIN, used - 1)?.max(0);
        }
    }
}

/// Returns the numbered tables whose next number may have been assigned before, or that have none.
pub(crate) fn lost(connection: &Connection) -> Result<Vec<LostNumbers>> {
    let mut lost = Vec::new();
    for numbered in &NUMBERED {
        if exists(connection, numbered.table)? {
            lost.extend(numbered.lost(connection)?);
        }
    }
    Ok(lost)
}

/// Continues the numbers after the highest recorded ones.
pub(crate) fn repair(connection: &Connection) -> Result<()> {
    for LostNumbers { table, used, .. } in lost(connection)? {
        if let Some(numbered) = NUMBERED.iter().find(|numbered| numbered.table == table) {
            numbered.repair(connection, used)?;
        }
    }
    Ok(())
}

/// Gives rows of a table other numbers, each from the first to the second one. A row keeps its number if another row, which keeps
/// its own, has the new one. Returns the rows that got theirs.
pub(crate) fn renumber(
    connection: &Connection,
    (table, column): (&str, &str),
    mut numbers: BTreeMap<i64, i64>,
) -> Result<BTreeMap<i64, i64>> {
    let mut is_taken = connection.prepare_cached(&format!("SELECT 1 FROM {table} WHERE {column} = ?1"))?;
    loop {
        let mut kept = Vec::new();
        for (from, to) in &numbers {
            if !numbers.contains_key(to) && is_taken.exists([to])? {
                kept.push(*from);
            }
        }
        if kept.is_empty() {
            break;
        }
        numbers.retain(|from, _| !kept.contains(from));
    }
    // Two rows may have each other's number.
    let (mut free, mut number) = (Vec::with_capacity(numbers.len()), 0);
    while free.len() < numbers.len() {
        number -= 1;
        if !is_taken.exists([number])? {
            free.push(number);
        }
    }
    let mut change =
        connection.prepare_cached(&format!("UPDATE {table} SET {column} = ?2 WHERE {column} = ?1"))?;
    for (from, between) in numbers.keys().zip(&free) {
        change.execute((from, between))?;
    }
    for (between, to) in free.iter().zip(numbers.values()) {
        change.execute((between, to))?;
    }
    Ok(numbers)
}

/// Returns the number for a new row if the counter or a row is out of range or at its end: the next one that a repair keeps.
/// Without such damage SQLite assigns it.
pub(crate) fn beside_damage(connection: &Connection, table: &str, column: &str) -> Result<Option<i64>> {
    let sql = format!(
        "SELECT coalesce((SELECT max({column}) FROM {table}), 0) >= {LAST_NUMBER}
           OR coalesce((SELECT max(CAST(seq AS INTEGER)) FROM sqlite_sequence WHERE name = '{table}'), 0) >= {LAST_NUMBER}"
    );
    if !connection.prepare_cached(&sql)?.query_row([], |row| row.column::<bool>(0))? {
        return Ok(None);
    }
    let next = highest(connection, table, column, i64::MIN, LAST_NUMBER - 1)?.max(0) + 1;
    Ok(Some(next).filter(|next| *next < LAST_NUMBER))
}

/// Returns the result of an insert. SQLite reports a table without free numbers as a full disk.
pub(crate) fn inserted<T>(
    connection: &Connection,
    table: &str,
    what: &'static str,
    result: rusqlite::Result<T>,
) -> Result<T> {
    let error = match result.map_err(StoreError::of_sqlite) {
        Ok(inserted) => return Ok(inserted),
        Err(error) => error,
    };
    let is_counter_full = "SELECT 1 FROM sqlite_sequence WHERE name = ?1 AND seq > ?2";
    if matches!(error, StoreError::NoRoom(NoRoom::Disk))
        && connection.prepare_cached(is_counter_full)?.exists((table, LAST_NUMBER))?
    {
        return Err(StoreError::Exhausted { what }.into());
    }
    Err(Error::from(error).into())
}

/// Returns the highest number of a column within a range, or 0.
fn highest(connection: &Connection, table: &str, column: &str, from: i64, to: i64) -> Result<i64> {
    let sql = format!("SELECT max({column}) FROM {table} WHERE {column} BETWEEN ?1 AND ?2");
    Ok(connection.query_row(&sql, [from, to], |row| row.column::<Option<i64>>(0))?.unwrap_or(0))
}

pub(crate) fn exists(connection: &Connection, table: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([table], |_| Ok(())).optional()?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engines::sqlite::file::role::FileRole;
    use crate::engines::sqlite::file::schema;

    #[test]
    fn rows_at_the_last_number_get_the_next_ones_and_leave_room() {
        for (damaged, repaired) in [
            (&[LAST_NUMBER][..], &[3, 4][..]),
            (&[LAST_NUMBER - 1], &[3, LAST_NUMBER - 1]),
            (&[LAST_NUMBER - 1, LAST_NUMBER], &[3, 4, 5]),
            (&[LAST_NUMBER - 1, LAST_NUMBER, LAST_NUMBER + 1], &[3, 4, 5, 6]),
        ] {
            let connection = Connection::open_in_memory().unwrap();
            schema::create(&connection, FileRole::Whole, uuid::Uuid::new_v4()).unwrap();
            for id in [3].iter().chain(damaged) {
                let sql = "INSERT INTO operations (operation_id, started_at, operator, action, outcome) VALUES (?1, 0, '{}', 'run', 'done')";
                connection.execute(sql, [id]).unwrap();
            }
            repair(&connection).unwrap();
            let mut ids = connection.prepare("SELECT operation_id FROM operations ORDER BY 1").unwrap();
            let ids = ids.query_map([], |row| row.get(0)).unwrap().map(std::result::Result::unwrap);
            assert_eq!(ids.collect::<Vec<i64>>(), repaired, "{damaged:?}");
            assert_eq!(lost(&connection).unwrap().len(), 0, "{damaged:?}");
            assert!(beside_damage(&connection, "operations", "operation_id").unwrap().is_none());
        }
    }
}
