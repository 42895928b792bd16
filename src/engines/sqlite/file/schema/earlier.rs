//! Tables of earlier versions that differ, and views that present them in the current layout.

use rusqlite::Connection;

use crate::engines::sqlite::file::Result;

use super::compare::Object;

/// The tables and views of version 2 that version 3 changed. Version 1 had no `operations`.
pub(super) const VERSION_2: &[&str] = &[
    "CREATE TABLE store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  store_id BLOB NOT NULL,                    -- binds an events file and its projections file together
  role TEXT NOT NULL CHECK (role IN ('whole', 'events', 'projections')),
  deleted_event_id INTEGER NOT NULL DEFAULT 0 -- the highest id that a delete removed: never used again
) STRICT",
    "CREATE TABLE spaces (
  space_id INTEGER PRIMARY KEY AUTOINCREMENT,
  space_name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,               -- UTC milliseconds
  metadata TEXT                              -- a JSON object
) STRICT",
    "CREATE TABLE space_sequences (
  space_id INTEGER PRIMARY KEY,
  last_sequence INTEGER NOT NULL DEFAULT 0,  -- and so the number of events
  last_event_id INTEGER NOT NULL DEFAULT 0,
  last_timestamp INTEGER,
  payload_bytes INTEGER NOT NULL DEFAULT 0,
  indexed_sequence INTEGER NOT NULL DEFAULT 0, -- how far entity_events has come
  deleting INTEGER NOT NULL DEFAULT 0        -- 1 once a delete begins, 2 during an import, 3 once that is removed
) STRICT",
    "CREATE TABLE event_log (
  pos INTEGER PRIMARY KEY,                   -- space_id << 40 | space_sequence
  event_id INTEGER NOT NULL UNIQUE,
  type_id INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,                -- UTC milliseconds
  checksum INTEGER NOT NULL,                 -- CRC-32 over all that the event says
  causation_id INTEGER,
  correlation_id BLOB,
  entity_id TEXT NOT NULL,
  payload TEXT NOT NULL                      -- JSON
) STRICT",
    "CREATE TABLE entity_events (
  space_id INTEGER NOT NULL,
  entity_id TEXT NOT NULL,
  space_sequence INTEGER NOT NULL,
  PRIMARY KEY (space_id, entity_id, space_sequence)
) STRICT, WITHOUT ROWID",
    "CREATE TABLE idempotency_keys (
  space_id INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL,
  request INTEGER NOT NULL,                  -- CRC-32 over the command, which tells it from another
  event_ids TEXT NOT NULL,                   -- a JSON array
  space_sequence INTEGER NOT NULL,
  PRIMARY KEY (space_id, idempotency_key)
) STRICT, WITHOUT ROWID",
    "CREATE TABLE operations (
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
) STRICT",
    "CREATE TABLE projections (
  projection_id INTEGER PRIMARY KEY AUTOINCREMENT,
  space_id INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('live', 'shadow', 'retired'))
) STRICT",
    "CREATE VIEW events AS
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
LEFT JOIN event_types AS types ON types.space_id = log.pos >> 40 AND types.type_id = log.type_id",
    "CREATE TABLE projection_checkpoints (
  space_id INTEGER PRIMARY KEY,
  last_event_id INTEGER NOT NULL DEFAULT 0,
  last_space_sequence INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER,                        -- when that event was appended, UTC milliseconds
  projection_id INTEGER NOT NULL,            -- the live projection
  entities INTEGER NOT NULL DEFAULT 0        -- how many keys it holds
) STRICT",
    "CREATE VIEW pstate_entities AS
SELECT checkpoints.space_id, entities.key, entities.value, entities.updated_at
FROM projection_checkpoints AS checkpoints
JOIN projection_entities AS entities USING (projection_id)",
];

/// The objects of version 3 that version 2 did not have.
const NEW: [&str; 8] = [
    "entity_blocks",
    "event_causes",
    "projections_files",
    "projections_unused",
    "subscriptions",
    "subscription_positions",
    "parked_events",
    "subscription_effects",
];

/// Returns the statement of version 2 for one of this version, or `None` if version 2 had no such object.
pub(super) fn before(statement: &'static str) -> Option<&'static str> {
    let name = Object::of(statement).name;
    if NEW.contains(&name) {
        return None;
    }
    let changed = VERSION_2.iter().find(|earlier| Object::of(earlier).name == name);
    Some(changed.copied().unwrap_or(statement))
}

/// Lets a read-only connection read a file of an earlier version in the current layout. Temporary views hide the tables
/// of the same names, and add the missing columns.
pub(in crate::engines::sqlite::file) fn read_as_current(
    connection: &Connection,
    version: u32,
    role: &str,
) -> Result<()> {
    connection.execute_batch("PRAGMA temp_store = MEMORY")?;
    connection.execute_batch(STORE_VIEW)?;
    if role != "projections" {
        connection.execute_batch(EVENTS_VIEWS)?;
    }
    if role != "events" {
        connection.execute_batch(PROJECTIONS_VIEWS)?;
    }
    if role != "projections" {
        connection.execute_batch(if version == 1 { NO_OPERATIONS } else { OPERATIONS_VIEW })?;
    }
    Ok(())
}

const STORE_VIEW: &str =
    "CREATE TEMP VIEW store AS SELECT *, NULL AS file_id, NULL AS events_path, NULL AS incarnation,
  9007199254740991 AS causes_after, 0 AS subscription_count, 0 AS subscription_digest FROM main.store";

const EVENTS_VIEWS: &str = "
CREATE TEMP VIEW spaces AS SELECT *, NULL AS checksum FROM main.spaces;
CREATE TEMP VIEW space_sequences AS
SELECT space_id, last_sequence, last_event_id, last_timestamp, payload_bytes, indexed_sequence, deleting AS mark,
  NULL AS mark_token, NULL AS mark_owner, CASE WHEN deleting > 0 THEN 0 END AS marked_at, NULL AS key_count, NULL AS key_digest,
  0 AS revision, 0 AS redactions
FROM main.space_sequences;
CREATE TEMP VIEW event_log AS SELECT *, NULL AS meta FROM main.event_log;
CREATE TEMP VIEW entity_events AS SELECT *, NULL AS later FROM main.entity_events;
CREATE TEMP VIEW entity_blocks AS SELECT NULL AS space_id, NULL AS first_sequence, NULL AS entries WHERE false;
CREATE TEMP VIEW event_causes AS SELECT NULL AS causation_id, NULL AS event_id, NULL AS space_id WHERE false;
CREATE TEMP VIEW idempotency_keys AS
SELECT *, NULL AS digest, NULL AS stored_at, NULL AS checksum FROM main.idempotency_keys;
CREATE TEMP VIEW projections_files AS SELECT NULL AS file_id, NULL AS path, NULL AS state WHERE false;
CREATE TEMP VIEW subscriptions AS
SELECT NULL AS subscription_id, NULL AS name, NULL AS space_id, NULL AS query, NULL AS start, NULL AS on_error,
  NULL AS created_at, NULL AS incarnation, NULL AS revision, NULL AS lease_epoch, NULL AS lease_owner,
  NULL AS lease_until, NULL AS delivered, NULL AS minute, NULL AS in_minute, NULL AS in_minute_before,
  NULL AS checksum, NULL AS row_count, NULL AS row_digest
WHERE false;
CREATE TEMP VIEW subscription_positions AS
SELECT NULL AS space_id, NULL AS subscription_id, NULL AS space_sequence, NULL AS failures, NULL AS error,
  NULL AS updated_at
WHERE false;
CREATE TEMP VIEW parked_events AS
SELECT NULL AS space_id, NULL AS subscription_id, NULL AS space_sequence, NULL AS attempts, NULL AS error,
  NULL AS parked_at, NULL AS retry
WHERE false;
CREATE TEMP VIEW subscription_effects AS
SELECT NULL AS space_id, NULL AS subscription_id, NULL AS source_space_id, NULL AS source_sequence WHERE false;
";

const PROJECTIONS_VIEWS: &str = "
CREATE TEMP VIEW projections AS
SELECT *, NULL AS owner, 'state' AS projection, NULL AS definition, NULL AS error, NULL AS rebuilt_at
FROM main.projections;
CREATE TEMP VIEW projection_checkpoints AS SELECT *, 'state' AS projection FROM main.projection_checkpoints;
";

const OPERATIONS_VIEW: &str = "CREATE TEMP VIEW operations AS SELECT *, 0 AS redacted FROM main.operations";

const NO_OPERATIONS: &str = "
CREATE TEMP VIEW operations AS
SELECT NULL AS operation_id, NULL AS started_at, NULL AS ended_at, NULL AS operator, NULL AS action, NULL AS space_id,
  NULL AS space_name, NULL AS parameters, NULL AS outcome, NULL AS detail, NULL AS redacted
WHERE false;
";
