//! The table of actions, the only source of keys, hints and help. Each component has its own rows; those here belong to
//! none: showing, moving and quitting.

use crate::console::app::action::Action;
use crate::console::app::action::Section::{Move, View};
use crate::console::app::action::{Spec, row};
use crate::console::app::context::{KeyContext, SIDES};
use crate::console::app::effect::{Effects, TerminalCommand};
use crate::console::app::motion::Motion;
use crate::console::app::state::ConsoleState;
use crate::console::app::{loading, motion};
use crate::console::layers::{confirm, prompt};
use crate::console::panes::{Pane, detail};
use crate::console::{layers, panes};

/// Returns all rows.
pub fn table() -> impl Iterator<Item = &'static Spec> {
    panes::ACTIONS.into_iter().chain(layers::ACTIONS).chain([ACTIONS]).flatten()
}

const ACTIONS: &[Spec] = &[
    row(
        View,
        Action::Zoom,
        "zoom",
        "Maximise or restore the pane",
        &["z"],
        KeyContext::is_pane,
        |state, _| state.zoomed = !state.zoomed,
    )
    .hint(40),
    row(
        View,
        Action::Zoom,
        "zoom",
        "Maximise or restore the open view",
        &["z"],
        KeyContext::is_over_panes,
        |state, _| state.zoomed = !state.zoomed,
    )
    .hint(61),
    row(
        View,
        Action::ToggleDetail,
        "details",
        "Show or hide the details of the selected row",
        &["p"],
        KeyContext::has_details,
        |state, _| state.detail_shown = !state.detail_shown,
    )
    .hint(41),
    row(
        View,
        Action::Refresh,
        "refresh",
        "Reload everything",
        &["ctrl-l"],
        KeyContext::has_details,
        |state, _| loading::refresh(state),
    ),
    row(Move, Action::Down, "down", "Move down", &["j", "down"], KeyContext::is_list, |state, _| {
        motion::go(state, Motion::Rows(1))
    }),
    row(Move, Action::Up, "up", "Move up", &["k", "up"], KeyContext::is_list, |state, _| {
        motion::go(state, Motion::Rows(-1))
    }),
    row(
        Move,
        Action::HalfPageDown,
        "half a page down",
        "Move down half a page",
        &["ctrl-d"],
        KeyContext::is_list,
        |state, _| motion::go(state, Motion::HalfPages(1)),
    ),
    row(
        Move,
        Action::HalfPageUp,
        "half a page up",
        "Move up half a page",
        &["ctrl-u"],
        KeyContext::is_list,
        |state, _| motion::go(state, Motion::HalfPages(-1)),
    ),
    row(
        Move,
        Action::PageDown,
        "page down",
        "Move down a page",
        &["pgdn", "ctrl-f"],
        KeyContext::is_list,
        |state, _| motion::go(state, Motion::Pages(1)),
    ),
    row(
        Move,
        Action::PageUp,
        "page up",
        "Move up a page",
        &["pgup", "ctrl-b"],
        KeyContext::is_list,
        |state, _| motion::go(state, Motion::Pages(-1)),
    ),
    row(Move, Action::Start, "start", "Go to the start", &["g", "home"], KeyContext::is_list, |state, _| {
        motion::go(state, Motion::Start)
    }),
    row(Move, Action::End, "end", "Go to the end", &["G", "end"], KeyContext::is_list, |state, _| {
        motion::go(state, Motion::End)
    }),
    row(
        Move,
        Action::Left,
        "left",
        "Go to the pane on the left; in a document, fold",
        &["h", "left"],
        SIDES,
        |state, _| detail::left(state),
    ),
    row(
        Move,
        Action::Right,
        "right",
        "Go to the pane on the right; in a document, unfold",
        &["l", "right"],
        SIDES,
        |state, _| detail::right(state),
    ),
    row(
        Move,
        Action::FocusSpaces,
        "spaces",
        "Go to the spaces",
        &["1"],
        KeyContext::is_screen,
        |state, _| go_to(state, Pane::Spaces),
    ),
    row(
        Move,
        Action::FocusEvents,
        "events",
        "Go to the events",
        &["2"],
        KeyContext::is_screen,
        |state, _| go_to(state, Pane::Events),
    ),
    row(
        Move,
        Action::FocusProjections,
        "projections",
        "Go to the projections",
        &["3"],
        KeyContext::is_screen,
        |state, _| go_to(state, Pane::Projections),
    ),
    row(
        Move,
        Action::FocusCheckpoints,
        "checkpoints",
        "Go to the checkpoints",
        &["4"],
        KeyContext::is_screen,
        |state, _| go_to(state, Pane::Checkpoints),
    ),
    row(Move, Action::FocusJobs, "jobs", "Go to the jobs", &["5"], KeyContext::is_screen, |state, _| {
        go_to(state, Pane::Jobs)
    }),
    row(
        Move,
        Action::NextPane,
        "next pane",
        "Go to the next pane",
        &["tab"],
        KeyContext::is_pane,
        |state, _| go_to(state, state.focus.turn(1)),
    )
    .hint(50),
    row(
        Move,
        Action::NextPane,
        "next pane",
        "Go to the next pane",
        &["tab"],
        KeyContext::is_over_panes,
        |state, _| go_to(state, state.focus.turn(1)),
    ),
    row(
        Move,
        Action::PreviousPane,
        "previous pane",
        "Go to the previous pane",
        &["shift-tab"],
        KeyContext::is_screen,
        |state, _| go_to(state, state.focus.turn(-1)),
    ),
    row(
        Move,
        Action::Back,
        "back",
        "Go back one step: close the top layer, clear the filter, restore the pane",
        &["esc"],
        KeyContext::is_left_by_escape,
        back,
    )
    .hint(60)
    .applies(has_back),
    row(
        Move,
        Action::Suspend,
        "suspend",
        "Suspend the program until it is resumed in the foreground",
        &["ctrl-z"],
        |_| true,
        |_, effects| effects.push(TerminalCommand::Suspend),
    ),
    row(
        Move,
        Action::Quit,
        "quit",
        "Quit the program",
        &["q", "ctrl-c"],
        KeyContext::is_screen,
        |state, _| confirm::quit(state),
    )
    .hint(61),
    row(Move, Action::Quit, "quit", "Quit the program", &["ctrl-c"], KeyContext::is_overlay, |state, _| {
        confirm::quit(state)
    }),
];

/// Goes to a pane and closes all layers.
fn go_to(state: &mut ConsoleState, pane: Pane) {
    state.layers.clear();
    state.focus(pane);
}

/// Closes the top layer. In a pane, clears the filter or restores the pane's size.
fn back(state: &mut ConsoleState, effects: &mut Effects) {
    if !state.layers.is_empty() {
        layers::close(state, effects);
    } else if !state.filter(state.focus).is_empty() {
        prompt::clear_filter(state);
    } else {
        state.zoomed = false;
    }
}

/// Returns true if there is a layer, a zoom or a filter to go back from.
fn has_back(state: &ConsoleState) -> bool {
    !state.layers.is_empty() || state.zoomed || !state.filter(state.focus).is_empty()
}
