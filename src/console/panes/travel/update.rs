//! Moving through the past of a space.

use crate::console::app::message::Answer;
use crate::console::app::past::PastPage;
use crate::console::app::state::{ConsoleState, ErrorText, Level};
use crate::console::app::update::Changed;
use crate::console::app::window::{Load, Row, Select, Window};
use crate::console::panes::detail::{self, Subject};
use crate::console::panes::projections;
use crate::event::SpaceSequence;
use crate::operations::{Position, Scope};
use crate::space::SpaceId;

use super::{Now, Travel, last};

/// Shows the past of the selected space: as of the selected event, or of the last one.
pub(super) fn start(state: &mut ConsoleState) {
    let Some(space) = state.space() else { return };
    let (space_id, last) = (space.space.space_id, space.head.last_sequence);
    let selected = match detail::subject(state) {
        Some(Subject::Event(event)) => (event.space_id == space_id).then_some(event.space_sequence),
        _ => None,
    };
    let at = selected.map_or(last, |selected| selected.min(last));
    state.layers.clear();
    if !state.focus.is_main() {
        state.focus(state.main);
    }
    show(state, space_id, at);
}

/// Shows the past of a space as of a sequence.
pub(crate) fn show(state: &mut ConsoleState, space_id: SpaceId, at: SpaceSequence) {
    if state.travel.is_none() {
        state.travel = Some(Travel::new(state, space_id, at));
    }
    state.events.all_spaces = false;
    if state.events.scope != Some(Scope::Space(space_id)) {
        state.events.turn_to(Some(Scope::Space(space_id)));
    }
    state.events.following = false;
    seek(state, at);
}

/// Shows the space as of a sequence, or of its last event.
pub(crate) fn seek(state: &mut ConsoleState, to: SpaceSequence) {
    let last = last(state);
    let Some(travel) = &mut state.travel else { return };
    travel.at = to.min(last);
    let at = Position(travel.at.0);
    state.events.window.wish(Load::Around(at), Select::At(at));
    let window = &mut state.projections.window;
    let load = window.selected.clone().map_or(Load::Start, Load::Around);
    window.wish(load, Select::Keep);
}

/// Moves by a number of events, or to the first or last one.
pub(super) fn step(state: &mut ConsoleState, by: i64) {
    let Some(travel) = &state.travel else { return };
    let to = SpaceSequence(travel.at.0.saturating_add_signed(by));
    seek(state, to);
}

/// Returns to now: the panes are as they were before the journey.
pub(crate) fn leave(state: &mut ConsoleState) {
    let Some(Travel { now, .. }) = state.travel.take() else { return };
    let Now { focus, main, mut events, mut projections } = now;
    restart(&mut events.window);
    restart(&mut projections.window);
    (state.events, state.projections) = (events, projections);
    state.main = main;
    state.focus(focus);
}

/// Requests again what was requested before the journey, or what may have changed during it.
fn restart<R: Row>(window: &mut Window<R>) {
    match window.pending.take() {
        Some(pending) => window.wish(pending.load, pending.select),
        None => {
            window.at_end = false;
            window.refresh();
        }
    }
}

/// Ends the journey if its space is gone or another one is selected, and keeps it within the events that there are.
pub(crate) fn check(state: &mut ConsoleState) {
    let Some(travel) = &state.travel else { return };
    let (space_id, at) = (travel.space_id, travel.at);
    let is_there = state.spaces.get(space_id).is_some();
    if !is_there || state.spaces.selected != Some(space_id) {
        let pane = state.focus;
        leave(state);
        state.focus(pane);
        let name = if is_there { "another space was selected" } else { "the space was deleted" };
        state.say(Level::Note, format!("back to now: {name}"));
    } else if at > last(state) {
        seek(state, at);
    }
}

/// Applies a page of a projection as of the sequence that is shown.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<PastPage, ErrorText>) -> Changed {
    let Answer { request, result } = answer;
    let is_awaited = state.projections.window.pending.as_ref().is_some_and(|one| one.request == request);
    let Some(travel) = state.travel.as_mut().filter(|_| is_awaited) else { return Changed::No };
    let result = match result {
        Ok(PastPage { slice, step, is_spilled }) => {
            (travel.step, travel.is_spilled) = (step, is_spilled);
            Ok(slice)
        }
        Err(failure) => {
            travel.step = None;
            Err(failure)
        }
    };
    projections::loaded(state, Answer { request, result })
}
