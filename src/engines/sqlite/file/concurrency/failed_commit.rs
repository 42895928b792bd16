//! Settles the outcome of a failed commit.
//!
//! If writing or syncing the WAL fails, all frames of the transaction may be in it, and a later recovery would commit
//! what was reported as failed. While any connection is open, these frames lie beyond the end of the WAL: readers do
//! not see them, and the next commit overwrites them. So a fresh connection commits before the old one is closed.

use crate::engines::sqlite::file::{Database, Result, Shared};
use crate::error::StoreError;

impl Database {
    /// Makes sure that a failed commit never takes effect, and continues with a fresh connection. Does nothing if no
    /// commit has failed.
    ///
    /// # Errors
    /// If the file cannot be written now; the commit then stays in doubt.
    pub(crate) fn resolve_failed_commit(&self, shared: &Shared) -> Result<()> {
        if !shared.in_doubt.get() {
            return Ok(());
        }
        let (Some(files), Ok(mut connection)) = (&self.files, shared.connection.try_borrow_mut()) else {
            return Err(StoreError::OutcomeUnknown { detail: "an earlier commit failed".to_owned() }.into());
        };
        self.check_identity()?;
        let mut fresh = Self::open(files.path(), self.role, &self.options)?;
        // Changes nothing, but writes a commit to the WAL.
        let mut empty = fresh.begin_on(fresh.shared.lock(), fresh.options.busy_timeout)?;
        empty.write(|connection| {
            let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            Ok(connection.pragma_update(None, "user_version", version)?)
        })?;
        empty.commit_unresolved()?;
        self.check_same(&fresh)?;
        // The old connection is closed together with the rest of the fresh database.
        std::mem::swap(&mut *connection, fresh.shared.get_mut().connection.get_mut());
        let binding = self.stop.bind_file(&connection);
        *self.binding.lock() = Some(binding);
        shared.in_doubt.set(false);
        shared.reopened.set(shared.reopened.get() + 1);
        // Each connection counts for itself.
        shared.data_version.set(None);
        shared.committed.set(0);
        Ok(())
    }
}
