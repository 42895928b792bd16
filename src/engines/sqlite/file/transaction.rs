//! Write transactions as values, and how several of them share one commit.
//!
//! A transaction holds the write lock of the file and this handle's connection. It may be left open for the next
//! thread in line, which adds its own writes: one commit, and one sync, then covers them all. A thread that leaves
//! its writes behind waits until their outcome is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, ReentrantMutexGuard};
use rusqlite::{Connection, ErrorCode, TransactionState};

use super::Result;
use crate::error::{Error, StoreError};
use crate::nesting;

use super::{Database, Shared, run};

/// How long a transaction may be left open for others in line, so that other processes get their turn.
const LONGEST: Duration = Duration::from_millis(10);
/// How long a thread waits for those after it before it looks whether any of them is left.
const PATIENCE: Duration = Duration::from_millis(10);

/// The use of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Between transactions.
    Free,
    /// The thread that holds the connection is in a transaction or a snapshot.
    Here,
    /// A transaction was left open for the next thread in line.
    Left,
}

/// Who else takes part in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Company {
    /// A transaction left open by others is committed first.
    None,
    /// The transaction joins one that was left open.
    Joins,
}

/// The threads that wait to write.
#[derive(Default)]
pub(super) struct Line(AtomicUsize);

impl Line {
    fn is_anyone_waiting(&self) -> bool {
        self.0.load(Ordering::Acquire) > 0
    }
}

/// The outcome of a transaction that several threads share.
#[derive(Debug, Clone)]
enum Verdict {
    Committed,
    /// Nothing was changed.
    Undone,
    Unknown(String),
}

/// The threads whose writes are in one transaction, and what became of it.
#[derive(Default)]
pub(super) struct Companions {
    verdict: Mutex<Option<Verdict>>,
    known: Condvar,
}

impl Companions {
    fn announce(&self, verdict: Verdict) {
        *self.verdict.lock() = Some(verdict);
        self.known.notify_all();
    }

    /// Waits for the verdict. Returns `None` if it is still unknown after a while.
    fn wait(&self) -> Option<Verdict> {
        let mut verdict = self.verdict.lock();
        if verdict.is_none() {
            self.known.wait_for(&mut verdict, PATIENCE);
        }
        verdict.clone()
    }
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
    pub(crate) fn begin(&self, longest: Duration, company: Company) -> crate::Result<Transaction<'_>> {
        nesting::check()?;
        self.line.0.fetch_add(1, Ordering::AcqRel);
        let shared = self.lock();
        self.line.0.fetch_sub(1, Ordering::AcqRel);
        let shared = shared?;
        match shared.in_use.get() {
            Use::Here => return Err(nested(&shared)),
            Use::Left if company == Company::Joins => {
                shared.in_use.set(Use::Here);
                let joined = Transaction::of(self, shared);
                self.stop.check()?;
                return Ok(joined);
            }
            Use::Left => self.end_of_others(&shared),
            Use::Free => {}
        }
        self.resolve_failed_commit(&shared)?;
        Ok(self.begin_on(shared, longest)?)
    }

    /// Begins a transaction on a connection that is free and not in doubt.
    pub(super) fn begin_on<'a>(
        &'a self,
        shared: ReentrantMutexGuard<'a, Shared>,
        longest: Duration,
    ) -> Result<Transaction<'a>> {
        self.take_write_lock(&shared.connection.borrow(), longest)?;
        shared.in_use.set(Use::Here);
        shared.begun_at.set(Some(Instant::now()));
        let begun = Transaction::of(self, shared);
        self.check_schema(&begun.shared, &begun.shared.connection.borrow())?;
        Ok(begun)
    }

    /// Ends a transaction that others left open. They learn its outcome.
    pub(super) fn end_of_others(&self, shared: &Shared) {
        let _ = self.commit(shared);
    }

    /// Commits the transaction of a connection, and announces the outcome to everyone whose writes are in it.
    fn commit(&self, shared: &Shared) -> crate::Result<()> {
        let committed = self.try_commit(shared).map_err(Error::from);
        let verdict =
            committed.as_ref().map_or_else(|error| self.verdict(shared, error), |()| Verdict::Committed);
        shared.end(verdict.clone());
        match verdict {
            Verdict::Unknown(detail) => Err(StoreError::OutcomeUnknown { detail }.into()),
            Verdict::Committed | Verdict::Undone => committed,
        }
    }

    /// Commits without resolving a failure.
    fn try_commit(&self, shared: &Shared) -> Result<()> {
        let connection = shared.connection.borrow();
        check_stands(&connection)?;
        if let Err(error) = run(&connection, "COMMIT") {
            // After these two errors, the last page of the WAL was certainly not written.
            let is_undone =
                matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DiskFull));
            shared.in_doubt.set(!is_undone);
            return Err(error.into());
        }
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
        let held = self.begun_at.take().map_or(Duration::ZERO, |begun_at| begun_at.elapsed());
        self.held.set(self.held.get() + held);
        if let Some(companions) = self.companions.take() {
            companions.announce(verdict);
        }
    }

    /// Returns the threads whose writes are in the transaction.
    fn companions(&self) -> Arc<Companions> {
        Arc::clone(self.companions.borrow_mut().get_or_insert_default())
    }

    /// Returns true if others may add their writes to the transaction now.
    fn may_be_left(&self, line: &Line) -> bool {
        let is_young = self.begun_at.get().is_some_and(|begun_at| begun_at.elapsed() < LONGEST);
        is_young && line.is_anyone_waiting()
    }
}

impl<'a> Transaction<'a> {
    fn of(database: &'a Database, shared: ReentrantMutexGuard<'a, Shared>) -> Self {
        Self { database, shared, has_written: false, has_ended: false }
    }

    /// Reads in the transaction.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> crate::Result<T> {
        Ok(read(&self.shared.connection.borrow())?)
    }

    /// Writes. If that fails, everything is rolled back.
    pub(crate) fn write<T>(&mut self, write: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let connection = self.shared.connection.borrow();
        check_stands(&connection)?;
        self.has_written = true;
        write(&connection)
    }

    /// Commits.
    ///
    /// # Errors
    /// Nothing was changed, unless the error is [`StoreError::OutcomeUnknown`].
    pub(crate) fn commit(mut self) -> crate::Result<()> {
        self.has_ended = true;
        self.database.commit(&self.shared)
    }

    /// Commits, without finding out what a failure has changed.
    pub(super) fn commit_unresolved(mut self) -> Result<()> {
        let committed = self.database.try_commit(&self.shared);
        self.has_ended = true;
        self.shared.end(Verdict::Undone);
        committed
    }

    /// Commits together with the threads in line, if there are any. Returns false if nothing was changed because one of
    /// them failed.
    ///
    /// # Errors
    /// As [`Transaction::commit`].
    pub(crate) fn commit_with_others(mut self) -> crate::Result<bool> {
        let is_alone = self.shared.companions.borrow().is_none();
        if is_alone && !self.has_written {
            return Ok(true);
        }
        if !self.shared.may_be_left(&self.database.line) || !self.database.has_readers() {
            return self.commit().map(|()| true);
        }
        let (database, companions) = (self.database, self.shared.companions());
        self.has_ended = true;
        self.shared.in_use.set(Use::Left);
        drop(self);
        loop {
            match companions.wait() {
                Some(Verdict::Committed) => return Ok(true),
                Some(Verdict::Undone) => return Ok(false),
                Some(Verdict::Unknown(detail)) => return Err(StoreError::OutcomeUnknown { detail }.into()),
                None => database.end_if_left(&companions),
            }
        }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let is_alone = self.shared.companions.borrow().is_none();
        if is_alone || self.has_written {
            self.shared.end(Verdict::Undone);
        } else if self.shared.may_be_left(&self.database.line) {
            self.shared.in_use.set(Use::Left);
        } else {
            self.database.end_of_others(&self.shared);
        }
    }
}

/// A snapshot in progress on a connection. It ends when this is dropped, even by a panic.
pub(super) struct Snapshot<'a>(&'a Shared);

impl<'a> Snapshot<'a> {
    /// Guards a read transaction that has just started.
    pub(super) fn of(shared: &'a Shared) -> Self {
        shared.in_use.set(Use::Here);
        Self(shared)
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        roll_back(&self.0.connection.borrow());
        self.0.in_use.set(Use::Free);
    }
}

/// Refuses to continue in a transaction that SQLite has rolled back: later changes would be kept without the earlier
/// ones.
pub(super) fn check_stands(connection: &Connection) -> Result<()> {
    if connection.is_autocommit() {
        let detail = "the enclosing transaction was rolled back after a failure".to_owned();
        return Err(StoreError::Engine { detail }.into());
    }
    Ok(())
}

/// After some failures SQLite has rolled back already.
fn roll_back(connection: &Connection) {
    if !connection.is_autocommit() {
        let _ = run(connection, "ROLLBACK");
    }
}

/// Returns the error of a write within a transaction or a snapshot of the same thread.
fn nested(shared: &Shared) -> Error {
    match shared.connection.borrow().transaction_state(None::<&str>) {
        Ok(TransactionState::Write) => StoreError::NestedUnit.into(),
        _ => StoreError::Engine { detail: "a snapshot is read-only".to_owned() }.into(),
    }
}
