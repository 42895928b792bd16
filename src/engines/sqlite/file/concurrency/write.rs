//! Write transactions, and how writers take turns.

use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

use crate::engines::sqlite::file::guard::files::Files;
use crate::engines::sqlite::file::opening::header;
use crate::engines::sqlite::file::opening::open::Sync;
use crate::engines::sqlite::file::{Database, Result, Shared, run, schema, size_limit};
use crate::error::StoreError;
use crate::event_store::nesting;

use super::transaction::{Join, Use};

/// How long a series of writes may hold the write lock before other writers get a turn.
const LONG: Duration = Duration::from_millis(5);
/// How long the series then yields it.
const TURN: Duration = Duration::from_micros(300);
/// How often a waiting writer retries: once or twice in a turn.
const LOOK: Duration = Duration::from_micros(150);

/// WAL pages at which a commit starts a checkpoint. A checkpoint delays the commit, so it is rare.
pub(crate) const WAL_PAGES: u32 = 10_000;
/// The same for a series of writes. It is lower, so that the series is delayed rather than the writers between.
const WAL_PAGES_OF_MANY: u32 = 8_000;

impl Database {
    /// Runs `work` in a transaction of its own, and commits if it returns `Ok`.
    ///
    /// # Errors
    /// Nothing was changed, unless the error is [`StoreError::OutcomeUnknown`].
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> crate::Result<T> {
        self.write_within(self.options.busy_timeout, work)
    }

    /// Like [`Database::write`], but waits for a busy file at most `longest`.
    pub(crate) fn write_within<T>(
        &self,
        longest: Duration,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> crate::Result<T> {
        let mut transaction = self.begin(longest.min(self.options.busy_timeout), Join::Never)?;
        let done = transaction.write(work)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Like [`Database::write`], but with a no-sync commit, for data that no reader sees yet and that a power failure
    /// may lose. The next synced commit makes it durable too, since both are in the same WAL.
    ///
    /// The call is one of a series: if the series has held the lock for long, other writers get a turn first, and the
    /// series starts a checkpoint before one of them has to.
    pub(crate) fn write_no_sync<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> crate::Result<T> {
        nesting::check()?;
        self.give_way()?;
        let shared = self.turn()?;
        if shared.in_use.get() == Use::Here {
            // Refused there.
            return self.write(work);
        }
        let _no_sync = NoSync::begin(&shared, self.options.sync)?;
        self.write(work)
    }

    /// Yields the write lock for a moment if it was held for long.
    fn give_way(&self) -> Result<()> {
        let shared = self.turn()?;
        if shared.in_use.get() == Use::Free && shared.starts_over() {
            drop(shared);
            std::thread::sleep(TURN);
        }
        Ok(())
    }

    /// Checks the format of the file and its schema if another connection has changed the file: triggers on our tables
    /// could change or copy what is written.
    pub(crate) fn check_schema(&self, shared: &Shared, connection: &Connection) -> Result<()> {
        let Some(path) = self.path() else { return Ok(()) };
        let number = |pragma| -> rusqlite::Result<i32> {
            connection.prepare_cached(pragma)?.query_row([], |row| row.get(0))
        };
        let data_version = Some(number("PRAGMA data_version")?);
        if shared.data_version.get() == data_version {
            return Ok(());
        }
        let application_id = number("PRAGMA application_id")?.cast_unsigned();
        header::check_numbers(path, application_id, number("PRAGMA user_version")?.cast_unsigned())?;
        let cookie = Some(number("PRAGMA schema_version")?);
        if shared.schema.get() != cookie {
            schema::look_within(connection, false)?.map_err(|altered| altered.error(path))?;
            shared.schema.set(cookie);
        }
        shared.data_version.set(data_version);
        Ok(())
    }

    /// Takes the write lock. Retries at short intervals, because SQLite's own waiting sleeps longer and longer and
    /// would let a busy writer keep all others out.
    pub(crate) fn take_write_lock(&self, connection: &Connection, longest: Duration) -> Result<()> {
        if self.options.read_only {
            return Err(StoreError::ReadOnly.into());
        }
        self.stop.check()?;
        self.files.as_ref().map_or(Ok(()), Files::check_quickly)?;
        let started = Instant::now();
        connection.busy_timeout(Duration::ZERO)?;
        let outcome = loop {
            match run(connection, "BEGIN IMMEDIATE") {
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                    self.stop.check_wait()?;
                    let waited = started.elapsed();
                    if waited >= longest {
                        break Err(StoreError::Busy { waited }.into());
                    }
                    std::thread::sleep(LOOK);
                }
                result => break result.map_err(Into::into),
            }
        };
        self.options.wait_for_others(connection)?;
        outcome
    }
}

impl Shared {
    /// Returns true if the write lock was held for long, and counts from zero again.
    fn starts_over(&self) -> bool {
        let is_long = self.held.get() >= LONG;
        if is_long {
            self.held.set(Duration::ZERO);
        }
        is_long
    }
}

/// Yields the write lock for a moment if it was held for long, while the other threads of this handle wait.
pub(crate) fn yield_after_long(shared: &Shared) {
    if shared.starts_over() {
        std::thread::sleep(TURN);
    }
}

/// Makes commits no-sync and checkpoints early until it is dropped.
struct NoSync<'a> {
    shared: &'a Shared,
    sync: Sync,
}

impl<'a> NoSync<'a> {
    fn begin(shared: &'a Shared, sync: Sync) -> Result<Self> {
        let no_sync = Self { shared, sync };
        no_sync.set(Sync::Normal, WAL_PAGES_OF_MANY)?;
        Ok(no_sync)
    }

    fn set(&self, sync: Sync, most: u32) -> rusqlite::Result<()> {
        let log_pages = size_limit::wal_pages(most);
        let pragmas = format!("PRAGMA synchronous = {sync}; PRAGMA wal_autocheckpoint = {log_pages};");
        self.shared.connection.borrow().execute_batch(&pragmas)
    }
}

impl Drop for NoSync<'_> {
    fn drop(&mut self) {
        // A connection that cannot be reset is replaced before it writes again.
        if self.set(self.sync, WAL_PAGES).is_err() {
            self.shared.in_doubt.set(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engines::sqlite::file::opening::open::OpenOptions;
    use crate::engines::sqlite::file::role::FileRole;

    /// A file that one writer has held for long.
    fn held_for_long() -> (tempfile::TempDir, Database) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let database = Database::open_or_create(&path, FileRole::Whole, &OpenOptions::default()).unwrap();
        let long = |_: &Connection| {
            let started = Instant::now();
            while started.elapsed() < LONG {}
            Ok(())
        };
        database.write_no_sync(long).unwrap();
        assert!(held(&database) >= LONG);
        (directory, database)
    }

    fn held(database: &Database) -> Duration {
        database.shared.lock().held.get()
    }

    #[test]
    fn a_series_of_writes_yields_the_lock_after_holding_it_for_long() {
        let (_directory, database) = held_for_long();
        let started = Instant::now();
        let within = database.write_no_sync(|_| Ok(held(&database))).unwrap();
        assert_eq!(within, Duration::ZERO);
        assert!(started.elapsed() >= TURN);
    }

    #[test]
    fn a_series_of_writes_starts_a_checkpoint_before_another_writer_has_to() {
        let (_directory, database) = held_for_long();
        let set = |connection: &Connection| {
            let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
            Ok((number("wal_autocheckpoint")?, number("synchronous")?))
        };
        assert_eq!(database.write_no_sync(set).unwrap(), (WAL_PAGES_OF_MANY, 1));
        assert_eq!(database.write(set).unwrap(), (WAL_PAGES, 2));
    }

    #[test]
    fn a_panic_within_a_transaction_rolls_it_back() {
        let (directory, database) = held_for_long();
        let panics = |_: &Connection| -> Result<()> { panic!("in the middle") };
        let caught = |write: &dyn Fn() -> crate::Result<()>| {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(write)).unwrap_err();
            assert!(database.shared.lock().connection.borrow().is_autocommit());
            let other =
                Database::open(&directory.path().join("store.db"), FileRole::Whole, &OpenOptions::default());
            other.unwrap().write_within(Duration::ZERO, |_| Ok(())).unwrap();
        };
        caught(&|| database.write(panics));
        caught(&|| database.snapshot(panics));
        caught(&|| database.write_no_sync(panics));
        let sync = |connection: &Connection| {
            Ok(connection.pragma_query_value(None, "synchronous", |row| row.get::<_, u32>(0))?)
        };
        assert_eq!(database.write(sync).unwrap(), 2);
    }

    #[test]
    fn a_write_within_a_snapshot_is_refused() {
        let (_directory, database) = held_for_long();
        let written = database.snapshot(|_| Ok(database.write(|_| Ok(()))?));
        assert!(written.unwrap_err().to_string().contains("snapshot"));
        database.write(|_| Ok(())).unwrap();
    }

    #[test]
    fn a_write_within_a_transaction_of_the_same_thread_is_refused() {
        let (_directory, database) = held_for_long();
        let within = database.write(|_| Ok(database.write(|_| Ok(()))?));
        assert_eq!(within.unwrap_err().kind(), "nested_unit");
        let within = database.write(|_| Ok(database.write_no_sync(|_| Ok(()))?));
        assert_eq!(within.unwrap_err().kind(), "nested_unit");
        database.write(|_| Ok(())).unwrap();
    }
}
