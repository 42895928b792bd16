//! Writing in transactions: who waits for whom, and for how long.

use std::cell::Cell;
use std::time::{Duration, Instant};

use parking_lot::ReentrantMutexGuard;
use rusqlite::{Connection, ErrorCode};

use crate::error::{Error, Result, StoreError};
use crate::nesting;

use super::files::Files;
use super::transaction::{Part, Rollback, check_stands, check_writes};
use super::{Database, Shared, Sync, run, schema};

/// For how long many writes in a row may hold the write lock before others get a turn.
const LONG: Duration = Duration::from_millis(5);
/// For how long they then leave it.
const TURN: Duration = Duration::from_micros(300);
/// How often whoever waits looks for it: once or twice in a turn.
const LOOK: Duration = Duration::from_micros(150);

/// Pages in the log at which a commit writes them back. That stalls it, so it is done seldom.
pub(super) const LOG_PAGES: u32 = 10_000;
/// The same for who writes many times in a row: so it is they who are stalled, and not those who wait for a turn.
const MANY_LOG_PAGES: u32 = 8_000;

impl Database {
    /// Runs `work` in a transaction that keeps every other writer out from the start, and commits it
    /// when it returns `Ok`. Called within another, it joins that one; should it then fail, nothing
    /// of the whole is committed.
    ///
    /// # Errors
    /// Nothing was done then, unless it is [`StoreError::OutcomeUnknown`].
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.write_within(self.options.busy_timeout, work)
    }

    /// As [`Database::write`], waiting for a busy file no longer than `longest` either.
    pub(crate) fn write_within<T>(
        &self,
        longest: Duration,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        nesting::check()?;
        let shared = self.turn()?;
        if shared.begun.get() {
            check_writes(&shared.connection.borrow())?;
            let mut part = Part::of(&shared);
            let result = work(&shared.connection.borrow());
            part.is_done = result.is_ok();
            return result;
        }
        self.settle(&shared)?;
        let mut result = self.transaction(&shared, longest.min(self.options.busy_timeout), work);
        if let (true, Err(cause)) = (shared.in_doubt.get(), &result) {
            let detail = cause.to_string();
            if self.settle(&shared).is_err() {
                result = Err(StoreError::OutcomeUnknown { detail }.into());
            }
        }
        // A thread that waits gets its turn before this one can come back for more.
        ReentrantMutexGuard::unlock_fair(shared);
        result
    }

    /// As [`Database::write`], for what may be lost with the power because nobody sees it yet: the commit
    /// is not waited for on disk. The next commit that is makes it durable too, for the log is one.
    ///
    /// It is one of many in a row: those who wait get a turn before it, where the others have taken long, and it
    /// writes the log back before one of theirs has to.
    pub(crate) fn write_unseen<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        nesting::check()?;
        self.give_way()?;
        let shared = self.turn()?;
        if shared.begun.get() {
            return self.write(work);
        }
        let _unseen = Unseen::begin(&shared, self.options.sync)?;
        self.write(work)
    }

    /// Leaves the write lock alone for a moment, if it was held for long.
    fn give_way(&self) -> Result<()> {
        let shared = self.turn()?;
        if shared.held.get() >= LONG && !shared.begun.get() {
            shared.held.set(Duration::ZERO);
            drop(shared);
            std::thread::sleep(TURN);
        }
        Ok(())
    }

    pub(super) fn transaction<T>(
        &self,
        shared: &Shared,
        longest: Duration,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        let connection = shared.connection.borrow();
        self.begin(&connection, longest)?;
        let begun = Instant::now();
        shared.failed.set(false);
        let _rollback = Rollback::of(shared, &connection);
        self.check_schema(shared, &connection)?;
        let result = work(&connection);
        if result.is_ok() && !shared.failed.get() {
            check_stands(&connection)?;
            commit(&connection, &shared.in_doubt)?;
            self.check_place().map_err(unknown_outcome)?;
            shared.held.set(shared.held.get() + begun.elapsed());
            return result;
        }
        result.and_then(|_| Err(StoreError::part_failed().into()))
    }

    /// Checks the schema once more if another process changed it since: what it attached to our tables would change or
    /// copy what is written.
    fn check_schema(&self, shared: &Shared, connection: &Connection) -> Result<()> {
        let Some(path) = self.path() else { return Ok(()) };
        let mut statement = connection.prepare_cached("PRAGMA schema_version")?;
        let cookie = Some(statement.query_row([], |row| row.get(0))?);
        if shared.schema.get() == cookie {
            return Ok(());
        }
        schema::look_within(connection, false)?.map_err(|altered| altered.error(path))?;
        shared.schema.set(cookie);
        Ok(())
    }

    /// Takes the write lock. Tries at short intervals, since SQLite's own waiting sleeps ever longer and would let
    /// a busy writer keep the others out.
    fn begin(&self, connection: &Connection, longest: Duration) -> Result<()> {
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
        connection.busy_timeout(self.options.busy_timeout)?;
        outcome
    }
}

/// While it lives, commits are not waited for on disk, and write the log back early.
struct Unseen<'a> {
    shared: &'a Shared,
    sync: Sync,
}

impl<'a> Unseen<'a> {
    fn begin(shared: &'a Shared, sync: Sync) -> Result<Self> {
        let unseen = Self { shared, sync };
        unseen.set(Sync::Normal, MANY_LOG_PAGES)?;
        Ok(unseen)
    }

    fn set(&self, sync: Sync, log_pages: u32) -> rusqlite::Result<()> {
        let pragmas = format!("PRAGMA synchronous = {sync}; PRAGMA wal_autocheckpoint = {log_pages};");
        self.shared.connection.borrow().execute_batch(&pragmas)
    }
}

impl Drop for Unseen<'_> {
    fn drop(&mut self) {
        // A connection that does not take it is replaced before it writes again.
        if self.set(self.sync, LOG_PAGES).is_err() {
            self.shared.in_doubt.set(true);
        }
    }
}

fn commit(connection: &Connection, in_doubt: &Cell<bool>) -> Result<()> {
    let Err(error) = run(connection, "COMMIT") else { return Ok(()) };
    // Of these two is known that the log's last page was not written.
    let is_undone = matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DiskFull));
    in_doubt.set(!is_undone);
    Err(error.into())
}

/// What was committed to files that are not the database's any more may be gone.
fn unknown_outcome(error: Error) -> Error {
    StoreError::OutcomeUnknown { detail: error.to_string() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::{OpenOptions, Role};

    /// A file that somebody has been writing to for long.
    fn held_for_long() -> (tempfile::TempDir, Database) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let database = Database::open_or_create(&path, Role::Whole, &OpenOptions::default()).unwrap();
        let long = |_: &Connection| {
            let started = Instant::now();
            while started.elapsed() < LONG {}
            Ok(())
        };
        database.write_unseen(long).unwrap();
        assert!(held(&database) >= LONG);
        (directory, database)
    }

    fn held(database: &Database) -> Duration {
        database.shared.lock().held.get()
    }

    #[test]
    fn who_writes_many_times_in_a_row_leaves_the_lock_to_others_when_it_held_it_for_long() {
        let (_directory, database) = held_for_long();
        let started = Instant::now();
        let within = database.write_unseen(|_| Ok(held(&database))).unwrap();
        assert_eq!(within, Duration::ZERO);
        assert!(started.elapsed() >= TURN);
    }

    #[test]
    fn who_writes_many_times_in_a_row_writes_the_log_back_before_another_has_to() {
        let (_directory, database) = held_for_long();
        let set = |connection: &Connection| {
            let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
            Ok((number("wal_autocheckpoint")?, number("synchronous")?))
        };
        assert_eq!(database.write_unseen(set).unwrap(), (MANY_LOG_PAGES, 1));
        assert_eq!(database.write(set).unwrap(), (LOG_PAGES, 2));
    }

    #[test]
    fn a_panic_within_a_transaction_leaves_nothing_of_it_for_others_to_join() {
        let (directory, database) = held_for_long();
        let panics = |_: &Connection| -> Result<()> { panic!("in the middle") };
        let caught = |write: &dyn Fn() -> Result<()>| {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(write)).unwrap_err();
            assert!(database.shared.lock().connection.borrow().is_autocommit());
            let other =
                Database::open(&directory.path().join("store.db"), Role::Whole, &OpenOptions::default());
            other.unwrap().write_within(Duration::ZERO, |_| Ok(())).unwrap();
        };
        caught(&|| database.write(panics));
        caught(&|| database.write(|_| database.write(panics)));
        caught(&|| database.snapshot(panics));
        caught(&|| database.write_unseen(panics));
        let sync = |connection: &Connection| {
            Ok(connection.pragma_query_value(None, "synchronous", |row| row.get::<_, u32>(0))?)
        };
        assert_eq!(database.write(sync).unwrap(), 2);
    }

    #[test]
    fn nothing_is_written_within_a_snapshot_which_would_be_rolled_back() {
        let (_directory, database) = held_for_long();
        let written = database.snapshot(|_| database.write(|_| Ok(())));
        assert!(written.unwrap_err().to_string().contains("snapshot"));
        database.write(|_| Ok(())).unwrap();
    }

    #[test]
    fn a_part_of_a_unit_of_work_never_lets_go_of_its_lock() {
        let (_directory, database) = held_for_long();
        let within = database.write(|_| database.write_unseen(|_| Ok(held(&database))));
        assert!(within.unwrap() >= LONG);
    }
}
