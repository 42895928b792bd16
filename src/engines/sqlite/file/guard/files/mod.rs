//! Checks that the files of an open database stay in place.
//!
//! An open file can be written after its name leads to another file, and these writes are lost. No check is free of
//! races, so it runs before a transaction starts, and again before its commit is acknowledged.

mod wal_lock;

use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};
pub(crate) use wal_lock::WalLock;

use crate::error::StoreError;

use super::directory::Directory;
use super::identity::{FileIdentity, Found, Handle, companion_of};

/// How often a file with a leftover WAL is opened and closed again.
const CLOSINGS: u32 = 3;

/// The maximum random delay before that in microseconds, so that two processes do not close it at the same moment.
const JITTER: u64 = 1000;

/// A database file, its write-ahead log and its shared memory, as they were opened.
pub(crate) struct Files {
    /// The path that was opened, for messages.
    shown: PathBuf,
    database: Member,
    /// An open handle on the database file, for quick checks.
    handle: Option<Handle>,
    wal: Member,
    /// Shows other handles that this one is open, unless it only reads.
    wal_lock: Option<WalLock>,
    shm: Member,
    /// The directory of the WAL and the shared memory.
    directory: Option<Directory>,
    read_only: bool,
    seen: Mutex<Seen>,
}

/// The result of earlier checks.
#[derive(Default)]
struct Seen {
    /// The first loss noticed. Later commits may be gone even if the files come back.
    loss: Option<Loss>,
    /// The last change of the directory when all files were last found in place.
    intact_at: Option<Duration>,
}

/// A file that is expected to stay where it is.
struct Member {
    path: PathBuf,
    identity: Option<FileIdentity>,
}

/// The reason why no further write can be acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Database,
    Wal,
    Shm,
    Linked(u64),
}

impl Member {
    fn of(path: PathBuf) -> Self {
        let identity = FileIdentity::of(&path);
        Self { path, identity }
    }

    fn is_in_place(&self) -> bool {
        self.identity.is_some() && FileIdentity::of(&self.path) == self.identity
    }
}

impl Files {
    /// Identifies the files at a path that was just opened.
    pub(crate) fn of(path: &Path, read_only: bool) -> Self {
        // Later changes of the working directory or of links in the path must not matter.
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let wal = Member::of(companion_of(&real, "-wal"));
        Self {
            shown: path.to_owned(),
            // A handle that only reads cannot remove the WAL, so no other may rely on it.
            wal_lock: if read_only { None } else { WalLock::of(&wal.path) },
            wal,
            shm: Member::of(companion_of(&real, "-shm")),
            directory: Directory::of(&real),
            handle: Handle::of(path),
            database: Member::of(std::path::absolute(path).unwrap_or(real)),
            read_only,
            seen: Mutex::default(),
        }
    }

    /// Returns the path for reopening the files.
    pub(crate) fn path(&self) -> &Path {
        &self.database.path
    }

    /// Returns true if both are the same files.
    pub(crate) fn are(&self, others: &Self) -> bool {
        let companions = |files: &Self| (files.wal.identity, files.shm.identity);
        self.is_at(others.database.identity) && (self.read_only || companions(self) == companions(others))
    }

    /// Checks that the files are still in place, and that the database file has no second name.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.check_with(|| Found::at(&self.database.path))
    }

    /// Like [`Files::check`], but misses changes further up the path, and of links in it. That is good enough before a
    /// transaction, since its commit is acknowledged after a complete check.
    pub(crate) fn check_quickly(&self) -> Result<(), StoreError> {
        self.check_with(|| self.handle.as_ref().map_or_else(|| Found::at(&self.database.path), Handle::found))
    }

    fn check_with(&self, look: impl FnOnce() -> Option<Found>) -> Result<(), StoreError> {
        let mut seen = self.seen.lock();
        if seen.loss.is_none() {
            seen.loss = self.loss_of_database(look());
        }
        // While no name in the directory has changed, every file is in place. Checking the directory costs a third of
        // checking one file by its path, and every command pays for it twice.
        let changed = self.directory.as_ref().and_then(Directory::last_change);
        if seen.loss.is_none() && (changed.is_none() || changed != seen.intact_at) {
            seen.loss = self.find_loss();
            seen.intact_at = changed;
        }
        seen.loss.map_or(Ok(()), |loss| Err(self.error(loss)))
    }

    /// Returns true if this is the identity of the opened database file.
    pub(crate) fn is_at(&self, identity: Option<FileIdentity>) -> bool {
        self.database.identity == identity
    }

    /// Returns the error for files that were replaced.
    pub(crate) fn replaced(&self) -> StoreError {
        self.error(Loss::Database)
    }

    /// Reopens and closes the file if its WAL was left behind: if two processes close it at the same moment, SQLite may
    /// consider neither of them the last one. Leaves it to another handle if one is open.
    pub(crate) fn clear_up(&self) {
        let is_remaining = || !self.read_only && self.wal.path.exists();
        if !is_remaining() || self.wal_lock.as_ref().is_some_and(WalLock::is_shared) {
            return;
        }
        for _ in 0..CLOSINGS {
            if !is_remaining() {
                return;
            }
            std::thread::sleep(Duration::from_micros(fastrand::u64(..JITTER)));
            if self.loss_of_database(Found::at(&self.database.path)).is_some() {
                return;
            }
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            if let Ok(connection) = Connection::open_with_flags(&self.database.path, flags) {
                let _ = connection.query_row("SELECT 1 FROM sqlite_schema", [], |_| Ok(()));
            }
        }
    }

    fn find_loss(&self) -> Option<Loss> {
        self.loss_of_database(Found::at(&self.database.path)).or_else(|| self.find_loss_beside())
    }

    fn loss_of_database(&self, found: Option<Found>) -> Option<Loss> {
        match found {
            _ if !self.is_at(found.map(|found| found.identity)) => Some(Loss::Database),
            // A file of ours is never empty, unless it was emptied in place.
            Some(Found { links: 0, .. } | Found { bytes: 0, .. }) => Some(Loss::Database),
            Some(Found { links: 2.., .. }) if self.read_only => None,
            Some(Found { links: links @ 2.., .. }) => Some(Loss::Linked(links)),
            _ => None,
        }
    }

    fn find_loss_beside(&self) -> Option<Loss> {
        // A file in a directory without write permission may be read without these two.
        let is_needed = |member: &Member| !self.read_only || member.identity.is_some();
        let is_lost = |member: &Member| is_needed(member) && !member.is_in_place();
        match (is_lost(&self.wal), is_lost(&self.shm)) {
            (true, _) => Some(Loss::Wal),
            (false, true) => Some(Loss::Shm),
            (false, false) => None,
        }
    }

    fn error(&self, loss: Loss) -> StoreError {
        let database = self.shown.clone();
        match loss {
            Loss::Database => {
                let log = companion_of(&self.shown, "-wal");
                let is_filled = std::fs::metadata(&self.wal.path).is_ok_and(|log| log.len() > 0);
                StoreError::FileReplaced { path: database, log: is_filled.then_some(log) }
            }
            Loss::Wal => StoreError::WalReplaced { path: companion_of(&self.shown, "-wal"), database },
            Loss::Shm => StoreError::WalReplaced { path: companion_of(&self.shown, "-shm"), database },
            Loss::Linked(links) => StoreError::HardLinked { path: database, links },
        }
    }
}
