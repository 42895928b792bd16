//! RAII guards that keep a transaction consistent on commit, error and panic.

use std::cell::Cell;

use rusqlite::{Connection, TransactionState};

use super::Result;
use crate::error::StoreError;

use super::{Shared, run};

/// Refuses to continue in a transaction that SQLite has rolled back: later changes would be kept without the earlier
/// ones.
pub(super) fn check_stands(connection: &Connection) -> Result<()> {
    if connection.is_autocommit() {
        let detail = "the enclosing transaction was rolled back after a failure".to_owned();
        return Err(StoreError::Engine { detail }.into());
    }
    Ok(())
}

/// Refuses to write in a read transaction, which is rolled back.
pub(super) fn check_writes(connection: &Connection) -> Result<()> {
    check_stands(connection)?;
    match connection.transaction_state(None::<&str>)? {
        TransactionState::Write => Ok(()),
        _ => Err(StoreError::Engine { detail: "a snapshot is read-only".to_owned() }.into()),
    }
}

/// A nested transaction. Unless it completes, nothing of the whole transaction is committed, even if the caller
/// catches a panic.
pub(super) struct Nested<'a> {
    failed: &'a Cell<bool>,
    pub(super) is_done: bool,
}

impl<'a> Nested<'a> {
    pub(super) fn of(shared: &'a Shared) -> Self {
        Self { failed: &shared.failed, is_done: false }
    }
}

impl Drop for Nested<'_> {
    fn drop(&mut self) {
        self.failed.set(self.failed.get() || !self.is_done);
    }
}

/// Rolls back a transaction that is not committed when it is dropped. Otherwise, after a panic, later work would join
/// it, be acknowledged, and be lost.
pub(super) struct Rollback<'a> {
    begun: &'a Cell<bool>,
    connection: &'a Connection,
}

impl<'a> Rollback<'a> {
    /// Guards a transaction that has just started.
    pub(super) fn of(shared: &'a Shared, connection: &'a Connection) -> Self {
        shared.begun.set(true);
        Self { begun: &shared.begun, connection }
    }
}

impl Drop for Rollback<'_> {
    fn drop(&mut self) {
        self.begun.set(false);
        // After some failures SQLite has rolled back already.
        if !self.connection.is_autocommit() {
            let _ = run(self.connection, "ROLLBACK");
        }
    }
}
