//! Opens SQLite files and sets their pragmas. No other module does.

pub(crate) mod bounds;
pub(crate) mod candidates;
pub(crate) mod checksum;
mod choices;
pub(crate) mod column;
mod concurrency;
mod copy;
mod failure;
mod free_pages;
mod guard;
mod integrity;
pub(crate) mod numbers;
mod opening;
mod purge;
#[cfg(feature = "cli")]
mod remaining_wal;
mod role;
mod rows;
mod schema;
mod size_limit;
mod stop;

pub(crate) use column::ReadColumn;
pub(crate) use concurrency::transaction::{Join, Transaction};
pub(crate) use failure::{EngineError, Result};
pub(crate) use guard::binding;
pub(crate) use guard::identity::{
    companion_of, database_beside, followed, is_file_of, is_name_too_long, log_beside, wal_of as log_of,
};
pub(crate) use opening::companions::share_with_group_of;
#[cfg_attr(not(any(feature = "cli", feature = "console")), allow(unused_imports))]
pub(crate) use opening::create::check_writable;
pub(crate) use opening::drafts;
pub(crate) use opening::header::{connect_immutable, is_database, part_of};
pub use opening::open::{OpenOptions, Sync};
#[cfg(feature = "cli")]
pub(crate) use remaining_wal::RemainingWal;
pub use role::FileRole;
pub(crate) use rows::Table;
pub use schema::{MigrationProgress, WatchMigration};
pub(crate) use schema::{SEQUENCE_BITS, is_of_earlier_version};
pub(crate) use stop::Binding;
pub use stop::Stop;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, ReentrantMutex, ReentrantMutexGuard};
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::vtab::array::Array;
use rusqlite::{Connection, InterruptHandle};

use crate::engines::group::{Companions, Line};
use crate::engines::handle_lock::lock_handle;
use crate::engines::readers::Readers;
use crate::error::StoreError;
use crate::id::SpaceId;
use concurrency::readers::SmallCache;
use concurrency::snapshot;
use concurrency::transaction::{self, Use};
use guard::files::Files;
use opening::read_only::Stamp;

/// An open SQLite file of ours: a connection that writes, which threads use in turn, and a few for reading meanwhile.
pub struct Database {
    shared: ReentrantMutex<Shared>,
    /// `None` for a temporary database.
    files: Option<Files>,
    store_id: uuid::Uuid,
    role: FileRole,
    options: OpenOptions,
    stop: Stop,
    line: Line,
    readers: Readers<Database>,
    /// Stops the purge in progress. Locked during use, so that it never stops a later statement.
    purging: Mutex<Option<InterruptHandle>>,
    /// Lets a [`Stop`] interrupt the connection.
    binding: Mutex<Option<Binding>>,
}

pub(crate) struct Shared {
    /// Replaced after a failed commit, but never while it is in use.
    connection: RefCell<Connection>,
    /// A transaction that was started has not ended, although SQLite may have rolled it back since.
    in_use: Cell<Use>,
    /// The threads whose writes are in the open transaction, besides that of the current one.
    companions: RefCell<Option<Arc<Companions>>>,
    /// The thread that is using this connection has written through another one since.
    is_overtaken: Cell<bool>,
    /// When the transaction began.
    started_at: Cell<Option<Instant>>,
    /// How long the write lock was held since it was last yielded to other writers.
    held: Cell<Duration>,
    /// A commit failed, and may still turn out to have happened.
    in_doubt: Cell<bool>,
    /// The number of the schema that was last compared with ours within a write transaction.
    schema: Cell<Option<i32>>,
    /// The number by which SQLite counts the changes of other connections, when the schema was last compared.
    data_version: Cell<Option<i32>>,
    /// The state of the file when it was opened without locks.
    unlocked: Cell<Option<Stamp>>,
    /// How often the file was reopened after a change, or the connection replaced.
    reopened: Cell<u64>,
    /// How many rows this connection had changed at its last commit.
    committed: Cell<u64>,
}

impl Database {
    /// The id that an events file and its projections file share.
    pub fn store_id(&self) -> uuid::Uuid {
        self.store_id
    }

    /// Its role: the part of a store that the file holds.
    pub(crate) fn role(&self) -> FileRole {
        self.role
    }

    /// How long to wait for others.
    pub(crate) fn busy_timeout(&self) -> Duration {
        self.options.busy_timeout
    }

    /// The path of the file, or `None` if it is temporary.
    pub fn path(&self) -> Option<&Path> {
        self.files.as_ref().map(Files::path)
    }

    /// Lets `stop` interrupt this database.
    pub(crate) fn stopped_by(mut self, stop: &Stop) -> Self {
        let binding = stop.bind_file(self.shared.get_mut().connection.get_mut());
        *self.binding.get_mut() = Some(binding);
        self.stop = stop.clone();
        self
    }

    /// Checks that the open files are still in place. Commits to replaced files would be acknowledged and then lost.
    ///
    /// # Errors
    /// [`StoreError::FileReplaced`], [`StoreError::WalReplaced`] or [`StoreError::HardLinked`]. Once found, the error is
    /// permanent.
    pub(crate) fn check_identity(&self) -> crate::Result<()> {
        Ok(self.files.as_ref().map_or(Ok(()), Files::check)?)
    }

    /// Checks that another database has the same files open.
    ///
    /// # Errors
    /// [`StoreError::FileReplaced`].
    pub(crate) fn check_same(&self, other: &Self) -> crate::Result<()> {
        match (&self.files, &other.files) {
            (Some(files), Some(others)) if !files.are(others) => Err(files.replaced().into()),
            _ => Ok(()),
        }
    }

    /// Waits for the connection that writes, at most for the busy timeout.
    ///
    /// # Errors
    /// [`StoreError::HandleBusy`].
    fn lock(&self) -> crate::Result<ReentrantMutexGuard<'_, Shared>> {
        Ok(lock_handle(&self.shared, self.options.busy_timeout)?)
    }

    /// Like [`Database::lock`], for work that does not join a transaction left open by other threads.
    fn turn(&self) -> crate::Result<ReentrantMutexGuard<'_, Shared>> {
        let shared = self.lock()?;
        if shared.in_use.get() == Use::Left {
            self.end_of_others(&shared);
        }
        Ok(shared)
    }

    /// Runs read statements. Each may see a different state of the file.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> crate::Result<T> {
        let (database, shared) = self.for_reading()?;
        database.read_on(&shared, work)
    }

    fn read_on<T>(&self, shared: &Shared, work: impl FnOnce(&Connection) -> Result<T>) -> crate::Result<T> {
        self.stop.check()?;
        self.refresh(shared)?;
        let started = Instant::now();
        let read = work(&shared.connection.borrow());
        let read = read.map_err(|error| failure::waited_since(started, self.placed(error).into()));
        self.check_unchanged(shared)?;
        read
    }

    /// Adds to an error that the damage is in the file with the projections.
    fn placed(&self, error: EngineError) -> EngineError {
        let is_of_projections = matches!(self.role, FileRole::Projections { .. });
        if is_of_projections { error.in_projections() } else { error }
    }

    /// Runs `work` in a read transaction: all of it sees the same state of the file.
    pub(crate) fn snapshot<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> crate::Result<T> {
        let (database, shared) = self.for_reading()?;
        database.snapshot_on(&shared, work)
    }

    /// Like [`Database::snapshot`], for long work: leaves the connection that writes to others, if it can.
    pub(crate) fn long_snapshot<T>(&self, work: impl FnOnce() -> crate::Result<T>) -> crate::Result<T> {
        let (database, shared) = self.for_long_reading()?;
        let is_its_own = !std::ptr::eq(database, self) && shared.in_use.get() == Use::Free;
        let _small = is_its_own.then(|| SmallCache::of(&shared, self.options.cache_kib));
        database.snapshot_on(&shared, |_| Ok(work()?))
    }

    fn snapshot_on<T>(
        &self,
        shared: &Shared,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> crate::Result<T> {
        self.refresh(shared)?;
        let connection = shared.connection.borrow();
        if shared.in_use.get() == Use::Here {
            transaction::check_stands(&connection)?;
            return Ok(work(&connection)?);
        }
        self.stop.check()?;
        let started = Instant::now();
        run(&connection, "BEGIN").map_err(StoreError::of_sqlite)?;
        let _snapshot = snapshot::Snapshot::of(shared);
        let seen =
            work(&connection).map_err(|error| failure::waited_since(started, self.placed(error).into()));
        self.check_unchanged(shared)?;
        let seen = seen?;
        // After a hidden failure, later reads saw another state.
        transaction::check_stands(&connection)?;
        Ok(seen)
    }

    /// Returns a number that rises when this or another connection has committed a change.
    pub(crate) fn version(&self) -> crate::Result<u64> {
        match self.check_identity() {
            // A caller that follows the files notices the replacement, and reports it with their names.
            Ok(()) | Err(crate::Error::Store(StoreError::FileReplaced { .. })) => {}
            Err(error) => return Err(error),
        }
        // The number is only comparable within one connection, and does not count that connection's own commits.
        let shared = self.turn()?;
        let version = self.read_on(&shared, |connection| {
            Ok(connection.pragma_query_value(None, "data_version", |row| row.get::<_, u32>(0))?)
        })?;
        Ok((shared.reopened.get() << 40) + u64::from(version) + shared.committed.get())
    }

    /// Returns the bytes of data in the file, or `None` if it is temporary. Unlike the size of the file, this
    /// does not fluctuate with the WAL.
    pub(crate) fn storage_bytes(&self) -> crate::Result<Option<u64>> {
        if self.files.is_none() {
            return Ok(None);
        }
        self.read(|connection| {
            let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            Ok(Some((number("page_count")? * number("page_size")?).unsigned_abs()))
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Only a connection that can write removes the WAL, so it is closed last.
        self.readers = Readers::default();
        // From here on nothing interrupts the checkpoint on closing. SQLite clears an earlier request to interrupt only
        // when a statement starts.
        self.binding.get_mut().take();
        let are_lost = self.check_identity().is_err();
        let connection = self.shared.get_mut().connection.get_mut();
        let _ = connection.query_row("SELECT 1", [], |_| Ok(()));
        if are_lost && !self.options.read_only {
            // Pages of a WAL that no longer belongs to the file would overwrite later commits.
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
    /// Calls `step` on every step of SQLite's virtual machine; `None` removes the callback.
    pub(crate) fn on_step(&self, step: Option<impl FnMut() -> bool + Send + 'static>) {
        self.shared.lock().connection.borrow_mut().progress_handler(1, step).unwrap();
    }
}

/// Runs a cached statement.
fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// A table of the ids of several spaces, passed as [`wanted`] in the first parameter.
pub(crate) const WANTED: &str = "rarray(?1)";

/// Returns the parameter for [`WANTED`].
pub(crate) fn wanted(space_ids: &[SpaceId]) -> Array {
    Rc::new(space_ids.iter().map(|space_id| space_id.0.into()).collect())
}

/// Returns a number or a text as JSON, with invalid UTF-8 replaced, or null for other types.
pub(crate) fn shown(value: ValueRef<'_>) -> serde_json::Value {
    match value {
        ValueRef::Integer(number) => number.into(),
        value => text(value).map(Cow::into_owned).into(),
    }
}

/// Returns the text of a value, with invalid UTF-8 replaced, or `None` for other types.
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
    fn a_snapshot_undone_by_a_failure_is_an_error_even_if_the_failure_is_ignored() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let database = Database::open_or_create(&path, FileRole::Whole, &OpenOptions::default()).unwrap();
        let seen = database.snapshot(|connection| Ok(run(connection, "ROLLBACK")?));
        assert!(seen.unwrap_err().to_string().contains("rolled back"));
        database.snapshot(|_| Ok(())).unwrap();
    }
}
