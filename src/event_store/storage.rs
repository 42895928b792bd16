//! The storage of a log or of projections.

use crate::error::Result;
use crate::space::SpaceId;

use super::{Capabilities, Slack};

/// The storage behind an event log or projections.
pub trait Storage: Send + Sync {
    /// Counts the rows with this space's id in every table that may have them.
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>>;

    /// Counts the rows with this space's id, without the tables that have none.
    fn residue(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        Ok(self.rows_by_table(space_id)?.into_iter().filter(|(_, rows)| *rows > 0).collect())
    }

    /// Returns what the engine can do with its storage.
    fn capabilities(&self) -> Capabilities {
        Capabilities::FILE
    }

    /// Rewrites the storage without any byte of deleted data, as far as [`Capabilities::beyond_purge`] permits.
    ///
    /// # Errors
    /// An interruption or a failure; nothing was changed then.
    fn purge(&self) -> Result<()>;

    /// Interrupts a purge in another thread, if there is one.
    fn interrupt_purge(&self) {}

    /// Returns the storage that may still contain deleted data, or `None` if nothing is on disk.
    fn slack(&self) -> Result<Option<Slack>> {
        Ok(None)
    }

    /// Returns a number that rises whenever a change is committed, by this handle, another one or another process. It is only
    /// comparable within one handle.
    fn version(&self) -> Result<u64>;

    /// Checks that the storage is still in place, so that further writes will be found.
    ///
    /// # Errors
    /// [`StoreError::FileReplaced`](crate::StoreError::FileReplaced).
    fn check_identity(&self) -> Result<()> {
        Ok(())
    }

    /// Returns the bytes on disk, or `None` if nothing is on disk.
    fn storage_bytes(&self) -> Result<Option<u64>>;
}
