//! The changes that an event made.

use std::sync::Arc;

use crate::console::panes::detail::EventDiff;
use crate::console::widgets::diff::Diff;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::operations::{EventChanges, Fold, Watch};

/// Returns the changes that an event made, as they are shown.
pub(super) fn answer(
    fold: &mut Fold,
    sequence: SpaceSequence,
    watch: &mut Watch<'_>,
) -> Result<Arc<EventDiff>> {
    let EventChanges { outcome, changes, .. } = fold.changes_of(sequence, watch)?;
    Ok(Arc::new(EventDiff { outcome, diff: Diff::of(&changes) }))
}
