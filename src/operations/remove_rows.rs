//! Removing the rows of a space in short transactions, so that other writers get their turn.

use uuid::Uuid;

use crate::content_store::Store;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::event_store::Page;
use crate::space::SpaceId;

/// Rows removed in one transaction.
const BATCH: usize = 2000;

/// Removes all rows of a space but its registry row, which the operation with this token has marked. Tells
/// `step` after each transaction how many events may be left. The first event is removed first, so that its
/// absence shows that removal has started.
pub(super) fn remove_rows(
    store: &Store,
    space_id: SpaceId,
    token: Uuid,
    step: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    while let Some(left) = store.events().delete_some(space_id, token, BATCH)? {
        step(left)?;
    }
    while store.pstate().delete_some(space_id, BATCH)? {
        step(0)?;
    }
    Ok(())
}

/// Returns true if some rows of a space were removed before.
pub(super) fn has_removed_rows(store: &Store, space_id: SpaceId) -> Result<bool> {
    let last =
        store.events().space(space_id)?.map_or(SpaceSequence::START, |record| record.head.last_sequence);
    let first = store.events().read_space(space_id, Page::forward(None, 1))?;
    Ok(last > SpaceSequence::START
        && first.first().is_none_or(|event| event.space_sequence != SpaceSequence(1)))
}
