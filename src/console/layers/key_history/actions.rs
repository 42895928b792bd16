//! The actions of the history of a key, and the one that opens it.

use crate::console::app::action::Section::{Actions, View};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::layers::key_history::update;
use crate::console::layers::prompt;
use crate::console::panes::detail;

const HISTORY: Contexts = |here| here == KeyContext::KeyHistory;

/// The action that opens the history of a key.
const KEY_HISTORY: Spec = Spec {
    action: Action::KeyHistory,
    section: View,
    title: "key history",
    description: "List every change of the key, with the events that made them",
    keys: &["H"],
    applies: detail::has_key,
    enabled: detail::can_fold_key,
    run: |state, _| update::open(state),
    ..Spec::ALWAYS
};

/// The actions of the history of a key, and the one that opens it.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        contexts: |here| matches!(here, KeyContext::Projections | KeyContext::Detail | KeyContext::Flips),
        hint: Some(Rank::History),
        ..KEY_HISTORY
    },
    Spec { contexts: |here| here == KeyContext::Blame, hint: Some(Rank::Fourth), ..KEY_HISTORY },
    Spec {
        action: Action::Sort,
        section: View,
        title: "order",
        description: "List the newest or the oldest change first",
        keys: &["s"],
        contexts: HISTORY,
        hint: Some(Rank::Order),
        run: |state, _| update::turn(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Bisect,
        section: Actions,
        title: "since when",
        description: "Find the event after which a condition on the value of the key held",
        keys: &["S"],
        contexts: |here| here == KeyContext::Projections,
        applies: detail::has_key,
        enabled: detail::can_fold_key,
        run: |state, _| {
            update::open(state);
            prompt::ask_condition(state);
        },
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Bisect,
        section: Actions,
        title: "since when",
        description: "Find the first event after which a condition on the value held, and every later flip",
        keys: &["S"],
        contexts: |here| matches!(here, KeyContext::KeyHistory | KeyContext::Flips),
        hint: Some(Rank::Third),
        run: |state, _| prompt::ask_condition(state),
        ..Spec::ALWAYS
    },
];
