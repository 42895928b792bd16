//! Noticing that a file was changed which is read as if nobody changed it.

use crate::error::{Result, StoreError};

use super::read_only::Stamp;
use super::{Database, Shared};

impl Database {
    /// Opens a file again that is read without locks and was changed since, so that the next read shows what was
    /// committed. Does nothing in any other case.
    ///
    /// # Errors
    /// If it cannot be opened again.
    pub(super) fn refresh(&self, shared: &Shared) -> Result<()> {
        if shared.begun.get() || !self.was_changed(shared) {
            return Ok(());
        }
        // It is in use by a statement that this one is a part of, and which finds the change at its end.
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

    /// Refuses what was read while the file was changed: without locks it may be of two moments.
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
