//! Reads which part of a store a file holds.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::engines::sqlite::file::{ReadColumn, Result, text};

use super::compare::Object;
use super::statements;

/// The names of all parts.
const ROLES: [&str; 3] = ["whole", "events", "projections"];

/// The part of a store that a file holds.
pub(super) struct Role {
    /// Its name.
    pub name: String,
    /// True if another program changed the stored name, of which the tables say which it was, or the number of its row.
    pub is_changed: bool,
}

/// Returns the stored part, unless the tables are those of another part and more than the tables says so.
pub(super) fn read(connection: &Connection, version: u32) -> Result<Role> {
    let (stored, is_first) = connection.query_row("SELECT role, one = 1 FROM store", [], |row| {
        Ok((text(row.get_ref(0)?).unwrap_or_default().into_owned(), row.column::<bool>(1)?))
    })?;
    let mut names = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names = names.query_map([], |row| row.column(0))?.collect::<rusqlite::Result<BTreeSet<String>>>()?;
    let whole = tables(version, "whole");
    let there: BTreeSet<&str> = whole.iter().copied().filter(|table| names.contains(*table)).collect();
    let by_tables = ROLES.into_iter().find(|role| there == tables(version, role));
    let has = |sql: &str| connection.prepare(sql).and_then(|mut statement| statement.exists([]));
    let is_possible = ROLES.contains(&&*stored);
    // Another program may have removed or added tables.
    let is_sure = match by_tables {
        Some("events") => has("SELECT 1 FROM projections_files"),
        Some("projections") => has("SELECT 1 FROM store WHERE file_id IS NOT NULL"),
        Some(_) => has("SELECT 1 FROM projections_files").map(|is_bound| !is_bound),
        None => Ok(false),
    };
    match by_tables.filter(|role| *role != stored) {
        // A file of an earlier version does not have these columns.
        Some(role) if is_sure.unwrap_or(false) || !is_possible => {
            Ok(Role { name: role.to_owned(), is_changed: true })
        }
        _ => Ok(Role { name: stored, is_changed: !is_first }),
    }
}

/// Stores the part again.
pub(in crate::engines::sqlite::file) fn restore(connection: &Connection, role: &str) -> Result<()> {
    connection.execute("UPDATE store SET role = ?1, one = 1 WHERE role <> ?1 OR one <> 1", [role])?;
    Ok(())
}

fn tables(version: u32, role: &str) -> BTreeSet<&'static str> {
    let objects = statements(version, role).into_iter().map(Object::of);
    objects.filter(|object| object.kind == "table").map(|object| object.name).collect()
}
