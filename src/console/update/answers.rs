//! Answers from the store, and news that something changed there.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::console::state::{
    EventRow, Failure, JobKind, Layer, Level, Load, Position, Row, Select, Slice, State, Subject, Window,
};
use crate::operations::SpaceOverview;
use crate::pstate::Entry;
use crate::space::SpaceId;

use super::{Answer, Changed, Spaces, filtering, looking, operator_log};

/// Somebody committed something: everything on screen may be out of date.
pub(super) fn changed(state: &mut State) -> Changed {
    state.spaces.stale = true;
    state.events.window.recheck_end();
    state.projections.window.refresh();
    for layer in &mut state.layers {
        if let Layer::History(history) = layer {
            history.window.recheck_end();
        }
    }
    operator_log::changed(state);
    if state.database.lost.take().is_some() { Changed::Yes } else { Changed::No }
}

/// The changes of others are no longer seen.
pub(super) fn lost(state: &mut State, failure: Failure) -> Changed {
    let same = state.database.lost.as_ref() == Some(&failure);
    state.database.lost = Some(failure);
    if same { Changed::No } else { Changed::Yes }
}

pub(super) fn spaces(state: &mut State, answer: Answer<Spaces, Failure>) -> Changed {
    if state.spaces.pending != Some(answer.request) {
        return Changed::No;
    }
    state.spaces.pending = None;
    let spaces = match answer.result {
        Ok(spaces) => spaces,
        Err(failure) => {
            state.spaces.failure = Some(failure);
            return Changed::Yes;
        }
    };
    let all: BTreeMap<SpaceId, _> =
        spaces.spaces.into_iter().map(|space| (space.space.space_id, space)).collect();
    let same = state.spaces.loaded
        && state.spaces.failure.is_none()
        && all == state.spaces.all
        && spaces.totals == state.database.totals
        && spaces.bytes == state.database.bytes;
    if same {
        return Changed::No;
    }
    let lost = deleted_elsewhere(state, &all);
    state.spaces.take_in(all);
    state.database.totals = spaces.totals;
    state.database.bytes = spaces.bytes;
    filtering::show_spaces(state);
    if let Some(name) = lost {
        let now = state.space().map(|space| format!("; now on {}", space.space.space_name));
        let text = format!("{name} was deleted by another process{}", now.unwrap_or_default());
        state.say(Level::Warning, text);
    }
    Changed::Yes
}

/// The selected space's name, if it is gone and no delete of ours took it.
fn deleted_elsewhere(state: &State, all: &BTreeMap<SpaceId, SpaceOverview>) -> Option<String> {
    let selected = &state.space()?.space;
    let ours = state
        .jobs
        .jobs
        .iter()
        .any(|job| job.space_id == Some(selected.space_id) && matches!(job.kind, JobKind::Delete { .. }));
    (!ours && !all.contains_key(&selected.space_id)).then(|| selected.space_name.clone())
}

/// What became of the file, or that it is in its place.
pub(super) fn file(state: &mut State, gone: Option<String>) -> Changed {
    if state.database.gone == gone {
        return Changed::No;
    }
    state.database.gone = gone;
    Changed::Yes
}

pub(super) fn events(state: &mut State, answer: Answer<Slice<EventRow>, Failure>) -> Changed {
    let height = state.viewports.events.into();
    let (following, filtered) = (state.events.following, !state.events.filter.is_empty());
    let events = &mut state.events;
    let taken = take_in(&mut events.window, &mut events.failure, answer, height);
    if taken == Changed::Yes && following && !filtered && !events.window.at_end {
        // Far behind: go straight to the end.
        events.window.wish(Load::End, Select::Last);
    }
    if taken == Changed::Yes && std::mem::take(&mut events.window.stale) {
        events.window.at_end = false;
    }
    taken
}

pub(super) fn projections(state: &mut State, answer: Answer<Slice<Entry>, Failure>) -> Changed {
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

pub(super) fn history(state: &mut State, answer: Answer<Slice<EventRow>, Failure>) -> Changed {
    let height = state.viewports.layer.into();
    let asked = |layer: &&mut Layer| match layer {
        Layer::History(history) => {
            history.window.pending.as_ref().is_some_and(|pending| pending.request == answer.request)
        }
        _ => false,
    };
    let Some(Layer::History(history)) = state.layers.iter_mut().find(asked) else { return Changed::No };
    let taken = take_in(&mut history.window, &mut history.failure, answer, height);
    if std::mem::take(&mut history.window.stale) {
        history.window.at_end = false;
    }
    if history.failure.is_none() && history.window.rows.is_empty() {
        looking::no_history(state);
    }
    taken
}

/// The place of a time is known.
pub(super) fn found_time(state: &mut State, answer: Answer<Option<Position>, Failure>) -> Changed {
    if state.events.seeking != Some(answer.request) {
        return Changed::No;
    }
    state.events.seeking = None;
    match answer.result {
        Ok(Some(place)) => state.events.window.wish(Load::Around(place), Select::At(place)),
        Ok(None) => {
            state.events.window.wish(Load::End, Select::Last);
            state.say(Level::Info, "no event is that late; this is the last");
        }
        Err(failure) => state.say(Level::Error, failure.message),
    }
    Changed::Yes
}

pub(super) fn take_in<R: Row>(
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

/// An open look at a key goes along with the key.
fn refresh_details(state: &mut State) {
    let (space, window) = (state.projections.space, &state.projections.window);
    for layer in &mut state.layers {
        let Layer::Detail(detail) = layer else { continue };
        let Subject::Entry { space_id, entry } = &mut detail.subject else { continue };
        let found = window.rows.get(window.index_of(&entry.key)).filter(|found| found.key == entry.key);
        if let Some(found) = found.filter(|_| Some(*space_id) == space)
            && **entry != *found
        {
            *entry = Arc::new(found.clone());
        }
    }
}
