//! Snapshots, in which a thread only reads.

use crate::engines::sqlite::file::{Database, Result, Shared};
use crate::error::StoreError;

use super::transaction::{Use, roll_back};

/// A snapshot in progress on a connection. It ends when this is dropped, even by a panic.
pub(crate) struct Snapshot<'a>(&'a Shared);

impl<'a> Snapshot<'a> {
    /// Guards a read transaction that has just started.
    pub(crate) fn of(shared: &'a Shared) -> Self {
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

impl Database {
    /// Refuses a write by a thread that is in a snapshot on a further connection.
    pub(crate) fn check_no_snapshot(&self) -> Result<(), StoreError> {
        match self.is_in_snapshot() {
            true => Err(in_snapshot()),
            false => Ok(()),
        }
    }
}

/// Returns the error of a write within a snapshot.
pub(crate) fn in_snapshot() -> StoreError {
    StoreError::Engine { detail: "a snapshot is read-only".to_owned() }
}
