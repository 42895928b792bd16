//! Copies a file while other connections read and write it.

use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;

use super::Database;

impl Database {
    /// Writes a consistent copy of the file to the empty file `target`, and syncs it to disk.
    ///
    /// `VACUUM INTO` reads one snapshot, so writers do not wait and cannot make it start again, unlike SQLite's backup
    /// interface. The copy has no free pages and no WAL: it is a single file.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] if the target's disk is full.
    pub(crate) fn copy_to(&self, target: &Path) -> crate::Result<()> {
        self.check_identity()?;
        // SQLite passes the bytes of the name through, whether they are UTF-8 or not.
        let name = ToSqlOutput::Borrowed(ValueRef::Text(target.as_os_str().as_bytes()));
        self.read(|connection| {
            connection.execute("VACUUM INTO ?1", [&name])?;
            Ok(forget_incarnation(target)?)
        })?;
        File::open(target).and_then(|copy| copy.sync_all()).map_err(|error| failed(&error))?;
        self.check_identity()
    }
}

/// Lets the copy be told from its original once it is opened for writing. A copy that fails here is discarded, so it needs
/// no journal.
fn forget_incarnation(copy: &Path) -> rusqlite::Result<()> {
    let copy = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    copy.execute_batch("PRAGMA journal_mode = OFF; UPDATE store SET incarnation = NULL")
}

fn failed(error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::DiskFull,
        _ => StoreError::Engine { detail: format!("the copy cannot be synced to disk: {error}") },
    }
}
