//! An audit log in a SQLite file, next to the events.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Row, ToSql};
use serde::Serialize;

use super::file;
use super::file::column::Kind;
use super::file::{Database, ReadColumn, SEQUENCE_BITS, numbers, text};
use crate::error::{Result, StoreError};
use crate::event_store::{Direction, Page};
use crate::id::SpaceId;
use crate::timestamp::Timestamp;

use crate::audit::{
    AuditEnd, AuditEntry, AuditLog, AuditStart, AuditSubject, DELETE, Forgotten, OperationId, Outcome, REDACT,
};

const COLUMNS: &str =
    "operation_id, started_at, ended_at, operator, action, space_id, space_name, parameters,
    outcome, detail, redacted";

/// Matches entries with details of space ?1, except deletes (?2), or of one of its names (a JSON array, ?3) from times
/// when no space had it.
const HAS_DETAILS: &str =
    "(space_id = ?1 OR (space_id IS NULL AND space_name IN (SELECT value FROM json_each(?3)))) AND action <> ?2
    AND (parameters IS NOT NULL OR detail IS NOT NULL)";

/// Matches entries about spaces with ids (a JSON array, ?2) or, if an entry has none, with names (?3).
const IS_ABOUT: &str = "(space_id IN (SELECT value FROM json_each(?2))
    OR (space_id IS NULL AND space_name IN (SELECT value FROM json_each(?3))))";

/// How long to wait for a store that was just found to be busy.
const MOMENT: Duration = Duration::from_millis(250);

/// An audit log in a SQLite file.
pub struct SqliteAuditLog {
    database: Arc<Database>,
}

impl SqliteAuditLog {
    /// Opens the audit log of an events file.
    pub fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl AuditLog for SqliteAuditLog {
    fn begin(&self, start: &AuditStart) -> Result<OperationId> {
        self.database.write(|connection| insert(connection, start, None))
    }

    fn end(&self, operation_id: OperationId, end: &AuditEnd) -> Result<()> {
        self.database.write(|connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE operations SET outcome = ?2, ended_at = ?4, space_id = coalesce(?5, space_id),
                   parameters = CASE WHEN ?6 THEN parameters END,
                   detail = CASE WHEN ?6 AND parameters IS NOT NULL THEN ?3 END -- or it is forgotten
                 WHERE operation_id = ?1 AND outcome = 'running'",
            )?;
            statement.execute((
                operation_id.0,
                end.outcome.name(),
                &end.detail,
                end.ended_at.0,
                end.space_id.map(|space_id| space_id.0),
                may_record_details_of(connection, end.space_id)?,
            ))?;
            Ok(())
        })
    }

    fn record(&self, start: &AuditStart, end: &AuditEnd) -> Result<OperationId> {
        self.database.write(|connection| insert(connection, start, Some(end)))
    }

    fn attempt(&self, start: &AuditStart, end: &AuditEnd) -> Result<OperationId> {
        self.database.write_within(MOMENT, |connection| insert(connection, start, Some(end)))
    }

    fn page(&self, about: Option<&AuditSubject>, page: Page<OperationId>) -> Result<Vec<AuditEntry>> {
        let (is_behind, order, from) = match page.direction {
            Direction::Forward => (">", "ASC", 0),
            Direction::Backward => ("<", "DESC", i64::MAX),
        };
        let is_about = if about.is_some() { IS_ABOUT } else { "?2 IS NULL AND ?3 IS NULL" };
        let sql = format!(
            "SELECT {COLUMNS} FROM operations WHERE operation_id {is_behind} ?1 AND {is_about}
             ORDER BY operation_id {order}"
        );
        let from = page.after.map_or(from, |after| i64::try_from(after.0).unwrap_or(i64::MAX));
        let ids = about.map(|about| array(&about.space_ids)).transpose()?;
        let names = about.map(|about| array(&about.space_names)).transpose()?;
        self.database.read(|connection| list(connection, &sql, (from, &ids, &names), &page))
    }

    fn names_of(&self, space_id: SpaceId) -> Result<BTreeSet<String>> {
        let sql = "SELECT DISTINCT space_name FROM operations WHERE space_id = ?1 AND space_name IS NOT NULL";
        self.database.read(|connection| distinct(connection, sql, space_id.0))
    }

    fn spaces_named(&self, name: &str) -> Result<BTreeSet<SpaceId>> {
        let sql = "SELECT DISTINCT space_id FROM operations WHERE space_name = ?1 AND space_id IS NOT NULL";
        let ids: BTreeSet<u32> = self.database.read(|connection| distinct(connection, sql, name))?;
        Ok(ids.into_iter().map(SpaceId).collect())
    }

    fn running(&self) -> Result<Vec<AuditEntry>> {
        let sql = format!("SELECT {COLUMNS} FROM operations WHERE outcome = 'running' ORDER BY operation_id");
        self.database.read(|connection| list(connection, &sql, (), &Page::forward(None, usize::MAX)))
    }

    fn forget(&self, space_id: SpaceId, space_names: &BTreeSet<String>) -> Result<u64> {
        let names = array(space_names)?;
        let sql = format!("UPDATE operations SET parameters = NULL, detail = NULL WHERE {HAS_DETAILS}");
        self.database.write(|connection| {
            connection.execute(&sql, (space_id.0, DELETE, &names))?;
            residue(connection, space_id, &names)
        })
    }

    fn forget_where(
        &self,
        space_id: SpaceId,
        space_names: &BTreeSet<String>,
        quotes: &dyn Fn(&str) -> bool,
    ) -> Result<u64> {
        let names = array(space_names)?;
        let of = (space_id.0, names.as_str());
        if self.database.read(|connection| quoting(connection, of, quotes))?.is_empty() {
            return Ok(0);
        }
        self.database.write(|connection| {
            let found = quoting(connection, of, quotes)?;
            let sql = "UPDATE operations SET parameters = NULL, detail = NULL, redacted = 1 WHERE operation_id = ?1";
            found.iter().try_for_each(|id| connection.prepare_cached(sql)?.execute([id]).map(drop))?;
            Ok(found.len() as u64)
        })
    }

    fn residue(&self, space_id: SpaceId, space_names: &BTreeSet<String>) -> Result<u64> {
        let names = array(space_names)?;
        self.database.read(|connection| residue(connection, space_id, &names))
    }
}

/// Returns values as a JSON array.
fn array<T: Serialize>(values: &BTreeSet<T>) -> Result<String, StoreError> {
    serde_json::to_string(values).map_err(|error| StoreError::Engine { detail: error.to_string() })
}

/// Returns the values that a query with one parameter yields. A file of an older version that is open read-only has none.
fn distinct<T: FromSql + Kind + Ord>(
    connection: &Connection,
    sql: &str,
    parameter: impl ToSql,
) -> file::Result<BTreeSet<T>> {
    if !exists(connection)? {
        return Ok(BTreeSet::new());
    }
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map([parameter], |row| row.column(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Returns true if the file has the table.
fn exists(connection: &Connection) -> file::Result<bool> {
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'operations'";
    Ok(connection.prepare_cached(table)?.exists([])?)
}

/// Returns the entries of a space whose details are recognised.
fn quoting(
    connection: &Connection,
    (space_id, names): (u32, &str),
    quotes: &dyn Fn(&str) -> bool,
) -> file::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT operation_id, parameters, detail FROM operations WHERE {HAS_DETAILS} AND action <> ?4"
    ))?;
    let mut rows = statement.query((space_id, DELETE, names, REDACT))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut texts = [text(row.get_ref(1)?), text(row.get_ref(2)?)].into_iter().flatten();
        if texts.any(|text| quotes(&text)) {
            found.push(row.column(0)?);
        }
    }
    Ok(found)
}

fn residue(connection: &Connection, space_id: SpaceId, names: &str) -> file::Result<u64> {
    let sql = format!("SELECT count(*) FROM operations WHERE {HAS_DETAILS}");
    Ok(connection.query_row(&sql, (space_id.0, DELETE, names), |row| row.column(0))?)
}

fn insert(connection: &Connection, start: &AuditStart, end: Option<&AuditEnd>) -> file::Result<OperationId> {
    let space_id = end.and_then(|end| end.space_id).or(start.space_id);
    let has_details = start.action == DELETE || may_record_details_of(connection, space_id)?;
    let json = |error: serde_json::Error| StoreError::Engine { detail: error.to_string() };
    let mut statement = connection.prepare_cached(
        "INSERT INTO operations
           (started_at, operator, action, space_id, space_name, parameters, outcome, detail, ended_at, operation_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let inserted = statement.execute((
        start.started_at.0,
        serde_json::to_string(&start.operator).map_err(json)?,
        &start.action,
        space_id.map(|space_id| space_id.0),
        &start.space_name,
        has_details.then(|| serde_json::to_string(&start.parameters)).transpose().map_err(json)?,
        end.map_or(Outcome::Running, |end| end.outcome).name(),
        end.filter(|_| has_details).map(|end| &end.detail),
        end.map(|end| end.ended_at.0),
        numbers::beside_damage(connection, "operations", "operation_id")?,
    ));
    numbers::inserted(connection, "operations", "operations", inserted)?;
    Ok(OperationId(connection.last_insert_rowid().unsigned_abs()))
}

/// Returns true if details of the space may be recorded: it exists, and nothing of it was removed. Its first
/// event is the first to be removed.
fn may_record_details_of(connection: &Connection, space_id: Option<SpaceId>) -> file::Result<bool> {
    let Some(space_id) = space_id else { return Ok(true) };
    let sql = "SELECT 1 FROM space_sequences WHERE space_id = ?1
        AND (mark IN (0, 2) OR EXISTS (SELECT 1 FROM event_log WHERE pos = ?2))";
    let first = (u64::from(space_id.0) << SEQUENCE_BITS) | 1;
    Ok(connection.prepare_cached(sql)?.exists((space_id.0, first))?)
}

/// Returns the entries that a query yields. A file of an older version that is open read-only has none.
fn list(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    page: &Page<OperationId>,
) -> file::Result<Vec<AuditEntry>> {
    if !exists(connection)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut found: Vec<AuditEntry> = Vec::new();
    while found.len() < page.limit
        && let Some(row) = rows.next()?
    {
        let operation = operation(row)?;
        let before = found.last().map(|before| before.operation_id).or(page.after);
        page.direction.check_past(before.as_ref(), &operation.operation_id, "the operation")?;
        found.push(operation);
    }
    Ok(found)
}

/// Reads a row of [`COLUMNS`], omitting unreadable values so that the others can be shown.
fn operation(row: &Row<'_>) -> file::Result<AuditEntry> {
    let word = |column| Ok::<_, rusqlite::Error>(text(row.get_ref(column)?).map(|text| text.into_owned()));
    let outcome = word(8)?.unwrap_or_default();
    let parameters = word(7)?;
    let reason = if row.column(10)? { Forgotten::Redacted } else { Forgotten::Deleted };
    Ok(AuditEntry {
        operation_id: OperationId(row.column(0)?),
        started_at: Timestamp(row.column(1)?),
        ended_at: row.column::<Option<i64>>(2)?.map(Timestamp),
        operator: serde_json::from_str(&word(3)?.unwrap_or_default()).unwrap_or_default(),
        action: word(4)?.unwrap_or_default(),
        space_id: row.column::<Option<i64>>(5)?.and_then(|number| u32::try_from(number).ok()).map(SpaceId),
        space_name: word(6)?,
        forgotten: parameters.is_none().then_some(reason),
        parameters: parameters.and_then(|text| serde_json::from_str(&text).ok()),
        outcome: Outcome::named(&outcome).unwrap_or(Outcome::Failed),
        detail: word(9)?,
    })
}
