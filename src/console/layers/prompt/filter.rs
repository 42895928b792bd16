//! Filtering a list while its filter is typed: a pane, or the view in place of it.

use crate::console::app::state::ConsoleState;
use crate::console::app::trail;
use crate::console::layers::Layer;
use crate::console::layers::prompt::{InputError, Prompt, PromptPurpose};
use crate::console::panes::{Filter, Pane, events};
use crate::query::{Query, with_zone};

/// The list that a filter is typed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filtered {
    /// A pane.
    Pane(Pane),
    /// The view over the panes.
    View {
        /// The filter is a query for events, and not just a text.
        takes_query: bool,
    },
}

impl Filtered {
    /// Returns the view over the panes, or the focused pane.
    fn here(state: &ConsoleState) -> Self {
        match state.layers.below_prompt() {
            Some(view) => Self::View { takes_query: view.takes_query() },
            None => Self::Pane(state.focus),
        }
    }

    /// Returns true if the filter is a query for events.
    pub(crate) fn takes_query(self) -> bool {
        match self {
            Self::Pane(pane) => pane == Pane::Events,
            Self::View { takes_query } => takes_query,
        }
    }

    /// Returns the filter of the list; none if it cannot be filtered.
    fn filter(self, state: &ConsoleState) -> Option<&Filter> {
        match self {
            Self::Pane(pane) => pane.list().filter(state),
            Self::View { .. } => state.layers.below_prompt().and_then(Layer::filter),
        }
    }

    /// Returns the name of the list.
    pub(super) fn name(self, state: &ConsoleState) -> String {
        let title = match self {
            Self::Pane(pane) => pane.title(),
            Self::View { .. } => state.layers.below_prompt().map_or("", |view| view.context().title()),
        };
        title.to_lowercase()
    }

    /// Sets the filter of the list. The selection stays, or moves to the nearest match.
    pub(super) fn set(self, state: &mut ConsoleState, filter: Filter) {
        if self.filter(state).is_none_or(|before| *before == filter) {
            return;
        }
        match self {
            Self::Pane(pane) => pane.list().set_filter(state, filter),
            Self::View { .. } => {
                if let Some(view) = state.layers.below_prompt_mut() {
                    view.set_filter(filter);
                }
            }
        }
    }
}

/// Opens the prompt for the filter of the view over the panes, or of the focused pane.
pub(super) fn ask(state: &mut ConsoleState) {
    let list = Filtered::here(state);
    if matches!(list, Filtered::Pane(_)) {
        trail::stay(state);
    }
    let before = list.filter(state).cloned().unwrap_or_default();
    let text = before.as_str().to_owned();
    state.layers.push(Prompt::new(PromptPurpose::Filter { list, before }, &text));
}

/// Applies a filter while it is typed.
pub(super) fn typed(state: &mut ConsoleState, list: Filtered, text: &str) {
    if list.takes_query() { typed_query(state, list, text) } else { list.set(state, Filter(text.to_owned())) }
}

/// Applies a query up to its first invalid word, so that the list stays on screen.
fn typed_query(state: &mut ConsoleState, list: Filtered, text: &str) {
    let mut readable = text.to_owned();
    if let Err(error) = text.parse::<Query>() {
        error.readable().clone_into(&mut readable);
        if let Some(prompt) = state.layers.top_as_mut::<Prompt>() {
            prompt.error = Some(error.into());
        }
    }
    let readable = zoned(state, readable.trim());
    match list {
        Filtered::Pane(_) => {
            let query = readable.parse().unwrap_or_default();
            events::set_query(state, Filter(readable), query);
        }
        Filtered::View { .. } => list.set(state, Filter(readable)),
    }
}

/// Returns the text of a query that was typed, in which a time without a time zone is in the one in which times are shown.
/// The zone becomes a part of the query, which so means the same on the command line and under other settings.
pub(super) fn zoned(state: &ConsoleState, query: &str) -> String {
    with_zone(query, &state.settings.time_zone)
}

/// Restores the filter from before the prompt, with its selection.
pub(super) fn restore(state: &mut ConsoleState, list: Filtered, before: Filter) {
    if let Filtered::Pane(pane) = list
        && before.is_empty()
        && !state.filter(pane).is_empty()
    {
        pane.list().restore_selection(state);
    }
    list.set(state, before);
}

/// Clears the filter of the view over the panes, or of the focused pane.
pub(crate) fn clear_filter(state: &mut ConsoleState) {
    Filtered::here(state).set(state, Filter::default());
}

/// Sets the filter of a pane. The selection stays, or moves to the nearest match. If nothing matched, clearing the
/// filter restores the selection from before it.
pub(crate) fn set_filter(state: &mut ConsoleState, pane: Pane, filter: Filter) {
    Filtered::Pane(pane).set(state, filter);
}

/// Sets a filter that was typed for a pane, or returns the reason if it cannot be filtered by it.
pub(crate) fn set_typed_filter(state: &mut ConsoleState, pane: Pane, text: &str) -> Result<(), String> {
    check_filter(state, pane, text)?;
    let is_query = Filtered::Pane(pane).takes_query();
    let text = if is_query { zoned(state, text.trim()) } else { text.trim().to_owned() };
    set_filter(state, pane, Filter(text));
    Ok(())
}

/// Returns the reason if a pane cannot be filtered by a text.
pub(crate) fn check_filter(state: &ConsoleState, pane: Pane, text: &str) -> Result<(), String> {
    if pane.list().filter(state).is_none() {
        return Err(format!("{} cannot be filtered", pane.title().to_lowercase()));
    }
    match text.parse::<Query>() {
        Err(error) if pane == Pane::Events => Err(InputError::from(error).message),
        _ => Ok(()),
    }
}
