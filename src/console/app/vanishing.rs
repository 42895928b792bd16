//! Removal of deleted spaces from the screen, so that none of their rows can still be read.

use crate::console::app::state::State;
use crate::console::app::window::{Load, Select};
use crate::console::layers::history::History;
use crate::console::panes::jobs::job_kind::JobKind;
use crate::operations::Scope;
use crate::space::{SpaceId, SpaceState};

/// Removes all rows and layers of deleted spaces, and reads the rest again.
pub(crate) fn forget(state: &mut State, gone: &[SpaceId]) {
    let heights = state.viewports;
    state.events.window.retain(|row| !gone.contains(&row.event.space_id), heights.events.into());
    if state.projections.space.is_some_and(|space_id| gone.contains(&space_id)) {
        state.projections.window.reset();
        state.projections.window.wish(Load::Start, Select::First);
    }
    state.layers.retain(|layer| !layer.space_id().is_some_and(|space_id| gone.contains(&space_id)));
    reread(state);
}

/// Reads the events on screen again. A read in progress may still return deleted events.
pub(crate) fn reread(state: &mut State) {
    let events = &mut state.events;
    let is_at_end = events.following && events.filter.is_empty();
    let (load, select) = match events.window.selected {
        Some(at) if !is_at_end => (Load::Around(at), Select::Keep),
        _ => (Load::End, Select::Last),
    };
    events.window.wish(load, select);
    state.layers.each_mut::<History>().for_each(|history| history.window.refresh());
}

/// Returns true if events on screen may disappear because their space is being deleted. A search is not restarted for
/// that.
pub(crate) fn is_under_way(state: &State) -> bool {
    if !state.events.filter.is_empty() {
        return false;
    }
    let running = state.jobs.running().filter(|job| matches!(job.kind, JobKind::Delete { .. }));
    match state.events.scope {
        Some(Scope::Space(space_id)) => {
            let found = state.spaces.get(space_id);
            found.is_some_and(|found| found.space.state == SpaceState::Deleting)
                || running.is_some_and(|job| job.space_id == Some(space_id))
        }
        Some(Scope::All) => state.spaces.tally.deleting > 0 || running.is_some(),
        None => false,
    }
}
