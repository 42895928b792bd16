//! The one selected space. The panes that list spaces highlight it, and every action applies to it.

use crate::console::app::state::State;
use crate::console::panes::pane::Pane;

use crate::console::app::update::Changed;
use crate::console::panes::spaces::listing;

/// Selects the space of the selected event while the events of all spaces have the focus. A filter of the spaces stays,
/// even if it hides that space.
pub(crate) fn follow_event(state: &mut State) -> Changed {
    if state.focus != Pane::Events || !state.events.all_spaces {
        return Changed::No;
    }
    let Some(space_id) = state.events.selected().map(|event| event.space_id) else { return Changed::No };
    if state.spaces.selected == Some(space_id) || state.spaces.get(space_id).is_none() {
        return Changed::No;
    }
    state.spaces.selected = Some(space_id);
    listing::reveal(state);
    Changed::Yes
}
