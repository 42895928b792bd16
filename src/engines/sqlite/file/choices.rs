//! Columns with one of a few words, and the repair of other values.
//!
//! SQLite reports such a value as damage to the whole file, although it is one of a single row.

use rusqlite::Connection;

use super::numbers::exists;
use super::{ReadColumn, Result};
use crate::event_store::{OutOfRange, RepairedNumber};

/// A column with one of a few words.
struct Choice {
    table: &'static str,
    column: &'static str,
    words: &'static [&'static str],
    /// The value that a repair stores, as an expression.
    repaired: &'static str,
    outcome: RepairedNumber,
}

/// The tables with a constraint for words. Those not in [`CHOICES`] have other checks: opening the file restores its role, and
/// the checksum of a subscription covers its action.
const CONSTRAINED: [&str; 5] = ["store", "projections_files", "subscriptions", "operations", "projections"];

const CHOICES: [Choice; 3] = [
    Choice {
        table: "operations",
        column: "outcome",
        words: &["running", "done", "found", "refused", "failed", "cancelled", "interrupted"],
        repaired: "'interrupted'",
        outcome: RepairedNumber::Set("interrupted"),
    },
    Choice {
        table: "projections_files",
        column: "state",
        words: &["bound", "lost"],
        // The next opening binds the file that is in use.
        repaired: "'lost'",
        outcome: RepairedNumber::Derived,
    },
    Choice {
        table: "projections",
        column: "state",
        words: &["live", "shadow", "retired"],
        repaired: "iif(projection_id IN (SELECT projection_id FROM projection_checkpoints), 'live', 'retired')",
        outcome: RepairedNumber::Derived,
    },
];

impl Choice {
    fn is_other(&self) -> String {
        format!("{} NOT IN ('{}')", self.column, self.words.join("', '"))
    }
}

/// Counts the values that are none of the words.
pub(super) fn others(connection: &Connection) -> Result<Vec<OutOfRange>> {
    let mut found = Vec::new();
    for choice in &CHOICES {
        let Choice { table, column, outcome, .. } = *choice;
        if !exists(connection, table)? {
            continue;
        }
        let sql = format!("SELECT count(*) FROM {table} WHERE {}", choice.is_other());
        let rows: u64 = connection.query_row(&sql, [], |row| row.column(0))?;
        if rows > 0 {
            found.push(OutOfRange { table, column, rows, repaired: outcome });
        }
    }
    Ok(found)
}

/// Replaces the values that are none of the words.
pub(super) fn repair(connection: &Connection) -> Result<()> {
    for choice in &CHOICES {
        let Choice { table, column, repaired, .. } = choice;
        if exists(connection, table)? {
            let sql = format!("UPDATE {table} SET {column} = {repaired} WHERE {}", choice.is_other());
            connection.execute(&sql, [])?;
        }
    }
    Ok(())
}

/// Returns true for SQLite's finding about a value that another check reports.
pub(super) fn is_checked(finding: &str) -> bool {
    let table = finding.strip_prefix("CHECK constraint failed in ");
    table.is_some_and(|table| CONSTRAINED.contains(&table))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engines::sqlite::file::role::FileRole;
    use crate::engines::sqlite::file::schema;

    #[test]
    fn every_constraint_of_a_table_has_a_check_of_its_own() {
        let connection = Connection::open_in_memory().unwrap();
        schema::create(&connection, FileRole::Whole, uuid::Uuid::new_v4()).unwrap();
        let sql = "SELECT name FROM sqlite_schema WHERE sql GLOB '*CHECK*' ORDER BY name";
        let mut tables = connection.prepare(sql).unwrap();
        let tables = tables.query_map([], |row| row.get(0)).unwrap().map(std::result::Result::unwrap);
        let mut constrained = CONSTRAINED.map(str::to_owned).to_vec();
        constrained.sort_unstable();
        assert_eq!(tables.collect::<Vec<String>>(), constrained);
        for Choice { table, column, words, .. } in CHOICES {
            let sql = format!("SELECT sql FROM sqlite_schema WHERE name = '{table}'");
            let sql: String = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
            let allowed = format!("{column} IN ('{}')", words.join("', '"));
            assert!(sql.contains(&allowed), "{allowed}");
        }
    }
}
