//! The changes that an event made.

use std::sync::Arc;

use crate::console::panes::detail::EventDiff;
use crate::console::widgets::diff::Diff;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::operations::{EventChanges, Fold, Watch, pause_of};

/// Returns the changes that an event made, as they are shown.
pub(super) fn answer(
    fold: &mut Fold,
    sequence: SpaceSequence,
    watch: &mut Watch<'_>,
) -> Result<Arc<EventDiff>> {
    let EventChanges { event, outcome, changes } = fold.changes_of(sequence, watch)?;
    let content = fold.content();
    let cause = event.causation_id.map(|cause| content.store().events().event(cause)).transpose()?.flatten();
    let cause_space = cause.map(|cause| cause.space_id).filter(|space_id| *space_id != content.space_id());
    let diff = Diff::of(&changes, &mut pause_of(watch))?;
    Ok(Arc::new(EventDiff { outcome, diff, cause_space }))
}
