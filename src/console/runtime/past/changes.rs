//! The changes that an event made.

use crate::error::Result;
use crate::event::SpaceSequence;
use crate::operations::{EventChanges, Fold, Watch};

/// Returns the changes that an event made.
pub(super) fn answer(
    fold: &mut Fold,
    sequence: SpaceSequence,
    watch: &mut Watch<'_>,
) -> Result<EventChanges> {
    fold.changes_of(sequence, watch)
}
