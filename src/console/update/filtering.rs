//! Filters: one in each pane, applied while it is typed.

use crate::console::state::{Filter, Layer, Load, Pane, Prompt, PromptPurpose, Select, State, TextInput};
use crate::space::SpaceId;

use super::{looking, moving};

static NO_FILTER: Filter = Filter(String::new());

/// A pane's filter.
pub(super) fn of(state: &State, pane: Pane) -> &Filter {
    match pane {
        Pane::Spaces => &state.spaces.filter,
        Pane::Events => &state.events.filter,
        Pane::Projections => &state.projections.filter,
        Pane::Checkpoints => &state.checkpoints.filter,
        Pane::Jobs => &NO_FILTER,
    }
}

/// Opens the prompt for the focused pane's filter.
pub(super) fn begin(state: &mut State) {
    let pane = state.focus;
    let before = of(state, pane).clone();
    let input = TextInput::line().with(before.as_str());
    let purpose = PromptPurpose::Filter { pane, before };
    state.layers.push(Layer::Prompt(Prompt { purpose, input, error: None }));
}

/// Something was typed into a prompt.
pub(super) fn typed(state: &mut State) {
    let Some(Layer::Prompt(prompt)) = state.layers.last_mut() else { return };
    prompt.error = None;
    if let PromptPurpose::Filter { pane, .. } = prompt.purpose {
        let filter = Filter(prompt.input.text().to_owned());
        set(state, pane, filter);
    }
}

/// Takes what is typed into a prompt.
pub(super) fn accept(state: &mut State) {
    let Some(Layer::Prompt(prompt)) = state.layers.last() else { return };
    match prompt.purpose {
        PromptPurpose::Filter { .. } => {
            state.layers.pop();
        }
        PromptPurpose::Jump => looking::jump(state),
    }
}

/// Brings back the filter before a prompt that was given up.
pub(super) fn give_up(state: &mut State, prompt: Prompt) {
    if let PromptPurpose::Filter { pane, before } = prompt.purpose {
        set(state, pane, before);
    }
}

/// Drops the focused pane's filter.
pub(super) fn clear(state: &mut State) {
    set(state, state.focus, Filter::default());
}

/// Gives a pane another filter. The selection stays, or goes to the nearest match.
pub(super) fn set(state: &mut State, pane: Pane, filter: Filter) {
    if *of(state, pane) == filter {
        return;
    }
    match pane {
        Pane::Spaces => state.spaces.filter = filter,
        Pane::Checkpoints => state.checkpoints.filter = filter,
        Pane::Events => {
            state.events.filter = filter;
            let window = &mut state.events.window;
            match window.selected {
                Some(selected) if !state.events.following => {
                    window.wish(Load::Around(selected), Select::Keep)
                }
                _ => window.wish(Load::End, Select::Last),
            }
        }
        Pane::Projections => {
            state.projections.filter = filter;
            let window = &mut state.projections.window;
            let selected = window.selected.clone();
            match selected.filter(|key| key.starts_with(state.projections.filter.as_str())) {
                Some(selected) => window.wish(Load::Around(selected), Select::Keep),
                None => window.wish(Load::Start, Select::First),
            }
        }
        Pane::Jobs => {}
    }
    show_spaces(state);
}

/// Shows the loaded spaces that match, in order, in the panes of spaces and checkpoints. A selected space
/// that is gone or hidden gives way to the one in its place.
pub(super) fn show_spaces(state: &mut State) {
    let spaces = &mut state.spaces;
    let shown = spaces.ordered(&spaces.filter);
    spaces.selected = reselect(&spaces.shown, &shown, spaces.selected);
    spaces.shown = shown;
    let checkpoints = &mut state.checkpoints;
    let shown = state.spaces.ordered(&checkpoints.filter);
    checkpoints.selected = reselect(&checkpoints.shown, &shown, checkpoints.selected);
    checkpoints.shown = shown;
    moving::reveal_lists(state);
}

fn reselect(before: &[SpaceId], after: &[SpaceId], selected: Option<SpaceId>) -> Option<SpaceId> {
    let last = after.len().checked_sub(1)?;
    if let Some(selected) = selected.filter(|selected| after.contains(selected)) {
        return Some(selected);
    }
    let index = selected.and_then(|selected| before.iter().position(|id| *id == selected)).unwrap_or(0);
    Some(after[index.min(last)])
}
