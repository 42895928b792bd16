//! The same tasks in bare rusqlite.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde::de::IgnoredAny;

use crate::index;

use super::{Fixture, Outcome, Task, Work, fold, lines};

pub fn run<'a>(task: Task, fixture: &'a Fixture, directory: &'a Path) -> Outcome<Work<'a>> {
    if matches!(task, Task::Import) {
        let connection = open(&directory.join("floor.db"))?;
        connection.execute_batch(TABLES)?;
        connection.execute_batch(index::TABLES)?;
        return Ok(Box::new(move || lines::import(&connection, &fixture.exported)));
    }
    let connection = open(&fixture.database)?;
    Ok(match task {
        Task::Verify => Box::new(move || fold::compare(&connection)),
        Task::Check => Box::new(move || {
            assert_eq!(said(&connection, "PRAGMA quick_check")?, "ok");
            rows(&connection)
        }),
        Task::CheckDeep => Box::new(move || {
            assert_eq!(said(&connection, "PRAGMA integrity_check")?, "ok");
            rows(&connection)?;
            assert!(index::matches(&connection, 1)?);
            fold::compare(&connection)
        }),
        _ => Box::new(move || lines::export(&connection, &directory.join("floor.jsonl"))),
    })
}

const TABLES: &str = "
    CREATE TABLE event_log (pos INTEGER PRIMARY KEY, event_id INTEGER NOT NULL UNIQUE, type_id INTEGER NOT NULL,
      timestamp INTEGER NOT NULL, checksum INTEGER NOT NULL, causation_id INTEGER, correlation_id BLOB,
      entity_id TEXT NOT NULL, payload TEXT NOT NULL) STRICT;
    CREATE TABLE projection_entities (projection_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
      updated_at INTEGER NOT NULL, PRIMARY KEY (projection_id, key)) STRICT, WITHOUT ROWID;";

fn open(file: &Path) -> Outcome<Connection> {
    let connection = Connection::open(file)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16384;
         PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 10000;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    Ok(connection)
}

fn said(connection: &Connection, sql: &str) -> Outcome<String> {
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// An event in a row.
pub struct Event<'a> {
    pub sequence: i64,
    pub event_id: i64,
    pub event_type: &'a str,
    pub timestamp: i64,
    pub checksum: i64,
    pub correlation_id: Option<&'a [u8]>,
    pub entity_id: &'a str,
    pub payload: &'a str,
}

impl Event<'_> {
    /// Returns the checksum over all fields, as the store computes it. Generated events have no cause.
    pub fn sum(&self, said: &mut Vec<u8>) -> i64 {
        let lengths = [self.entity_id.len() as i64, self.event_type.len() as i64];
        let numbers = [self.event_id, 1, self.sequence, self.timestamp, 0, lengths[0], lengths[1]];
        said.clear();
        numbers.iter().for_each(|number| said.extend_from_slice(&number.to_le_bytes()));
        said.extend_from_slice(self.correlation_id.unwrap_or_default());
        for text in [self.entity_id, self.event_type, self.payload] {
            said.extend_from_slice(text.as_bytes());
        }
        i64::from(crc32fast::hash(said).cast_signed())
    }
}

/// Visits every event of the first space. Reads all columns.
pub fn each(connection: &Connection, mut visit: impl FnMut(Event<'_>) -> Outcome) -> Outcome {
    let mut types =
        connection.prepare("SELECT event_type FROM event_types WHERE space_id = 1 ORDER BY type_id")?;
    let types: Vec<String> = types.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut statement = connection.prepare(
        "SELECT pos, event_id, type_id, timestamp, checksum, causation_id, correlation_id, entity_id, payload
         FROM event_log WHERE pos > 1 << 40 AND pos < 2 << 40 ORDER BY pos",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        assert_eq!(row.get_ref(5)?, ValueRef::Null);
        visit(Event {
            sequence: row.get::<_, i64>(0)? - (1 << 40),
            event_id: row.get(1)?,
            event_type: &types[row.get::<_, usize>(2)? - 1],
            timestamp: row.get(3)?,
            checksum: row.get(4)?,
            correlation_id: row.get_ref(6)?.as_blob_or_null()?,
            entity_id: row.get_ref(7)?.as_str()?,
            payload: row.get_ref(8)?.as_str()?,
        })?;
    }
    Ok(())
}

/// Visits every entry of its projection: key, value, time.
pub fn each_entry(connection: &Connection, mut visit: impl FnMut(&str, &str, i64) -> Outcome) -> Outcome {
    let mut statement = connection.prepare(
        "SELECT key, value, updated_at FROM projection_entities WHERE projection_id =
           (SELECT projection_id FROM projection_checkpoints WHERE space_id = 1) ORDER BY key",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        visit(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?, row.get(2)?)?;
    }
    Ok(())
}

/// Checks every event's checksum, and that payloads and values are JSON.
fn rows(connection: &Connection) -> Outcome {
    let mut buffer = Vec::new();
    each(connection, |event| {
        assert_eq!(event.checksum, event.sum(&mut buffer));
        serde_json::from_str::<IgnoredAny>(event.payload)?;
        Ok(())
    })?;
    each_entry(connection, |_, value, _| {
        serde_json::from_str::<IgnoredAny>(value)?;
        Ok(())
    })
}
