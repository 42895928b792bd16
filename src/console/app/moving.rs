//! Moving up and down, by the same motions in every list.

use crate::console::app::state::{Level, State};
use crate::console::app::window::{Load, Row, Select, Window};
use crate::console::layers::Extent;
use crate::console::panes::Pane;
use crate::console::panes::events::EventRow;

use crate::console::app::motion::{Motion, go_in_list};
use crate::console::panes::spaces;

/// Moves in the focused layer or pane.
pub(crate) fn go(state: &mut State, motion: Motion) {
    if state.layers.is_empty() {
        return go_in_pane(state, motion);
    }
    let extent = extent(state);
    if let Some(layer) = state.layers.top_mut() {
        layer.go(motion, extent);
    }
}

/// Returns the extent of the topmost layer, not counting a prompt.
fn extent(state: &State) -> Extent {
    Extent {
        lines: state.layers.below_prompt().map_or(0, |layer| layer.length(state)),
        height: state.viewports.layer.into(),
        wrapped: state.viewports.layer_lines.into(),
    }
}

fn go_in_pane(state: &mut State, motion: Motion) {
    let heights = state.viewports;
    match state.focus {
        Pane::Spaces => {
            let spaces = &mut state.spaces;
            let place = spaces.selected.and_then(|id| spaces.shown.place(id));
            let to = go_in_list(place, spaces.shown.len(), &mut spaces.top, motion, heights.spaces);
            spaces.selected = spaces.shown.get(to).copied().or(spaces.selected);
            spaces::reveal(state);
        }
        Pane::Checkpoints => {
            let checkpoints = &mut state.checkpoints;
            let place = state.spaces.selected.and_then(|id| checkpoints.shown.place(id));
            let count = checkpoints.shown.len();
            let to = go_in_list(place, count, &mut checkpoints.top, motion, heights.checkpoints);
            if let Some(space_id) = checkpoints.shown.get(to).copied() {
                spaces::select_space(state, space_id);
            }
        }
        Pane::Jobs => {
            let jobs = &mut state.jobs;
            let height = usize::from(heights.jobs);
            let to = motion.from(jobs.place().unwrap_or(0), jobs.jobs.len(), height);
            jobs.selected = jobs.jobs.get(to).map(|job| job.id).or(jobs.selected);
            jobs.reveal(height);
        }
        Pane::Events => go_in_events(state, motion),
        Pane::Projections => go_in_window(&mut state.projections.window, motion, heights.projections.into()),
    }
}

/// Moves in the events. Moving back pauses following.
fn go_in_events(state: &mut State, motion: Motion) {
    let before = state.events.window.selected;
    go_in_window(&mut state.events.window, motion, state.viewports.events.into());
    let went_back = state.events.window.selected < before || motion == Motion::Start;
    if went_back && state.events.following {
        state.events.following = false;
        state.say(Level::Info, "following paused; `f` resumes");
    }
}

pub(crate) fn go_in_window<R: Row>(window: &mut Window<R>, motion: Motion, height: usize) {
    match motion {
        Motion::Start if !window.at_start => window.wish(Load::Start, Select::First),
        Motion::End if !window.at_end => window.wish(Load::End, Select::Last),
        _ => {
            let index = motion.from(window.selected_index().unwrap_or(0), window.rows.len(), height);
            window.select_index(index, height);
        }
    }
}

/// Follows new events, or pauses following.
pub(crate) fn toggle_follow(state: &mut State) {
    state.events.following = !state.events.following;
    if state.events.following {
        let height = state.viewports.events.into();
        go_in_window::<EventRow>(&mut state.events.window, Motion::End, height);
        state.say(Level::Info, "following new events");
    } else {
        state.say(Level::Info, "following paused; the selection stays");
    }
}

/// Scrolls every selection into view, and fills blank rows, after the layout changed.
pub(crate) fn reveal_all(state: &mut State) {
    let heights = state.viewports;
    state.events.window.reveal(heights.events.into());
    state.projections.window.reveal(heights.projections.into());
    spaces::reveal(state);
    reveal_layer(state);
}

/// Does the same in the topmost layer, the only one whose height is known. Those beneath follow when it is closed.
fn reveal_layer(state: &mut State) {
    let extent = extent(state);
    if let Some(layer) = state.layers.below_prompt_mut() {
        layer.reveal(extent);
    }
}
