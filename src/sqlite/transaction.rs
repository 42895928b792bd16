//! What has to hold of a transaction on every way out of it.

use std::cell::Cell;

use rusqlite::{Connection, TransactionState};

use crate::error::{Result, StoreError};

use super::{Shared, run};

/// Refuses to go on with a transaction that SQLite has rolled back because of a failure: what came after would stay
/// without what came before.
pub(super) fn check_stands(connection: &Connection) -> Result<()> {
    if connection.is_autocommit() {
        let detail = "a failure has undone the transaction that this was a part of".to_owned();
        return Err(StoreError::Engine { detail }.into());
    }
    Ok(())
}

/// Refuses to write in a transaction that only reads, and is rolled back.
pub(super) fn check_writes(connection: &Connection) -> Result<()> {
    check_stands(connection)?;
    match connection.transaction_state(None::<&str>)? {
        TransactionState::Write => Ok(()),
        _ => Err(StoreError::Engine { detail: "nothing can be written within a snapshot".to_owned() }.into()),
    }
}

/// A part of a transaction. Unless it is done, nothing of the whole is committed, be it because of a panic that somebody
/// caught on its way out.
pub(super) struct Part<'a> {
    failed: &'a Cell<bool>,
    pub(super) is_done: bool,
}

impl<'a> Part<'a> {
    pub(super) fn of(shared: &'a Shared) -> Self {
        Self { failed: &shared.failed, is_done: false }
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        self.failed.set(self.failed.get() || !self.is_done);
    }
}

/// Rolls back a transaction that is not committed when it is dropped, be it by a panic: whatever came after would
/// join it, be acknowledged, and never be there.
pub(super) struct Rollback<'a> {
    begun: &'a Cell<bool>,
    connection: &'a Connection,
}

impl<'a> Rollback<'a> {
    /// Of a transaction that was just begun.
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
