//! Opens files for reading only.
//!
//! A file in WAL mode is read alongside its writers, through the files that SQLite keeps next to it. If these cannot
//! be created, or would lock out the file's owner, the file is read without locks, and checked for changes with
//! every read.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::engines::sqlite::file::Result;
use crate::engines::sqlite::file::guard::identity::{FileIdentity, companion_of, no_room_beside, wal_of};
use crate::engines::sqlite::file::guard::links;
use crate::error::OpenError;

use super::open::{OpenOptions, connect};
use super::{access, companions, header};

/// The mode bit that lets the owner write a file.
const OWNER_WRITES: u32 = 0o200;

/// A connection, and the state of its file if it is read without locks.
pub(crate) struct Reader {
    pub(crate) connection: Connection,
    pub(crate) unlocked: Option<Stamp>,
}

/// Properties of a file that change when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    identity: Option<FileIdentity>,
    size: u64,
    modified: Option<SystemTime>,
    /// The size of the WAL, if there is one.
    wal: Option<u64>,
}

impl Stamp {
    pub(crate) fn of(path: &Path) -> Self {
        let metadata = std::fs::metadata(path).ok();
        Self {
            identity: FileIdentity::of(path),
            size: metadata.as_ref().map_or(0, std::fs::Metadata::len),
            modified: metadata.and_then(|metadata| metadata.modified().ok()),
            wal: std::fs::metadata(wal_of(path)).ok().map(|wal| wal.len()),
        }
    }
}

/// Opens a file for reading.
pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<Reader> {
    // Files left beside one of several names would be a WAL that no other name has.
    let is_without = options.without_companions || links::has_several(path);
    if would_lock_others_out(path) || (is_without && has_no_companions(path)) {
        return open_unlocked(path);
    }
    open_locked(path, options)
}

/// Opens a file of another program, beside which no file may be created. SQLite reads the WAL of a running program through
/// the files that are there.
pub(crate) fn open_original(path: &Path, options: &OpenOptions) -> Result<Reader> {
    let has_companions = ["-wal", "-shm"].into_iter().all(|ending| companion_of(path, ending).exists());
    match options.without_companions && !has_companions {
        true => open_unlocked(path),
        false => open_locked(path, options),
    }
}

/// Opens a file with locks, unless they are impossible.
fn open_locked(path: &Path, options: &OpenOptions) -> Result<Reader> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    options.wait_for_others(&connection)?;
    let probe = connection.query_row("SELECT 1 FROM sqlite_schema", [], |_| Ok(()));
    let code = probe.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
    match code {
        Some(ErrorCode::DatabaseBusy) => probe?,
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => return open_unlocked(path),
        Some(ErrorCode::SystemIoFailure | ErrorCode::DiskFull) if no_room_beside(path).is_some() => {
            drop(connection);
            companions::remove_unused(path);
            return open_unlocked(path);
        }
        _ => {}
    }
    Ok(Reader { connection, unlocked: None })
}

/// Opens a file without locks, unless commits would be missing or only partly visible.
fn open_unlocked(path: &Path) -> Result<Reader> {
    let is_filled = |file: &Path| std::fs::metadata(file).is_ok_and(|found| found.len() > 0);
    let (journal, log) = (header::journal_of(path), wal_of(path));
    if is_filled(&journal) {
        return Err(OpenError::HotJournal { path: path.to_owned(), journal }.into());
    }
    if is_filled(&log) {
        let path = path.to_owned();
        let error = match access::unreadable(&path) {
            Some(refusal) => refusal,
            None => match no_room_beside(&path) {
                Some(room) => OpenError::NoRoomToRead { path, log, room },
                None => OpenError::LogUnreadable { path, log },
            },
        };
        return Err(error.into());
    }
    let unlocked = Some(Stamp::of(path));
    Ok(Reader { connection: header::connect_immutable(path)?, unlocked })
}

/// Returns true if no process has the file open: each that reads or writes has created these files.
fn has_no_companions(path: &Path) -> bool {
    !["-wal", "-shm"].into_iter().any(|ending| companion_of(path, ending).exists())
}

/// Returns true if the owner of the file could not write the companion files that a reader creates. SQLite creates
/// them as the current user, with the permissions of the database.
fn would_lock_others_out(path: &Path) -> bool {
    let makes = |ending| !companion_of(path, ending).exists();
    let Ok(found) = std::fs::metadata(path) else { return false };
    let user = rustix::process::geteuid();
    // For root, SQLite gives them to the owner.
    let are_the_owners = user.is_root() || found.uid() == user.as_raw();
    (makes("-wal") || makes("-shm")) && !(are_the_owners && found.mode() & OWNER_WRITES != 0)
}
