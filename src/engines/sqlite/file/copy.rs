//! Copies a file while other connections read and write it.

use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ffi};

use crate::error::{ExportError, NoRoom, StoreError};

use super::guard::identity::no_room_beside;
use super::{Database, EngineError};

impl Database {
    /// Writes a consistent copy of the file to the empty file `target`, and syncs it to disk.
    ///
    /// `VACUUM INTO` reads one snapshot, so writers do not wait and cannot make it start again, unlike SQLite's backup
    /// interface. The copy has no free pages and no WAL: it is a single file.
    ///
    /// # Errors
    /// [`StoreError::NoRoom`] if there is no room for the target.
    pub(crate) fn copy_to(&self, target: &Path) -> crate::Result<()> {
        self.check_identity()?;
        // SQLite passes the bytes of the name through, whether they are UTF-8 or not.
        let name = ToSqlOutput::Borrowed(ValueRef::Text(target.as_os_str().as_bytes()));
        self.read(|connection| {
            connection.execute("VACUUM INTO ?1", [&name]).map_err(|error| copying(error, target))?;
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

/// Names the target in an error of writing, since nothing else is written.
fn copying(error: rusqlite::Error, target: &Path) -> EngineError {
    match error.sqlite_error().map(|error| error.extended_code) {
        Some(ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_TRUNCATE) => {
            if let Some(room) = no_room_beside(target) {
                return StoreError::NoRoom(room).into();
            }
            let reason = "the system refused to write all of it".to_owned();
            let path = target.to_owned();
            crate::Error::from(ExportError::NotWritable { path, reason }).into()
        }
        _ => error.into(),
    }
}

fn failed(error: &io::Error) -> StoreError {
    let detail = || format!("the copy cannot be synced to disk: {error}");
    NoRoom::of(error).map_or_else(|| StoreError::Engine { detail: detail() }, StoreError::NoRoom)
}
