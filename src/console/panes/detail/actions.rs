//! The actions on the selected row, and on its details.

use crate::console::app::action::Action;
use crate::console::app::action::Section::View;
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::context::{Contexts, EVENTS, KeyContext};
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Layer, Place, cast, compare};
use crate::console::panes::detail::{
    Detail, Subject, can_fold_key, has_key, has_value, links, toggle_blame_column, update,
};
use crate::console::widgets::tree::{JsonLine, LineFold};

/// The actions on the selected row, and on its details.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Open,
        section: View,
        title: "open",
        description: "Open the selected row",
        keys: &["enter"],
        contexts: KeyContext::has_rows,
        hint: Some(Rank::Third),
        enabled: selected,
        run: |state, _| update::open(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::History,
        section: View,
        title: "history",
        description: "List the events of the selected entity",
        keys: &["H", "ctrl-e"],
        contexts: EVENTS,
        hint: Some(Rank::History),
        applies: |state| !has_key(state),
        enabled: can_show_history,
        run: |state, _| update::history(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::History,
        section: View,
        title: "entity",
        description: "List the events of the entity that the key is named after",
        keys: &["ctrl-e"],
        contexts: |here| here.is_main_pane() || here == KeyContext::Detail,
        applies: has_key,
        enabled: can_show_history,
        run: |state, _| update::history(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::BlameColumn,
        section: View,
        title: "blame column",
        description: "Show or hide, beside each line of the value, the event that set it",
        keys: &["B"],
        contexts: DETAIL,
        hint: Some(Rank::Third),
        applies: has_value,
        enabled: can_fold_key,
        run: |state, _| toggle_blame_column(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Cause,
        section: View,
        title: "cause",
        description: "Go to the event that caused this one",
        keys: &["c"],
        contexts: DETAIL,
        hint: Some(Rank::Second),
        applies: has_cause,
        run: update::go_to_cause,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Inspect,
        section: View,
        title: "inspect",
        description: "Show the selected row in full",
        keys: &["i"],
        contexts: |here| here.has_rows() || here == KeyContext::Compare,
        hint: Some(Rank::Inspect),
        enabled: selected,
        run: |state, _| update::inspect(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::FollowLink,
        section: View,
        title: "follow",
        description: "Follow the link under the cursor: to an event, a correlation, an entity, a key or a space",
        keys: &["enter"],
        contexts: DETAIL,
        hint: Some(Rank::Main),
        applies: links::is_at_cursor,
        run: links::follow,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ToggleFold,
        section: View,
        title: "fold",
        description: "Fold or unfold the part of the document under the cursor",
        keys: &["enter", "o"],
        contexts: DETAIL,
        hint: Some(Rank::Main),
        applies: |state| !links::is_at_cursor(state),
        enabled: can_fold,
        run: |state, _| update::toggle_fold(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ToggleFold,
        section: View,
        title: "fold",
        description: "Fold or unfold the part of the document that contains the link",
        keys: &["o"],
        contexts: DETAIL,
        applies: links::is_at_cursor,
        enabled: can_fold,
        run: |state, _| update::toggle_fold(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::FoldAll,
        section: View,
        title: "fold all",
        description: "Fold or unfold all parts of the document",
        keys: &["O"],
        contexts: DETAIL,
        hint: Some(Rank::Third),
        enabled: can_fold_parts,
        run: |state, _| update::fold_all(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::NextRow,
        section: View,
        title: "next row",
        description: "Show the next row of the list",
        keys: &["]", "n"],
        contexts: DETAIL,
        hint: Some(Rank::Fourth),
        enabled: has_next_row,
        run: |state, _| update::step_row(state, 1),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::PreviousRow,
        section: View,
        title: "previous row",
        description: "Show the previous row of the list",
        keys: &["[", "N"],
        contexts: DETAIL,
        run: |state, _| update::step_row(state, -1),
        ..Spec::ALWAYS
    },
];

pub(super) const DETAIL: Contexts = |here| here == KeyContext::Detail;

/// Returns the details, if they are the topmost layer beneath the help.
pub(super) fn shown(state: &ConsoleState) -> Option<&Detail> {
    state.layers.below_help().and_then(cast)
}

/// Returns the reason if the list below the detail has no next row.
fn has_next_row(state: &ConsoleState) -> Availability {
    let list = state.layers.iter().rfind(|layer| layer.place() == Place::List);
    let is_last = list.map_or_else(|| state.focus.list().is_at_last(state), Layer::is_at_last);
    available_if(!is_last, "this is the last row")
}

fn can_show_history(state: &ConsoleState) -> Availability {
    match shown(state) {
        Some(detail) => {
            let of_entity = matches!(detail.subject, Subject::Event(_) | Subject::Entry { .. });
            available_if(of_entity, "only events and keys have a history")
        }
        None => {
            selected(state)?;
            available_if(!update::is_in_history(state), "this is the history of the entity")
        }
    }
}

fn has_cause(state: &ConsoleState) -> bool {
    shown(state).is_some_and(|detail| update::cause(&detail.subject).is_some())
}

fn can_fold(state: &ConsoleState) -> Availability {
    let has_document = shown(state).is_some_and(|detail| detail.json().is_some());
    available_if(has_document, "there is no document to fold")
}

fn can_fold_parts(state: &ConsoleState) -> Availability {
    can_fold(state)?;
    let has_parts = shown(state).is_some_and(|detail| {
        let is_part = |line: &JsonLine| line.fold == LineFold::Open && line.depth > 0;
        !detail.folded.is_empty() || state.lines(detail).iter().any(is_part)
    });
    available_if(has_parts, "no part of the document can be folded")
}

/// Returns the reason if no row is selected.
pub(crate) fn selected(state: &ConsoleState) -> Availability {
    let layer = state.layers.below_help().filter(|layer| layer.place() == Place::List);
    match layer {
        Some(layer) if layer.context().lists_events() => {
            available_if(layer.selection().is_some(), "no event is selected")
        }
        Some(layer) if layer.context() == KeyContext::Compare => compare::has_difference(state),
        Some(layer) => available_if(layer.selection().is_some(), "the audit log is empty"),
        None => state.focus.list().check_selection(state),
    }
}
