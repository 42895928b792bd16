//! The files of an open database: they have to stay the ones that were opened.
//!
//! An open file can be written long after its name leads elsewhere, and what is written then is lost with it. No check
//! is free of races, so it is made before a transaction begins, and again before its commit is acknowledged.

use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;

use super::place::{Found, Place, beside};

/// How often a file is closed again whose WAL stayed behind.
const CLOSINGS: u32 = 3;

/// Two processes that close it wait for different times before that, up to so many microseconds.
const JITTER: u64 = 1000;

/// A database file, its write-ahead log and its shared memory, as they were when they were opened.
pub(super) struct Files {
    /// The path that was opened, for messages.
    shown: PathBuf,
    database: Member,
    wal: Member,
    shm: Member,
    read_only: bool,
    /// The first loss that was noticed. What was committed since may be gone even if the files come back.
    loss: Mutex<Option<Loss>>,
}

/// A file that is expected to stay where it is.
struct Member {
    path: PathBuf,
    place: Option<Place>,
}

/// Why nothing more can be acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Database,
    Wal,
    Shm,
    Linked(u64),
}

impl Member {
    fn of(path: PathBuf) -> Self {
        let place = Place::of(&path);
        Self { path, place }
    }

    fn is_there(&self) -> bool {
        Place::of(&self.path) == self.place
    }
}

impl Files {
    /// The files at a path that has just been opened.
    pub(super) fn of(path: &Path, read_only: bool) -> Self {
        // Neither another working directory nor another target of a link in the path changes what was opened.
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self {
            shown: path.to_owned(),
            wal: Member::of(beside(&real, "-wal")),
            shm: Member::of(beside(&real, "-shm")),
            database: Member::of(std::path::absolute(path).unwrap_or(real)),
            read_only,
            loss: Mutex::default(),
        }
    }

    /// The path to open them by again.
    pub(super) fn path(&self) -> &Path {
        &self.database.path
    }

    /// Returns true if both are the same files.
    pub(super) fn are(&self, others: &Self) -> bool {
        let beside = |files: &Self| (files.wal.place, files.shm.place);
        self.is_at(others.database.place) && (self.read_only || beside(self) == beside(others))
    }

    /// Checks that the files are still those that were opened, and that the database file has no second name.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let mut loss = self.loss.lock();
        if loss.is_none() {
            *loss = self.find_loss();
        }
        loss.map_or(Ok(()), |loss| Err(self.error(loss)))
    }

    /// Returns true if this is where the database file was opened.
    pub(super) fn is_at(&self, place: Option<Place>) -> bool {
        self.database.place == place
    }

    /// The error for files that are not these any more.
    pub(crate) fn replaced(&self) -> StoreError {
        self.error(Loss::Database)
    }

    /// Opens and closes the file once more where its WAL stayed behind: of two processes that close it at the same moment,
    /// neither may be the last one for SQLite.
    pub(super) fn clear_up(&self) {
        for _ in 0..CLOSINGS {
            if self.read_only || !self.wal.path.exists() {
                return;
            }
            std::thread::sleep(Duration::from_micros(fastrand::u64(..JITTER)));
            if self.find_loss().is_some_and(|loss| !matches!(loss, Loss::Wal | Loss::Shm)) {
                return;
            }
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            if let Ok(connection) = Connection::open_with_flags(&self.database.path, flags) {
                let _ = connection.query_row("SELECT 1 FROM sqlite_schema", [], |_| Ok(()));
            }
        }
    }

    fn find_loss(&self) -> Option<Loss> {
        let found = Found::at(&self.database.path);
        let (place, links) = found.map(|found| (found.place, found.links)).unzip();
        // A file of ours is never empty; one that is has been emptied in place.
        if place != self.database.place || found.is_some_and(|found| found.bytes == 0) {
            return Some(Loss::Database);
        }
        if self.read_only {
            // A file in a directory that cannot be written may be read without these two.
            let is_lost = |member: &Member| member.place.is_some() && !member.is_there();
            return match (is_lost(&self.wal), is_lost(&self.shm)) {
                (true, _) => Some(Loss::Wal),
                (false, true) => Some(Loss::Shm),
                (false, false) => None,
            };
        }
        match links {
            Some(links) if links > 1 => Some(Loss::Linked(links)),
            _ if self.wal.place.is_none() || !self.wal.is_there() => Some(Loss::Wal),
            _ if self.shm.place.is_none() || !self.shm.is_there() => Some(Loss::Shm),
            _ => None,
        }
    }

    fn error(&self, loss: Loss) -> StoreError {
        let database = self.shown.clone();
        match loss {
            Loss::Database => {
                let log = beside(&self.shown, "-wal");
                let is_filled = std::fs::metadata(&self.wal.path).is_ok_and(|log| log.len() > 0);
                StoreError::FileReplaced { path: database, log: is_filled.then_some(log) }
            }
            Loss::Wal => StoreError::WalReplaced { path: beside(&self.shown, "-wal"), database },
            Loss::Shm => StoreError::WalReplaced { path: beside(&self.shown, "-shm"), database },
            Loss::Linked(links) => StoreError::HardLinked { path: database, links },
        }
    }
}

/// Refuses to write to a file that has another name: each name has a write-ahead log of its own, and those who write
/// under two names overwrite each other's commits.
pub(super) fn check_links(path: &Path) -> Result<(), StoreError> {
    match Found::at(path) {
        Some(Found { links, .. }) if links > 1 => {
            Err(StoreError::HardLinked { path: path.to_owned(), links })
        }
        _ => Ok(()),
    }
}
