//! The layout of the file, and why it is so.
//!
//! **The log is clustered by space.** `event_log.pos` is `space_id << 40 | space_sequence` and the
//! table's own key, so that a space lies together on disk: replaying 100,000 of 10 million events takes
//! 0.37 s from a cold disk, where a log in order of arrival with an index takes 6.9 s. Forty bits
//! number a trillion events in a space, the 23 above them eight million spaces.
//!
//! **As few indexes as can be.** Every index on a key in random order divides the speed of appending
//! by four to seven. So there is one, on `event_id`, which only ever grows at its end, and correlation
//! ids have none. An entity's events are found through `entity_events`, which trails the log: it is
//! written for a thousand events of a space at a time, sorted, so that neighbours share a page; the few
//! events behind it are scanned. A small tenant never pays for it.
//!
//! **Types are numbers, correlation ids 16 bytes**: that saves a sixth of an event's bytes. Types are numbered
//! in each space by itself, so that a deleted tenant leaves none behind.
//!
//! **Nothing is counted.** `space_sequences` and `projection_checkpoints` carry the counters, moved in the
//! transaction that they count.
//!
//! **A projection has a number of its own.** A rebuild fills a new number beside the live one and the
//! switch changes one row of `projection_checkpoints`, however large the projection is.
//!
//! **What operators did is kept beside what they did it to**, in `operations`: it outlives a deleted space, but
//! not what it says of that space's contents.
//!
//! Views show the tables `events` and `pstate_entities` with the columns that the original gave them.

use rusqlite::Connection;

use crate::error::StoreError;

use super::role::Role;

/// Marks the file as ours: "Rmax".
pub(crate) const APPLICATION_ID: u32 = 0x526d_6178;

/// The version of the layout below. Version 1 had no `operations`, and no space that was being imported.
pub(crate) const VERSION: u32 = 2;

/// Bits of `event_log.pos` that hold the sequence.
pub(crate) const SEQUENCE_BITS: u32 = 40;

const STORE: &str = "
CREATE TABLE store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  store_id BLOB NOT NULL,                    -- binds an events file and its projections file together
  role TEXT NOT NULL CHECK (role IN ('whole', 'events', 'projections')),
  deleted_event_id INTEGER NOT NULL DEFAULT 0 -- the highest id that a delete removed: never used again
) STRICT;
";

const EVENTS: &str = "
CREATE TABLE spaces (
  space_id INTEGER PRIMARY KEY AUTOINCREMENT,
  space_name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,               -- UTC milliseconds
  metadata TEXT                              -- a JSON object
) STRICT;

CREATE TABLE space_sequences (
  space_id INTEGER PRIMARY KEY,
  last_sequence INTEGER NOT NULL DEFAULT 0,  -- and so the number of events
  last_event_id INTEGER NOT NULL DEFAULT 0,
  last_timestamp INTEGER,
  payload_bytes INTEGER NOT NULL DEFAULT 0,
  indexed_sequence INTEGER NOT NULL DEFAULT 0, -- how far entity_events has come
  deleting INTEGER NOT NULL DEFAULT 0        -- 1 once a delete begins, 2 during an import, 3 once that is removed
) STRICT;

CREATE TABLE event_types (
  space_id INTEGER NOT NULL,
  type_id INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  PRIMARY KEY (space_id, type_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_log (
  pos INTEGER PRIMARY KEY,                   -- space_id << 40 | space_sequence
  event_id INTEGER NOT NULL UNIQUE,
  type_id INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,                -- UTC milliseconds
  checksum INTEGER NOT NULL,                 -- CRC-32 over all that the event says
  causation_id INTEGER,
  correlation_id BLOB,
  entity_id TEXT NOT NULL,
  payload TEXT NOT NULL                      -- JSON
) STRICT;

CREATE TABLE entity_events (
  space_id INTEGER NOT NULL,
  entity_id TEXT NOT NULL,
  space_sequence INTEGER NOT NULL,
  PRIMARY KEY (space_id, entity_id, space_sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
  space_id INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL,
  request INTEGER NOT NULL,                  -- CRC-32 over the command, which tells it from another
  event_ids TEXT NOT NULL,                   -- a JSON array
  space_sequence INTEGER NOT NULL,
  PRIMARY KEY (space_id, idempotency_key)
) STRICT, WITHOUT ROWID;

CREATE VIEW events AS
SELECT
  log.event_id,
  log.pos >> 40 AS space_id,
  log.pos & 0xffffffffff AS space_sequence,
  log.entity_id,
  types.event_type,
  log.payload,
  log.timestamp,
  log.causation_id,
  CASE WHEN log.correlation_id IS NOT NULL THEN lower(
    substr(hex(log.correlation_id), 1, 8) || '-' || substr(hex(log.correlation_id), 9, 4) || '-' ||
    substr(hex(log.correlation_id), 13, 4) || '-' || substr(hex(log.correlation_id), 17, 4) || '-' ||
    substr(hex(log.correlation_id), 21)) END AS correlation_id,
  log.timestamp / 1000 AS created_at
FROM event_log AS log
LEFT JOIN event_types AS types ON types.space_id = log.pos >> 40 AND types.type_id = log.type_id;
";

const OPERATIONS: &str = "
CREATE TABLE operations (
  operation_id INTEGER PRIMARY KEY AUTOINCREMENT,
  started_at INTEGER NOT NULL,               -- UTC milliseconds
  ended_at INTEGER,
  operator TEXT NOT NULL,                    -- who: a JSON object
  action TEXT NOT NULL,                      -- what: rebuild, delete, run ...
  space_id INTEGER,
  space_name TEXT,                           -- outlives the space
  parameters TEXT,                           -- a JSON object; forgotten with the space
  outcome TEXT NOT NULL CHECK
    (outcome IN ('running', 'done', 'found', 'refused', 'failed', 'cancelled', 'interrupted')),
  detail TEXT                                -- what it came to; forgotten with the space
) STRICT;
CREATE INDEX operations_by_space ON operations (space_name, operation_id);
CREATE INDEX operations_running ON operations (operation_id) WHERE outcome = 'running';
";

const PROJECTIONS: &str = "
CREATE TABLE projections (
  projection_id INTEGER PRIMARY KEY AUTOINCREMENT,
  space_id INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('live', 'shadow', 'retired'))
) STRICT;
CREATE INDEX projections_by_space ON projections (space_id);

CREATE TABLE projection_checkpoints (
  space_id INTEGER PRIMARY KEY,
  last_event_id INTEGER NOT NULL DEFAULT 0,
  last_space_sequence INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER,                        -- when that event was appended, UTC milliseconds
  projection_id INTEGER NOT NULL,            -- the live projection
  entities INTEGER NOT NULL DEFAULT 0        -- how many keys it holds
) STRICT;

CREATE TABLE projection_entities (
  projection_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,                       -- JSON
  updated_at INTEGER NOT NULL,               -- when the event that wrote it was appended, UTC milliseconds
  PRIMARY KEY (projection_id, key)
) STRICT, WITHOUT ROWID;

CREATE VIEW pstate_entities AS
SELECT checkpoints.space_id, entities.key, entities.value, entities.updated_at
FROM projection_checkpoints AS checkpoints
JOIN projection_entities AS entities USING (projection_id);
";

/// Creates the tables of a new file, within the caller's transaction.
pub(super) fn create(connection: &Connection, role: Role, store_id: uuid::Uuid) -> Result<(), StoreError> {
    connection.execute_batch(STORE)?;
    match role {
        Role::Whole => connection.execute_batch(&[EVENTS, OPERATIONS, PROJECTIONS].concat())?,
        Role::Events => connection.execute_batch(&[EVENTS, OPERATIONS].concat())?,
        Role::Projections { .. } => connection.execute_batch(PROJECTIONS)?,
    }
    connection.execute(
        "INSERT INTO store (one, store_id, role) VALUES (1, ?1, ?2)",
        (store_id.as_bytes(), role.name()),
    )?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    Ok(())
}

/// Brings a file of an older version up to this one, in one transaction.
pub(super) fn migrate(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let migrated = migrate_within(connection).and_then(|()| Ok(connection.execute_batch("COMMIT")?));
    if migrated.is_err() {
        // After some failures SQLite has rolled back already, and says so.
        let _ = connection.execute_batch("ROLLBACK");
    }
    migrated
}

fn migrate_within(connection: &Connection) -> Result<(), StoreError> {
    // Another process may have been faster.
    if version(connection)? == 1 {
        let role: String = connection.query_row("SELECT role FROM store", [], |row| row.get(0))?;
        if role != "projections" {
            connection.execute_batch(OPERATIONS)?;
        }
        connection.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(())
}

/// The version of a file's layout, the log beside it included.
pub(super) fn version(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
