//! Notices changes to a file that is read without locks.

use super::Result;
use crate::error::StoreError;

use super::read_only::Stamp;
use super::transaction::Use;
use super::{Database, Shared};

impl Database {
    /// Reopens a file that is read without locks and was changed, so that the next read sees the new commits.
    pub(super) fn refresh(&self, shared: &Shared) -> Result<()> {
        if shared.in_use.get() == Use::Here || !self.was_changed(shared) {
            return Ok(());
        }
        // An enclosing statement is using the connection, and will notice the change when it ends.
        let (Some(path), Ok(mut connection)) = (self.path(), shared.connection.try_borrow_mut()) else {
            return Ok(());
        };
        let mut fresh = Self::open(path, self.role, &self.options)?;
        let opened = fresh.shared.get_mut();
        shared.unlocked.set(opened.unlocked.get());
        shared.reopened.set(shared.reopened.get() + 1);
        std::mem::swap(&mut *connection, opened.connection.get_mut());
        *self.binding.lock() = Some(self.stop.bind(&connection));
        Ok(())
    }

    /// Refuses a result if the file changed during the read: without locks it may mix two states.
    pub(super) fn check_unchanged(&self, shared: &Shared) -> Result<()> {
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
