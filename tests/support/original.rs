//! Writes files as the Elixir original does.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// The tables and indexes of the original, as `sqlite3 demo.db .schema` prints them.
const SCHEMA: &str = "
CREATE TABLE events (
  event_id INTEGER PRIMARY KEY AUTOINCREMENT, space_id INTEGER NOT NULL, space_sequence INTEGER NOT NULL,
  entity_id TEXT NOT NULL, event_type TEXT NOT NULL, payload BLOB NOT NULL, timestamp INTEGER NOT NULL,
  causation_id INTEGER, correlation_id TEXT, created_at INTEGER DEFAULT (strftime('%s', 'now'))
);
CREATE INDEX idx_events_entity_id_event_id ON events(entity_id, event_id);
CREATE INDEX idx_events_event_type ON events(event_type);
CREATE INDEX idx_events_correlation_id ON events(correlation_id) WHERE correlation_id IS NOT NULL;
CREATE INDEX idx_events_space_seq ON events(space_id, space_sequence);
CREATE INDEX idx_events_space_entity ON events(space_id, entity_id, event_id);
CREATE TABLE spaces (
  space_id INTEGER PRIMARY KEY AUTOINCREMENT, space_name TEXT UNIQUE NOT NULL,
  created_at INTEGER NOT NULL DEFAULT (strftime('%s', 'now')), metadata TEXT
);
CREATE INDEX idx_spaces_name ON spaces(space_name);
CREATE TABLE space_sequences (space_id INTEGER PRIMARY KEY, last_sequence INTEGER NOT NULL DEFAULT 0);
CREATE TABLE projection_checkpoints (
  space_id INTEGER PRIMARY KEY, last_event_id INTEGER NOT NULL, last_space_sequence INTEGER NOT NULL,
  updated_at INTEGER DEFAULT (strftime('%s', 'now'))
);
CREATE TABLE pstate_entities (
  space_id INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
  updated_at INTEGER DEFAULT (strftime('%s', 'now')), PRIMARY KEY (space_id, key)
);
CREATE INDEX idx_pstate_space ON pstate_entities(space_id);";

/// A file of the original that is being written.
pub struct OriginalWriter {
    pub path: PathBuf,
    pub connection: Connection,
}

/// A row of the events.
#[derive(Debug, Clone)]
pub struct OriginalEvent {
    pub event_id: i64,
    pub space_id: i64,
    pub space_sequence: i64,
    pub entity_id: String,
    pub event_type: String,
    pub payload: Vec<u8>,
    pub timestamp: i64,
    pub causation_id: Option<i64>,
    pub correlation_id: Option<String>,
}

impl OriginalWriter {
    pub fn create(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        Self { path: path.to_owned(), connection }
    }

    pub fn space(&self, space_id: i64, name: &str, metadata: Option<&str>) {
        let sql =
            "INSERT INTO spaces (space_id, space_name, created_at, metadata) VALUES (?1, ?2, 1700000000, ?3)";
        self.connection.execute(sql, (space_id, name, metadata)).unwrap();
    }

    /// Writes a payload as text, as the original does.
    pub fn event(&self, event: &OriginalEvent) {
        let mut statement = self
            .connection
            .prepare_cached(
                "INSERT INTO events (event_id, space_id, space_sequence, entity_id, event_type, payload, timestamp,
                                     causation_id, correlation_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, CAST(?6 AS TEXT), ?7, ?8, ?9)",
            )
            .unwrap();
        let OriginalEvent { event_id, space_id, space_sequence, entity_id, event_type, .. } = event;
        let rest =
            (event.payload.as_slice(), event.timestamp, event.causation_id, event.correlation_id.as_deref());
        statement
            .execute((
                event_id,
                space_id,
                space_sequence,
                entity_id,
                event_type,
                rest.0,
                rest.1,
                rest.2,
                rest.3,
            ))
            .unwrap();
    }

    pub fn entry(&self, space_id: i64, key: &str, value: &[u8]) {
        let sql = "INSERT INTO pstate_entities (space_id, key, value, updated_at)
                   VALUES (?1, ?2, CAST(?3 AS TEXT), 1700000001)";
        self.connection.execute(sql, (space_id, key, value)).unwrap();
    }

    /// Writes contacts of a tenant, with sequences from 1 on and ids after the last one.
    pub fn contacts(&self, space_id: i64, count: i64) {
        let sql = "SELECT coalesce(max(event_id), 0) FROM events";
        let last: i64 = self.connection.query_row(sql, [], |row| row.get(0)).unwrap();
        self.connection.execute_batch("BEGIN").unwrap();
        for at in 1..=count {
            let id = format!("c{at}");
            let payload = term(&[("contact_id", &id), ("email", "e@x.example"), ("name", "N")]);
            self.event(&OriginalEvent {
                event_id: last + at,
                space_id,
                space_sequence: at,
                entity_id: id,
                event_type: "contact.added".to_owned(),
                payload,
                timestamp: 1_700_000_000_000 + at,
                causation_id: None,
                correlation_id: None,
            });
        }
        self.connection.execute_batch("COMMIT").unwrap();
    }
}

/// Encodes a map with atoms as keys and texts as values.
pub fn term(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = vec![131, 116];
    bytes.extend((fields.len() as u32).to_be_bytes());
    for (name, text) in fields {
        bytes.extend([119, name.len() as u8]);
        bytes.extend(name.as_bytes());
        bytes.push(109);
        bytes.extend((text.len() as u32).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}
