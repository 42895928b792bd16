//! The statements that create the tables of a file, as stored in its schema.

/// Tables of every file.
pub(super) const STORE: &[&str] = &[
    "CREATE TABLE store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  store_id BLOB NOT NULL,                    -- binds an events file and its projections files together
  role TEXT NOT NULL CHECK (role IN ('whole', 'events', 'projections')),
  deleted_event_id INTEGER NOT NULL DEFAULT 0, -- the highest id that a delete removed: never used again
  file_id BLOB,                              -- of a projections file: tells it from every other
  events_path BLOB,                          -- of a projections file: the events file that it was last opened with
  incarnation BLOB,                          -- of an events file: a random number that tells it from its backups
  causes_after INTEGER NOT NULL DEFAULT 0,   -- event_causes lists the effects after this event id
  subscription_count INTEGER NOT NULL DEFAULT 0, -- how many rows subscriptions has
  subscription_digest INTEGER NOT NULL DEFAULT 0 -- checksums of their ids, combined by exclusive or
) STRICT",
];

/// Tables of a file with events.
pub(super) const EVENTS: &[&str] = &[
    "CREATE TABLE spaces (
  space_id INTEGER PRIMARY KEY AUTOINCREMENT,
  space_name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,               -- UTC milliseconds
  metadata TEXT,                             -- a JSON object
  checksum INTEGER                           -- CRC-32 over the row
) STRICT",
    "CREATE TABLE space_sequences (
  space_id INTEGER PRIMARY KEY,
  last_sequence INTEGER NOT NULL DEFAULT 0,  -- and so the number of events
  last_event_id INTEGER NOT NULL DEFAULT 0,
  last_timestamp INTEGER,
  payload_bytes INTEGER NOT NULL DEFAULT 0,
  indexed_sequence INTEGER NOT NULL DEFAULT 0, -- how far the index of entities has come
  mark INTEGER NOT NULL DEFAULT 0,           -- 0 open, 1 to be deleted, 2 being imported, 3 import being removed, 4 being deleted
  mark_token BLOB,                           -- the operation that set the mark: no other removes it
  mark_owner TEXT,                           -- and who runs it: a JSON object
  marked_at INTEGER,                         -- and since when, UTC milliseconds
  key_count INTEGER NOT NULL DEFAULT 0,      -- how many rows idempotency_keys has of the space
  key_digest INTEGER NOT NULL DEFAULT 0,     -- their checksums, combined by exclusive or
  revision INTEGER NOT NULL DEFAULT 0,       -- how often the name or the metadata was changed
  redactions INTEGER NOT NULL DEFAULT 0      -- twice the number of redactions; odd while one is under way in two files
) STRICT",
    "CREATE TABLE event_types (
  space_id INTEGER NOT NULL,
  type_id INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  PRIMARY KEY (space_id, type_id)
) STRICT, WITHOUT ROWID",
    "CREATE TABLE event_log (
  pos INTEGER PRIMARY KEY,                   -- space_id << 40 | space_sequence
  event_id INTEGER NOT NULL UNIQUE,
  type_id INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,                -- UTC milliseconds
  checksum INTEGER NOT NULL,                 -- CRC-32 over all that the event says
  causation_id INTEGER,
  correlation_id BLOB,
  entity_id TEXT NOT NULL,
  payload TEXT NOT NULL,                     -- JSON
  meta TEXT                                  -- a JSON object; NULL keeps the checksum as it is without
) STRICT",
    "CREATE TABLE entity_events (
  space_id INTEGER NOT NULL,
  entity_id TEXT NOT NULL,
  space_sequence INTEGER NOT NULL,           -- the first event of the row
  later BLOB,                                -- the distances to the following ones; NULL if there are none
  PRIMARY KEY (space_id, entity_id, space_sequence)
) STRICT, WITHOUT ROWID",
    "CREATE TABLE entity_blocks (
  space_id INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  entries BLOB NOT NULL,                     -- 5 bytes an event: the hash of its entity and its offset, sorted
  PRIMARY KEY (space_id, first_sequence)
) STRICT, WITHOUT ROWID",
    "CREATE TABLE event_causes (
  causation_id INTEGER NOT NULL,             -- the event that is the cause
  event_id INTEGER NOT NULL,                 -- and an effect of it
  space_id INTEGER NOT NULL,                 -- where the effect is
  PRIMARY KEY (causation_id, event_id)
) STRICT, WITHOUT ROWID",
    "CREATE TABLE idempotency_keys (
  space_id INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL,
  request INTEGER,                           -- CRC-32 over the command, in rows of earlier versions
  event_ids TEXT NOT NULL,                   -- a JSON array
  space_sequence INTEGER NOT NULL,
  digest BLOB,                               -- SHA-256 over the command, in all other rows
  stored_at INTEGER,                         -- UTC milliseconds
  checksum INTEGER,                          -- 64 bits of SHA-256 over the row; none in rows of earlier versions
  PRIMARY KEY (space_id, idempotency_key)
) STRICT, WITHOUT ROWID",
    "CREATE TABLE projections_files (
  file_id BLOB PRIMARY KEY,                  -- as the file's own row in store says
  path BLOB NOT NULL,                        -- where it was last opened
  state TEXT NOT NULL CHECK (state IN ('bound', 'lost')) -- lost: it was gone when another one was bound
) STRICT, WITHOUT ROWID",
    "CREATE TABLE subscriptions (
  subscription_id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  space_id INTEGER,                          -- NULL: of all spaces
  query TEXT NOT NULL,                       -- the events that it delivers; empty for all
  start TEXT NOT NULL,                       -- beginning, now, or a sequence
  on_error TEXT NOT NULL CHECK (on_error IN ('park', 'stop')),
  created_at INTEGER NOT NULL,               -- UTC milliseconds
  incarnation BLOB NOT NULL,                 -- of the store in which it delivers
  revision INTEGER NOT NULL DEFAULT 0,       -- raised by each operation on it
  lease_epoch INTEGER NOT NULL DEFAULT 0,    -- raised by each holder
  lease_owner TEXT,                          -- who runs it: a JSON object
  lease_until INTEGER,                       -- UTC milliseconds
  delivered INTEGER NOT NULL DEFAULT 0,      -- events since it was registered
  minute INTEGER NOT NULL DEFAULT 0,         -- of the last delivery
  in_minute INTEGER NOT NULL DEFAULT 0,      -- events delivered in it
  in_minute_before INTEGER NOT NULL DEFAULT 0, -- and in the one before
  checksum INTEGER,                          -- 64 bits of SHA-256 over the columns up to created_at
  row_count INTEGER,                         -- how many positions and parked events it has
  row_digest INTEGER                         -- their checksums, combined by exclusive or
) STRICT",
    "CREATE TABLE subscription_positions (
  space_id INTEGER NOT NULL,
  subscription_id INTEGER NOT NULL,
  space_sequence INTEGER NOT NULL,           -- the last event that was delivered or does not match
  failures INTEGER NOT NULL DEFAULT 0,       -- of the next event
  error TEXT,                                -- of the last failure
  updated_at INTEGER,                        -- UTC milliseconds; NULL before the first step
  PRIMARY KEY (space_id, subscription_id)
) STRICT, WITHOUT ROWID",
    "CREATE TABLE parked_events (
  space_id INTEGER NOT NULL,
  subscription_id INTEGER NOT NULL,
  space_sequence INTEGER NOT NULL,           -- after the position: the space has stopped there
  attempts INTEGER NOT NULL,
  error TEXT NOT NULL,                       -- of the last attempt
  parked_at INTEGER NOT NULL,                -- UTC milliseconds
  retry INTEGER NOT NULL DEFAULT 0,          -- 1: to be tried once more
  PRIMARY KEY (space_id, subscription_id, space_sequence)
) STRICT, WITHOUT ROWID",
    "CREATE TABLE subscription_effects (
  space_id INTEGER NOT NULL,                 -- where the effect is
  subscription_id INTEGER NOT NULL,
  source_space_id INTEGER NOT NULL,          -- and its event
  source_sequence INTEGER NOT NULL,
  PRIMARY KEY (space_id, subscription_id, source_space_id, source_sequence)
) STRICT, WITHOUT ROWID",
    "CREATE VIEW events AS
SELECT
  log.event_id,
  log.pos >> 40 AS space_id,
  log.pos & 0xffffffffff AS space_sequence,
  log.entity_id,
  types.event_type,
  log.payload,
  log.meta AS metadata,
  log.timestamp,
  log.causation_id,
  CASE WHEN log.correlation_id IS NOT NULL THEN lower(
    substr(hex(log.correlation_id), 1, 8) || '-' || substr(hex(log.correlation_id), 9, 4) || '-' ||
    substr(hex(log.correlation_id), 13, 4) || '-' || substr(hex(log.correlation_id), 17, 4) || '-' ||
    substr(hex(log.correlation_id), 21)) END AS correlation_id,
  log.timestamp / 1000 AS created_at
FROM event_log AS log
LEFT JOIN event_types AS types ON types.space_id = log.pos >> 40 AND types.type_id = log.type_id",
];

/// Tables of a file with events, since version 2.
pub(super) const OPERATIONS: &[&str] = &[
    "CREATE TABLE operations (
  operation_id INTEGER PRIMARY KEY AUTOINCREMENT,
  started_at INTEGER NOT NULL,               -- UTC milliseconds
  ended_at INTEGER,
  operator TEXT NOT NULL,                    -- who: a JSON object
  action TEXT NOT NULL,                      -- what: rebuild, delete, run ...
  space_id INTEGER,
  space_name TEXT,                           -- outlives the space
  parameters TEXT,                           -- a JSON object; NULL once it is forgotten
  outcome TEXT NOT NULL CHECK
    (outcome IN ('running', 'done', 'found', 'refused', 'failed', 'cancelled', 'interrupted')),
  detail TEXT,                               -- what it came to; NULL once it is forgotten
  redacted INTEGER NOT NULL DEFAULT 0        -- 1: both are forgotten because of a redaction, otherwise with the space
) STRICT",
    "CREATE INDEX operations_by_space ON operations (space_name, operation_id)",
    "CREATE INDEX operations_running ON operations (operation_id) WHERE outcome = 'running'",
];

/// Tables of a file with projections.
pub(super) const PROJECTIONS: &[&str] = &[
    "CREATE TABLE projections (
  projection_id INTEGER PRIMARY KEY AUTOINCREMENT,
  space_id INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('live', 'shadow', 'retired')),
  owner TEXT,                                -- who builds a shadow: a JSON object
  projection TEXT NOT NULL DEFAULT 'state',  -- its name, unique among the live ones of the space
  definition TEXT,                           -- version and schema of the program that wrote it: a JSON object
  error TEXT,                                -- the event that cannot be applied: a JSON object
  rebuilt_at INTEGER                         -- when a rebuild put it in place, UTC milliseconds
) STRICT",
    "CREATE INDEX projections_by_space ON projections (space_id)",
    "CREATE INDEX projections_unused ON projections (projection_id) WHERE state <> 'live'",
    "CREATE TABLE projection_checkpoints (
  space_id INTEGER NOT NULL,
  projection TEXT NOT NULL,                  -- its name
  last_event_id INTEGER NOT NULL DEFAULT 0,
  last_space_sequence INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER,                        -- when that event was appended, UTC milliseconds
  projection_id INTEGER NOT NULL,            -- the live projection
  entities INTEGER NOT NULL DEFAULT 0,       -- how many keys it holds
  PRIMARY KEY (space_id, projection)
) STRICT, WITHOUT ROWID",
    "CREATE TABLE projection_entities (
  projection_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,                       -- JSON
  updated_at INTEGER NOT NULL,               -- when the event that wrote it was appended, UTC milliseconds
  PRIMARY KEY (projection_id, key)
) STRICT, WITHOUT ROWID",
    "CREATE VIEW pstate_entities AS
SELECT checkpoints.space_id, entities.key, entities.value, entities.updated_at
FROM projection_checkpoints AS checkpoints
JOIN projection_entities AS entities USING (projection_id)
WHERE checkpoints.projection = 'state'",
];
