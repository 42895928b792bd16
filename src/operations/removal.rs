//! Removing what a space holds, in short transactions between which others get their turn.

use uuid::Uuid;

use crate::content_store::Store;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::event_store::Page;
use crate::space::SpaceId;

/// Rows removed in one transaction.
const BATCH: usize = 2000;

/// Removes all rows of a space but its own, which the operation with this token has marked, telling `step` after each transaction how many events may be left.
/// The first event is the first to go, so that its absence tells that this was begun.
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

/// Whether some of what a space holds was removed before.
pub(super) fn is_begun(store: &Store, space_id: SpaceId) -> Result<bool> {
    let last =
        store.events().space(space_id)?.map_or(SpaceSequence::START, |record| record.head.last_sequence);
    let first = store.events().read_space(space_id, Page::forward(None, 1))?;
    Ok(last > SpaceSequence::START
        && first.first().is_none_or(|event| event.space_sequence != SpaceSequence(1)))
}
