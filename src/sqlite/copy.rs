//! Copying a file while others read and write it.

use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::error::{Result, StoreError};

use super::Database;

impl Database {
    /// Writes the file as it is at one moment to `target`, which is empty, and waits until the copy is on disk.
    ///
    /// `VACUUM INTO` reads one snapshot, so that writers neither wait nor make it start again, as SQLite's
    /// backup interface does. Free pages are left out. The copy has no log, so that it is one file.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] where the copy's disk is full; failures of either disk.
    pub(crate) fn copy_to(&self, target: &Path) -> Result<()> {
        self.check_place()?;
        // SQLite hands the bytes on as they are, whether they are UTF-8 or not.
        let name = ToSqlOutput::Borrowed(ValueRef::Text(target.as_os_str().as_bytes()));
        self.read(|connection| {
            connection.execute("VACUUM INTO ?1", [&name])?;
            Ok(())
        })?;
        File::open(target).and_then(|copy| copy.sync_all()).map_err(|error| failed(&error))?;
        self.check_place()
    }
}

fn failed(error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::DiskFull,
        _ => StoreError::Engine { detail: format!("the copy cannot be put on disk: {error}") },
    }
}
