//! Times the migration of a file of version 2: opening it for writing the first time, beside opening it again.
//!
//! `cargo bench --bench migration` uses a million events, each with an idempotency key. Give other numbers of events and
//! spaces as arguments, or in `RAMAX_LOAD`. The file is written once, and kept in `target/tmp`.

#[path = "../figures/mod.rs"]
mod figures;
#[path = "../files/mod.rs"]
mod files;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figures::{head, timed, times};
use files::Load;
use ramax::{Location, OpenOptions, Store};
use rusqlite::Connection;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let load = Load::of_arguments(Load { events: 1_000_000, spaces: 1000 })?;
    let file = of_version_2(load)?;
    head("opening for writing", "version 2", "again");
    for cold in [false, true] {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let copy = directory.path().join("store.db");
        std::fs::copy(&file, &copy)?;
        let open = || -> Outcome<Duration> {
            if cold {
                files::forget(&copy)?;
            }
            Ok(timed(|| Store::open(&Location::file(&copy), OpenOptions::default()))?)
        };
        let [first, again] = [open()?, open()?];
        times(&format!("{}, {}", load.name(), if cold { "cold" } else { "warm" }), first, again);
    }
    Ok(())
}

/// Returns a file of version 2 with the load, made of an empty one.
fn of_version_2(load: Load) -> Outcome<PathBuf> {
    let name = format!("version-2-{}-{}.db", load.events, load.spaces);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if file.exists() {
        return Ok(file);
    }
    let part = file.with_extension("part");
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/format-2.db"), &part)?;
    let connection = Connection::open(&part)?;
    let each = load.events / load.spaces;
    connection
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536")?;
    connection.execute_batch(&format!("BEGIN; {}; COMMIT", statements(each, load.spaces)))?;
    connection.execute_batch("PRAGMA journal_mode = WAL")?;
    drop(connection);
    std::fs::rename(&part, &file)?;
    Ok(file)
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
