//! Viewing data.

use crate::console::app::action::Action;
use crate::console::app::context::{Context, DETAILED, LOOKS, OVER_PANES, PANES, ROWS};
use crate::console::app::spec::Section::View;
use crate::console::app::spec::{Spec, row};
use crate::console::app::{able, loading, moving};
use crate::console::layers::audit;
use crate::console::layers::prompt::{filtering, jumping};
use crate::console::panes::detail;
use crate::console::panes::spaces;

use Context::{Checkpoints, Detail, Events, History, Jobs, Operations, Projections, Spaces};

pub(crate) const SPECS: &[Spec] = &[
    row(
        View,
        Action::Filter,
        "filter",
        "Show only matches: part of a name, text in a key or value, a query such as type:contact.* after:2h",
        &["/"],
        PANES,
        |state, _| filtering::begin(state),
    )
    .hint(13)
    .able(able::filter),
    row(
        View,
        Action::Follow,
        "follow",
        "Follow new events, or stay at the selected one",
        &["f"],
        &[Events],
        |state, _| moving::toggle_follow(state),
    )
    .hint(14),
    row(
        View,
        Action::ToggleScope,
        "all spaces",
        "Show the events of all spaces, or of the selected one",
        &["a"],
        &[Events],
        |state, _| detail::toggle_scope(state),
    )
    .hint(15),
    row(
        View,
        Action::ToggleScope,
        "one space",
        "Show the entries of the selected space, or all entries",
        &["a"],
        &[Operations],
        |state, _| audit::update::toggle_space(state),
    )
    .hint(15),
    row(
        View,
        Action::OperatorLog,
        "audit log",
        "Show what operators did to this file: who, when, what, and the result",
        &["L"],
        LOOKS,
        |state, _| audit::update::open(state),
    )
    .hint(43),
    row(
        View,
        Action::Jump,
        "jump",
        "Go to a sequence or a time; among all spaces, to an event id or a time",
        &["J"],
        &[Events],
        |state, _| jumping::begin(state),
    )
    .hint(16),
    row(
        View,
        Action::Sort,
        "sort",
        "Sort by creation, name, events, lag or last event",
        &["s"],
        &[Spaces],
        |state, _| spaces::sort(state),
    )
    .able(able::some_spaces)
    .hint(14),
    row(
        View,
        Action::History,
        "history",
        "List the events of the selected entity",
        &["H"],
        &[Events, Projections, Detail],
        |state, _| detail::history(state),
    )
    .hint(17)
    .able(able::history),
    row(View, Action::Inspect, "inspect", "Show the selected row in full", &["i"], ROWS, |state, _| {
        detail::inspect(state)
    })
    .hint(51)
    .able(able::inspect),
    row(
        View,
        Action::ToggleFold,
        "fold",
        "Fold or unfold the part of the document under the cursor",
        &["enter", "o"],
        &[Detail],
        |state, _| detail::toggle_fold(state),
    )
    .hint(10)
    .able(able::fold),
    row(
        View,
        Action::FoldAll,
        "fold all",
        "Fold or unfold all parts of the document",
        &["O"],
        &[Detail],
        |state, _| detail::fold_all(state),
    )
    .hint(12)
    .able(able::fold),
    row(
        View,
        Action::Copy,
        "copy",
        "Copy the selected row, or the part under the cursor, to the clipboard",
        &["y"],
        &[Spaces, Events, Projections, Checkpoints, Jobs, History, Operations, Detail],
        detail::copy,
    )
    .hint(52)
    .able(able::copy),
    row(View, Action::Zoom, "zoom", "Maximise or restore the pane", &["z"], PANES, |state, _| {
        state.zoomed = !state.zoomed
    })
    .hint(40),
    row(View, Action::Zoom, "zoom", "Maximise or restore the open view", &["z"], OVER_PANES, |state, _| {
        state.zoomed = !state.zoomed
    })
    .hint(61),
    row(
        View,
        Action::ToggleDetail,
        "details",
        "Show or hide the details of the selected row",
        &["p"],
        DETAILED,
        |state, _| state.detail_shown = !state.detail_shown,
    )
    .hint(41),
    row(View, Action::Refresh, "refresh", "Reload everything", &["ctrl-l"], DETAILED, |state, _| {
        loading::refresh(state)
    }),
    row(View, Action::NextRow, "next row", "Show the next row of the list", &["]"], &[Detail], |state, _| {
        detail::step_row(state, 1)
    })
    .hint(13),
    row(
        View,
        Action::PreviousRow,
        "previous row",
        "Show the previous row of the list",
        &["["],
        &[Detail],
        |state, _| detail::step_row(state, -1),
    ),
];
