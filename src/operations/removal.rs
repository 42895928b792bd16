//! Removing what a space holds, in short transactions between which others get their turn.

use crate::content_store::Store;
use crate::error::Result;
use crate::space::SpaceId;

/// Rows removed in one transaction.
const BATCH: usize = 2000;

/// Removes all rows of a space but its own, telling `step` after each transaction how many events may be left.
pub(super) fn remove_rows(
    store: &Store,
    space_id: SpaceId,
    step: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    let events = store.events().space(space_id)?.map_or(0, |record| record.head.last_sequence.0);
    while store.pstate().delete_some(space_id, BATCH)? {
        step(events)?;
    }
    while let Some(left) = store.events().delete_some(space_id, BATCH)? {
        step(left)?;
    }
    Ok(())
}
