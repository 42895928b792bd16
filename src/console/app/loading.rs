//! Requests for the data that the screen lacks. Only this module requests rows: other code changes the state or leaves a
//! wish in a window.

use crate::console::app::effect::{Effect, Effects, StoreQuery};
use crate::console::app::past::{self, Ask, PastQuery};
use crate::console::app::state::{ConsoleState, RequestId};
use crate::console::app::window::{Load, Pending, Row, Select, Window, Wish};
use crate::console::layers::audit::{self, AuditLogView};
use crate::console::layers::compare;
use crate::console::layers::flips::FlipList;
use crate::console::layers::history::History;
use crate::console::layers::key_history::KeyHistory;
use crate::console::layers::prompt;
use crate::console::layers::statistics;
use crate::console::layers::subscriptions::{self, SubscriptionDetail, SubscriptionsView};
use crate::console::layers::timeline::Timeline;
use crate::console::layers::trace;
use crate::console::layers::{blame, flips, form, key_history};
use crate::console::panes::spaces::reading::{Pass, SpacesRequest};
use crate::console::panes::{Pane, activity, detail, spaces, travel};
use crate::operations::{Position, Scope};
use crate::space::SpaceId;

/// The minimum number of rows in a request.
const FEWEST: usize = 100;

/// The maximum number of spaces in a request. The first request is smaller, so that its answer is on screen sooner.
const SPACES: usize = 500;

/// Requests missing data, starting with the events on screen.
pub(crate) fn load_missing(state: &mut ConsoleState, effects: &mut Effects) {
    past::load(state, effects);
    load_events(state, effects);
    load_projections(state, effects);
    load_histories(state, effects);
    key_history::load(state, effects);
    flips::load(state, effects);
    detail::load(state, effects);
    blame::load(state, effects);
    load_timelines(state, effects);
    trace::load(state, effects);
    detail::load_references(state, effects);
    load_spaces(state, effects);
    load_audit_entries(state, effects);
    load_subscriptions(state, effects);
    find_blocking(state, effects);
    activity::load(state, effects);
    travel::bar::load(state, effects);
    compare::load(state, effects);
    statistics::load(state, effects);
    spaces::load_sparklines(state, effects);
    spaces::load_first_times(state, effects);
    form::load_completions(state, effects);
    prompt::load_completions(state, effects);
}

/// Gives up the questions that a layer had asked and that no layer waits for any more, mostly because it was closed. One that
/// was answered or is superseded ends anyway.
pub(crate) fn give_up_unawaited(state: &mut ConsoleState, asked: &[RequestId], effects: &mut Effects) {
    let awaited = state.layers.asked();
    for request in asked.iter().filter(|request| !awaited.contains(request)) {
        give_up(state, *request, effects);
    }
}

/// Gives up a question that is not answered yet.
pub(crate) fn give_up(state: &mut ConsoleState, request: RequestId, effects: &mut Effects) {
    state.past_progress.take_if(|progress| progress.request == request);
    effects.push(Effect::GiveUp(request));
}

/// Reads everything again.
pub(crate) fn refresh(state: &mut ConsoleState) {
    Pane::ALL.iter().for_each(|pane| pane.list().reload(state));
    state.layers.each_mut::<History>().for_each(|history| history.window.reread());
    state.layers.each_mut::<KeyHistory>().for_each(|history| history.window.reread());
    state.layers.each_mut::<FlipList>().for_each(|flips| flips.window.reread());
    state.layers.each_mut::<Timeline>().for_each(|timeline| timeline.window.reread());
    blame::recheck(state);
    compare::refresh(state);
    detail::refresh(state);
    trace::refresh(state);
    audit::recheck(state);
    subscriptions::recheck(state);
}

fn load_spaces(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(Pass { after }) = state.spaces.reading.next_page() else { return };
    let limit = if state.spaces.loaded { SPACES } else { FEWEST };
    let is_page_all = after.is_none() && state.spaces.all.len() < limit;
    let look = std::mem::take(&mut state.spaces.reading.look) && !is_page_all;
    // Another process may keep committing, and the rest is read only once it is quiet.
    let newest = state.spaces.all.keys().next_back().filter(|_| look && state.spaces.complete).copied();
    let on_screen = if look { on_screen(state) } else { created(state) };
    let request = state.request();
    state.spaces.reading.asked = Some(SpacesRequest { request, on_screen: on_screen.clone(), after });
    effects.push(StoreQuery::LoadSpaces { request, on_screen, after, newest, limit });
}

/// Returns the spaces whose counters are on screen.
pub(crate) fn on_screen(state: &ConsoleState) -> Vec<SpaceId> {
    let height = |pane| usize::from(state.viewports.of(pane));
    let spaces = state.spaces.shown.iter().skip(state.spaces.top).take(height(Pane::Spaces));
    let mut found: Vec<SpaceId> = spaces.copied().collect();
    if height(Pane::Checkpoints) > 0 {
        let rows = state.checkpoint_rows().iter().skip(state.checkpoints.top);
        found.extend(rows.take(height(Pane::Checkpoints)).map(|row| row.space_id));
    }
    found.extend(state.spaces.selected);
    found.sort();
    found.dedup();
    found
}

/// Looks for the event that blocks a lagging space: the selected one first, then those on screen.
fn find_blocking(state: &mut ConsoleState, effects: &mut Effects) {
    let spaces = &state.spaces;
    if spaces.blocking.asked.is_some() || !spaces.loaded || spaces.tally.behind == 0 {
        return;
    }
    let candidates = spaces.selected.into_iter().chain(on_screen(state));
    let mut due = candidates.filter_map(|id| spaces.get(id)).filter(|space| spaces.blocking.is_due(space));
    let Some(space) = due.next().cloned() else { return };
    let (request, space_id) = (state.request(), space.space.space_id);
    state.spaces.blocking.ask(request, &space);
    effects.push(StoreQuery::FindBlocking { request, space_id });
}

/// Returns the selected space, if it is so new that it is not loaded yet.
fn created(state: &ConsoleState) -> Vec<SpaceId> {
    let is_new = |space_id: &SpaceId| state.spaces.get(*space_id).is_none();
    state.spaces.selected.filter(is_new).into_iter().collect()
}

fn load_events(state: &mut ConsoleState, effects: &mut Effects) {
    let wanted =
        if state.events.all_spaces { Some(Scope::All) } else { state.spaces.selected.map(Scope::Space) };
    let events = &mut state.events;
    if events.scope != wanted {
        events.turn_to(wanted);
    }
    let Some(scope) = events.scope else { return };
    let height = state.viewports.of(Pane::Events).into();
    let following = events.following;
    let Some(Asked { request, load, .. }) = next(&mut events.window, height, &mut state.last_request) else {
        return;
    };
    let is_continued = matches!(load, Load::After(_) | Load::Start);
    if let Some(pending) = events.window.pending.as_mut().filter(|_| following && is_continued) {
        pending.select = Select::Last;
    }
    let query = events.query.clone();
    let until = state.travel.as_ref().map(|travel| Position(travel.at.0));
    effects.push(StoreQuery::LoadEvents { request, scope, load, query, until, limit: limit(height) });
}

fn load_projections(state: &mut ConsoleState, effects: &mut Effects) {
    let name = state.listed_projection();
    let is_listed = state.projections.space == state.spaces.selected && state.projections.name == name;
    let name = if is_listed { None } else { Some(name.to_owned()) };
    let is_loaded = state.space().is_some();
    let projections = &mut state.projections;
    if let Some(name) = name {
        (projections.space, projections.name) = (state.spaces.selected, name);
        projections.failure = None;
        projections.window.reset();
        let is_here = |(space_id, _): &&(SpaceId, String)| Some(*space_id) == projections.space;
        match projections.left_at.as_ref().filter(is_here) {
            Some((_, key)) => projections.window.wish(Load::Around(key.clone()), Select::At(key.clone())),
            None => projections.window.wish(Load::Start, Select::First),
        }
        if is_loaded {
            // Until the space is loaded, another one of its projections may be listed.
            projections.left_at = None;
        }
    }
    let Some(space_id) = projections.space else { return };
    let height = state.viewports.of(Pane::Projections).into();
    let Some(Asked { request, load, .. }) = next(&mut projections.window, height, &mut state.last_request)
    else {
        return;
    };
    let (name, text) = (projections.name.clone(), projections.filter.0.clone());
    let limit = limit(height);
    match &state.travel {
        None => effects.push(StoreQuery::LoadProjections { request, space_id, name, load, text, limit }),
        Some(travel) => {
            let ask = Ask::Page { at: travel.at, projection: name, load, text, limit };
            effects.push(PastQuery { request, replaces: None, space_id, ask });
        }
    }
}

fn load_histories(state: &mut ConsoleState, effects: &mut Effects) {
    let height = state.viewports.layer.into();
    for history in state.layers.each_mut::<History>() {
        let asked = next(&mut history.window, height, &mut state.last_request);
        let Some(Asked { request, load, replaces }) = asked else { continue };
        let (space_id, entity_id, query) = (history.space_id, history.entity_id.clone(), history.query());
        let limit = limit(height);
        effects.push(StoreQuery::LoadHistory { request, replaces, space_id, entity_id, query, load, limit });
    }
}

fn load_timelines(state: &mut ConsoleState, effects: &mut Effects) {
    let height = state.viewports.layer.into();
    for timeline in state.layers.each_mut::<Timeline>() {
        let asked = next(&mut timeline.window, height, &mut state.last_request);
        let Some(Asked { request, load, replaces }) = asked else { continue };
        let query = timeline.query();
        effects.push(StoreQuery::LoadTimeline { request, replaces, query, load, limit: limit(height) });
    }
}

fn load_subscriptions(state: &mut ConsoleState, effects: &mut Effects) {
    let request = RequestId(state.last_request.0 + 1);
    if state.layers.each_mut::<SubscriptionsView>().any(|shown| shown.ask(request)) {
        state.last_request = request;
        let open = state.layers.find::<SubscriptionDetail>().map(|detail| detail.name.clone());
        effects.push(StoreQuery::LoadSubscriptions { request, open });
    }
}

fn load_audit_entries(state: &mut ConsoleState, effects: &mut Effects) {
    let height = state.viewports.layer.into();
    for log in state.layers.each_mut::<AuditLogView>() {
        let asked = next(&mut log.window, height, &mut state.last_request);
        let Some(Asked { request, load, .. }) = asked else { continue };
        let (space_name, text) = (log.space_name.clone(), log.filter.0.clone());
        effects.push(StoreQuery::LoadAuditEntries { request, space_name, text, load, limit: limit(height) });
    }
}

/// A request of a window.
pub(crate) struct Asked<K> {
    pub(crate) request: RequestId,
    pub(crate) load: Load<K>,
    /// The window's request before, if its answer is not needed any more.
    pub(crate) replaces: Option<RequestId>,
}

/// Returns the next request of a window, if it lacks rows, and records it as sent.
pub(crate) fn next<R: Row>(
    window: &mut Window<R>,
    height: usize,
    last_request: &mut RequestId,
) -> Option<Asked<R::Key>> {
    let Wish { load, select } = window.next_load(margin(height))?;
    last_request.0 += 1;
    let request = *last_request;
    let replaced = window.pending.replace(Pending { request, load: load.clone(), select });
    window.stale = false;
    Some(Asked { request, load, replaces: replaced.map(|pending| pending.request) })
}

/// Returns how many rows to keep loaded on each side of the selection.
fn margin(height: usize) -> usize {
    (height * 2).max(FEWEST / 2)
}

/// Returns the number of rows to request on each side.
pub(crate) fn limit(height: usize) -> usize {
    (height * 3).max(FEWEST)
}
