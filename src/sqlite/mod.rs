//! The one place that opens a SQLite file and sets its pragmas.

pub(crate) mod binding;
pub(crate) mod checksum;
mod copy;
mod create;
mod directory;
pub(crate) mod drafts;
mod failure;
mod files;
mod header;
mod integrity;
pub(crate) mod numbers;
mod open;
mod place;
mod read_only;
mod refresh;
mod role;
mod rows;
mod schema;
mod settle;
mod stop;
mod transaction;
mod write;

pub use open::{OpenOptions, Sync};
pub use role::Role;
pub(crate) use rows::Table;
pub(crate) use schema::SEQUENCE_BITS;
pub use stop::Stop;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, ReentrantMutex, ReentrantMutexGuard};
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, InterruptHandle};

use crate::error::{Result, StoreError};
use crate::nesting;
use crate::space::SpaceId;
use crate::turn::take_turn;
use files::Files;
pub(crate) use header::{is_database, store_id_of};
pub(crate) use place::{database_beside, is_file_of, log_beside};
use read_only::Stamp;
use stop::Binding;

/// A SQLite file of ours, opened: one connection, which threads take turns in using.
pub struct Database {
    shared: ReentrantMutex<Shared>,
    /// None if it is temporary.
    files: Option<Files>,
    store_id: uuid::Uuid,
    role: Role,
    options: OpenOptions,
    stop: Stop,
    /// Stops the purge that is under way. Held while it is used, so that it hits nothing that comes after.
    purging: Mutex<Option<InterruptHandle>>,
    /// Binds the connection to what can stop it.
    binding: Mutex<Option<Binding>>,
}

struct Shared {
    /// Replaced after a commit that failed; never while somebody uses it.
    connection: RefCell<Connection>,
    /// A transaction was begun and has not ended, though SQLite may have rolled it back since.
    begun: Cell<bool>,
    /// An error ended a transaction's inner part, so that none of it may be committed.
    failed: Cell<bool>,
    /// For how long the write lock was held since it was last left to others.
    held: Cell<Duration>,
    /// A commit failed, and might yet turn out to have taken place.
    in_doubt: Cell<bool>,
    /// The number of the schema that was last compared with ours within a transaction that writes.
    schema: Cell<Option<i64>>,
    /// What the file looked like, if it is read as if nobody changed it.
    unlocked: Cell<Option<Stamp>>,
    /// How often the file was opened again because somebody did.
    reopened: Cell<u64>,
}

impl Database {
    /// The id that binds an events file and its projections file together.
    #[must_use]
    pub fn store_id(&self) -> uuid::Uuid {
        self.store_id
    }

    /// The file; none if it is temporary.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.files.as_ref().map(Files::path)
    }

    /// The same database, which `stop` can stop.
    pub(crate) fn stopped_by(mut self, stop: &Stop) -> Self {
        let binding = stop.bind(self.shared.get_mut().connection.get_mut());
        *self.binding.get_mut() = Some(binding);
        self.stop = stop.clone();
        self
    }

    /// Checks that the files are still those that were opened. What is written to others would be acknowledged and
    /// gone.
    ///
    /// # Errors
    /// [`StoreError::FileReplaced`], [`StoreError::WalReplaced`] or [`StoreError::HardLinked`], from the first time
    /// on that one of them was found.
    pub(crate) fn check_place(&self) -> Result<()> {
        Ok(self.files.as_ref().map_or(Ok(()), Files::check)?)
    }

    /// Checks that another database is open on the same files.
    ///
    /// # Errors
    /// [`StoreError::FileReplaced`].
    pub(crate) fn check_same(&self, other: &Self) -> Result<()> {
        match (&self.files, &other.files) {
            (Some(files), Some(others)) if !files.are(others) => Err(files.replaced().into()),
            _ => Ok(()),
        }
    }

    /// Waits for this handle's connection, for no longer than for a busy file.
    ///
    /// # Errors
    /// [`StoreError::HandleBusy`].
    fn turn(&self) -> Result<ReentrantMutexGuard<'_, Shared>> {
        Ok(take_turn(&self.shared, self.options.busy_timeout)?)
    }

    /// Runs a statement that only reads. Of several, each may see the file at another moment.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let shared = self.turn()?;
        self.stop.check()?;
        self.refresh(&shared)?;
        let started = Instant::now();
        let read = work(&shared.connection.borrow()).map_err(|error| failure::waited_since(started, error));
        self.check_unchanged(&shared)?;
        read
    }

    /// Runs `work` in a transaction that reads: all of it sees the file as it is at one moment.
    pub(crate) fn snapshot<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let shared = self.turn()?;
        self.refresh(&shared)?;
        let connection = shared.connection.borrow();
        if shared.begun.get() {
            transaction::check_stands(&connection)?;
            return work(&connection);
        }
        self.stop.check()?;
        let started = Instant::now();
        run(&connection, "BEGIN")?;
        let _rollback = transaction::Rollback::of(&shared, &connection);
        let seen = work(&connection).map_err(|error| failure::waited_since(started, error));
        self.check_unchanged(&shared)?;
        let seen = seen?;
        // What was read after a failure that somebody hid is of another moment.
        transaction::check_stands(&connection)?;
        Ok(seen)
    }

    /// A number that changes when another connection commits.
    pub(crate) fn version(&self) -> Result<u64> {
        match self.check_place() {
            // Whoever follows the files finds that out, and says it with their names.
            Ok(()) | Err(crate::Error::Store(StoreError::FileReplaced { .. })) => {}
            Err(error) => return Err(error),
        }
        let version = self.read(|connection| {
            Ok(connection.pragma_query_value(None, "data_version", |row| row.get::<_, u32>(0))?)
        })?;
        // Each connection counts for itself.
        Ok(self.turn()?.reopened.get() << 32 | u64::from(version))
    }

    /// Bytes that the data takes in the file; none if it is temporary. Other than the file's own size this
    /// does not swing with the log beside it.
    pub(crate) fn storage_bytes(&self) -> Result<Option<u64>> {
        if self.files.is_none() {
            return Ok(None);
        }
        self.read(|connection| {
            let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            Ok(Some((number("page_count")? * number("page_size")?).unsigned_abs()))
        })
    }

    /// How many pages of the file are free, and how many bytes the log beside it has; none if it is temporary.
    pub(crate) fn slack(&self) -> Result<Option<(u64, u64)>> {
        let Some(path) = self.path() else { return Ok(None) };
        let log = place::log_of(path);
        let free: i64 = self.read(|connection| {
            Ok(connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?)
        })?;
        let log_bytes = std::fs::metadata(log).map_or(0, |log| log.len());
        Ok(Some((free.unsigned_abs(), log_bytes)))
    }

    /// Rewrites the file without its free pages, and empties the log, so that nothing deleted is left in
    /// either.
    pub(crate) fn purge(&self) -> Result<()> {
        if self.options.read_only {
            return Err(StoreError::ReadOnly.into());
        }
        nesting::check()?;
        let shared = self.turn()?;
        self.stop.check()?;
        self.check_place()?;
        *self.purging.lock() = Some(shared.connection.borrow().get_interrupt_handle());
        let started = Instant::now();
        let rewritten = shared.connection.borrow().execute_batch("VACUUM");
        *self.purging.lock() = None;
        rewritten.map_err(|error| failure::waited_since(started, error.into()))?;
        self.empty_log()
    }

    /// Stops the rewriting that another thread is in, as soon as SQLite lets itself be stopped.
    pub(crate) fn interrupt_purge(&self) {
        if let Some(purging) = &*self.purging.lock() {
            purging.interrupt();
        }
    }

    /// Brings what the log holds into the file, and cuts the log off.
    pub(crate) fn empty_log(&self) -> Result<()> {
        let shared = self.turn()?;
        self.check_place()?;
        let connection = shared.connection.borrow();
        let started = Instant::now();
        loop {
            let blocked: i64 =
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            if blocked == 0 {
                return self.check_place();
            }
            self.stop.check_wait()?;
            let waited = started.elapsed();
            if waited >= self.options.busy_timeout {
                return Err(StoreError::Busy { waited }.into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // From here on nothing stops the checkpoint that closing makes. SQLite forgets an earlier request to stop only
        // when a statement starts.
        self.binding.get_mut().take();
        let are_lost = self.check_place().is_err();
        let connection = self.shared.get_mut().connection.get_mut();
        let _ = connection.query_row("SELECT 1", [], |_| Ok(()));
        if are_lost && !self.options.read_only {
            // Pages of a WAL that is not the file's any more would overwrite later commits.
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
        if let (Some(files), Ok(nothing), false) = (&self.files, Connection::open_in_memory(), are_lost) {
            drop(std::mem::replace(connection, nothing));
            files.clear_up();
        }
    }
}

#[cfg(test)]
impl Database {
    /// Has every step of SQLite's machine told to `step`; to nobody any more where there is none.
    pub(crate) fn on_step(&self, step: Option<impl FnMut() -> bool + Send + 'static>) {
        self.shared.lock().connection.borrow_mut().progress_handler(1, step).unwrap();
    }
}

/// Runs a statement that is prepared once.
fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// The ids of several spaces, handed to a statement as [`wanted`] in one parameter, the first.
pub(crate) const WANTED: &str = "(SELECT value FROM json_each(?1))";

/// What stands for these spaces in [`WANTED`].
pub(crate) fn wanted(space_ids: &[SpaceId]) -> String {
    let ids: Vec<String> = space_ids.iter().map(|space_id| space_id.0.to_string()).collect();
    format!("[{}]", ids.join(","))
}

/// The text of a value, with what is not UTF-8 replaced; none where there is none.
pub(crate) fn text(value: ValueRef<'_>) -> Option<Cow<'_, str>> {
    match value {
        // Checking first is several times faster than replacing at once.
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(bytes),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_a_failure_undid_is_none_even_where_that_is_hidden() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let database = Database::open_or_create(&path, Role::Whole, &OpenOptions::default()).unwrap();
        let seen = database.snapshot(|connection| Ok(run(connection, "ROLLBACK")?));
        assert!(seen.unwrap_err().to_string().contains("undone"));
        database.snapshot(|_| Ok(())).unwrap();
    }
}
