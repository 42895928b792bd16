//! A WAL that the last process could not remove.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{AccessRefusal, NoRoom};
use crate::masking::MaskedPath;

use super::guard::files::WalLock;
use super::guard::identity::{followed, no_room_beside, wal_of};
use super::opening::access;

/// A WAL that stays beside its database, although no process of ours has that open.
#[derive(Debug)]
pub(crate) struct RemainingWal {
    wal: PathBuf,
    database: PathBuf,
    obstacle: Obstacle,
}

/// The reason why it could not be removed.
#[derive(Debug)]
enum Obstacle {
    /// The file has no room for the commits in the WAL.
    NoRoom(NoRoom),
    /// This user may not remove files from the directory.
    Directory(AccessRefusal),
}

impl RemainingWal {
    /// Looks beside a database that this process has closed. Finds nothing if another process is going to remove the WAL, or
    /// if the reason is not known.
    pub(crate) fn find(database: &Path) -> Option<Self> {
        let database = followed(database);
        let wal = wal_of(&database);
        let is_filled = std::fs::metadata(&wal).is_ok_and(|found| found.len() > 0);
        if !is_filled || WalLock::of(&wal).is_none_or(|lock| lock.is_shared()) {
            return None;
        }
        let obstacle = match access::unremovable(&wal) {
            Some(refusal) => Obstacle::Directory(refusal),
            None => Obstacle::NoRoom(no_room_beside(&database)?),
        };
        Some(Self { wal, database, obstacle })
    }
}

impl fmt::Display for RemainingWal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = match &self.obstacle {
            Obstacle::NoRoom(room) => {
                write!(f, "{} cannot be removed: {room}", self.wal.shown())?;
                room.advice()
            }
            Obstacle::Directory(refusal) => {
                write!(f, "{refusal}")?;
                refusal.advice()
            }
        };
        let database = self.database.shown();
        write!(
            f,
            ". Nothing is lost: keep it beside {database}, {advice}, and the next command that can write removes it"
        )
    }
}
