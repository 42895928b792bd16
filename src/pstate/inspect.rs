//! Low-level checks of projections, and the removal of leftovers.

use crate::error::Result;
use crate::event_store::Inspect;
use crate::operator::Operator;
use crate::space::SpaceId;

/// A projection's number of keys: as stored in the checkpoint, and as found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// The stored number.
    pub stored: u64,
    /// The actual number.
    pub found: u64,
}

/// A projection of a space that its readers do not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: i64,
    /// It is marked as live, although no checkpoint refers to it.
    pub is_live: bool,
    /// The operator whose process builds it, for a shadow with a known owner.
    pub owner: Option<Operator>,
}

/// Finds inconsistent data of projections, and repairs it. A store without such data finds and repairs nothing.
pub trait InspectProjections: Inspect {
    /// Returns every space that has a projection or a checkpoint.
    fn space_ids(&self) -> Result<Vec<SpaceId>> {
        Ok(Vec::new())
    }

    /// Counts the rows whose number no space can have, by table.
    fn misplaced(&self) -> Result<Vec<(String, u64)>> {
        Ok(Vec::new())
    }

    /// Returns the names of the projections of a space whose checkpoint does not refer to a projection of that space and name.
    fn lost(&self, _space_id: SpaceId) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Returns the projections of a space that its readers do not see: shadows and former projections.
    fn leftovers(&self, _space_id: SpaceId) -> Result<Vec<Leftover>> {
        Ok(Vec::new())
    }

    /// Counts the keys of a space's projections, by name, in one snapshot.
    fn counts(&self, _space_id: SpaceId) -> Result<Vec<(String, Counted)>> {
        Ok(Vec::new())
    }

    /// Counts the entries that belong to no projection, and the checkpoints without a name.
    fn strays(&self) -> Result<u64> {
        Ok(0)
    }

    /// Retires a projection that the space's readers do not see, so that [`Shadows::sweep`](super::Shadows::sweep) removes
    /// its entries. A rebuild that is still writing to it fails.
    fn retire_leftover(&self, _space_id: SpaceId, _number: i64) -> Result<()> {
        Ok(())
    }

    /// Removes the rows whose number no space can have, names or removes the checkpoints without a name, and removes up to `limit`
    /// entries that belong to no projection, in short transactions. Returns true if there may be more.
    fn repair_strays(&self, _limit: usize) -> Result<bool> {
        Ok(false)
    }
}
