//! Notices changes to a file that is read without locks.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::engines::sqlite::file::opening::read_only::Stamp;
use crate::engines::sqlite::file::{Database, Result, Shared};
use crate::error::{Error, OpenError, StoreError};

use super::transaction::Use;

/// How often a file that cannot be read yet is tried again.
const PAUSE: Duration = Duration::from_millis(10);

impl Database {
    /// Reopens a file that is read without locks and was changed, so that the next read sees the new commits.
    pub(crate) fn refresh(&self, shared: &Shared) -> Result<()> {
        if shared.in_use.get() == Use::Here || !self.was_changed(shared) {
            return Ok(());
        }
        // An enclosing statement is using the connection, and will notice the change when it ends.
        let (Some(path), Ok(mut connection)) = (self.path(), shared.connection.try_borrow_mut()) else {
            return Ok(());
        };
        let mut fresh = self.open_again(path)?;
        let opened = fresh.shared.get_mut();
        shared.unlocked.set(opened.unlocked.get());
        shared.reopened.set(shared.reopened.get() + 1);
        // Each connection counts for itself.
        shared.data_version.set(None);
        std::mem::swap(&mut *connection, opened.connection.get_mut());
        *self.binding.lock() = Some(self.stop.bind_file(&connection));
        Ok(())
    }

    /// Opens the file again. A writer that has just started holds commits that only its shared memory makes readable, so
    /// this waits a moment for it to create that, or to close the file.
    fn open_again(&self, path: &Path) -> crate::Result<Self> {
        let started = Instant::now();
        loop {
            match Self::open(path, self.role, &self.options) {
                Err(Error::Open(OpenError::LogUnreadable { .. }))
                    if started.elapsed() < self.options.busy_timeout =>
                {
                    self.stop.check_wait()?;
                    std::thread::sleep(PAUSE);
                }
                opened => return opened,
            }
        }
    }

    /// Refuses a result if the file changed during the read: without locks it may mix two states.
    pub(crate) fn check_unchanged(&self, shared: &Shared) -> Result<()> {
        match self.was_changed(shared) {
            true => Err(StoreError::ChangedMeanwhile.into()),
            false => Ok(()),
        }
    }

    fn was_changed(&self, shared: &Shared) -> bool {
        let (Some(before), Some(path)) = (shared.unlocked.get(), self.path()) else { return false };
        Stamp::of(path) != before
    }
}
