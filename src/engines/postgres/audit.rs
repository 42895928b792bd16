//! An audit log in a PostgreSQL database, next to the events.

use std::collections::BTreeSet;
use std::sync::Arc;

use postgres::Row;

use crate::audit::{
    AuditEnd, AuditEntry, AuditLog, AuditStart, AuditSubject, DELETE, Forgotten, OperationId, Outcome, REDACT,
};
use crate::error::{Result, StoreError};
use crate::event_store::{Direction, Page};
use crate::id::SpaceId;
use crate::timestamp::Timestamp;

use super::database::{self, Database, Session, decoded, encoded, limit};
use super::log::row::{column, number, of_space, space_id};

const COLUMNS: &str =
    "operation_id, started_at, ended_at, operator, action, space_id, space_name, parameters, outcome,
    detail, redacted";

/// Matches entries with details of space $1, except deletes ($2), or of one of its names ($3) from times when no space had it.
const HAS_DETAILS: &str = "(space_id = $1 OR (space_id IS NULL AND space_name = ANY ($3))) AND action <> $2
    AND (parameters IS NOT NULL OR detail IS NOT NULL)";

/// An audit log in a PostgreSQL database.
pub struct PostgresAuditLog {
    database: Arc<Database>,
}

impl PostgresAuditLog {
    pub(super) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl AuditLog for PostgresAuditLog {
    fn begin(&self, start: &AuditStart) -> Result<OperationId> {
        self.database.write(|session| insert(session, start, None))
    }

    fn end(&self, operation_id: OperationId, end: &AuditEnd) -> Result<()> {
        self.database.write(|session| {
            let keeps = may_record_details_of(session, end.space_id)?;
            session.execute(
                "UPDATE operations SET outcome = $2, ended_at = $4, space_id = coalesce($5, space_id),
                   parameters = CASE WHEN $6 THEN parameters END,
                   detail = CASE WHEN $6 AND parameters IS NOT NULL THEN $3 END -- or it is forgotten
                 WHERE operation_id = $1 AND outcome = 'running'",
                &[
                    &column(operation_id.0),
                    &end.outcome.name(),
                    &&*encoded(&end.detail),
                    &end.ended_at.0,
                    &end.space_id.map(of_space),
                    &keeps,
                ],
            )?;
            Ok(())
        })
    }

    fn record(&self, start: &AuditStart, end: &AuditEnd) -> Result<OperationId> {
        self.database.write(|session| insert(session, start, Some(end)))
    }

    fn page(&self, about: Option<&AuditSubject>, page: Page<OperationId>) -> Result<Vec<AuditEntry>> {
        let (is_past, order, from) = match page.direction {
            Direction::Forward => (">", "ASC", 0),
            Direction::Backward => ("<", "DESC", i64::MAX),
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM operations WHERE operation_id {is_past} $1 AND ($2::bigint[] IS NULL OR space_id = ANY ($2)
               OR (space_id IS NULL AND space_name = ANY ($3)))
             ORDER BY operation_id {order} LIMIT $4"
        );
        let from = page.after.map_or(from, |after| column(after.0));
        let ids: Option<Vec<i64>> =
            about.map(|about| about.space_ids.iter().copied().map(of_space).collect());
        let names = about.map(|about| columns(&about.space_names));
        let rows =
            self.database.read(|session| session.query(&sql, &[&from, &ids, &names, &limit(page.limit)]))?;
        Ok(rows.iter().map(entry).collect())
    }

    fn names_of(&self, space_id: SpaceId) -> Result<BTreeSet<String>> {
        let sql = "SELECT DISTINCT space_name FROM operations WHERE space_id = $1 AND space_name IS NOT NULL";
        let rows = self.database.read(|session| session.query(sql, &[&of_space(space_id)]))?;
        Ok(rows.iter().map(|row| decoded(row.get(0))).collect())
    }

    fn spaces_named(&self, name: &str) -> Result<BTreeSet<SpaceId>> {
        let sql = "SELECT DISTINCT space_id FROM operations WHERE space_name = $1 AND space_id IS NOT NULL";
        let rows = self.database.read(|session| session.query(sql, &[&&*encoded(name)]))?;
        Ok(rows.iter().map(|row| space_id(row.get(0))).collect())
    }

    fn running(&self) -> Result<Vec<AuditEntry>> {
        let sql = format!("SELECT {COLUMNS} FROM operations WHERE outcome = 'running' ORDER BY operation_id");
        Ok(self.database.read(|session| session.query(&sql, &[]))?.iter().map(entry).collect())
    }

    fn forget(&self, space_id: SpaceId, space_names: &BTreeSet<String>) -> Result<u64> {
        let names = columns(space_names);
        let sql = format!("UPDATE operations SET parameters = NULL, detail = NULL WHERE {HAS_DETAILS}");
        self.database.write(|session| {
            session.execute(&sql, &[&of_space(space_id), &DELETE, &names])?;
            residue(session, space_id, &names)
        })
    }

    fn forget_where(
        &self,
        space_id: SpaceId,
        space_names: &BTreeSet<String>,
        quotes: &dyn Fn(&str) -> bool,
    ) -> Result<u64> {
        let names = columns(space_names);
        let sql = format!(
            "SELECT operation_id, parameters, detail FROM operations WHERE {HAS_DETAILS} AND action <> $4 FOR UPDATE"
        );
        self.database.write(|session| {
            let rows = session.query(&sql, &[&of_space(space_id), &DELETE, &names, &REDACT])?;
            let is_quoted = |row: &&Row| {
                let texts = [row.get::<_, Option<String>>(1), row.get::<_, Option<String>>(2).map(decoded)];
                texts.into_iter().flatten().any(|text| quotes(&text))
            };
            let found: Vec<i64> = rows.iter().filter(is_quoted).map(|row| row.get(0)).collect();
            let sql = "UPDATE operations SET parameters = NULL, detail = NULL, redacted = true WHERE operation_id = ANY ($1)";
            session.execute(sql, &[&found])
        })
    }

    fn residue(&self, space_id: SpaceId, space_names: &BTreeSet<String>) -> Result<u64> {
        let names = columns(space_names);
        self.database.read(|session| residue(session, space_id, &names))
    }
}

fn columns(names: &BTreeSet<String>) -> Vec<String> {
    names.iter().map(|name| encoded(name).into_owned()).collect()
}

fn residue(session: &mut Session, space_id: SpaceId, names: &[String]) -> database::Result<u64> {
    let sql = format!("SELECT count(*) FROM operations WHERE {HAS_DETAILS}");
    Ok(number(session.one(&sql, &[&of_space(space_id), &DELETE, &names])?.get(0)))
}

fn insert(
    session: &mut Session,
    start: &AuditStart,
    end: Option<&AuditEnd>,
) -> database::Result<OperationId> {
    let space_id = end.and_then(|end| end.space_id).or(start.space_id);
    let has_details = start.action == DELETE || may_record_details_of(session, space_id)?;
    let json = |error: serde_json::Error| StoreError::Engine { detail: error.to_string() };
    let operator = serde_json::to_string(&start.operator).map_err(json)?;
    let parameters =
        has_details.then(|| serde_json::to_string(&start.parameters)).transpose().map_err(json)?;
    let detail = end.filter(|_| has_details).map(|end| encoded(&end.detail).into_owned());
    let row = session.one(
        "INSERT INTO operations
           (started_at, operator, action, space_id, space_name, parameters, outcome, detail, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING operation_id",
        &[
            &start.started_at.0,
            &operator,
            &start.action,
            &space_id.map(of_space),
            &start.space_name.as_deref().map(|name| encoded(name).into_owned()),
            &parameters,
            &end.map_or(Outcome::Running, |end| end.outcome).name(),
            &detail,
            &end.map(|end| end.ended_at.0),
        ],
    )?;
    Ok(OperationId(number(row.get(0))))
}

/// Returns true if details of the space may be recorded: it exists, and nothing of it was removed. Its first event is the
/// first to be removed.
fn may_record_details_of(session: &mut Session, space_id: Option<SpaceId>) -> database::Result<bool> {
    let Some(space_id) = space_id else { return Ok(true) };
    let sql = "SELECT 1 FROM space_sequences WHERE space_id = $1 AND (mark IN (0, 2)
        OR EXISTS (SELECT 1 FROM event_log WHERE event_log.space_id = $1 AND space_sequence = 1))";
    Ok(session.find(sql, &[&of_space(space_id)])?.is_some())
}

/// Reads a row of [`COLUMNS`].
fn entry(row: &Row) -> AuditEntry {
    let parameters: Option<&str> = row.get(7);
    let reason = if row.get(10) { Forgotten::Redacted } else { Forgotten::Deleted };
    AuditEntry {
        operation_id: OperationId(number(row.get(0))),
        started_at: Timestamp(row.get(1)),
        ended_at: row.get::<_, Option<i64>>(2).map(Timestamp),
        operator: serde_json::from_str(row.get(3)).unwrap_or_default(),
        action: row.get(4),
        space_id: row.get::<_, Option<i64>>(5).map(space_id),
        space_name: row.get::<_, Option<String>>(6).map(decoded),
        forgotten: parameters.is_none().then_some(reason),
        parameters: parameters.and_then(|text| serde_json::from_str(text).ok()),
        outcome: Outcome::named(row.get(8)).unwrap_or(Outcome::Failed),
        detail: row.get::<_, Option<String>>(9).map(decoded),
    }
}
