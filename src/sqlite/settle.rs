//! What became of a commit that failed.
//!
//! Where writing or syncing the log fails, a transaction's frames may stand in it whole, and a later recovery
//! of the log would find them: what was reported as failed would be there. As long as one connection lives
//! they are behind the log's end, where nobody sees them and the next commit writes over them. So a fresh
//! connection makes one, before the old one is let go.

use crate::error::{Result, StoreError};

use super::{Database, Shared};

impl Database {
    /// Makes sure that a commit that failed did not take place and never will, and goes on with a connection
    /// that has not seen the failure. Does nothing where no commit failed.
    ///
    /// # Errors
    /// If the file cannot be written now: then the commit stays in doubt.
    pub(super) fn settle(&self, shared: &Shared) -> Result<()> {
        if !shared.in_doubt.get() {
            return Ok(());
        }
        let (Some(files), Ok(mut connection)) = (&self.files, shared.connection.try_borrow_mut()) else {
            return Err(StoreError::OutcomeUnknown { detail: "an earlier commit failed".to_owned() }.into());
        };
        self.check_place()?;
        let mut fresh = Self::open(files.path(), self.role, &self.options)?;
        // Changes nothing, and is written all the same.
        fresh.transaction(&fresh.shared.lock(), fresh.options.busy_timeout, |connection| {
            let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            Ok(connection.pragma_update(None, "user_version", version)?)
        })?;
        self.check_same(&fresh)?;
        // The old one is closed with what is left of the fresh one.
        std::mem::swap(&mut *connection, fresh.shared.get_mut().connection.get_mut());
        let binding = self.stop.bind(&connection);
        *self.binding.lock() = Some(binding);
        shared.in_doubt.set(false);
        Ok(())
    }
}
