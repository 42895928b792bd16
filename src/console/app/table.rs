//! The table of actions, the only source of keys, hints and help. Each component has its own rows; those here belong to
//! none: showing, going from pane to pane, and quitting.

use crate::console::app::action::Action;
use crate::console::app::action::Section::{Move, View};
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::context::{KeyContext, SIDES};
use crate::console::app::effect::{Effects, TerminalCommand};
use crate::console::app::state::{ConsoleState, DatabaseState, Level};
use crate::console::app::update::with_server_named_above;
use crate::console::app::{layout, loading, motion, trail};
use crate::console::layers::{confirm, has_filter, prompt};
use crate::console::panes::{Pane, checkpoints, detail, travel};
use crate::console::{layers, panes};

/// Returns all rows.
pub fn table() -> impl Iterator<Item = &'static Spec> {
    motion::ACTIONS
        .into_iter()
        .chain(panes::ACTIONS)
        .chain(layers::ACTIONS.iter().copied())
        .chain([trail::ACTIONS, ACTIONS])
        .flatten()
}

const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Zoom,
        section: View,
        title: "zoom",
        description: "Maximise or restore the pane",
        keys: &["z", "+", "_"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::Zoom),
        enabled: can_zoom,
        run: |state, _| state.zoomed = !state.zoomed,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Zoom,
        section: View,
        title: "zoom",
        description: "Maximise or restore the open view",
        keys: &["z", "+", "_"],
        contexts: KeyContext::is_over_panes,
        hint: Some(Rank::AfterBack),
        enabled: can_zoom,
        run: |state, _| state.zoomed = !state.zoomed,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ToggleDetail,
        section: View,
        title: "details",
        description: "Show or hide the details of the selected row",
        keys: &["p"],
        contexts: KeyContext::has_details,
        hint: Some(Rank::Details),
        enabled: can_show_details,
        run: |state, _| state.detail_shown = !state.detail_shown,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Refresh,
        section: View,
        title: "refresh",
        description: "Read everything again; changes by any process appear without it",
        keys: &["ctrl-l", "F5"],
        contexts: KeyContext::is_screen,
        run: |state, _| {
            loading::refresh(state);
            let (level, text) = reading_again(state);
            state.say(level, text);
        },
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Left,
        section: Move,
        title: "left",
        description: "Go to the pane on the left; in a document, fold",
        keys: &["h", "left"],
        contexts: SIDES,
        applies: travel::is_now,
        run: |state, _| detail::left(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Left,
        section: Move,
        title: "left",
        description: "Go to the pane on the left; in a document, fold",
        keys: &["h"],
        contexts: SIDES,
        applies: travel::is_travelling,
        run: |state, _| detail::left(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Right,
        section: Move,
        title: "right",
        description: "Go to the pane on the right; in a document, unfold",
        keys: &["l", "right"],
        contexts: SIDES,
        applies: travel::is_now,
        run: |state, _| detail::right(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Right,
        section: Move,
        title: "right",
        description: "Go to the pane on the right; in a document, unfold",
        keys: &["l"],
        contexts: SIDES,
        applies: travel::is_travelling,
        run: |state, _| detail::right(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::FocusSpaces,
        section: Move,
        title: "spaces",
        description: "Go to the spaces",
        keys: &["1"],
        contexts: KeyContext::leads_to_panes,
        applies: nothing_is_asked,
        run: |state, _| go_to(state, Pane::Spaces),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::FocusEvents,
        section: Move,
        title: "events",
        description: "Go to the events",
        keys: &["2"],
        contexts: KeyContext::leads_to_panes,
        applies: nothing_is_asked,
        run: |state, _| go_to(state, Pane::Events),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::FocusProjections,
        section: Move,
        title: "projections",
        description: "Go to the projections",
        keys: &["3"],
        contexts: KeyContext::leads_to_panes,
        applies: nothing_is_asked,
        run: |state, _| go_to(state, Pane::Projections),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::FocusCheckpoints,
        section: Move,
        title: "checkpoints",
        description: "Go to the checkpoints",
        keys: &["4"],
        contexts: KeyContext::leads_to_panes,
        applies: nothing_is_asked,
        run: |state, _| go_to(state, Pane::Checkpoints),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::FocusJobs,
        section: Move,
        title: "jobs",
        description: "Go to the jobs",
        keys: &["5"],
        contexts: KeyContext::leads_to_panes,
        applies: nothing_is_asked,
        run: |state, _| go_to(state, Pane::Jobs),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::NextPane,
        section: Move,
        title: "next pane",
        description: "Go to the next pane",
        keys: &["tab"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::NextPane),
        run: |state, _| go_to(state, state.focus.turn(1)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::NextPane,
        section: Move,
        title: "next pane",
        description: "Go to the next pane",
        keys: &["tab"],
        contexts: KeyContext::is_over_panes,
        run: |state, _| go_to(state, state.focus.turn(1)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::PreviousPane,
        section: Move,
        title: "previous pane",
        description: "Go to the previous pane",
        keys: &["shift-tab"],
        contexts: KeyContext::is_screen,
        run: |state, _| go_to(state, state.focus.turn(-1)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "back",
        description: "Go back one step: clear the filter, close the top layer, return to now, restore or leave the pane",
        keys: &["esc"],
        contexts: KeyContext::is_left_by_escape,
        hint: Some(Rank::Back),
        applies: has_back,
        run: back,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "back",
        description: "Clear the filter, or close this view",
        keys: &["esc"],
        also: &[Action::Quit],
        contexts: KeyContext::is_closed_like_a_box,
        hint: Some(Rank::Back),
        run: back,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Suspend,
        section: Move,
        title: "suspend",
        description: "Suspend the program until it is resumed in the foreground",
        keys: &["ctrl-z"],
        contexts: |_| true,
        run: |_, effects| effects.push(TerminalCommand::Suspend),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Quit,
        section: Move,
        title: "quit",
        description: "Quit the program",
        keys: &["q", "ctrl-c"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::AfterBack),
        run: |state, _| confirm::quit(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Quit,
        section: Move,
        title: "quit",
        description: "Quit the program",
        keys: &["ctrl-c"],
        contexts: KeyContext::is_over_a_pane,
        run: |state, _| confirm::quit(state),
        ..Spec::ALWAYS
    },
];

/// Goes to a pane and closes all layers. The checkpoints begin at what needs attention.
pub(crate) fn go_to(state: &mut ConsoleState, pane: Pane) {
    trail::stay(state);
    state.layers.clear();
    let is_new = state.focus != pane;
    state.focus(pane);
    if is_new && pane == Pane::Checkpoints {
        checkpoints::select_most_troubled(state);
    }
}

/// Returns the reason if the pane or view has all the room that there is.
fn can_zoom(state: &ConsoleState) -> Availability {
    available_if(layout::is_zoom_visible(state), "the screen has no room for anything beside it")
}

/// Returns the reason if there is no room for details.
fn can_show_details(state: &ConsoleState) -> Availability {
    available_if(
        layout::are_details_visible(state),
        "there is no room for the details here; `{key:inspect}` opens them",
    )
}

/// Says that everything is read again, and which changes appear without it.
fn reading_again(state: &ConsoleState) -> (Level, String) {
    let DatabaseState { gone, lost, .. } = &state.database;
    match (gone, lost, &state.travel) {
        (Some(gone), _, _) => (
            Level::Warning,
            format!("what was opened is read again, as far as it can be: {}", gone.message()),
        ),
        (None, Some(failure), _) => {
            let why = with_server_named_above(state, failure).into_sentence();
            (Level::Warning, format!("everything is asked for again, but changes do not appear: {why}"))
        }
        (None, None, Some(_)) => {
            (Level::Note, "the past is read again; new events appear after the return to now".to_owned())
        }
        (None, None, None) if state.database.is_on_server => (
            Level::Note,
            "everything is asked for again; while the server answers, changes appear anyway".to_owned(),
        ),
        (None, None, None) => {
            (Level::Note, "everything is read again; changes appear without it, too".to_owned())
        }
    }
}

/// Returns true if going to a pane closes views only, and nothing that is typed or asked below them. The help and the palette
/// name the keys while a text is searched in them.
fn nothing_is_asked(state: &ConsoleState) -> bool {
    let leads = |here: KeyContext| here.leads_to_panes() || here.is_search();
    state.layers.iter().all(|layer| leads(layer.context()))
}

/// The thing that going back undoes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WayBack {
    /// A link or a jump out of the past.
    Trail,
    /// The filter of the view over the panes, or of the pane.
    Filter,
    /// The top layer.
    Layer,
    /// The journey through the past.
    Past,
    /// The pane's size.
    Zoom,
    /// The pane itself.
    Pane,
}

/// Returns the first thing that there is to go back from.
pub(crate) fn next_way_back(state: &ConsoleState) -> Option<WayBack> {
    let ways = [
        (WayBack::Trail, trail::returns(state)),
        (WayBack::Filter, has_new_filter(state)),
        (WayBack::Layer, !state.layers.is_empty()),
        (WayBack::Past, state.travel.is_some()),
        (WayBack::Zoom, state.zoomed && layout::is_zoom_visible(state)),
        (WayBack::Pane, state.focus == Pane::Checkpoints),
    ];
    ways.into_iter().find(|(_, is_there)| *is_there).map(|(way, _)| way)
}

/// Clears the filter of the top layer, or closes it. In a pane, clears the filter, returns from the past, restores the pane's
/// size, or leaves the checkpoints.
fn back(state: &mut ConsoleState, effects: &mut Effects) {
    match next_way_back(state) {
        Some(WayBack::Trail) => trail::return_to_last_place(state, effects),
        Some(WayBack::Filter) => prompt::clear_filter(state),
        Some(WayBack::Layer) => layers::close(state, effects),
        Some(WayBack::Past) => travel::return_to_now(state, effects),
        Some(WayBack::Zoom) => state.zoomed = false,
        Some(WayBack::Pane) => state.focus(state.behind),
        None => {}
    }
}

/// Returns true if the topmost layer or, without layers, the focused pane has a filter. In the past, one from before counts with
/// the return to now.
fn has_new_filter(state: &ConsoleState) -> bool {
    if let Some(layer) = state.layers.top() {
        return has_filter(layer);
    }
    let filter = state.filter(state.focus).as_str();
    let before = state.travel.as_ref().map_or("", |travel| travel.filter_before(state.focus));
    !filter.is_empty() && filter != before
}

/// Returns true if there is a layer, a filter, the past, a zoom or a pane to go back from.
fn has_back(state: &ConsoleState) -> bool {
    next_way_back(state).is_some()
}
