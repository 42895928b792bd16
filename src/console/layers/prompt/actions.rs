//! The actions of the prompt, and the one that opens it for a filter.

use crate::console::app::action::Section::{Actions, Move, View};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, unavailable};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::state::ConsoleState;
use crate::console::layers::close;
use crate::console::layers::prompt::language::QueryHelp;
use crate::console::layers::prompt::recall::{self, Source};
use crate::console::layers::prompt::{Prompt, PromptPurpose, accept, choose, completion, filter};
use crate::console::panes::spaces;

const PROMPT: Contexts = |here| here == KeyContext::Prompt;

/// The actions of the prompt, and the one that opens it for a filter.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Accept,
        section: Actions,
        title: "accept",
        description: "Accept the text, or the selected line of the list",
        keys: &["enter"],
        contexts: PROMPT,
        hint: Some(Rank::Main),
        run: accept,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Complete,
        section: Actions,
        title: "complete",
        description: "Complete the word with the selected line of the list, or the first one",
        keys: &["tab"],
        contexts: PROMPT,
        hint: Some(Rank::Second),
        applies: types_query,
        enabled: completion::can_complete,
        run: |state, _| completion::complete(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::NextChoice,
        section: Move,
        title: "next line",
        description: "Select the next line of the list, or a later query of the history",
        keys: &["down"],
        contexts: PROMPT,
        applies: has_list,
        run: |state, _| choose(state, 1),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::PreviousChoice,
        section: Move,
        title: "previous line",
        description: "Select the previous line of the list, or an earlier query of the history",
        keys: &["up"],
        contexts: PROMPT,
        applies: has_list,
        run: |state, _| choose(state, -1),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::SearchQueries,
        section: View,
        title: "history",
        description: "Search the queries that were used in this database",
        keys: &["ctrl-r"],
        contexts: PROMPT,
        hint: Some(Rank::Third),
        applies: has_list,
        enabled: |state| recall::can_recall(state, Source::History),
        run: |state, _| recall::open(state, Source::History),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::SavedQueries,
        section: View,
        title: "saved",
        description: "Choose one of the queries that are saved for this database",
        keys: &["ctrl-o"],
        contexts: PROMPT,
        hint: Some(Rank::Fourth),
        applies: has_list,
        enabled: |state| recall::can_recall(state, Source::Saved),
        run: |state, _| recall::open(state, Source::Saved),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::SaveQuery,
        section: Actions,
        title: "save",
        description: "Save the query under a name, or give the selected saved query another name",
        keys: &["ctrl-s"],
        contexts: PROMPT,
        hint: Some(Rank::Last),
        applies: has_list,
        enabled: recall::can_save,
        run: |state, _| recall::ask_name(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::DeleteQuery,
        section: Actions,
        title: "delete",
        description: "Delete the selected saved query",
        keys: &["ctrl-x"],
        contexts: PROMPT,
        hint: Some(Rank::Second),
        applies: recalls_saved,
        enabled: recall::can_delete,
        run: recall::delete,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::QueryHelp,
        section: View,
        title: "language",
        description: "Explain the words of a query, with examples",
        keys: &["F1", "alt-h"],
        contexts: PROMPT,
        hint: Some(Rank::Help),
        applies: types_query,
        run: |state, _| state.layers.push(QueryHelp::default()),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "close",
        description: "Return to the query",
        keys: &["esc"],
        also: &[Action::QueryHelp, Action::Quit],
        contexts: |here| here == KeyContext::QueryHelp,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Filter,
        section: View,
        title: "filter",
        description: "Show only matches: part of a name, text in a key or value, a query such as type:contact.* after:2h",
        keys: &["/"],
        contexts: KeyContext::has_filter,
        hint: Some(Rank::Fourth),
        enabled: can_filter,
        run: |state, _| filter::ask(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Filter,
        section: View,
        title: "filter",
        description: "Nothing to filter here; the text typed after it does nothing",
        keys: &["/"],
        contexts: |here| {
            here.is_list() && !here.has_filter() && !matches!(here, KeyContext::Help | KeyContext::QueryHelp)
        },
        enabled: |_| unavailable("there is nothing to filter here; `{key:back}` goes back"),
        ..Spec::ALWAYS
    },
];

/// Returns the reason if the focused pane cannot be filtered. A view in which the key works can.
fn can_filter(state: &ConsoleState) -> Availability {
    if state.layers.below_help().is_some_and(|view| view.filter().is_some()) {
        return Ok(());
    }
    if state.focus.list().filter(state).is_none() {
        return unavailable(format!("{} cannot be filtered", state.focus.title().to_lowercase()));
    }
    spaces::has_space(state)
}

/// Returns true if a query is typed.
fn types_query(state: &ConsoleState) -> bool {
    state.layers.top_as::<Prompt>().is_some_and(Prompt::is_query)
}

/// Returns true if a query is typed or an earlier one is chosen.
fn has_list(state: &ConsoleState) -> bool {
    let is_recall = |prompt: &Prompt| matches!(prompt.purpose, PromptPurpose::Recall { .. });
    state.layers.top_as::<Prompt>().is_some_and(|prompt| prompt.is_query() || is_recall(prompt))
}

/// Returns true if a saved query is chosen.
fn recalls_saved(state: &ConsoleState) -> bool {
    let is_saved =
        |prompt: &Prompt| matches!(prompt.purpose, PromptPurpose::Recall { source: Source::Saved, .. });
    state.layers.top_as::<Prompt>().is_some_and(is_saved)
}
