//! Going to a thing that was found.

use crate::console::app::state::ConsoleState;
use crate::console::app::trail;
use crate::console::layers::palette::thing::Thing;
use crate::console::layers::{history, prompt};
use crate::console::panes::{Filter, Pane, events, projections, spaces};
use crate::query::Query;

/// Shows a thing in its pane.
pub(super) fn show(state: &mut ConsoleState, thing: &Thing) {
    trail::leave(state);
    state.layers.clear();
    match thing {
        Thing::Space { space_id, .. } => {
            spaces::select_space(state, *space_id);
            if !state.focus.list().is_of_space() {
                state.focus(Pane::Spaces);
            }
        }
        Thing::EventType(event_type) => {
            show_matches(state, &Query::default().of_type(event_type).to_string());
        }
        Thing::Entity { space_id, entity_id } => {
            spaces::select_space(state, *space_id);
            events::show_newest(state, *space_id);
            history::show(state, *space_id, entity_id.clone(), None);
        }
        Thing::Key { space_id, projection, key } => {
            spaces::select_space(state, *space_id);
            projections::show_key(state, *space_id, projection, key);
        }
    }
}

/// Shows the events that match a query.
pub(super) fn filter_events(state: &mut ConsoleState, query: &str) {
    trail::leave(state);
    show_matches(state, query);
}

fn show_matches(state: &mut ConsoleState, query: &str) {
    state.layers.clear();
    state.focus(Pane::Events);
    prompt::set_filter(state, Pane::Events, Filter(query.to_owned()));
}
