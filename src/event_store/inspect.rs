//! Looking at a log from below, and putting right what its events tell.

use crate::error::Result;
use crate::inspect::Inspect;
use crate::space::{Head, SpaceId};

/// What of a log can be at odds with its events, and is put right from them. A storage that keeps nothing of
/// the kind finds and repairs nothing.
pub trait InspectLog: Inspect {
    /// Shows `found` every space of which anything is stored, registered or not, some of them more than once.
    /// What cannot be read does not keep the others from being shown.
    ///
    /// # Errors
    /// Failures of the storage, after all that can be read was shown.
    fn space_ids(&self, found: &mut dyn FnMut(SpaceId)) -> Result<()>;

    /// Rows that no space can have, by table.
    ///
    /// # Errors
    /// Failures of the storage.
    fn misplaced(&self) -> Result<Vec<(String, u64)>> {
        Ok(Vec::new())
    }

    /// What of a space's entry in the registry is not what it must be: the column, and why.
    ///
    /// # Errors
    /// Failures of the storage.
    fn registry_faults(&self, _space_id: SpaceId) -> Result<Vec<(&'static str, String)>> {
        Ok(Vec::new())
    }

    /// How a space's idempotency keys differ from those that were stored, for people: keys that were changed, removed or
    /// added behind the store's back.
    ///
    /// # Errors
    /// Failures of the storage.
    fn key_faults(&self, _space_id: SpaceId) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Whether a space has counters.
    ///
    /// # Errors
    /// Failures of the storage.
    fn is_counted(&self, _space_id: SpaceId) -> Result<bool> {
        Ok(true)
    }

    /// How many entries of a space's index of entities are missing or lead astray.
    ///
    /// # Errors
    /// Failures of the storage.
    fn index_faults(&self, _space_id: SpaceId) -> Result<u64> {
        Ok(0)
    }

    /// Sets a space's counters, as part of the current unit of work.
    ///
    /// # Errors
    /// Failures of the storage.
    fn repair_head(&self, _space_id: SpaceId, _head: &Head) -> Result<()> {
        Ok(())
    }

    /// Puts a space's index of entities right from its events, in short transactions, after each of which
    /// `between` says whether to go on. The index can be used all the while.
    ///
    /// # Errors
    /// What `between` returned; failures of the storage.
    fn repair_index(&self, _space_id: SpaceId, _between: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        Ok(())
    }
}
