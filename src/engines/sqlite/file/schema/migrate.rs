//! Migrates files of earlier versions, in one transaction.
//!
//! Version 3 adds columns at the end of its tables, so the migration only replaces the text of their definitions and
//! rewrites no row. `ALTER TABLE` has the same effect, but first reads every row of a STRICT table: this takes minutes
//! for a large event log, and fails if a row is damaged. Only `projection_checkpoints`, which has a row per space, is
//! copied, since its key has changed.

use std::ops::ControlFlow;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::engines::sqlite::file::checksum::{OF_KEY, OF_SPACE};
use crate::engines::sqlite::file::{Result, checksum, size_limit};

use crate::error::StoreError;
use crate::projection::STATE;

use super::compare::Object;
use super::{VERSION, role, statements, version};

/// The progress of the migration of a file of an earlier version, in idempotency keys: the only rows that it reads whose
/// number grows with the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationProgress {
    /// The number of keys read.
    pub done: u64,
    /// The number of keys in the file.
    pub total: u64,
}

/// A callback that receives the progress of a migration. Breaking ends it, and leaves the file as it was.
pub type WatchMigration<'a> = dyn FnMut(MigrationProgress) -> ControlFlow<()> + 'a;

/// The number of keys after which progress is reported.
const STEP: u64 = 1000;

/// The table whose key has changed.
const CHECKPOINTS: &str = "projection_checkpoints";

/// Migrates a file of an earlier version to this one. If the process is killed, the file has one version or the other.
///
/// # Errors
/// [`StoreError::Stopped`] if `watch` breaks.
pub(in crate::engines::sqlite::file) fn migrate(
    connection: &Connection,
    watch: &mut WatchMigration<'_>,
) -> Result<()> {
    in_one_transaction(connection, || migrate_within(connection, watch))
}

fn in_one_transaction(connection: &Connection, work: impl FnOnce() -> Result<()>) -> Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = work().and_then(|()| size_limit::check(connection));
    let done = done.and_then(|()| Ok(connection.execute_batch("COMMIT")?));
    if done.is_err() {
        // After some failures SQLite has already rolled back, and reports that here.
        let _ = connection.execute_batch("ROLLBACK");
    }
    done
}

fn migrate_within(connection: &Connection, watch: &mut WatchMigration<'_>) -> Result<()> {
    // Another process may have been faster.
    let from = version(connection)?;
    if from == VERSION {
        return Ok(());
    }
    let role = role::read(connection, from)?.name;
    let objects = statements(VERSION, &role).into_iter().map(Object::of);
    let (there, missing): (Vec<_>, Vec<_>) = objects.partition(|object| {
        statements(from, &role).iter().any(|known| Object::of(known).name == object.name)
    });
    let (views, tables): (Vec<_>, Vec<_>) = there.into_iter().partition(Object::is_view);
    let (copied, kept): (Vec<_>, Vec<_>) = tables.into_iter().partition(|table| table.name == CHECKPOINTS);
    redefine(connection, &kept)?;
    copied.iter().try_for_each(|checkpoints| copy_checkpoints(connection, checkpoints))?;
    views.iter().chain(&missing).try_for_each(|object| create_one(connection, object))?;
    if role != "projections" {
        // A mark without an owner and a time is damage.
        connection.execute("UPDATE space_sequences SET marked_at = 0 WHERE mark > 0", [])?;
        sum_spaces(connection)?;
        sum_keys(connection, watch)?;
        skip_causes(connection)?;
        give_incarnation(connection)?;
    }
    if role == "projections" {
        let file_id = uuid::Uuid::new_v4();
        connection.execute("UPDATE store SET file_id = ?1", [file_id.as_bytes()])?;
    }
    connection.pragma_update(None, "user_version", VERSION)?;
    Ok(())
}

/// Creates the table of checkpoints again, with the rows that it has. Each is that of the space's only projection.
fn copy_checkpoints(connection: &Connection, checkpoints: &Object<'_>) -> Result<()> {
    connection.execute_batch(
        "DROP VIEW IF EXISTS pstate_entities;
         CREATE TEMP TABLE earlier_checkpoints AS SELECT * FROM main.projection_checkpoints;
         DROP TABLE main.projection_checkpoints;",
    )?;
    connection.execute_batch(checkpoints.sql)?;
    connection.execute(
        "INSERT INTO main.projection_checkpoints
           (space_id, projection, last_event_id, last_space_sequence, updated_at, projection_id, entities)
         SELECT space_id, ?1, last_event_id, last_space_sequence, updated_at, projection_id, entities
         FROM temp.earlier_checkpoints ORDER BY space_id",
        [STATE],
    )?;
    Ok(connection.execute_batch("DROP TABLE temp.earlier_checkpoints")?)
}

/// Notes that the index of causes begins after the events that are there, so that no migration has to read them.
fn skip_causes(connection: &Connection) -> Result<()> {
    let sql = "UPDATE store SET causes_after = coalesce((SELECT max(event_id) FROM event_log), 0)";
    connection.execute(sql, [])?;
    Ok(())
}

/// Gives a projections file an id that tells it from every other, unless it has one: another program may have removed it.
pub(in crate::engines::sqlite::file) fn give_file_id(connection: &Connection) -> Result<()> {
    let is_without = "role = 'projections' AND (file_id IS NULL OR length(file_id) <> 16)";
    if connection.prepare(&format!("SELECT 1 FROM store WHERE {is_without}"))?.exists([])? {
        size_limit::check(connection)?;
        let sql = format!("UPDATE store SET file_id = ?1 WHERE {is_without}");
        connection.execute(&sql, [uuid::Uuid::new_v4().as_bytes()])?;
    }
    Ok(())
}

/// Gives an events file a number that tells it from its copies, unless it has one: a backup is written without.
pub(in crate::engines::sqlite::file) fn give_incarnation(connection: &Connection) -> Result<()> {
    let sql = "SELECT 1 FROM store WHERE incarnation IS NULL AND role <> 'projections'";
    if connection.prepare(sql)?.exists([])? {
        size_limit::check(connection)?;
        let sql = "UPDATE store SET incarnation = ?1 WHERE incarnation IS NULL";
        connection.execute(sql, [uuid::Uuid::new_v4().as_bytes()])?;
    }
    Ok(())
}

/// Recreates views and indexes that are missing or were changed.
pub(in crate::engines::sqlite::file) fn create_again(
    connection: &Connection,
    statements: &[&str],
) -> Result<()> {
    if statements.is_empty() {
        return Ok(());
    }
    in_one_transaction(connection, || {
        statements.iter().try_for_each(|statement| create_one(connection, &Object::of(statement)))
    })
}

fn create_one(connection: &Connection, object: &Object<'_>) -> Result<()> {
    if object.is_view() {
        connection.execute_batch(&format!("DROP VIEW IF EXISTS {}", object.name))?;
    }
    // Another process may have been faster.
    let statement = object.sql.replacen("CREATE INDEX ", "CREATE INDEX IF NOT EXISTS ", 1);
    Ok(connection.execute_batch(&statement)?)
}

/// Replaces the definitions of existing tables and indexes by those of this version.
fn redefine(connection: &Connection, objects: &[Object<'_>]) -> Result<()> {
    let _defined = Defining::begin(connection)?;
    for object in objects {
        connection.execute(
            "UPDATE sqlite_schema SET sql = ?2 WHERE name = ?1 AND sql IS NOT NULL",
            (object.name, object.sql),
        )?;
    }
    let cookie: i64 = connection.pragma_query_value(None, "schema_version", |row| row.get(0))?;
    // Makes every connection read the definitions again.
    Ok(connection.pragma_update(None, "schema_version", cookie + 1)?)
}

/// Makes definitions writable until it is dropped. Then the connection reads them again.
struct Defining<'a>(&'a Connection);

impl<'a> Defining<'a> {
    fn begin(connection: &'a Connection) -> Result<Self> {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
        let defining = Self(connection);
        connection.execute_batch("PRAGMA writable_schema = ON")?;
        Ok(defining)
    }
}

impl Drop for Defining<'_> {
    fn drop(&mut self) {
        // An error is ignored: a connection that failed to migrate is not used.
        let _ = self.0.execute_batch("PRAGMA writable_schema = RESET");
        let _ = self.0.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true);
    }
}

/// Computes the checksum of every space.
fn sum_spaces(connection: &Connection) -> Result<()> {
    let mut read = connection.prepare(&format!("SELECT {OF_SPACE} FROM spaces"))?;
    let mut write = connection.prepare("UPDATE spaces SET checksum = ?2 WHERE space_id = ?1")?;
    let mut rows = read.query([])?;
    let mut sums = Vec::new();
    while let Some(row) = rows.next()? {
        sums.push((row.get::<_, i64>(0)?, checksum::over_row(row, 4)?));
    }
    for sum in sums {
        write.execute(sum)?;
    }
    Ok(())
}

/// Counts the idempotency keys of each space, and combines their checksums. The rows do not change.
fn sum_keys(connection: &Connection, watch: &mut WatchMigration<'_>) -> Result<()> {
    let total = connection.query_row("SELECT count(*) FROM idempotency_keys", [], |row| row.get(0))?;
    let mut at = MigrationProgress { done: 0, total };
    // The table is ordered by space.
    let mut read = connection.prepare(&format!("SELECT {OF_KEY} FROM idempotency_keys"))?;
    let mut write = connection
        .prepare("UPDATE space_sequences SET key_count = ?2, key_digest = ?3 WHERE space_id = ?1")?;
    let mut rows = read.query([])?;
    let mut sum: Option<(i64, i64, i64)> = None;
    while let Some(row) = rows.next()? {
        if at.done.is_multiple_of(STEP) && watch(at).is_break() {
            return Err(StoreError::Stopped.into());
        }
        at.done += 1;
        let (space_id, checksum) = (row.get(0)?, checksum::over_row(row, 7)?);
        match &mut sum {
            Some((current, count, digest)) if *current == space_id => {
                *count += 1;
                *digest ^= checksum;
            }
            _ => {
                if let Some(done) = sum.replace((space_id, 1, checksum)) {
                    write.execute(done)?;
                }
            }
        }
    }
    if let Some(done) = sum {
        write.execute(done)?;
    }
    Ok(())
}
