//! Viewing data.

use super::super::places::{DETAILED, LOOKS, OVER_PANES, PANES, ROWS};
use super::super::spec::{Spec, row};
use super::super::{Action, Context, able};

use Context::{Checkpoints, Detail, Events, History, Jobs, Operations, Projections, Spaces};

pub(super) const SPECS: &[Spec] = &[
    row(
        Action::Filter,
        "filter",
        "Show only matches: part of a name, text in a key or value, a query such as type:contact.* after:2h",
        &["/"],
        PANES,
    )
    .hint(13)
    .able(able::filter),
    row(Action::Follow, "follow", "Follow new events, or stay at the selected one", &["f"], &[Events])
        .hint(14),
    row(
        Action::ToggleScope,
        "all spaces",
        "Show the events of all spaces, or of the selected one",
        &["a"],
        &[Events],
    )
    .hint(15),
    row(
        Action::ToggleScope,
        "one space",
        "Show the entries of the selected space, or all entries",
        &["a"],
        &[Operations],
    )
    .hint(15),
    row(
        Action::OperatorLog,
        "audit log",
        "Show what operators did to this file: who, when, what, and the result",
        &["L"],
        LOOKS,
    )
    .hint(43),
    row(
        Action::Jump,
        "jump",
        "Go to a sequence or a time; among all spaces, to an event id or a time",
        &["J"],
        &[Events],
    )
    .hint(16),
    row(Action::Sort, "sort", "Sort by creation, name, events, lag or last event", &["s"], &[Spaces])
        .able(able::some_spaces)
        .hint(14),
    row(
        Action::History,
        "history",
        "List the events of the selected entity",
        &["H"],
        &[Events, Projections, Detail],
    )
    .hint(17)
    .able(able::history),
    row(Action::Inspect, "inspect", "Show the selected row in full", &["i"], ROWS)
        .hint(51)
        .able(able::inspect),
    row(
        Action::ToggleFold,
        "fold",
        "Fold or unfold the part of the document under the cursor",
        &["enter", "o"],
        &[Detail],
    )
    .hint(10)
    .able(able::fold),
    row(Action::FoldAll, "fold all", "Fold or unfold all parts of the document", &["O"], &[Detail])
        .hint(12)
        .able(able::fold),
    row(
        Action::Copy,
        "copy",
        "Copy the selected row, or the part under the cursor, to the clipboard",
        &["y"],
        &[Spaces, Events, Projections, Checkpoints, Jobs, History, Operations, Detail],
    )
    .hint(52)
    .able(able::copy),
    row(Action::Zoom, "zoom", "Maximise or restore the pane", &["z"], PANES).hint(40),
    row(Action::Zoom, "zoom", "Maximise or restore the open view", &["z"], OVER_PANES).hint(61),
    row(Action::ToggleDetail, "details", "Show or hide the details of the selected row", &["p"], DETAILED)
        .hint(41),
    row(Action::Refresh, "refresh", "Reload everything", &["ctrl-l"], DETAILED),
    row(Action::NextRow, "next row", "Show the next row of the list", &["]"], &[Detail]).hint(13),
    row(Action::PreviousRow, "previous row", "Show the previous row of the list", &["["], &[Detail]),
];
