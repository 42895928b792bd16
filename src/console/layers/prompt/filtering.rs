//! Filters, one per pane, applied while they are typed.

use crate::console::app::filter::Filter;
use crate::console::app::state::State;
use crate::console::app::text_input::TextInput;
use crate::console::app::window::{Load, Select};
use crate::console::layers::prompt::state::{Prompt, PromptPurpose};
use crate::console::panes::Pane;
use crate::query::Query;

use crate::console::app::effect::Effects;
use crate::console::layers::prompt::jumping;
use crate::console::panes::spaces;

/// Opens the prompt for the focused pane's filter.
pub(crate) fn begin(state: &mut State) {
    let pane = state.focus;
    let before = state.filter(pane).clone();
    let input = TextInput::line().with(before.as_str());
    let purpose = PromptPurpose::Filter { pane, before };
    state.layers.push(Prompt { purpose, input, error: None });
}

/// Applies an edit in a prompt.
pub(crate) fn typed(state: &mut State) {
    let Some(prompt) = state.layers.top_as_mut::<Prompt>() else { return };
    prompt.error = None;
    let PromptPurpose::Filter { pane, .. } = prompt.purpose else { return };
    let text = prompt.input.text().to_owned();
    if pane == Pane::Events {
        typed_query(state, &text);
    } else {
        set(state, pane, Filter(text));
    }
}

/// Applies a query up to its first invalid word, so that the list stays on screen.
fn typed_query(state: &mut State, text: &str) {
    let (text, query) = match text.parse::<Query>() {
        Ok(query) => (text.to_owned(), query),
        Err(error) => {
            let readable = error.readable().to_owned();
            if let Some(prompt) = state.layers.top_as_mut::<Prompt>() {
                prompt.error = Some(error.into());
            }
            let query = readable.parse().unwrap_or_default();
            (readable, query)
        }
    };
    set_query(state, Filter(text.trim().to_owned()), query);
}

/// Accepts the text of a prompt.
pub(crate) fn accept(state: &mut State, effects: &mut Effects) {
    let Some(prompt) = state.layers.top_as::<Prompt>() else { return };
    match prompt.purpose {
        PromptPurpose::Filter { .. } if prompt.error.is_some() => {}
        PromptPurpose::Filter { .. } => {
            state.layers.pop();
        }
        PromptPurpose::Jump => jumping::jump(state, effects),
    }
}

/// Restores the filter and the selection from before a cancelled prompt.
pub(crate) fn give_up(state: &mut State) {
    let purpose = state.layers.top_as::<Prompt>().map(|prompt| prompt.purpose.clone());
    state.layers.pop();
    let Some(PromptPurpose::Filter { pane, before }) = purpose else { return };
    let back = before.is_empty() && !state.filter(pane).is_empty();
    if back {
        match pane {
            Pane::Spaces => state.spaces.selected = state.spaces.before_filter,
            Pane::Checkpoints => state.spaces.selected = state.checkpoints.before_filter,
            Pane::Events => state.events.window.selected = state.events.before_filter,
            Pane::Projections => {
                state.projections.window.selected = state.projections.before_filter.clone();
            }
            Pane::Jobs => {}
        }
    }
    set(state, pane, before);
}

/// Clears the focused pane's filter.
pub(crate) fn clear(state: &mut State) {
    set(state, state.focus, Filter::default());
}

/// Sets the filter of a pane. The selection stays, or moves to the nearest match. If nothing matched, clearing the
/// filter restores the selection from before it.
pub(crate) fn set(state: &mut State, pane: Pane, filter: Filter) {
    let before = state.filter(pane);
    if *before == filter {
        return;
    }
    let (begins, ends) = (before.is_empty(), filter.is_empty());
    match pane {
        Pane::Spaces => {
            let spaces = &mut state.spaces;
            spaces.filter = filter;
            remember(begins, ends, &mut spaces.selected, &mut spaces.before_filter);
            spaces::show_spaces(state);
        }
        Pane::Checkpoints => {
            let checkpoints = &mut state.checkpoints;
            checkpoints.filter = filter;
            remember(begins, ends, &mut state.spaces.selected, &mut checkpoints.before_filter);
            select_match(state);
            spaces::show_spaces(state);
        }
        Pane::Events => {
            // The text was parsed when it was typed.
            let query = filter.as_str().parse().unwrap_or_default();
            set_query(state, filter, query);
        }
        Pane::Projections => {
            let projections = &mut state.projections;
            remember(begins, ends, &mut projections.window.selected, &mut projections.before_filter);
            let place = projections.window.selected.clone().or(projections.before_filter.clone());
            match place {
                Some(key) => projections.window.wish(Load::Around(key.clone()), Select::At(key)),
                None => projections.window.wish(Load::Start, Select::First),
            }
            projections.filter = filter;
        }
        Pane::Jobs => {}
    }
}

/// Searches the events for the query of a filter.
fn set_query(state: &mut State, filter: Filter, query: Query) {
    let events = &mut state.events;
    let (begins, ends) = (events.filter.is_empty(), filter.is_empty());
    events.filter = filter;
    if events.query == query {
        return;
    }
    events.query = query;
    remember(begins, ends, &mut events.window.selected, &mut events.before_filter);
    match events.window.selected.or(events.before_filter).filter(|_| !events.following) {
        Some(place) => events.window.wish(Load::Around(place), Select::At(place)),
        None => events.window.wish(Load::End, Select::Last),
    }
}

fn remember<K: Clone>(begins: bool, ends: bool, selected: &mut Option<K>, before_filter: &mut Option<K>) {
    if begins {
        before_filter.clone_from(selected);
    } else if ends && selected.is_none() {
        selected.clone_from(before_filter);
    }
}

/// Selects the nearest space that matches the filter of the checkpoints, if there is one.
fn select_match(state: &mut State) {
    let checkpoints = &state.checkpoints;
    let matching = state.spaces.ordered(&checkpoints.filter);
    if let Some(space_id) = spaces::reselect(&checkpoints.shown, &matching, state.spaces.selected) {
        spaces::select_space(state, space_id);
    }
}
