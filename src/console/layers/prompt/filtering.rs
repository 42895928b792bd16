//! Filters, one per pane, applied while they are typed.

use crate::console::app::filter::Filter;
use crate::console::app::state::State;
use crate::console::app::text_input::TextInput;
use crate::console::layers::prompt::state::{Prompt, PromptPurpose};
use crate::console::panes::Pane;
use crate::query::Query;

use crate::console::app::effect::Effects;
use crate::console::layers::prompt::jumping;
use crate::console::panes::events;

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
    events::set_query(state, Filter(text.trim().to_owned()), query);
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
        pane.list().select_as_before(state);
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
    if *state.filter(pane) != filter {
        pane.list().set_filter(state, filter);
    }
}
