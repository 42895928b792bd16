//! Answers requests, for both the workers and the headless console.

use std::ops::ControlFlow;

use crate::clock::Timestamp;
use crate::console::app::bindings::Bindings;
use crate::console::app::effect::{StepCommand, StoreCommand, StoreQuery};
use crate::console::app::message::{Answer, Message, Refusal, SpacesPage};
use crate::console::app::state::{ErrorText, RequestId};
use crate::console::layers::form::SpaceChanges;
use crate::console::layers::form::state::ShownPreview;
use crate::console::layers::guide::Walkthrough;
use crate::console::layers::subscriptions::SubscriptionRow;
use crate::console::runtime::{links, pages, things};
use crate::content_store::{
    Apps, Command, Conditions, ContentStore, CurrentForms, Executed, FieldKind, Request, Store,
};
use crate::date::Date;
use crate::delivery::{SubscriptionStatus, subscription_statuses};
use crate::error::{CommandError, Error, Rejection, Result, StoreError};
use crate::event::SpaceSequence;
use crate::event_store::{Expected, Page};
use crate::operations::{
    self, ChangeSubscription, Inventory, Operation, OperationContext, Pause, Position, Redact, RedactionPlan,
    RenameSpace, Scope, SpaceStats, StatsOptions, Target, add_first_times, find_blocking_event, first_of_all,
    inventory, keep_going, name_worker, overviews, overviews_of, plan_fork, plan_redaction, space_stats,
    try_bug_report,
};
use crate::pstate::{BlockingEvent, ProjectionId};
use crate::space::{Space, SpaceId, SpaceMetadata};

/// The maximum number of values with which a text can continue.
const MOST_COMPLETIONS: usize = 9;

/// The maximum number of candidates for a word of a query.
const MOST_CANDIDATES: usize = 50;

/// The maximum number of positions, and of parked events, of a subscription in the list.
const LISTED_POSITIONS: usize = 50;
/// The same of one that is open.
const MOST_POSITIONS: usize = 1000;

/// Answers a query. An error of `pause` ends it early.
pub(in crate::console) fn answer(
    (store, apps): (&Store, &Apps),
    bound: &Bindings,
    query: StoreQuery,
    pause: &mut Pause<'_>,
) -> Message {
    match query {
        StoreQuery::LoadSpaces { request, on_screen, after, newest, limit } => Message::Spaces(to_answer(
            bound,
            request,
            spaces(store, apps, (&on_screen, newest), Page::forward(after, limit)),
        )),
        StoreQuery::FindBlocking { request, space_id } => {
            Message::Blocking(to_answer(bound, request, blocking(store, apps, space_id)))
        }
        StoreQuery::LoadActivity { request, space_id, periods, .. } => Message::Activity(to_answer(
            bound,
            request,
            operations::activity(store.events(), space_id, periods),
        )),
        StoreQuery::LoadStats { request, space_id, options } => {
            Message::Stats(to_answer(bound, request, stats(store, apps, (space_id, &options), pause)))
        }
        StoreQuery::LoadSparklines { request, space_ids, window } => {
            let of = |space_id: &SpaceId| operations::activity_in(store.events(), *space_id, &window);
            Message::Sparklines(to_answer(bound, request, space_ids.iter().map(of).collect()))
        }
        StoreQuery::LoadFirstTimes { request, space_ids } => {
            Message::FirstTimes(to_answer(bound, request, store.events().first_timestamps(&space_ids)))
        }
        StoreQuery::LoadEvents { request, scope, load, query, until, limit } => Message::Events(to_answer(
            bound,
            request,
            pages::events(
                store,
                &CurrentForms::new(store, apps),
                (scope, until),
                (load, &query),
                limit,
                pause,
            ),
        )),
        StoreQuery::FindTime { request, scope, moment } => {
            let time = moment.resolve(store.clock().now());
            Message::FoundTime(to_answer(bound, request, first_at(store, scope, time)))
        }
        StoreQuery::LoadProjections { request, space_id, name, load, text, limit } => {
            let entries = operations::projection_named(store, apps, ProjectionId::new(space_id, &name))
                .and_then(|projection| pages::projections(&projection, load, &text, limit, pause));
            Message::Projections(to_answer(bound, request, entries))
        }
        StoreQuery::LoadHistory { request, space_id, entity_id, query, load, limit, .. } => {
            let forms = CurrentForms::new(store, apps);
            let events = pages::history(store, &forms, (space_id, &entity_id), (load, query), limit, pause);
            Message::History(to_answer(bound, request, events))
        }
        StoreQuery::LoadTimeline { request, query, load, limit, .. } => {
            let forms = CurrentForms::new(store, apps);
            let events = pages::events(store, &forms, (Scope::All, None), (load, &query), limit, pause);
            Message::Timeline(to_answer(bound, request, events))
        }
        StoreQuery::ResolveQuery { request, query } => {
            Message::Resolved(Answer { request, result: Ok(query.resolve(store.clock().now())) })
        }
        StoreQuery::Trace { request, step } => Message::Traced(to_answer(
            bound,
            request,
            pages::trace(store, &CurrentForms::new(store, apps), step, pause),
        )),
        StoreQuery::FindLinked { request, link } => {
            Message::Linked(to_answer(bound, request, links::find(store, apps, link)))
        }
        StoreQuery::ReadReferences { request, space_id, projection, keys } => {
            let entries = links::entries(store, apps, ProjectionId::new(space_id, &projection), keys);
            Message::Referred(to_answer(bound, request, entries))
        }
        StoreQuery::LoadAuditEntries { request, space_name, text, load, limit } => {
            let entries = pages::operations(store, (space_name.as_deref(), &text), load, limit, pause);
            Message::AuditEntries(to_answer(bound, request, entries))
        }
        StoreQuery::LoadSubscriptions { request, open } => {
            Message::Subscriptions(to_answer(bound, request, subscriptions(store, open.as_deref())))
        }
        StoreQuery::Complete { request, space_id, kind, text } => {
            Message::Completed(to_answer(bound, request, completions(store, apps, space_id, kind, &text)))
        }
        StoreQuery::CompleteQuery { request, scope, gap } => {
            let forms = CurrentForms::new(store, apps);
            let candidates = operations::complete_query(store, &forms, scope, (&gap, MOST_CANDIDATES), pause);
            Message::QueryCompleted(to_answer(bound, request, candidates))
        }
        StoreQuery::FindThings { request, search } => {
            Message::Things(to_answer(bound, request, things::find(store, apps, &search)))
        }
        StoreQuery::PlanRedaction { request, space_id, redact } => Message::RedactionPlanned(to_answer(
            bound,
            request,
            plan(store, apps, space_id, &redact).map(Box::new),
        )),
        StoreQuery::PlanFork { request, space_id, fork } => {
            let planned = space(store, space_id).and_then(|space| plan_fork(store, &space, &fork));
            Message::ForkPlanned(Answer { request, result: planned })
        }
        StoreQuery::TryBugReport { request, space_id, report } => {
            let tried = space(store, space_id)
                .and_then(|space| try_bug_report(store, apps, &space, &report, &mut keep_going));
            Message::TriedBugReport(Answer { request, result: tried })
        }
        StoreQuery::TakeInventory { request, space_id } => {
            Message::Inventory(to_answer(bound, request, take_inventory(store, space_id)))
        }
    }
}

/// Executes a command or previews it. An error of `pause` ends the preview early.
pub(in crate::console) fn execute(
    store: &Store,
    apps: &Apps,
    command: StoreCommand,
    pause: &mut Pause<'_>,
) -> Message {
    match command {
        StoreCommand::Preview { request, space_id, command } => {
            Message::Previewed(Answer { request, result: preview(store, apps, (space_id, command), pause) })
        }
        StoreCommand::Submit { request, space_id, command, expected } => {
            let result = submit(store, apps, space_id, command, expected);
            Message::Submitted(Answer { request, result: result.map_err(|error| refusal(store, error)) })
        }
        StoreCommand::CreateSpace { request, name, app } => {
            Message::Created(Answer { request, result: create(store, apps, &name, app) })
        }
        StoreCommand::ChangeSubscription { request, change } => {
            Message::SubscriptionChanged(Answer { request, result: change_subscription(store, apps, change) })
        }
        StoreCommand::ChangeSpace { request, space_id, changes } => {
            Message::SpaceChanged(Answer { request, result: change(store, apps, space_id, changes) })
        }
    }
}

fn to_answer<T>(bound: &Bindings, request: RequestId, result: Result<T>) -> Answer<T, ErrorText> {
    Answer { request, result: result.map_err(|error| ErrorText::of(&error, bound)) }
}

fn spaces(
    store: &Store,
    apps: &Apps,
    (on_screen, newest): (&[SpaceId], Option<SpaceId>),
    page: Page<SpaceId>,
) -> Result<SpacesPage> {
    let limit = page.limit;
    let mut found = if on_screen.is_empty() { Vec::new() } else { overviews_of(store, apps, on_screen)? };
    if let Some(newest) = newest {
        found.extend(overviews(store, apps, Page::forward(Some(newest), limit))?);
    }
    let page = overviews(store, apps, page)?;
    let last = page.last().filter(|_| page.len() == limit).map(|last| last.space.space_id);
    found.extend(page);
    let last_event_id = store.events().last_event_id()?;
    let (redactions, bytes) = (store.events().redactions(None)?, store.storage_bytes()?);
    // It looks through all spaces, as a whole pass does.
    let unlisted = if last.is_none() { store.events().unlisted_spaces(limit)? } else { Vec::new() };
    Ok(SpacesPage { found, last, last_event_id, bytes, redactions, unlisted, at: store.clock().now() })
}

fn stats(
    store: &Store,
    apps: &Apps,
    (space_id, options): (SpaceId, &StatsOptions),
    pause: &mut Pause<'_>,
) -> Result<Option<Box<SpaceStats>>> {
    let mut found = overviews_of(store, apps, &[space_id])?;
    add_first_times(store, &mut found)?;
    let Some(overview) = found.pop() else { return Ok(None) };
    let mut watch = |_| if pause().is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    space_stats(store, overview, options, &mut watch).map(Box::new).map(Some)
}

fn blocking(store: &Store, apps: &Apps, space_id: SpaceId) -> Result<Option<BlockingEvent>> {
    match overviews_of(store, apps, &[space_id])?.first() {
        Some(overview) => find_blocking_event(store, apps, overview),
        None => Ok(None),
    }
}

fn space(store: &Store, space_id: SpaceId) -> Result<Space> {
    let record = store.events().space(space_id)?;
    let unknown = || StoreError::unknown_space(space_id);
    Ok(record.ok_or_else(unknown)?.space)
}

/// Opens a space with its app.
pub(super) fn open(store: &Store, apps: &Apps, space_id: SpaceId) -> Result<ContentStore> {
    let space = space(store, space_id)?;
    let app = apps.of(store, &space)?;
    let app = app.ok_or_else(|| apps.unknown(&space))?;
    ContentStore::of(store, space, app)
}

fn plan(store: &Store, apps: &Apps, space_id: SpaceId, redact: &Redact) -> Result<RedactionPlan> {
    plan_redaction(&open(store, apps, space_id)?, &redact.entity_id, &redact.fields)
}

fn take_inventory(store: &Store, space_id: SpaceId) -> Result<Inventory> {
    inventory(store, &space(store, space_id)?.space_name)
}

/// Returns the first values of a kind that begin with a text.
fn completions(
    store: &Store,
    apps: &Apps,
    space_id: SpaceId,
    kind: FieldKind,
    text: &str,
) -> Result<Vec<String>> {
    match kind {
        FieldKind::Date => Ok(vec![Date::of(store.clock().now()).to_string()]),
        FieldKind::Time => {
            let whole_seconds = Timestamp(store.clock().now().seconds() * 1000);
            Ok(vec![whole_seconds.to_string().replace(".000Z", "Z")])
        }
        FieldKind::Reference(entity) => {
            let prefix = format!("{entity}:");
            let projection = operations::projection(store, apps, space_id)?;
            let found = projection.scan(&(prefix.clone() + text), Page::forward(None, MOST_COMPLETIONS))?;
            Ok(found
                .into_iter()
                .filter_map(|entry| Some(entry.key.strip_prefix(&prefix)?.to_owned()))
                .collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// Returns the subscriptions, each with its first positions and parked events.
fn subscriptions(store: &Store, open: Option<&str>) -> Result<Vec<SubscriptionRow>> {
    let row = |status: SubscriptionStatus| {
        let id = status.subscription_id;
        let most = if open == Some(&status.subscription) { MOST_POSITIONS } else { LISTED_POSITIONS };
        let positions = store.events().positions(id, None, most)?;
        let parked = store.events().parked(id, None, most)?;
        Ok(SubscriptionRow { status, positions, parked })
    };
    subscription_statuses(store)?.into_iter().map(row).collect()
}

/// Changes a subscription, and returns the result in words.
fn change_subscription(store: &Store, apps: &Apps, mut change: ChangeSubscription) -> Result<String> {
    let context = OperationContext::new(store, apps);
    let space = change.change.space_id().map(|space_id| space(store, space_id)).transpose()?;
    let target = space.as_ref().map_or(Target::File, Target::of);
    let changed = change.run(target, context, &mut |_| ControlFlow::Continue(()))?;
    Ok(format!("{}: {}", change.subscription, change.summary(&changed).detail))
}

fn preview(
    store: &Store,
    apps: &Apps,
    (space_id, command): (SpaceId, Command),
    pause: &mut Pause<'_>,
) -> Result<ShownPreview> {
    let preview = open(store, apps, space_id)?.preview(command).map_err(|error| name_worker(store, error))?;
    ShownPreview::of(preview, pause)
}

fn submit(
    store: &Store,
    apps: &Apps,
    space_id: SpaceId,
    command: Command,
    expected: SpaceSequence,
) -> Result<Executed> {
    let expected = Expected::Exact(expected);
    let metadata = store.operator().metadata();
    let request = Request { command, conditions: Conditions { expected, metadata, ..Conditions::default() } };
    operations::execute(&open(store, apps, space_id)?, request)
}

/// Adds the rival event of a conflict, so that it can be shown.
fn refusal(store: &Store, error: Error) -> Refusal {
    let rival = match &error {
        Error::Store(StoreError::Conflict { rival: Some(rival), .. }) => store.events().event(*rival),
        _ => Ok(None),
    };
    Refusal { error, rival: rival.ok().flatten().map(Box::new) }
}

fn create(store: &Store, apps: &Apps, name: &str, app: &str) -> Result<Space> {
    let app = apps.named(app).ok_or_else(|| CommandError::UnknownApp {
        space: name.to_owned(),
        app: None,
        known: apps.names(),
    })?;
    let metadata = SpaceMetadata::of_app(app.name());
    operations::create_space(store, name, Some(&metadata)).map_err(of_name)
}

/// Sets the app and the metadata of a space before it renames it: a name that is taken meanwhile can be corrected.
fn change(store: &Store, apps: &Apps, space_id: SpaceId, changes: SpaceChanges) -> Result<Space> {
    let context = OperationContext::new(store, apps);
    let never = &mut |_| ControlFlow::Continue(());
    let mut changed = space(store, space_id)?;
    if let Some(mut set) = changes.set {
        changed = set.run(Target::of(&changed), context, never)?;
    }
    if let Some(name) = changes.name {
        changed = RenameSpace { name }.run(Target::of(&changed), context, never).map_err(of_name)?;
    }
    Ok(changed)
}

/// Names the field of a name that is taken.
fn of_name(error: Error) -> Error {
    match error {
        Error::Store(StoreError::SpaceExists { space }) => {
            let message = format!("the space {space} already exists");
            CommandError::from(Rejection::of_field("name", "space_exists", message)).into()
        }
        error => error,
    }
}

/// Runs the requested step.
pub(in crate::console) fn run_step(
    walkthrough: &Walkthrough,
    store: &Store,
    apps: &Apps,
    StepCommand { request, step }: StepCommand,
) -> Message {
    Message::StepFinished(Answer { request, result: walkthrough.run(step, store, apps) })
}

/// Returns the first event at or after a time. Times never decrease within a space, but they can decrease
/// across spaces, because an import keeps the original times. The spaces are therefore searched one by one;
/// if there are too many, the search assumes that times never decrease.
fn first_at(store: &Store, scope: Scope, time: Timestamp) -> Result<Option<Position>> {
    let events = store.events();
    if scope == Scope::All {
        let last = events.last_event_id()?;
        if let Some(first) = first_of_all(events, time)? {
            return Ok((first <= last).then_some(Position(first.0)));
        }
    }
    let first = scope.first_where(events, |event| event.timestamp >= time)?;
    Ok(first.map(|event| scope.position(&event)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::NewEvent;
    use crate::event_store::{Append, Expected};
    use crate::json::Json;
    use crate::space::SpaceId;

    /// Two spaces that alternate, one event every 10 ms, so that neither has all event ids.
    fn store() -> (Store, SpaceId) {
        let store = Store::memory();
        let spaces = ["a", "b"]
            .map(|name| store.events().get_or_create_space(name, None, Timestamp(0)).unwrap().space_id);
        for at in 1..=100 {
            let events = [NewEvent::new("e", "t", Json::of(&at.into()))];
            let append = Append { expected: Expected::Any, now: Timestamp(at * 10), events: &events };
            store.events().append(spaces[usize::try_from(at % 2).unwrap()], append).unwrap();
        }
        (store, spaces[0])
    }

    #[test]
    fn the_first_event_at_or_after_a_time_is_found_in_one_space_and_in_all() {
        let (store, space) = store();
        for time in 0..1010 {
            let first = |step: i64| u64::try_from((time + step - 1).max(step) / step).ok();
            let found = |scope| first_at(&store, scope, Timestamp(time)).unwrap().map(|place| place.0);
            assert_eq!(found(Scope::All), first(10).filter(|place| *place <= 100), "all at {time}");
            assert_eq!(found(Scope::Space(space)), first(20).filter(|place| *place <= 50), "one at {time}");
        }
    }

    #[test]
    fn imported_older_times_do_not_mislead_the_search() {
        let (store, _) = store();
        let imported = store.events().get_or_create_space("c", None, Timestamp(0)).unwrap().space_id;
        for at in 1..=300 {
            let events = [NewEvent::new("e", "t", Json::of(&at.into()))];
            let append = Append { expected: Expected::Any, now: Timestamp(at * 2), events: &events };
            store.events().append(imported, append).unwrap();
        }
        let found = |time| first_at(&store, Scope::All, Timestamp(time)).unwrap().map(|place| place.0);
        for time in 1..=1000 {
            assert_eq!(found(time), u64::try_from((time + 9) / 10).ok(), "at {time}");
        }
        assert_eq!(found(1001), None);
        assert_eq!(first_at(&store, Scope::Space(imported), Timestamp(101)).unwrap(), Some(Position(51)));
    }

    #[test]
    fn an_empty_store_has_no_first_event() {
        assert_eq!(first_at(&Store::memory(), Scope::All, Timestamp(1)).unwrap(), None);
    }
}
