//! Answers from the store, and changes in it.

use std::sync::Arc;

use crate::console::app::message::{Answer, Spaces};
use crate::console::app::state::{Database, Failure, Gone, Level, State};
use crate::console::app::update::Changed;
use crate::console::app::window::{Load, Row, Select, Slice, Window};
use crate::console::layers::audit;
use crate::console::layers::history::History;
use crate::console::panes::detail::{Detail, Subject};
use crate::console::panes::events::EventRow;
use crate::console::panes::jobs::job::Job;
use crate::console::panes::spaces::News;
use crate::console::panes::spaces::reading::Asked;
use crate::console::panes::{detail, spaces};
use crate::content_store::BlockingEvent;
use crate::operations::{AnyOperation, Position, Scope, SpaceOverview};
use crate::pstate::Entry;
use crate::space::{SpaceId, SpaceState};

/// Marks everything on screen as out of date after a commit by any process.
pub(crate) fn changed(state: &mut State) -> Changed {
    state.spaces.reading.change();
    recheck_events(state);
    state.projections.window.refresh();
    state.layers.each_mut::<History>().for_each(|history| history.window.recheck_end());
    audit::recheck(state);
    if state.database.lost.take().is_some() { Changed::Yes } else { Changed::No }
}

/// Looks for new events after those on screen. While a space is being deleted, reads those on screen again as well.
fn recheck_events(state: &mut State) {
    if !is_delete_under_way(state) {
        state.events.window.recheck_end();
    } else if state.events.window.pending.is_some() {
        state.events.window.stale = true;
    } else {
        reread_events(state);
    }
}

/// Starts to read the spaces that are not on screen, after a while without commits.
pub(crate) fn quiet(state: &mut State) -> Changed {
    state.spaces.reading.settle();
    Changed::No
}

/// Records that commits by other processes are no longer noticed.
pub(crate) fn lost(state: &mut State, failure: Failure) -> Changed {
    let same = state.database.lost.as_ref() == Some(&failure);
    state.database.lost = Some(failure);
    if same { Changed::No } else { Changed::Yes }
}

pub(crate) fn spaces(state: &mut State, answer: Answer<Spaces, Failure>) -> Changed {
    let pane = &mut state.spaces;
    let is_asked = |asked: &mut Asked| asked.request == answer.request;
    let Some(asked) = pane.reading.asked.take_if(is_asked) else { return Changed::No };
    let Spaces { found, last, last_event_id, bytes } = match answer.result {
        Ok(spaces) => spaces,
        Err(failure) => {
            pane.reading.fail();
            pane.failure = Some(failure);
            return Changed::Yes;
        }
    };
    pane.reading.go_on(last);
    let mut looked_for = asked.on_screen;
    looked_for.extend(pane.between(asked.after, last));
    let was = (pane.loaded, pane.complete, pane.failure.is_some());
    let lost = deleted_elsewhere(state, &looked_for, &found);
    let gone = state.spaces.missing(&looked_for, &found);
    let being_deleted = state.spaces.tally.deleting;
    let news = state.spaces.take_in(&looked_for, found);
    if !gone.is_empty() {
        forget_spaces(state, &gone);
    } else if state.spaces.tally.deleting > being_deleted {
        reread_events(state);
    }
    let pane = &mut state.spaces;
    pane.complete |= last.is_none();
    let is_other = was != (pane.loaded, pane.complete, pane.failure.is_some());
    if news == News::Spaces || (news == News::Counters && pane.sort.is_by_counters()) {
        spaces::show_spaces(state);
    }
    let totals = state.spaces.tally.totals;
    let before = state.database.clone();
    state.database = Database { totals, last_event_id, bytes, ..before.clone() };
    if let Some(name) = lost {
        let now = state.space().map(|space| format!("; now on {}", space.space.space_name));
        let text = format!("{name} was deleted by another process{}", now.unwrap_or_default());
        state.say(Level::Warning, text);
    }
    if news == News::None && !is_other && before == state.database { Changed::No } else { Changed::Yes }
}

/// Marks a space as blocked, or not. If its events cannot be read, it counts as not blocked: a check finds the reason.
pub(crate) fn blocking(state: &mut State, answer: Answer<Option<BlockingEvent>, Failure>) -> Changed {
    let spaces = &mut state.spaces;
    let Some((_, space_id)) = spaces.blocking.asked.take_if(|(request, _)| *request == answer.request) else {
        return Changed::No;
    };
    let Some(space) = spaces.all.get_mut(&space_id) else { return Changed::No };
    let event = answer.result.ok().flatten();
    let is_other = space.blocked != event;
    spaces.blocking.found(event, space);
    if is_other { Changed::Yes } else { Changed::No }
}

/// Returns the name of the selected space if the store no longer has it and no job of this console deleted it.
fn deleted_elsewhere(state: &State, looked_for: &[SpaceId], found: &[SpaceOverview]) -> Option<String> {
    let selected = &state.space()?.space;
    let space_id = selected.space_id;
    let is_gone =
        looked_for.contains(&space_id) && found.iter().all(|space| space.space.space_id != space_id);
    let is_ours =
        |job: &Job| job.space_id == Some(space_id) && matches!(job.operation, AnyOperation::DeleteSpace(_));
    (is_gone && !state.jobs.jobs.iter().any(is_ours)).then(|| selected.space_name.clone())
}

/// Records that the database file is gone, or is back.
pub(crate) fn file(state: &mut State, gone: Option<Gone>) -> Changed {
    if state.database.gone == gone {
        return Changed::No;
    }
    state.database.gone = gone;
    Changed::Yes
}

pub(crate) fn events(state: &mut State, answer: Answer<Slice<EventRow>, Failure>) -> Changed {
    let height = state.viewports.events.into();
    let (following, filtered) = (state.events.following, !state.events.filter.is_empty());
    let events = &mut state.events;
    let taken = take_in(&mut events.window, &mut events.failure, answer, height);
    if taken == Changed::Yes && following && !filtered && !events.window.at_end {
        // Far behind: go straight to the end.
        events.window.wish(Load::End, Select::Last);
    }
    if taken == Changed::Yes && std::mem::take(&mut events.window.stale) {
        recheck_events(state);
    }
    taken
}

pub(crate) fn projections(state: &mut State, answer: Answer<Slice<Entry>, Failure>) -> Changed {
    let height = state.viewports.projections.into();
    let projections = &mut state.projections;
    let taken = take_in(&mut projections.window, &mut projections.failure, answer, height);
    if taken == Changed::Yes {
        if std::mem::take(&mut projections.window.stale) {
            projections.window.refresh();
        }
        refresh_details(state);
    }
    taken
}

pub(crate) fn history(state: &mut State, answer: Answer<Slice<EventRow>, Failure>) -> Changed {
    let height = state.viewports.layer.into();
    let is_asked = |history: &&mut History| {
        history.window.pending.as_ref().is_some_and(|pending| pending.request == answer.request)
    };
    let Some(history) = state.layers.each_mut().find(is_asked) else { return Changed::No };
    let taken = take_in(&mut history.window, &mut history.failure, answer, height);
    if std::mem::take(&mut history.window.stale) {
        history.window.at_end = false;
    }
    if history.failure.is_none() && history.window.rows.is_empty() {
        detail::no_history(state);
    }
    taken
}

/// Goes to the event that was found for a time.
pub(crate) fn found_time(state: &mut State, answer: Answer<Option<Position>, Failure>) -> Changed {
    if state.events.seeking != Some(answer.request) {
        return Changed::No;
    }
    state.events.seeking = None;
    match answer.result {
        Ok(Some(place)) => state.events.window.wish(Load::Around(place), Select::At(place)),
        Ok(None) => {
            state.events.window.wish(Load::End, Select::Last);
            state.say(Level::Note, "no event is that late; this is the last one");
        }
        Err(failure) => state.say(Level::Error, failure.message),
    }
    Changed::Yes
}

/// Updates the open details of keys to their current values.
fn refresh_details(state: &mut State) {
    let (space, window) = (state.projections.space, &state.projections.window);
    for detail in state.layers.each_mut::<Detail>() {
        let Subject::Entry { space_id, entry } = &mut detail.subject else { continue };
        let found = window.rows.get(window.index_of(&entry.key)).filter(|found| found.key == entry.key);
        if let Some(found) = found.filter(|_| Some(*space_id) == space)
            && **entry != *found
        {
            *entry = Arc::new(found.clone());
        }
    }
}

/// Applies an answer, unless it is stale.
pub(crate) fn take_in<R: Row>(
    window: &mut Window<R>,
    failure: &mut Option<Failure>,
    answer: Answer<Slice<R>, Failure>,
    height: usize,
) -> Changed {
    let taken = match answer.result {
        Ok(slice) => {
            let taken = window.accept(answer.request, slice, height);
            if taken {
                *failure = None;
            }
            taken
        }
        Err(reason) => {
            let taken = window.fail(answer.request);
            if taken {
                *failure = Some(reason);
            }
            taken
        }
    };
    if taken { Changed::Yes } else { Changed::No }
}

/// Removes all rows and layers of deleted spaces, and reads the rest again.
pub(crate) fn forget_spaces(state: &mut State, gone: &[SpaceId]) {
    let heights = state.viewports;
    state.events.window.retain(|row| !gone.contains(&row.event.space_id), heights.events.into());
    if state.projections.space.is_some_and(|space_id| gone.contains(&space_id)) {
        state.projections.window.reset();
        state.projections.window.wish(Load::Start, Select::First);
    }
    state.layers.retain(|layer| !layer.space_id().is_some_and(|space_id| gone.contains(&space_id)));
    reread_events(state);
}

/// Reads the events on screen again. A read in progress may still return deleted events.
pub(crate) fn reread_events(state: &mut State) {
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
fn is_delete_under_way(state: &State) -> bool {
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
