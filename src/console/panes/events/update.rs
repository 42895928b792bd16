//! Moving in the events, following new ones, their scope and their query.

use crate::console::app::motion::reveal_panes;
use std::sync::Arc;

use crate::console::app::availability::{Availability, available_if, unavailable};
use crate::console::app::keymap::with_keys;
use crate::console::app::message::Answer;
use crate::console::app::motion::{Motion, go_in_window};
use crate::console::app::state::{ConsoleState, ErrorText, Level};
use crate::console::app::update::Changed;
use crate::console::app::update::apply_page;
use crate::console::app::window::{Load, Select, Slice};
use crate::console::layers::history::History;
use crate::console::panes::events::{EventRow, EventsPane, ShownEvent};
use crate::console::panes::{Filter, Pane, remember, travel};
use crate::event::EventId;
use crate::operations::{AnyOperation, Position, Scope};
use crate::query::Query;
use crate::space::{SpaceId, SpaceState};

/// Moves in the events. Moving back pauses following.
pub(super) fn go(state: &mut ConsoleState, motion: Motion) {
    let before = state.events.window.selected;
    match motion {
        Motion::Share { at, of } if !is_whole(state) => go_to_share(state, at, of),
        _ => go_in_window(&mut state.events.window, motion, state.viewports.of(Pane::Events).into()),
    }
    if state.events.window.selected < before || motion == Motion::Start {
        pause(state);
    }
}

/// Selects a row by its number on screen. Any but the last event pauses following.
pub(super) fn select(state: &mut ConsoleState, row: usize) {
    let before = state.events.window.selected;
    state.events.window.select_shown(row, state.viewports.of(Pane::Events).into());
    if state.events.window.selected < before {
        pause(state);
    }
}

fn is_whole(state: &ConsoleState) -> bool {
    state.events.window.at_start && state.events.window.at_end
}

/// Goes to a share of all events, most of which are not loaded.
fn go_to_share(state: &mut ConsoleState, at: u16, of: u16) {
    let last = state.last_position(state.events.scope);
    let window = &mut state.events.window;
    if at >= of {
        return window.wish(Load::End, Select::Last);
    }
    let share = u128::from(last) * u128::from(at) / u128::from(of.max(1));
    let place = Position(u64::try_from(share).unwrap_or(last).max(1));
    window.wish(Load::Around(place), Select::At(place));
    pause(state);
}

fn pause(state: &mut ConsoleState) {
    if state.events.following {
        state.events.following = false;
        state.say(Level::Info, with_keys(state, "following paused; `{key:follow}` resumes"));
    }
}

/// Returns the reason if the pane shows the past of one space, to which nothing is added.
pub(super) fn is_now(state: &ConsoleState) -> Availability {
    available_if(travel::is_now(state), "this is the past of one space; `{key:back}` returns to now")
}

/// Follows new events, or pauses following.
pub(super) fn toggle_follow(state: &mut ConsoleState) {
    state.events.following = !state.events.following;
    if state.events.following {
        let height = state.viewports.of(Pane::Events).into();
        go_in_window(&mut state.events.window, Motion::End, height);
        state.say(Level::Info, "following new events");
    } else {
        state.say(Level::Info, "following paused; the selection stays");
    }
}

/// Switches between the events of all spaces and of the selected one. The selected event stays selected, unless new
/// events are followed.
pub(super) fn toggle_scope(state: &mut ConsoleState) {
    let selected = state.events.selected().cloned();
    let following = state.events.following;
    state.events.all_spaces = !state.events.all_spaces;
    let scope =
        if state.events.all_spaces { Some(Scope::All) } else { state.spaces.selected.map(Scope::Space) };
    state.events.turn_to(scope);
    let here = |event: &Arc<ShownEvent>| match scope {
        Some(Scope::Space(space_id)) => event.space_id == space_id,
        Some(Scope::All) => true,
        None => false,
    };
    let place = selected.filter(here).zip(scope).map(|(event, scope)| scope.position(&event));
    if let Some(place) = place.filter(|_| !following) {
        state.events.following = false;
        state.events.window.wish(Load::Around(place), Select::At(place));
    }
}

/// Returns the reason why events and keys cannot be sorted: a file may have millions, and an index for one order only.
pub(super) fn can_sort(state: &ConsoleState) -> Availability {
    unavailable(match state.focus {
        Pane::Projections => {
            "keys keep the order of their bytes, as another one would need all of them; spaces and checkpoints can be sorted, and `{key:filter}` finds keys"
        }
        _ => {
            "events keep the order in which they were appended, as another one would need all of them; spaces and checkpoints can be sorted, and `{key:filter}` finds events"
        }
    })
}

/// Searches the events for the query of a filter.
pub(crate) fn set_query(state: &mut ConsoleState, filter: Filter, query: Query) {
    let EventsPane { window, filter: before, query: searched, before_filter, following, .. } =
        &mut state.events;
    if *searched != query {
        *searched = query;
        remember(before, &filter, &mut window.selected, before_filter);
        window.supersede();
        match window.selected.or(*before_filter).filter(|_| !*following) {
            Some(place) => window.wish(Load::Around(place), Select::At(place)),
            None => window.wish(Load::End, Select::Last),
        }
    }
    *before = filter;
}

/// Selects the space of the selected event while the events of all spaces have the focus. A filter of the spaces stays,
/// even if it hides that space.
pub(crate) fn follow_event(state: &mut ConsoleState) -> Changed {
    if state.focus != Pane::Events || !state.events.all_spaces {
        return Changed::No;
    }
    let Some(space_id) = state.events.selected().map(|event| event.space_id) else { return Changed::No };
    if state.spaces.selected == Some(space_id) || state.spaces.get(space_id).is_none() {
        return Changed::No;
    }
    state.spaces.selected = Some(space_id);
    reveal_panes(state);
    Changed::Yes
}

/// Shows the newest events of a space, without a filter, and follows new ones.
pub(crate) fn show_newest(state: &mut ConsoleState, space_id: SpaceId) {
    state.focus(Pane::Events);
    let events = &mut state.events;
    events.all_spaces = false;
    events.drop_filter();
    if events.scope != Some(Scope::Space(space_id)) {
        events.turn_to(Some(Scope::Space(space_id)));
    }
    events.following = true;
    events.window.wish(Load::End, Select::Last);
}

/// Shows an event, without a filter: in its space if it is loaded there, otherwise among the events of all spaces.
pub(crate) fn show_event(state: &mut ConsoleState, event_id: EventId) {
    state.focus(Pane::Events);
    let events = &mut state.events;
    events.drop_filter();
    let loaded = events.window.rows.iter().find(|row| row.event.event_id == event_id);
    let place = loaded.map(|row| row.position);
    let is_past = state.travel.is_some();
    if place.is_none() && !is_past && events.scope != Some(Scope::All) {
        events.all_spaces = true;
        events.turn_to(Some(Scope::All));
    }
    let place = place.unwrap_or(Position(event_id.0));
    events.following = false;
    events.window.wish(Load::Around(place), Select::At(place));
}

/// Applies a page of events.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Slice<EventRow>, ErrorText>) -> Changed {
    note_altered(state, &answer);
    let height = state.viewports.of(Pane::Events).into();
    let (following, filtered) = (state.events.following, !state.events.filter.is_empty());
    let events = &mut state.events;
    let taken = apply_page(&mut events.window, &mut events.failure, answer, (height, &state.moments));
    if taken == Changed::Yes && following && !filtered && !events.window.at_end {
        // Far behind: go straight to the end.
        events.window.wish(Load::End, Select::Last);
    }
    if taken == Changed::Yes && std::mem::take(&mut events.window.stale) {
        recheck(state);
    }
    taken
}

/// Notes an altered event among those that were read, so that the line at the top says so before anyone checks the file.
pub(crate) fn note_altered(state: &mut ConsoleState, answer: &Answer<Slice<EventRow>, ErrorText>) {
    if let Ok(slice) = &answer.result {
        note_altered_rows(state, &slice.rows);
    }
}

/// Notes the first altered event, or that the noted one is intact again.
pub(crate) fn note_altered_rows(state: &mut ConsoleState, rows: &[EventRow]) {
    let known = state.database.altered.map(|(_, event_id)| event_id);
    if known.is_some_and(|known| rows.iter().any(|row| row.event.event_id == known && row.event.intact)) {
        state.database.altered = None;
    }
    let altered =
        rows.iter().find(|row| !row.event.intact).map(|row| (row.event.space_id, row.event.event_id));
    state.database.altered = state.database.altered.or(altered);
}

/// Goes to the event that was found for a time.
pub(crate) fn found_time(state: &mut ConsoleState, answer: Answer<Option<Position>, ErrorText>) -> Changed {
    if state.events.seeking != Some(answer.request) {
        return Changed::No;
    }
    state.events.seeking = None;
    match answer.result {
        Ok(Some(place)) => state.events.window.wish(Load::Around(place), Select::At(place)),
        Ok(None) => {
            state.events.window.wish(Load::End, Select::Last);
            state.say(Level::Note, "the log ends before that time; this is the last event");
        }
        Err(failure) => state.say(Level::Error, failure.message),
    }
    Changed::Yes
}

/// Looks for new events after those on screen. While a space is being deleted, reads those on screen again as well.
pub(crate) fn recheck(state: &mut ConsoleState) {
    if !is_delete_under_way(state) {
        state.events.window.recheck_end();
    } else if state.events.window.pending.is_some() {
        state.events.window.stale = true;
    } else {
        reread(state);
    }
}

/// Reads the events on screen again. A read in progress may still return deleted events.
pub(crate) fn reread(state: &mut ConsoleState) {
    let events = &mut state.events;
    let is_at_end = events.following && events.filter.is_empty();
    let (load, select) = match events.window.selected {
        Some(at) if !is_at_end => (Load::Around(at), Select::Keep),
        _ => (Load::End, Select::Last),
    };
    events.window.wish(load, select);
    state.layers.each_mut::<History>().for_each(|history| history.window.refresh());
}

/// Returns true if events on screen may disappear because their space is being deleted. A search is not restarted for
/// that.
fn is_delete_under_way(state: &ConsoleState) -> bool {
    if !state.events.filter.is_empty() {
        return false;
    }
    let running = state.jobs.running().filter(|job| matches!(job.operation, AnyOperation::DeleteSpace(_)));
    match state.events.scope {
        Some(Scope::Space(space_id)) => {
            let found = state.spaces.get(space_id);
            found.is_some_and(|found| found.space.state == SpaceState::Deleting)
                || running.is_some_and(|job| job.space_id == Some(space_id))
        }
        Some(Scope::All) => state.spaces.tally.deleting > 0 || running.is_some(),
        None => false,
    }
}
