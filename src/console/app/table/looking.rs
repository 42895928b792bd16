//! Viewing data.

use crate::console::app::action::Action;
use crate::console::app::context::{Context, DETAILED, LOOKS, OVER_PANES, PANES};
use crate::console::app::spec::Section::View;
use crate::console::app::spec::{Spec, row};
use crate::console::app::{able, loading};
use crate::console::layers::audit;
use crate::console::layers::prompt::filtering;

use Context::Operations;

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
];
