//! Moving up and down, by the same motions in every list.

use crate::console::state::{
    Detail, EventRow, Layer, Level, Load, Pane, Row, Select, State, Window, scrolled,
};

use super::listing;
use super::motion::{Motion, go_in_list};

/// Moves in the focused layer or pane.
pub(super) fn go(state: &mut State, motion: Motion) {
    if state.layers.is_empty() {
        return go_in_pane(state, motion);
    }
    let height = usize::from(state.viewports.layer);
    let count = layer_lines(state);
    match state.layers.last_mut() {
        Some(Layer::Detail(detail)) if detail.is_text() => {
            detail.top = motion.scrolled(detail.top, count, height);
        }
        Some(Layer::Detail(detail)) => go_in_detail(detail, motion, count, height),
        Some(Layer::Help(help)) => help.top = motion.scrolled(help.top, count, height),
        Some(Layer::Guide(guide)) => guide.top = motion.scrolled(guide.top, count, height),
        Some(Layer::Form(form)) => form.preview_top = motion.scrolled(form.preview_top, count, height),
        Some(Layer::History(history)) => go_in_window(&mut history.window, motion, height),
        Some(Layer::Operations(operations)) => go_in_window(&mut operations.window, motion, height),
        Some(Layer::Chooser(chooser)) => {
            chooser.selected = motion.from(chooser.selected, chooser.commands.len(), height);
        }
        _ => {}
    }
}

/// Returns the number of lines in the topmost layer, or 0 if it has none to move through.
fn layer_lines(state: &State) -> usize {
    match state.layers.iter().rfind(|layer| !matches!(layer, Layer::Prompt(_))) {
        Some(Layer::Detail(detail)) if !detail.is_text() => state.lines(detail).len(),
        Some(Layer::Detail(_) | Layer::Guide(_) | Layer::Help(_) | Layer::Form(_)) => {
            state.viewports.layer_lines.into()
        }
        _ => 0,
    }
}

fn go_in_detail(detail: &mut Detail, motion: Motion, count: usize, height: usize) {
    detail.cursor = motion.from(detail.cursor, count, height);
    detail.top = scrolled(detail.top, detail.cursor, count, height);
}

fn go_in_pane(state: &mut State, motion: Motion) {
    let heights = state.viewports;
    match state.focus {
        Pane::Spaces => {
            let spaces = &mut state.spaces;
            let place = spaces.selected.and_then(|id| spaces.shown.place(id));
            let to = go_in_list(place, spaces.shown.len(), &mut spaces.top, motion, heights.spaces);
            spaces.selected = spaces.shown.get(to).copied().or(spaces.selected);
            listing::reveal(state);
        }
        Pane::Checkpoints => {
            let checkpoints = &mut state.checkpoints;
            let place = state.spaces.selected.and_then(|id| checkpoints.shown.place(id));
            let count = checkpoints.shown.len();
            let to = go_in_list(place, count, &mut checkpoints.top, motion, heights.checkpoints);
            if let Some(space_id) = checkpoints.shown.get(to).copied() {
                listing::select_space(state, space_id);
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

fn go_in_window<R: Row>(window: &mut Window<R>, motion: Motion, height: usize) {
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
pub(super) fn toggle_follow(state: &mut State) {
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
pub(super) fn reveal_all(state: &mut State) {
    let heights = state.viewports;
    state.events.window.reveal(heights.events.into());
    state.projections.window.reveal(heights.projections.into());
    listing::reveal(state);
    reveal_layer(state);
}

/// Does the same in the topmost layer, the only one whose height is known. Those beneath follow when it is closed.
fn reveal_layer(state: &mut State) {
    let (height, count) = (usize::from(state.viewports.layer), layer_lines(state));
    let most = usize::from(state.viewports.layer_lines).saturating_sub(height);
    match state.layers.iter_mut().rfind(|layer| !matches!(layer, Layer::Prompt(_))) {
        Some(Layer::Detail(detail)) if detail.is_text() => detail.top = detail.top.min(most),
        Some(Layer::Detail(detail)) => detail.top = scrolled(detail.top, detail.cursor, count, height),
        Some(Layer::History(history)) => history.window.reveal(height),
        Some(Layer::Operations(operations)) => operations.window.reveal(height),
        Some(Layer::Form(form)) => form.preview_top = form.preview_top.min(most),
        _ => {}
    }
}
