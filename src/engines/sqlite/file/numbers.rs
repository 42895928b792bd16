//! Numbers that are assigned only once. SQLite keeps the last one of each table in `sqlite_sequence`, which other
//! programs can change.

use rusqlite::{Connection, OptionalExtension};

use super::Result;
use crate::inspect::LostNumbers;

/// Numbered tables, with the columns that record their numbers. The audit log outlives the spaces that it names.
const NUMBERED: [(&str, &[(&str, &str)]); 3] = [
    ("spaces", &[("spaces", "space_id"), ("operations", "space_id")]),
    ("operations", &[("operations", "operation_id")]),
    ("projections", &[("projections", "projection_id")]),
];

/// Returns the numbered tables whose next number may have been assigned before.
pub(crate) fn lost(connection: &Connection) -> Result<Vec<LostNumbers>> {
    let mut lost = Vec::new();
    for (table, places) in NUMBERED {
        if !exists(connection, table)? {
            continue;
        }
        let given = connection
            .query_row(
                "SELECT CAST(max(seq) AS INTEGER) FROM sqlite_sequence WHERE name = ?1",
                [table],
                |row| row.get::<_, Option<i64>>(0),
            )?
            .unwrap_or(0);
        let mut used = 0;
        for (table, column) in places {
            // A file of an older version that is open read-only has no audit log.
            if exists(connection, table)? {
                let sql = format!("SELECT max({column}) FROM {table}");
                used = used
                    .max(connection.query_row(&sql, [], |row| row.get::<_, Option<i64>>(0))?.unwrap_or(0));
            }
        }
        if used > given {
            lost.push(LostNumbers { table, given, used });
        }
    }
    Ok(lost)
}

/// Continues the numbers after the highest recorded ones.
pub(crate) fn repair(connection: &Connection) -> Result<()> {
    for LostNumbers { table, used, .. } in lost(connection)? {
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [table])?;
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (table, used))?;
    }
    Ok(())
}

fn exists(connection: &Connection, table: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([table], |_| Ok(())).optional()?.is_some())
}
