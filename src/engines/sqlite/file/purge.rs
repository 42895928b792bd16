//! Rewrites a file so that it contains no deleted data.

use std::time::{Duration, Instant};

use crate::error::StoreError;
use crate::event_store::nesting;

use super::concurrency::transaction::{self, Use};
use super::guard::identity;
use super::{Database, failure};

impl Database {
    /// Returns the number of free pages in the file and the bytes of its WAL, or `None` if it is temporary.
    pub(crate) fn slack(&self) -> crate::Result<Option<(u64, u64)>> {
        let Some(path) = self.path() else { return Ok(None) };
        let log = identity::wal_of(path);
        let free: i64 = self.read(|connection| {
            Ok(connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?)
        })?;
        let log_bytes = std::fs::metadata(log).map_or(0, |log| log.len());
        Ok(Some((free.unsigned_abs(), log_bytes)))
    }

    /// Rewrites the file without its free pages and empties the WAL, so that neither contains deleted data.
    pub(crate) fn purge(&self) -> crate::Result<()> {
        if self.options.read_only {
            return Err(StoreError::ReadOnly.into());
        }
        nesting::check()?;
        self.check_no_snapshot()?;
        let shared = self.turn()?;
        if shared.in_use.get() == Use::Here {
            return Err(transaction::nested(&shared));
        }
        self.stop.check()?;
        self.check_identity()?;
        *self.purging.lock() = Some(shared.connection.borrow().get_interrupt_handle());
        let started = Instant::now();
        let rewritten = shared.connection.borrow().execute_batch("VACUUM");
        *self.purging.lock() = None;
        rewritten.map_err(|error| failure::waited_since(started, StoreError::of_sqlite(error).into()))?;
        self.empty_wal()
    }

    /// Interrupts a purge in another thread, as soon as SQLite allows it.
    pub(crate) fn interrupt_purge(&self) {
        if let Some(purging) = &*self.purging.lock() {
            purging.interrupt();
        }
    }

    /// Copies the contents of the WAL to the file, and truncates the WAL.
    pub(crate) fn empty_wal(&self) -> crate::Result<()> {
        let shared = self.turn()?;
        self.check_identity()?;
        let connection = shared.connection.borrow();
        let started = Instant::now();
        loop {
            let blocked =
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
            let blocked = blocked.map_err(StoreError::of_sqlite)?;
            if blocked == 0 {
                return self.check_identity();
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
