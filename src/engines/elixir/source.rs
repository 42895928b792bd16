//! The rows of a file of the original as they are stored, in the order in which an import reads them.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde_json::Value;

use crate::engines::sqlite::FileResult;
use crate::error::Result;
use crate::event_store::Direction;

use super::file::OriginalFile;
use super::order::{SourceOrder, SourcePart, StoredSequences};
use super::row::{binary, no_integer};
use super::term::Limits;

/// Reads the rows of a file of the original as they are stored: with its own numbers, also those of deleted spaces.
pub(crate) struct OriginalSource {
    pub(super) events: Arc<OriginalFile>,
    pub(super) projections: Arc<OriginalFile>,
}

/// A space of the original, as it is registered.
#[derive(Debug, Clone)]
pub(crate) struct RegisteredSpace {
    pub space_name: String,
    /// The text of its metadata.
    pub metadata: Option<String>,
    /// In Unix seconds.
    pub created_at: i64,
    /// The value that is stored in place of the seconds, if it is not an integer.
    pub no_created_at: Option<Value>,
}

/// A space, and the order of its events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceSpace {
    pub space_id: i64,
    pub order: SourceOrder,
}

/// The numbers of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceNumbers {
    pub event_id: i64,
    pub space_sequence: i64,
    pub causation_id: Option<i64>,
}

/// The place of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourcePlace {
    pub space_id: i64,
    pub event_id: i64,
    pub space_sequence: i64,
}

/// An event, and the earlier one in another space that caused it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceLink {
    pub effect: SourcePlace,
    pub cause: SourcePlace,
}

/// A row of the events.
#[derive(Debug, Clone)]
pub(crate) struct SourceEvent {
    pub event_id: i64,
    pub space_sequence: i64,
    pub entity_id: SourceText,
    pub event_type: SourceText,
    pub payload: SourcePayload,
    /// In Unix milliseconds.
    pub timestamp: i64,
    pub causation_id: Option<i64>,
    pub correlation_id: Option<SourceText>,
    /// The values that are stored in place of these integers, by column.
    pub no_integers: Vec<(&'static str, Value)>,
}

/// A text of a row.
#[derive(Debug, Clone)]
pub(crate) struct SourceText {
    pub text: String,
    /// The stored value, if it is not this text: a number, or bytes that are not UTF-8.
    pub stored: Option<Value>,
}

/// The payload of a row.
#[derive(Debug, Clone)]
pub(crate) enum SourcePayload {
    /// A term, whatever its storage class.
    Bytes(Vec<u8>),
    /// More bytes than any term may have. They are not loaded.
    TooLarge(u64),
    /// A number or nothing in place of a term.
    Other(Value),
}

impl OriginalSource {
    pub(super) fn new(events: Arc<OriginalFile>, projections: Arc<OriginalFile>) -> Self {
        Self { events, projections }
    }

    /// Runs `work` in a snapshot of the files.
    pub(crate) fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.events.database.long_snapshot(|| match Arc::ptr_eq(&self.events, &self.projections) {
            true => work(),
            false => self.projections.database.long_snapshot(work),
        })
    }

    /// Returns the ids of the spaces that are registered, or of which there are events, in order.
    pub(crate) fn space_ids(&self) -> Result<Vec<i64>> {
        let mut ids = self.events.read_named(|connection| {
            let mut ids = ids_of(connection, "spaces")?;
            ids.append(&mut ids_of(connection, "events")?);
            Ok(ids)
        })?;
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Returns a space as it is registered.
    pub(crate) fn registered(&self, space_id: i64) -> Result<Option<RegisteredSpace>> {
        self.events.read_named(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT space_name, metadata, created_at FROM spaces WHERE space_id = ?1")?;
            let mut rows = statement.query([space_id])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            Ok(Some(RegisteredSpace {
                space_name: source_text(row.get_ref(0)?).map(|name| name.text).unwrap_or_default(),
                metadata: source_text(row.get_ref(1)?).map(|metadata| metadata.text),
                created_at: integer(row, 2)?,
                no_created_at: no_integer(row.get_ref(2)?),
            }))
        })
    }

    /// Returns the types of a space's events.
    pub(crate) fn event_types(&self, space_id: i64) -> Result<Vec<String>> {
        self.events.read_named(|connection| {
            let sql = "SELECT DISTINCT event_type FROM events WHERE space_id = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let types = statement.query_map([space_id], |row| Ok(source_text(row.get_ref(0)?)))?;
            let types = types.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(types.into_iter().flatten().map(|event_type| event_type.text).collect())
        })
    }

    /// Returns the time of a space's first event, and that of its first entry, in milliseconds.
    pub(crate) fn first_time(&self, space_id: i64) -> Result<Option<i64>> {
        let event = self.events.read_named(|connection| {
            let sql =
                "SELECT timestamp FROM events WHERE space_id = ?1 ORDER BY space_sequence, event_id LIMIT 1";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_row([space_id], |row| integer(row, 0)).optional()?)
        })?;
        let Some(table) = self.projections.layout.entities.as_ref().filter(|_| event.is_none()) else {
            return Ok(event);
        };
        self.projections.read_named(|connection| {
            let sql = format!("SELECT min(updated_at) FROM {table} WHERE space_id = ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            let first: Option<i64> = statement.query_row([space_id], |row| integer(row, 0)).optional()?;
            Ok(first.map(|seconds| seconds.saturating_mul(1000)))
        })
    }

    /// Returns the number of keys in the projection of a space.
    pub(crate) fn keys(&self, space_id: i64) -> Result<u64> {
        let Some(table) = &self.projections.layout.entities else { return Ok(0) };
        self.projections.read_named(|connection| {
            let sql = format!("SELECT count(*) FROM {table} WHERE space_id = ?1");
            let count: i64 = connection.prepare_cached(&sql)?.query_row([space_id], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
    }

    /// Returns the number of entries of a space that were written before a time in Unix seconds.
    pub(crate) fn keys_before(&self, space_id: i64, seconds: i64) -> Result<u64> {
        let Some(table) = &self.projections.layout.entities else { return Ok(0) };
        self.projections.read_named(|connection| {
            let sql = format!(
                "SELECT count(*) FROM {table}
                 WHERE space_id = ?1 AND typeof(updated_at) = 'integer' AND updated_at < ?2"
            );
            let count: i64 =
                connection.prepare_cached(&sql)?.query_row([space_id, seconds], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
    }

    /// Returns the sequences of a space in numbers.
    pub(crate) fn sequences(&self, space_id: i64) -> Result<StoredSequences> {
        self.events.read_named(|connection| StoredSequences::read(connection, space_id))
    }

    /// Visits the ids, sequences and causes of a space's events in the order of the import. Errors of a visit are about
    /// another file.
    pub(crate) fn each_number(
        &self,
        space: SourceSpace,
        part: SourcePart,
        visit: &mut dyn FnMut(SourceNumbers) -> Result<()>,
    ) -> Result<()> {
        let columns = "event_id, space_sequence, causation_id";
        self.each_row(space, part, columns, &mut |row| {
            let causation_id = causation(row.get_ref(2)?);
            let numbers =
                SourceNumbers { event_id: integer(row, 0)?, space_sequence: integer(row, 1)?, causation_id };
            Ok(visit(numbers))
        })
    }

    /// Visits a space's events in the order of the import.
    pub(crate) fn each_event(
        &self,
        space: SourceSpace,
        part: SourcePart,
        visit: &mut dyn FnMut(SourceEvent) -> Result<()>,
    ) -> Result<()> {
        self.each_row(space, part, &columns(), &mut |row| Ok(visit(source_event(row)?)))
    }

    fn each_row(
        &self,
        space: SourceSpace,
        part: SourcePart,
        columns: &str,
        visit: &mut dyn FnMut(&Row<'_>) -> FileResult<Result<()>>,
    ) -> Result<()> {
        let Some((first, last)) = part.bounds() else { return Ok(()) };
        let condition = space.order.condition(part);
        let sql = format!("SELECT {columns} FROM events WHERE {condition}");
        self.each(&sql, (space.space_id, first, last), visit)
    }

    /// Visits the pairs of an event and an earlier one in another space that caused it, in the order of the ids of the
    /// events, or in the reverse order.
    pub(crate) fn each_link(
        &self,
        direction: Direction,
        visit: &mut dyn FnMut(SourceLink) -> Result<()>,
    ) -> Result<()> {
        let order = if direction == Direction::Forward { "ASC" } else { "DESC" };
        let sql = format!(
            "SELECT effect.space_id, effect.event_id, effect.space_sequence,
               cause.space_id, cause.event_id, cause.space_sequence
             FROM events AS effect NOT INDEXED
             CROSS JOIN events AS cause ON cause.event_id = effect.causation_id
             WHERE typeof(effect.causation_id) = 'integer' AND cause.space_id <> effect.space_id
               AND cause.event_id < effect.event_id
             ORDER BY effect.event_id {order}"
        );
        self.each(&sql, (), &mut |row| {
            let place = |column| {
                Ok::<_, rusqlite::Error>(SourcePlace {
                    space_id: integer(row, column)?,
                    event_id: integer(row, column + 1)?,
                    space_sequence: integer(row, column + 2)?,
                })
            };
            Ok(visit(SourceLink { effect: place(0)?, cause: place(3)? }))
        })
    }

    /// Visits the events with more than `payload` bytes of payload, or more than `others` bytes in their other columns,
    /// with the ids of their spaces.
    pub(crate) fn each_large(
        &self,
        (payload, others): (usize, usize),
        visit: &mut dyn FnMut(i64, SourceEvent) -> Result<()>,
    ) -> Result<()> {
        let size = |column| format!("coalesce(octet_length({column}), 0)");
        let all =
            ["entity_id", "event_type", "correlation_id", "causation_id", "timestamp", "space_sequence"];
        let sql = format!(
            "SELECT {}, space_id FROM events WHERE octet_length(payload) > {payload} OR {} > {others}",
            columns(),
            all.map(size).join(" + "),
        );
        self.each(&sql, (), &mut |row| Ok(visit(integer(row, 9)?, source_event(row)?)))
    }

    fn each(
        &self,
        sql: &str,
        parameters: impl Params,
        visit: &mut dyn FnMut(&Row<'_>) -> FileResult<Result<()>>,
    ) -> Result<()> {
        self.events.read_named(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(parameters)?;
            while let Some(row) = rows.next()? {
                if let Err(error) = visit(row)? {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        })?
    }

    /// Returns the space and the sequence of an event.
    pub(crate) fn find(&self, event_id: i64) -> Result<Option<(i64, i64)>> {
        self.events.read_named(|connection| {
            let sql = "SELECT space_id, space_sequence FROM events WHERE event_id = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_row([event_id], |row| Ok((integer(row, 0)?, integer(row, 1)?))).optional()?)
        })
    }
}

/// Returns the ids of the spaces in a table: each step looks up the next one in its index.
pub(super) fn ids_of(connection: &Connection, table: &str) -> FileResult<Vec<i64>> {
    let sql = format!(
        "WITH RECURSIVE ids(id) AS (
             SELECT min(space_id) FROM {table}
             UNION ALL SELECT (SELECT min(space_id) FROM {table} WHERE space_id > id) FROM ids WHERE id IS NOT NULL
         ) SELECT id FROM ids WHERE typeof(id) = 'integer'"
    );
    let mut statement = connection.prepare(&sql)?;
    let ids = statement.query_map([], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Returns the columns of an event. A payload that is larger than any term is not loaded.
fn columns() -> String {
    let limit = Limits::STANDARD.bytes;
    format!(
        "event_id, space_sequence, entity_id, event_type,
         iif(octet_length(payload) <= {limit}, payload, NULL), octet_length(payload),
         timestamp, causation_id, correlation_id"
    )
}

fn source_event(row: &Row<'_>) -> FileResult<SourceEvent> {
    let text = |column| Ok::<_, rusqlite::Error>(source_text(row.get_ref(column)?));
    let size = integer(row, 5)?.unsigned_abs();
    let payload = match row.get_ref(4)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => SourcePayload::Bytes(bytes.to_vec()),
        ValueRef::Null if size > 0 => SourcePayload::TooLarge(size),
        ValueRef::Null => SourcePayload::Other(Value::Null),
        ValueRef::Integer(number) => SourcePayload::Other(number.into()),
        ValueRef::Real(number) => SourcePayload::Other(number.into()),
    };
    let nothing = || SourceText { text: String::new(), stored: None };
    let causation_id = causation(row.get_ref(7)?);
    let mut no_integers = Vec::new();
    for (column, name) in [(1, "space_sequence"), (6, "timestamp"), (7, "causation_id")] {
        no_integers.extend(no_integer(row.get_ref(column)?).map(|value| (name, value)));
    }
    Ok(SourceEvent {
        event_id: integer(row, 0)?,
        space_sequence: integer(row, 1)?,
        entity_id: text(2)?.unwrap_or_else(nothing),
        event_type: text(3)?.unwrap_or_else(nothing),
        payload,
        timestamp: integer(row, 6)?,
        causation_id,
        correlation_id: text(8)?,
        no_integers,
    })
}

/// Reads a cause. Other types than integers name none.
fn causation(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Integer(event_id) => Some(event_id),
        _ => None,
    }
}

/// Reads a text, whatever its storage class.
fn source_text(value: ValueRef<'_>) -> Option<SourceText> {
    let bytes = match value {
        ValueRef::Null => return None,
        ValueRef::Integer(number) => {
            return Some(SourceText { text: number.to_string(), stored: Some(number.into()) });
        }
        ValueRef::Real(number) => {
            return Some(SourceText { text: number.to_string(), stored: Some(number.into()) });
        }
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
    };
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => SourceText { text: text.to_owned(), stored: None },
        Err(_) => {
            SourceText { text: String::from_utf8_lossy(bytes).into_owned(), stored: Some(binary(bytes)) }
        }
    })
}

/// Reads an integer. Other types count as 0: the columns of the original accept any.
fn integer(row: &Row<'_>, column: usize) -> rusqlite::Result<i64> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => number,
        _ => 0,
    })
}
