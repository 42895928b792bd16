//! Marks on spaces. Operations apply to all marked spaces.

use crate::console::app::state::State;
use crate::console::panes::pane::Pane;
use crate::space::SpaceId;

use crate::console::app::motion::Motion;
use crate::console::app::moving;

/// Marks or unmarks the selected space, and moves to the next.
pub(crate) fn toggle(state: &mut State) {
    let Some(space_id) = state.space().map(|found| found.space.space_id) else { return };
    let marked = &mut state.spaces.marked;
    if !marked.remove(&space_id) {
        marked.insert(space_id);
    }
    moving::go(state, Motion::Rows(1));
}

/// Marks all shown spaces. If all of them are marked, clears every mark.
pub(crate) fn toggle_all(state: &mut State) {
    let shown = shown(state).to_vec();
    let marked = &mut state.spaces.marked;
    if shown.iter().all(|space_id| marked.contains(space_id)) {
        marked.clear();
    } else {
        marked.extend(shown);
    }
}

/// Returns the spaces in the focused pane.
fn shown(state: &State) -> &[SpaceId] {
    match state.focus {
        Pane::Checkpoints => &state.checkpoints.shown,
        _ => &state.spaces.shown,
    }
}
