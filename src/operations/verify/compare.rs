//! Comparing two projections key by key.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::operations::merge::merge;
use crate::pstate::{PState, ProjectionId, Schema};
use crate::space::Checkpoint;

use super::Verified;
use super::difference::difference;

/// The number of keys after which the progress is reported.
const COMPARE: u64 = 1000;

/// Walks through both projections by key, and tells `step` the number of keys done and in total. Returns the
/// number of stored keys.
pub(super) fn compare(
    (expected, stored): (&dyn PState, &dyn PState),
    (id, checkpoint): (ProjectionId<'_>, Checkpoint),
    schema: Schema,
    verified: &mut Verified,
    step: &mut dyn FnMut(u64, u64) -> Result<()>,
) -> Result<u64> {
    // The temporary store holds one projection of the space.
    let expected = (expected, ProjectionId::from(id.space_id));
    let mut count = 0;
    merge(&expected, &(stored, id), "", &mut |expected, stored| {
        // Readers migrate values stored in an older form.
        let stored = stored.map(|entry| schema.migrated_entry(entry));
        count += u64::from(stored.is_some());
        if let Some(difference) = difference(expected, stored) {
            verified.add(difference);
        }
        if count % COMPARE == 0 {
            step(count, checkpoint.entities.max(count))?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    step(count, count).map(|()| count)
}
