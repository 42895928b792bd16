//! Large files of version 2, for the migration.

use std::path::Path;

use rusqlite::Connection;

/// Writes a file of version 2 with this number of spaces `crm_1001`, `crm_1002` … and of events in all of them, each with an
/// idempotency key, beside the contents of the fixture.
pub fn write(path: &Path, events: u64, spaces: u64) -> rusqlite::Result<()> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/format-2.db");
    std::fs::copy(fixture, path).expect("the fixture can be copied");
    let connection = Connection::open(path)?;
    connection
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536")?;
    connection.execute_batch(&format!("BEGIN; {}; COMMIT", statements(events / spaces, spaces)))?;
    connection.execute_batch("PRAGMA journal_mode = WAL")
}

/// Returns the statements that fill a file. The checksums of its events are wrong, which no migration reads.
fn statements(each: u64, spaces: u64) -> String {
    let (first, last) = (1001, 1000 + spaces);
    format!(
        "CREATE TEMP TABLE numbers AS WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n
           WHERE i < {last}) SELECT i FROM n;
         INSERT INTO spaces (space_id, space_name, created_at) SELECT i, 'crm_' || i, 0 FROM numbers;
         INSERT INTO event_types SELECT i, 1, 'contact.added' FROM numbers;
         INSERT INTO event_log
         WITH RECURSIVE n(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < {each})
         SELECT (i << 40) + seq, (i - {first}) * {each} + seq + 1000000, 1, 1769853600000, 0, NULL, randomblob(16),
           'c' || seq, '{{\"contact_id\":\"c' || seq || '\",\"name\":\"Ada Lovelace\",\"email\":\"ada@acme.example\"}}'
         FROM numbers CROSS JOIN n;
         INSERT INTO entity_events SELECT pos >> 40, entity_id, pos & 0xffffffffff FROM event_log
         WHERE pos >= {first} << 40 ORDER BY 1, 2, 3;
         INSERT INTO space_sequences
           (space_id, last_sequence, last_event_id, last_timestamp, payload_bytes, indexed_sequence)
         SELECT i, {each}, (i - {first} + 1) * {each} + 1000000, 1769853600000, 80 * {each}, {each} FROM numbers;
         INSERT INTO idempotency_keys
         SELECT pos >> 40, 'key-' || event_id, 7, '[' || event_id || ']', pos & 0xffffffffff FROM event_log
         WHERE pos >= {first} << 40 ORDER BY 1, 2;
         INSERT INTO projections (projection_id, space_id, state) SELECT i, i, 'live' FROM numbers;
         INSERT INTO projection_checkpoints
         SELECT i, (i - {first} + 1) * {each} + 1000000, {each}, 1769853600000, i, 0 FROM numbers"
    )
}
