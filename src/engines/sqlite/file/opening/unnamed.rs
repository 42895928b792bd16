//! Reads a file that the user did not name, and leaves no trace of it: no file beside it, and no wait for its users.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::engines::sqlite::file::Result;
use crate::engines::sqlite::file::guard::identity::{companion_of, wal_of};

use super::{connection, header};

/// How long to wait for another process that is about to open or close the file.
const MOMENT: Duration = Duration::from_millis(100);

/// Reads a file that others may have open, or returns `None` if it cannot be read: its state is no fault of the files that
/// were named. If its WAL cannot be read without creating a file, this reads the state of the last checkpoint.
pub(crate) fn read<T>(path: &Path, work: impl Fn(&Connection) -> Result<T>) -> Option<T> {
    let bytes = |file: &Path| std::fs::metadata(file).map_or(0, |found| found.len());
    // SQLite removes the WAL beside an empty file.
    if bytes(path) == 0 {
        return None;
    }
    // While both exist, a connection that only reads creates neither.
    let has_log = bytes(&wal_of(path)) > 0 && companion_of(path, "-shm").exists();
    has_log
        .then(|| with_log(path, &work))
        .flatten()
        .or_else(|| header::connect_immutable(path).ok().and_then(|connection| work(&connection).ok()))
}

fn with_log<T>(path: &Path, work: impl Fn(&Connection) -> Result<T>) -> Option<T> {
    let connection = connection::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    connection.busy_timeout(MOMENT).ok()?;
    work(&connection).ok()
}
