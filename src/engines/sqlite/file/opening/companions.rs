//! The files that SQLite keeps beside a database: their group, and who removes them.

use std::os::unix::fs::{MetadataExt, lchown};
use std::path::Path;

use rusqlite::OpenFlags;

use crate::engines::sqlite::file::guard::identity::{companion_of, no_room_beside};

use super::connection;

/// Gives the WAL and the shared memory the group of the database. SQLite gives them its mode, but its group only for root.
pub(super) fn share(database: &Path) {
    for ending in ["-wal", "-shm"] {
        share_with_group_of(database, &companion_of(database, ending));
    }
}

/// Gives a file the group of a model, if this user may: as its owner, and a member of the group. Otherwise the file keeps
/// the group that the system gave it.
pub(crate) fn share_with_group_of(model: &Path, file: &Path) {
    let (Ok(model), Ok(found)) = (std::fs::metadata(model), std::fs::symlink_metadata(file)) else { return };
    if found.is_file() && found.gid() != model.gid() {
        // If this fails, a member of the group that opens the database is told what to do.
        let _ = lchown(file, None, Some(model.gid()));
    }
}

/// Removes the files that a failed opening left for want of room: SQLite creates them, but cannot use them. Does nothing if
/// another connection has the database open, or if the WAL holds commits.
pub(super) fn remove_unused(database: &Path) {
    let [wal, shm] = ["-wal", "-shm"].map(|ending| companion_of(database, ending));
    let is_unused = std::fs::metadata(&wal).map_or(shm.exists(), |wal| wal.len() == 0);
    if is_unused && no_room_beside(database).is_some() {
        let _ = remove(database, &shm);
    }
}

/// Opens the database alone, which needs no shared memory, so that SQLite removes the WAL when it is closed.
fn remove(database: &Path, shm: &Path) -> rusqlite::Result<()> {
    let connection = connection::open(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    connection.query_row("SELECT 1 FROM sqlite_schema", [], |_| Ok(()))?;
    // From here on, no other connection can open the database, until this one is closed.
    let _ = std::fs::remove_file(shm);
    Ok(())
}
