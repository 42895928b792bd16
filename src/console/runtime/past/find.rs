//! The events at points in time.

use crate::error::Result;
use crate::event::SpaceSequence;
use crate::operations::{Fold, PointInTime};

/// Returns the sequence of the last event at or before each point.
pub(super) fn answer(fold: &Fold, points: &[PointInTime]) -> Result<Vec<SpaceSequence>> {
    points.iter().map(|point| point.sequence_in(fold.content())).collect()
}
