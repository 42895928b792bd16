//! Moving through the past of a space.

use ratatui::layout::Rect;

use crate::console::app::effect::Effects;
use crate::console::app::keymap::with_keys;
use crate::console::app::loading;
use crate::console::app::message::Answer;
use crate::console::app::past::PastPage;
use crate::console::app::state::{ConsoleState, ErrorText, Level};
use crate::console::app::update::Changed;
use crate::console::app::window::{Load, Row, Select, Window};
use crate::console::layers::compare;
use crate::console::panes::detail::{self, Subject};
use crate::console::panes::{Pane, projections};
use crate::console::widgets::diff::Diff;
use crate::event::SpaceSequence;
use crate::operations::{Position, Scope};
use crate::space::SpaceId;
use crate::text::grouped;

use super::bar::Scale;
use super::{Now, Travel, last};

/// Shows the past of the selected space: as of the selected event, or of the last one.
pub(super) fn start(state: &mut ConsoleState) {
    let Some((space_id, at)) = target(state) else { return };
    open(state, space_id);
    if let Some(travel) = &mut state.travel {
        travel.began_at = at;
    }
    seek(state, at);
}

/// Returns the point of the past that a journey begins at: the selected event, or the last one.
pub(super) fn target(state: &ConsoleState) -> Option<(SpaceId, SpaceSequence)> {
    let space = state.space()?;
    let (space_id, last) = (space.space.space_id, space.head.last_sequence);
    let selected = match detail::subject(state) {
        Some(Subject::Event(event)) => (event.space_id == space_id).then_some(event.space_sequence),
        _ => None,
    };
    Some((space_id, selected.map_or(last, |selected| selected.min(last))))
}

/// Shows the past of a space, as of its last event unless another one is shown already.
pub(crate) fn open(state: &mut ConsoleState, space_id: SpaceId) {
    let last = state.spaces.get(space_id).map_or(SpaceSequence::START, |space| space.head.last_sequence);
    state.layers.clear();
    // The way back leads to the pane that has the focus now.
    enter(state, space_id, last);
    if !state.focus.is_main() {
        state.focus(Pane::Projections);
    }
}

/// Shows the past of a space as of a sequence.
pub(crate) fn show(state: &mut ConsoleState, space_id: SpaceId, at: SpaceSequence) {
    enter(state, space_id, at);
    seek(state, at);
}

/// Begins a journey through a space, unless one is under way.
fn enter(state: &mut ConsoleState, space_id: SpaceId, at: SpaceSequence) {
    if state.travel.is_none() {
        state.travel = Some(Travel::new(state, space_id, at));
    }
    state.events.all_spaces = false;
    if state.events.scope != Some(Scope::Space(space_id)) {
        state.events.turn_to(Some(Scope::Space(space_id)));
    }
    state.events.following = false;
}

/// Goes to the event at a cell of the bar in this area.
pub(crate) fn drag_to(state: &mut ConsoleState, area: Rect, at: u16) -> Changed {
    let Some(travel) = &state.travel else { return Changed::No };
    let scale = travel.bar.activity.as_ref().and_then(|activity| Scale::new(activity, last(state), area));
    let cell = at.saturating_sub(area.x);
    let Some(to) = scale.map(|scale| scale.sequence_at(cell)).filter(|to| *to != travel.at) else {
        return Changed::No;
    };
    seek(state, to);
    Changed::Yes
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

/// Returns to now, and gives up what is being asked about the past.
pub(crate) fn return_to_now(state: &mut ConsoleState, effects: &mut Effects) {
    if let Some(pending) = &state.projections.window.pending {
        loading::give_up(state, pending.request, effects);
    }
    leave(state);
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
        None if window.wish.is_some() => {}
        None => {
            window.at_end = false;
            window.refresh();
        }
    }
}

/// Marks the point that is shown, to be compared with another.
pub(super) fn mark(state: &mut ConsoleState) {
    let Some(travel) = &mut state.travel else { return };
    travel.mark = Some(travel.at);
    let text =
        format!("sequence {} is marked; `{{key:compare}}` at another compares both", grouped(travel.at.0));
    let text = with_keys(state, &text);
    state.say(Level::Info, text);
}

/// Compares the point that is shown with the marked one.
pub(super) fn compare(state: &mut ConsoleState) {
    let points = state.travel.as_ref().and_then(|travel| Some((travel.mark?, travel.at)));
    if let Some(points) = points {
        compare::show(state, points);
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
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Box<PastPage>, ErrorText>) -> Changed {
    let Answer { request, result } = answer;
    let is_awaited = state.projections.window.pending.as_ref().is_some_and(|one| one.request == request);
    let Some(travel) = state.travel.as_mut().filter(|_| is_awaited) else { return Changed::No };
    let result = match result {
        Ok(page) => {
            let PastPage { slice, step, diff, is_spilled } = *page;
            travel.shown = step.as_ref().map(|step| step.event.space_sequence).or(Some(SpaceSequence::START));
            (travel.step, travel.diff, travel.is_spilled) = (step, diff, is_spilled);
            Ok(slice)
        }
        Err(failure) => {
            (travel.step, travel.diff, travel.shown) = (None, Diff::default(), None);
            // Rows of another sequence would pass for those of this one.
            state.projections.window.rows.clear();
            Err(failure)
        }
    };
    projections::loaded(state, Answer { request, result })
}
