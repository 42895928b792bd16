//! A lock on the write-ahead log that every handle shares which can remove it.
//!
//! SQLite does not tell whether another connection has a file open. It never locks the WAL either, so closing the WAL here
//! drops none of its locks.

use std::fs::{File, TryLockError};
use std::path::Path;

/// A lock that is held until the handle of the database is closed.
pub(crate) struct WalLock(File);

impl WalLock {
    /// Locks a WAL. Returns `None` if the file system does not support it, or if another handle is just removing the WAL.
    pub(crate) fn of(wal: &Path) -> Option<Self> {
        let file = File::open(wal).ok()?;
        file.try_lock_shared().is_ok().then_some(Self(file))
    }

    /// Returns true if another handle holds the lock. It then removes the WAL when it is closed. Call this after the
    /// connection was closed: of several handles that call it at the same moment, the last one finds no other.
    pub(crate) fn is_shared(&self) -> bool {
        // Gives up this lock first, and so never waits for itself.
        matches!(self.0.try_lock(), Err(TryLockError::WouldBlock))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn a_lock_is_shared_until_the_last_handle() {
        let wal = tempfile::NamedTempFile::new().unwrap();
        let [first, second] = [(); 2].map(|()| WalLock::of(wal.path()).unwrap());
        assert!(first.is_shared());
        assert!(!second.is_shared());
    }

    #[test]
    fn of_handles_that_are_closed_at_the_same_moment_one_finds_no_other() {
        let wal = tempfile::NamedTempFile::new().unwrap();
        for _ in 0..200 {
            let locks = [(); 4].map(|()| WalLock::of(wal.path()).unwrap());
            let start = Barrier::new(locks.len());
            let last = std::thread::scope(|scope| {
                let closing = |lock: &WalLock| {
                    start.wait();
                    !lock.is_shared()
                };
                let threads = locks.each_ref().map(|lock| scope.spawn(move || closing(lock)));
                threads.map(|thread| thread.join().unwrap())
            });
            assert_eq!(last.into_iter().filter(|is_last| *is_last).count(), 1);
        }
    }
}
