//! Looking at projections from below, and clearing away what belongs to none.

use crate::error::Result;
use crate::inspect::Inspect;
use crate::operator_log::Operator;
use crate::space::SpaceId;

/// A space's keys: as the checkpoint counts them, and as they are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// What the counter says.
    pub stored: u64,
    /// How many there are.
    pub found: u64,
}

/// A projection of a space that the space's readers do not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Its number.
    pub projection: i64,
    /// It says that it is live, though no checkpoint leads to it.
    pub is_live: bool,
    /// Who builds it, where it is a shadow and that is known.
    pub owner: Option<Operator>,
}

/// What of the projections can be at odds with itself. A storage that keeps nothing of the kind finds and
/// repairs nothing.
pub trait InspectProjections: Inspect {
    /// Every space of which there is a projection or a checkpoint.
    ///
    /// # Errors
    /// Failures of the storage.
    fn space_ids(&self) -> Result<Vec<SpaceId>> {
        Ok(Vec::new())
    }

    /// Whether a space's checkpoint, where it has one, leads to a projection of that space.
    ///
    /// # Errors
    /// Failures of the storage.
    fn is_in_place(&self, _space_id: SpaceId) -> Result<bool> {
        Ok(true)
    }

    /// The projections of a space that its readers do not see: shadows and former ones.
    ///
    /// # Errors
    /// Failures of the storage.
    fn leftovers(&self, _space_id: SpaceId) -> Result<Vec<Leftover>> {
        Ok(Vec::new())
    }

    /// A space's keys, all counted at one moment.
    ///
    /// # Errors
    /// Failures of the storage.
    fn count(&self, _space_id: SpaceId) -> Result<Counted> {
        Ok(Counted::default())
    }

    /// How many entries belong to no projection.
    ///
    /// # Errors
    /// Failures of the storage.
    fn strays(&self) -> Result<u64> {
        Ok(0)
    }

    /// Gives up a projection that the space's readers do not see; [`PState::sweep`](super::PState::sweep) then
    /// removes its entries. A rebuild that still works on it is overtaken by that.
    ///
    /// # Errors
    /// Failures of the storage.
    fn retire_leftover(&self, _space_id: SpaceId, _projection: i64) -> Result<()> {
        Ok(())
    }

    /// Sets a space's counter of keys to what there is.
    ///
    /// # Errors
    /// Failures of the storage.
    fn repair_count(&self, _space_id: SpaceId) -> Result<()> {
        Ok(())
    }

    /// Removes up to `limit` entries that belong to no projection, in one short transaction. Returns whether
    /// there may be more.
    ///
    /// # Errors
    /// Failures of the storage.
    fn repair_strays(&self, _limit: usize) -> Result<bool> {
        Ok(false)
    }
}
