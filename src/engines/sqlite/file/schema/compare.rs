//! Compares the schema of a file with ours.
//!
//! Other programs can add triggers to our tables or replace tables. A file is refused if such a change could affect
//! what is read or written. All other changes are left alone, and reported by a check.
//!
//! Definitions are first compared by their text, which takes one statement for the whole file. If the text differs, as
//! after an `ALTER TABLE` or in a file of an earlier program, the structure decides.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::engines::sqlite::file::Result;
use crate::error::OpenError;

use super::{statements, version};

/// An object of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engines::sqlite::file) struct Object<'a> {
    pub kind: &'a str,
    pub name: &'a str,
    /// The statement that creates it.
    pub sql: &'a str,
}

impl<'a> Object<'a> {
    /// Parses one of our statements: `CREATE kind name …`.
    pub fn of(sql: &'a str) -> Self {
        let mut words = sql.split([' ', '\n', '(']).skip(1);
        let mut word = || words.next().unwrap_or_default();
        let kind = match word() {
            "TABLE" => "table",
            "INDEX" => "index",
            _ => "view",
        };
        Self { kind, name: word(), sql }
    }

    pub fn is_view(&self) -> bool {
        self.kind == "view"
    }
}

/// The schema of a file.
#[derive(Debug)]
pub(in crate::engines::sqlite::file) struct Found {
    pub version: u32,
    /// The part of a store that the file holds.
    pub role: String,
    pub store_id: uuid::Uuid,
    /// Statements for our missing views and indexes, and for changed views.
    pub to_create: Vec<&'static str>,
}

/// The reason why a schema is not ours, and the statement that removes the obstacle.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engines::sqlite::file) struct Altered {
    pub reason: String,
    pub removed_by: Option<String>,
}

impl Altered {
    pub fn error(self, path: &Path) -> OpenError {
        let Self { reason, removed_by } = self;
        OpenError::Altered { path: path.to_owned(), reason, removed_by }
    }
}

/// A row of the schema.
struct Entry {
    kind: String,
    name: String,
    table: String,
    sql: Option<String>,
}

/// Compares a file's schema in one snapshot. A read-only file is refused only for changes that could affect what is
/// read.
pub(in crate::engines::sqlite::file) fn look(
    connection: &Connection,
    is_read_only: bool,
) -> Result<std::result::Result<Found, Altered>> {
    connection.execute_batch("BEGIN")?;
    let found = look_within(connection, is_read_only);
    // Ending a read transaction loses nothing.
    let _ = connection.execute_batch("COMMIT");
    found
}

/// Like [`look`], within a transaction.
pub(in crate::engines::sqlite::file) fn look_within(
    connection: &Connection,
    is_read_only: bool,
) -> Result<std::result::Result<Found, Altered>> {
    let version = version(connection)?;
    let entries = entries(connection)?;
    // The same in every role, which is read from it.
    let store = Object::of(statements(version, "whole")[0]);
    if let Some(altered) = difference(connection, version, store, entries.get(store.name))? {
        return Ok(Err(altered));
    }
    let (store_id, role): (uuid::Bytes, String) =
        connection.query_row("SELECT store_id, role FROM store", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let ours: Vec<_> = statements(version, &role).into_iter().map(Object::of).collect();
    let mut to_create = Vec::new();
    for object in &ours {
        let entry = entries.get(object.name);
        let is_as_ours = entry.is_some_and(|entry| entry.sql.as_deref() == Some(object.sql));
        let is_restorable = object.kind != "table" && entry.is_none_or(|entry| entry.kind == "view");
        if is_as_ours {
            continue;
        }
        if is_restorable && entry.is_none_or(|_| object.is_view()) {
            to_create.push(object.sql);
        } else if let Some(altered) = difference(connection, version, *object, entry)? {
            return Ok(Err(altered));
        }
    }
    for entry in entries.values().filter(|entry| !is_read_only && entry.is_attached_to(&ours)) {
        if let Some(altered) = harm(connection, entry)? {
            return Ok(Err(altered));
        }
    }
    Ok(Ok(Found { version, role, store_id: uuid::Uuid::from_bytes(store_id), to_create }))
}

/// Describes the objects that are not ours in a file of this version.
pub(in crate::engines::sqlite::file) fn foreign(connection: &Connection) -> Result<Vec<String>> {
    let version = version(connection)?;
    let role: String = connection.query_row("SELECT role FROM store", [], |row| row.get(0))?;
    let ours: Vec<_> = statements(version, &role).into_iter().map(Object::of).collect();
    let mut foreign = Vec::new();
    for entry in entries(connection)?.values().filter(|entry| entry.is_foreign(&ours)) {
        let harm = if entry.is_attached_to(&ours) { harm(connection, entry)? } else { None };
        let danger = if harm.is_some() { " and could change or reject writes" } else { "" };
        foreign.push(format!("{}, which is not part of the schema{danger}", entry.shown()));
    }
    Ok(foreign)
}

fn entries(connection: &Connection) -> Result<BTreeMap<String, Entry>> {
    let mut statement = connection.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")?;
    let rows = statement.query_map([], |row| {
        let entry = Entry { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, sql: row.get(3)? };
        Ok((entry.name.clone(), entry))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl Entry {
    /// Returns true if the object is neither ours nor SQLite's.
    fn is_foreign(&self, ours: &[Object<'_>]) -> bool {
        ours.iter().all(|object| object.name != self.name)
            && self.sql.is_some()
            && !self.name.starts_with("sqlite_")
    }

    /// Returns true if the object is foreign, and attached to one of ours.
    fn is_attached_to(&self, ours: &[Object<'_>]) -> bool {
        self.is_foreign(ours) && ours.iter().any(|object| object.name == self.table)
    }

    /// Describes the object for people.
    fn shown(&self) -> String {
        match self.kind.as_str() {
            "trigger" | "index" => format!("the {} {} on {}", self.kind, self.name, self.table),
            kind => format!("the {kind} {}", self.name),
        }
    }
}

/// Compares an object of ours with the entry of that name.
fn difference(
    connection: &Connection,
    version: u32,
    object: Object<'_>,
    entry: Option<&Entry>,
) -> Result<Option<Altered>> {
    let Object { kind, name, sql } = object;
    let altered = |reason| Ok(Some(Altered { reason, removed_by: None }));
    let Some(entry) = entry else { return altered(format!("the {kind} {name} is missing")) };
    if entry.kind != kind {
        return altered(format!("a {} replaces the {kind} {name}", entry.kind));
    }
    let stored = entry.sql.as_deref().unwrap_or_default();
    if plain(stored) == plain(sql) {
        return Ok(None);
    }
    let ours = structure(&model(version)?, object, sql)?;
    let theirs = structure(connection, object, stored)?;
    let line = (0..ours.len().max(theirs.len())).find(|line| ours.get(*line) != theirs.get(*line));
    let Some(line) = line else { return Ok(None) };
    let shown = |lines: &[String]| lines.get(line).map_or("nothing".to_owned(), String::clone);
    altered(format!("the {kind} {name} has {} instead of {}", shown(&theirs), shown(&ours)))
}

/// Reports a foreign object that could change or reject writes to a table of ours.
fn harm(connection: &Connection, entry: &Entry) -> Result<Option<Altered>> {
    let is_harmful = match entry.kind.as_str() {
        "trigger" => true,
        "index" => is_unique(connection, entry)?,
        _ => false,
    };
    let drop = || format!("DROP {} \"{}\"", entry.kind.to_uppercase(), entry.name.replace('"', "\"\""));
    Ok(is_harmful.then(|| Altered {
        reason: format!("{} is not part of the schema and could change or reject writes", entry.shown()),
        removed_by: Some(drop()),
    }))
}

fn is_unique(connection: &Connection, entry: &Entry) -> Result<bool> {
    let sql = "SELECT \"unique\" FROM pragma_index_list(?1, 'main') WHERE name = ?2";
    let unique = connection.query_row(sql, (&entry.table, &entry.name), |row| row.get(0)).optional()?;
    Ok(unique.unwrap_or(false))
}

/// Returns a definition without comments, quotes and whitespace.
fn plain(sql: &str) -> String {
    let without_comment = |line: &'_ str| line.split("--").next().unwrap_or_default().to_owned();
    let text: String = sql.lines().map(without_comment).collect();
    text.chars().filter(|letter| !letter.is_whitespace() && *letter != '"').collect()
}

/// Creates an empty file of this version in memory, with every object.
fn model(version: u32) -> Result<Connection> {
    let model = Connection::open_in_memory()?;
    for statement in statements(version, "whole") {
        model.execute_batch(statement)?;
    }
    Ok(model)
}

/// Describes a table or an index: its kind, columns, keys and constraints, one per line.
fn structure(connection: &Connection, object: Object<'_>, sql: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut add = |sql: &str| -> Result<()> {
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([object.name], |row| row.get::<_, String>(0))?;
        for row in rows {
            lines.push(row?);
        }
        Ok(())
    };
    if object.kind == "table" {
        TABLE.iter().try_for_each(|sql| add(sql))?;
        // SQLite reports CHECK constraints only in the text.
        let checks = plain(sql).to_uppercase().matches("CHECK(").count();
        lines.push(format!("{checks} CHECK constraints"));
    } else {
        add(INDEX)?;
        // Includes the condition of a partial index.
        lines.push(format!("the definition {}", plain(sql)));
    }
    Ok(lines)
}

const TABLE: [&str; 4] = [
    "SELECT format('%s%s', iif(wr, 'no rowid', 'a rowid'), iif(strict, ', strict types', ''))
     FROM pragma_table_list(?1) WHERE schema = 'main'",
    "SELECT format('the column %s %s%s%s%s%s', name, type, iif(\"notnull\", ' NOT NULL', ''),
       iif(pk, format(' (%d of the key)', pk), ''), coalesce(' DEFAULT ' || dflt_value, ''),
       iif(hidden, ' (generated)', ''))
     FROM pragma_table_xinfo(?1, 'main') ORDER BY cid",
    "SELECT format('the constraint %s on %s', iif(list.origin = 'pk', 'PRIMARY KEY', 'UNIQUE'),
       group_concat(format('%s %s%s', columns.name, columns.coll, iif(columns.\"desc\", ' DESC', '')), ', '))
     FROM pragma_index_list(?1, 'main') AS list, pragma_index_xinfo(list.name, 'main') AS columns
     WHERE list.origin <> 'c' AND columns.key GROUP BY list.name ORDER BY list.name",
    "SELECT format('a foreign key to %s', \"table\") FROM pragma_foreign_key_list(?1, 'main')",
];

const INDEX: &str = "SELECT format('%s%s on %s', iif(\"unique\", 'unique ', ''), iif(partial, 'partial', 'whole'), tables.name)
    FROM sqlite_schema AS tables, pragma_index_list(tables.name, 'main') AS list
    WHERE tables.type = 'table' AND list.name = ?1";
