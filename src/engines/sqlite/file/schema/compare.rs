//! Compares the schema of a file with ours.
//!
//! Other programs can add triggers to our tables or replace tables. A file is refused if such a change could affect
//! what is read or written. All other changes are left alone, and reported by a check.
//!
//! Definitions are first compared by their text, which takes one statement for the whole file. If the text differs, as
//! after an `ALTER TABLE` or in a file of an earlier program, the structure decides.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

use crate::engines::sqlite::file::{ReadColumn, Result};
use crate::error::OpenError;

use super::role::{self, Role};
use super::structure::{model, plain, structure};
use super::{VERSION, statements, version};

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
        let mut words = sql.split(' ').skip(1);
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
    /// True if another program stored the name of another part.
    pub has_other_role: bool,
    pub store_id: uuid::Uuid,
    /// Statements for our missing views and indexes, and for changed views.
    pub to_create: Vec<&'static str>,
}

/// The reason why a schema is not ours, and the statement that removes the obstacle.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engines::sqlite::file) struct Altered {
    pub reason: String,
    pub removed_by: Option<String>,
    /// The last columns of a table are missing, as in a file of a program that did not have them yet.
    pub is_earlier: bool,
}

impl Altered {
    pub fn error(self, path: &Path) -> OpenError {
        let Self { reason, removed_by, is_earlier } = self;
        if is_earlier {
            return OpenError::Unreleased { path: path.to_owned(), reason };
        }
        OpenError::Altered { path: path.to_owned(), reason, removed_by }
    }
}

/// The objects of a file.
struct Schema {
    /// Our statements whose text is in the file.
    same: Vec<&'static str>,
    /// All other objects, by name.
    others: BTreeMap<String, Entry>,
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
    let whole = statements(version, "whole");
    let schema = Schema::read(connection, &whole)?;
    // The same in every role, which is read from it.
    if let Some(altered) = difference(connection, version, whole[0], &schema)? {
        return Ok(Err(altered));
    }
    let store_id: uuid::Bytes =
        connection.query_row("SELECT store_id FROM store", [], |row| row.column(0))?;
    let Role { name: role, is_changed } = role::read(connection, version)?;
    let ours = statements(version, &role);
    let mut to_create = Vec::new();
    for sql in ours.iter().filter(|sql| !schema.same.contains(sql)) {
        let object = Object::of(sql);
        let is_restorable = match schema.others.get(object.name) {
            Some(entry) => object.is_view() && entry.kind == "view",
            None => object.kind != "table",
        };
        if is_restorable {
            to_create.push(*sql);
        } else if let Some(altered) = difference(connection, version, sql, &schema)? {
            return Ok(Err(altered));
        }
    }
    let ours: Vec<_> = ours.into_iter().map(Object::of).collect();
    for entry in schema.others.values().filter(|entry| !is_read_only && entry.is_attached_to(&ours)) {
        if let Some(altered) = harm(connection, entry)? {
            return Ok(Err(altered));
        }
    }
    let (store_id, has_other_role) = (uuid::Uuid::from_bytes(store_id), is_changed);
    Ok(Ok(Found { version, role, has_other_role, store_id, to_create }))
}

/// Describes the objects that are not ours in a file of this version.
pub(in crate::engines::sqlite::file) fn foreign(connection: &Connection) -> Result<Vec<String>> {
    let version = version(connection)?;
    let ours = statements(version, &role::read(connection, version)?.name);
    let schema = Schema::read(connection, &ours)?;
    let ours: Vec<_> = ours.into_iter().map(Object::of).collect();
    let mut foreign = Vec::new();
    for entry in schema.others.values().filter(|entry| entry.is_foreign(&ours)) {
        let harm = if entry.is_attached_to(&ours) { harm(connection, entry)? } else { None };
        let danger = if harm.is_some() { " and could change or reject writes" } else { "" };
        foreign.push(format!("{}, which is not part of the schema{danger}", entry.shown()));
    }
    Ok(foreign)
}

impl Schema {
    /// Reads the schema of a file. Objects with the text of our statements are not copied: most files have no others.
    fn read(connection: &Connection, ours: &[&'static str]) -> Result<Self> {
        let (mut same, mut others) = (Vec::with_capacity(ours.len()), BTreeMap::new());
        let mut statement = connection.prepare("SELECT sql, type, name, tbl_name FROM sqlite_schema")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (sql, name) = (row.get_ref(0)?, row.get_ref(2)?);
            let is = |value, text: &str| value == ValueRef::Text(text.as_bytes());
            let known = ours.iter().find(|known| is(sql, known) && is(name, Object::of(known).name));
            if let Some(known) = known {
                same.push(*known);
            } else {
                let (sql, table) = (row.column(0)?, row.column(3)?);
                let entry = Entry { kind: row.column(1)?, name: row.column(2)?, table, sql };
                others.insert(entry.name.clone(), entry);
            }
        }
        Ok(Self { same, others })
    }
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

/// Compares an object of ours with that of the file.
fn difference(
    connection: &Connection,
    version: u32,
    sql: &'static str,
    schema: &Schema,
) -> Result<Option<Altered>> {
    if schema.same.contains(&sql) {
        return Ok(None);
    }
    let object = Object::of(sql);
    let Object { kind, name, .. } = object;
    let altered = |reason| Ok(Some(Altered { reason, removed_by: None, is_earlier: false }));
    let Some(entry) = schema.others.get(name) else {
        return altered(format!("the {kind} {name} is missing"));
    };
    if entry.kind != kind {
        return altered(format!("a {} replaces the {kind} {name}", entry.kind));
    }
    let stored = entry.sql.as_deref().unwrap_or_default();
    if plain(stored) == plain(sql) {
        return Ok(None);
    }
    let ours = structure(&model(version)?, object, sql)?;
    let theirs = structure(connection, object, stored)?;
    let added = theirs.iter().find(|line| !ours.contains(line));
    let missing = ours.iter().find(|line| !theirs.contains(line));
    match (added, missing) {
        (Some(added), Some(missing)) => {
            altered(format!("the {kind} {name} has {added} instead of {missing}"))
        }
        (Some(added), None) => {
            altered(format!("the {kind} {name} has {added}, which is not part of the schema"))
        }
        (None, Some(missing)) if version == VERSION && is_earlier(&theirs, &ours) => {
            let reason = format!("the {kind} {name} lacks {missing}");
            Ok(Some(Altered { reason, removed_by: None, is_earlier: true }))
        }
        (None, Some(missing)) => altered(format!("the {kind} {name} lacks {missing}")),
        (None, None) if ours != theirs => altered(format!("the {kind} {name} has another order of columns")),
        (None, None) => Ok(None),
    }
}

/// Returns true if a table has the first columns of ours, and differs from it in nothing else.
fn is_earlier(theirs: &[String], ours: &[String]) -> bool {
    let is_column = |line: &&String| line.starts_with("the column ");
    let of_theirs: Vec<&String> = theirs.iter().filter(is_column).collect();
    let of_ours: Vec<&String> = ours.iter().filter(is_column).collect();
    let rest = |lines: &[String]| lines.iter().filter(|line| !is_column(line)).cloned().collect::<Vec<_>>();
    of_ours.starts_with(&of_theirs) && of_theirs.len() < of_ours.len() && rest(theirs) == rest(ours)
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
        is_earlier: false,
    }))
}

fn is_unique(connection: &Connection, entry: &Entry) -> Result<bool> {
    let sql = "SELECT \"unique\" FROM pragma_index_list(?1, 'main') WHERE name = ?2";
    let unique = connection.query_row(sql, (&entry.table, &entry.name), |row| row.column(0)).optional()?;
    Ok(unique.unwrap_or(false))
}
