//! Write transactions as values, and how several of them share one commit.
//!
//! A transaction holds the write lock of the file and this handle's connection. It may be left open for the next
//! thread in line, which adds its own writes: one commit, and one sync, then covers them all. A thread that leaves
//! its writes behind waits until their outcome is known.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::ReentrantMutexGuard;
use rusqlite::{Connection, ErrorCode, TransactionState};

use crate::engines::group::{Companions, Line, Verdict};
use crate::engines::sqlite::file::{Database, Result, Shared, run, size_limit};
use crate::error::{Error, StoreError};
use crate::event_store::nesting;

use super::snapshot::in_snapshot;
use super::write::yield_after_long;

/// How long a transaction may be left open for others in line, so that other processes get their turn.
const LONGEST: Duration = Duration::from_millis(10);

/// The use of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Between transactions.
    Free,
    /// The thread that holds the connection is in a transaction or a snapshot.
    Here,
    /// A transaction was left open for the next thread in line.
    Left,
}

/// The choice between a transaction of its own and one that others left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    /// A transaction left open by others is committed first.
    Never,
    /// It joins a transaction that was left open, if there is one.
    IfLeft,
}

/// A write transaction. Unless it is committed, it is rolled back when it is dropped, even by a panic.
pub(crate) struct Transaction<'a> {
    database: &'a Database,
    shared: ReentrantMutexGuard<'a, Shared>,
    /// Writes were attempted, so that it must not be left half done.
    has_written: bool,
    has_ended: bool,
}

impl Database {
    /// Begins a transaction that excludes all other writers from the start.
    ///
    /// # Errors
    /// [`StoreError::NestedUnit`] if this thread already has one.
    pub(crate) fn begin(&self, longest: Duration, join: Join) -> crate::Result<Transaction<'_>> {
        nesting::check()?;
        self.check_no_snapshot()?;
        self.overtake();
        let shared =
            self.line.wait(self.options.busy_timeout, |longest| self.shared.try_lock_for(longest))?;
        match shared.in_use.get() {
            Use::Here => return Err(nested(&shared)),
            // A failed read of another thread may have rolled it back.
            Use::Left if join == Join::IfLeft && stands(&shared.connection.borrow()) => {
                shared.companions().join();
                shared.in_use.set(Use::Here);
                let joined = Transaction::of(self, shared);
                self.stop.check()?;
                return Ok(joined);
            }
            Use::Left => self.end_of_others(&shared),
            Use::Free => {}
        }
        if self.line.is_anyone_waiting() {
            yield_after_long(&shared);
        }
        self.resolve_failed_commit(&shared)?;
        Ok(self.begin_on(shared, longest)?)
    }

    /// Begins a transaction on a connection that is free and not in doubt.
    pub(crate) fn begin_on<'a>(
        &'a self,
        shared: ReentrantMutexGuard<'a, Shared>,
        longest: Duration,
    ) -> Result<Transaction<'a>> {
        self.take_write_lock(&shared.connection.borrow(), longest)?;
        shared.in_use.set(Use::Here);
        shared.started_at.set(Some(Instant::now()));
        let begun = Transaction::of(self, shared);
        self.check_schema(&begun.shared, &begun.shared.connection.borrow())?;
        Ok(begun)
    }

    /// Ends a transaction that others left open. They learn its outcome.
    pub(crate) fn end_of_others(&self, shared: &Shared) {
        let _ = self.commit(shared);
    }

    /// Commits the transaction of a connection, and announces the outcome to everyone whose writes are in it. Returns
    /// false if nothing was changed because one of them gave up waiting.
    fn commit(&self, shared: &Shared) -> crate::Result<bool> {
        if !shared.companions.borrow().as_ref().is_none_or(|companions| companions.end()) {
            shared.end(Verdict::Undone);
            return Ok(false);
        }
        let committed = self.try_commit(shared).map_err(Error::from);
        let verdict =
            committed.as_ref().map_or_else(|error| self.verdict(shared, error), |()| Verdict::Committed);
        shared.end(verdict.clone());
        match verdict {
            Verdict::Unknown(detail) => Err(StoreError::OutcomeUnknown { detail }.into()),
            Verdict::Committed | Verdict::Undone => committed.map(|()| true),
        }
    }

    /// Commits without resolving a failure.
    fn try_commit(&self, shared: &Shared) -> Result<()> {
        let connection = shared.connection.borrow();
        check_stands(&connection)?;
        if self.files.is_some() {
            size_limit::check(&connection)?;
        }
        if let Err(error) = run(&connection, "COMMIT") {
            // After these two errors, the last page of the WAL was certainly not written.
            let is_undone =
                matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DiskFull));
            shared.in_doubt.set(!is_undone);
            return Err(error.into());
        }
        shared.committed.set(connection.total_changes());
        // A commit to files that were replaced may be lost.
        self.check_identity().map_err(|error| StoreError::OutcomeUnknown { detail: error.to_string() })?;
        Ok(())
    }

    /// Finds out what a failed commit has changed.
    fn verdict(&self, shared: &Shared, error: &Error) -> Verdict {
        if let Error::Store(StoreError::OutcomeUnknown { detail }) = error {
            return Verdict::Unknown(detail.clone());
        }
        if shared.in_doubt.get() && self.resolve_failed_commit(shared).is_err() {
            return Verdict::Unknown(error.to_string());
        }
        Verdict::Undone
    }

    /// Ends a transaction if it is still open for others, because none of them came.
    fn end_if_left(&self, companions: &Arc<Companions>) {
        let Some(shared) = self.shared.try_lock() else { return };
        let is_this = shared.companions.borrow().as_ref().is_some_and(|of| Arc::ptr_eq(of, companions));
        if is_this && shared.in_use.get() == Use::Left {
            self.end_of_others(&shared);
        }
    }
}

impl Shared {
    /// Rolls back what was not committed, frees the connection, and announces the verdict.
    fn end(&self, verdict: Verdict) {
        roll_back(&self.connection.borrow());
        self.in_use.set(Use::Free);
        let held = self.started_at.take().map_or(Duration::ZERO, |started_at| started_at.elapsed());
        self.held.set(self.held.get() + held);
        if let Some(companions) = self.companions.take() {
            companions.announce(verdict);
        }
    }

    /// Returns the threads whose writes are in the transaction.
    fn companions(&self) -> Arc<Companions> {
        Arc::clone(self.companions.borrow_mut().get_or_insert_default())
    }

    /// Returns true if an enclosing read of this thread keeps the connection from others.
    fn is_visited(&self) -> bool {
        self.connection.try_borrow_mut().is_err()
    }

    /// Returns true if others may add their writes to the transaction now.
    fn may_be_left(&self, line: &Line) -> bool {
        let is_young = self.started_at.get().is_some_and(|started_at| started_at.elapsed() < LONGEST);
        is_young && line.is_anyone_waiting() && !self.is_visited()
    }
}

impl<'a> Transaction<'a> {
    fn of(database: &'a Database, shared: ReentrantMutexGuard<'a, Shared>) -> Self {
        Self { database, shared, has_written: false, has_ended: false }
    }

    /// Reads in the transaction.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> crate::Result<T> {
        read(&self.shared.connection.borrow()).map_err(|error| self.database.placed(error).into())
    }

    /// Writes. If that fails, everything is rolled back.
    pub(crate) fn write<T>(&mut self, write: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let connection = self.shared.connection.borrow();
        check_stands(&connection)?;
        self.has_written = true;
        write(&connection).map_err(|error| self.database.placed(error))
    }

    /// Commits.
    ///
    /// # Errors
    /// Nothing was changed, unless the error is [`StoreError::OutcomeUnknown`].
    pub(crate) fn commit(mut self) -> crate::Result<()> {
        self.has_ended = true;
        let waited = self.shared.started_at.get().map_or(Duration::ZERO, |started_at| started_at.elapsed());
        match self.database.commit(&self.shared)? {
            true => Ok(()),
            false => Err(StoreError::HandleBusy { waited }.into()),
        }
    }

    /// Commits, without finding out what a failure has changed.
    pub(crate) fn commit_unresolved(mut self) -> Result<()> {
        let committed = self.database.try_commit(&self.shared);
        self.has_ended = true;
        self.shared.end(Verdict::Undone);
        committed
    }

    /// Commits together with the threads in line, if there are any. Returns false if nothing was changed because one of
    /// them failed.
    ///
    /// # Errors
    /// As [`Transaction::commit`]; [`StoreError::HandleBusy`] if the next thread does not finish.
    pub(crate) fn commit_with_others(mut self) -> crate::Result<bool> {
        let is_alone = self.shared.companions.borrow().is_none();
        if is_alone && !self.has_written {
            return Ok(true);
        }
        let (database, companions) = (self.database, self.shared.companions());
        self.has_ended = true;
        if !database.has_readers() || !self.shared.may_be_left(&database.line) || !companions.leave() {
            return database.commit(&self.shared);
        }
        self.shared.in_use.set(Use::Left);
        drop(self);
        Ok(companions.outcome(database.options.busy_timeout, || database.end_if_left(&companions))?)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let companions = self.shared.companions.borrow().clone();
        match companions.filter(|_| !self.has_written) {
            None => self.shared.end(Verdict::Undone),
            Some(others) if self.shared.may_be_left(&self.database.line) && others.leave() => {
                self.shared.in_use.set(Use::Left);
            }
            Some(_) => self.database.end_of_others(&self.shared),
        }
    }
}

/// Refuses to continue in a transaction that SQLite has rolled back: later changes would be kept without the earlier
/// ones.
pub(crate) fn check_stands(connection: &Connection) -> Result<()> {
    if !stands(connection) {
        let detail = "the enclosing transaction was rolled back after a failure".to_owned();
        return Err(StoreError::Engine { detail }.into());
    }
    Ok(())
}

/// Returns false if SQLite has rolled back the transaction after a failure.
fn stands(connection: &Connection) -> bool {
    !connection.is_autocommit()
}

/// After some failures SQLite has rolled back already.
pub(crate) fn roll_back(connection: &Connection) {
    if stands(connection) {
        let _ = run(connection, "ROLLBACK");
    }
}

/// Returns the error of a write within a transaction or a snapshot of the same thread.
pub(crate) fn nested(shared: &Shared) -> Error {
    match shared.connection.borrow().transaction_state(None::<&str>) {
        Ok(TransactionState::Write) => StoreError::NestedUnit.into(),
        _ => in_snapshot().into(),
    }
}

#[cfg(test)]
mod tests;
