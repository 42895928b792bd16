//! The actions of the statistics, and the one that opens them.

use crate::console::app::action::Section::{Move, View};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, Reason, available_if};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::state::ConsoleState;
use crate::console::layers::close;
use crate::console::panes::spaces::space;
use crate::operations::ActivityUnit;

use super::Statistics;

pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Statistics,
        section: View,
        title: "statistics",
        description: "Show the events of the space over time and by type, its keys by prefix, and its lag",
        keys: &["#"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::SortSpaces),
        enabled: |state| space(state).map(|_| ()),
        run: |state, _| open(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Left,
        section: Move,
        title: "earlier",
        description: "Select the period before; the chart moves along",
        keys: &["h", "left"],
        contexts: HERE,
        hint: Some(Rank::Main),
        enabled: |state| can_step(state, -1, "this is the first period with events"),
        run: |state, _| change(state, |shown| shown.step(-1)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Right,
        section: Move,
        title: "later",
        description: "Select the period after; the chart moves along",
        keys: &["l", "right"],
        contexts: HERE,
        hint: Some(Rank::Main),
        enabled: |state| can_step(state, 1, "this is the last period with events"),
        run: |state, _| change(state, |shown| shown.step(1)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ShorterPeriods,
        section: View,
        title: "zoom in",
        description: "Count events by shorter periods around the selected one",
        keys: &["i"],
        contexts: HERE,
        hint: Some(Rank::Second),
        enabled: |state| {
            let is_left = unit(state)?.shorter().is_some();
            available_if(is_left, "a minute is the shortest period")
        },
        run: |state, _| change(state, |shown| shown.zoom(ActivityUnit::shorter)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::LongerPeriods,
        section: View,
        title: "zoom out",
        description: "Count events by longer periods",
        keys: &["o"],
        contexts: HERE,
        hint: Some(Rank::Second),
        enabled: |state| {
            let is_left = unit(state)?.longer().is_some();
            available_if(is_left, "a week is the longest period")
        },
        run: |state, _| change(state, |shown| shown.zoom(ActivityUnit::longer)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::AllPeriods,
        section: View,
        title: "all",
        description: "Show all events again, by the shortest period with which they fit",
        keys: &["a"],
        contexts: HERE,
        hint: Some(Rank::Third),
        enabled: can_show_all,
        run: |state, _| change(state, Statistics::show_all),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "close",
        description: "Close the statistics",
        keys: &["esc"],
        also: &[Action::Quit, Action::Statistics],
        contexts: HERE,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
];

const HERE: Contexts = |here| here == KeyContext::Statistics;

fn open(state: &mut ConsoleState) {
    if let Some(space_id) = state.spaces.selected {
        state.layers.push(Statistics::new(space_id));
    }
}

fn change(state: &mut ConsoleState, change: impl FnOnce(&mut Statistics)) {
    if let Some(shown) = state.layers.top_as_mut::<Statistics>() {
        change(shown);
    }
}

/// Returns the reason if there is no period before or after the selected one.
fn can_step(state: &ConsoleState, by: i64, end: &'static str) -> Availability {
    unit(state)?;
    available_if(state.layers.find::<Statistics>().is_some_and(|shown| shown.has_period(by)), end)
}

fn can_show_all(state: &ConsoleState) -> Availability {
    unit(state)?;
    let is_all = state.layers.find::<Statistics>().is_some_and(Statistics::shows_all);
    available_if(!is_all, "all events are shown, and the last period is selected")
}

/// Returns the length of the periods on screen.
fn unit(state: &ConsoleState) -> Result<ActivityUnit, Reason> {
    let window = state.layers.find::<Statistics>().and_then(Statistics::window);
    window.map(|window| window.unit).ok_or_else(|| Reason::new("the space has no events"))
}
