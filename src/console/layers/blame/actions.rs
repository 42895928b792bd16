//! The actions of blame, and the one that asks for it.

use crate::console::app::action::Section::{Move, View};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::state::ConsoleState;
use crate::console::layers::blame::{Blame, BlameSearch, go_back, open, open_event};
use crate::console::layers::close;
use crate::console::panes::detail;

const BLAME: Contexts = |here| here == KeyContext::Blame;

/// The actions of blame, and the one that asks for it.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Blame,
        section: View,
        title: "blame",
        description: "Show the event that set the value under the cursor; for a row, the event of each part of the value",
        keys: &["b"],
        contexts: |here| matches!(here, KeyContext::Projections | KeyContext::Detail),
        hint: Some(Rank::Second),
        applies: detail::has_value,
        enabled: detail::can_fold_key,
        run: |state, _| open(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Open,
        section: View,
        title: "open event",
        description: "Open the event",
        keys: &["enter"],
        contexts: BLAME,
        hint: Some(Rank::Main),
        enabled: has_event,
        run: |state, _| open_event(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Blame,
        section: View,
        title: "before that",
        description: "Show the event that set the value before this one",
        keys: &["b"],
        contexts: BLAME,
        hint: Some(Rank::Second),
        enabled: has_earlier,
        run: |state, _| go_back(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "back",
        description: "Return to the value",
        keys: &["esc"],
        also: &[Action::Quit],
        contexts: BLAME,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
];

fn has_event(state: &ConsoleState) -> Availability {
    let blame = state.layers.shown::<Blame>();
    available_if(blame.is_some_and(|blame| !blame.found.is_empty()), "no event was found")
}

fn has_earlier(state: &ConsoleState) -> Availability {
    let search = state.layers.shown::<Blame>().map(|blame| &blame.search);
    let reason = match search {
        Some(BlameSearch::Found) => return Ok(()),
        Some(BlameSearch::Wanted | BlameSearch::Pending(_)) => "the event is being looked for",
        _ => "no earlier event set it",
    };
    available_if(false, reason)
}
