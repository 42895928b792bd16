//! The invariants after a race of two operations.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::operations::{
    CheckOptions, Finding, ImportFile, ImportOptions, check, import, keep_going, verify,
};
use ramax::space::SpaceState;
use ramax::{
    Apps, ContentStore, Error, Event, Executed, Location, OpenOptions, Page, Result, Space, SpaceId, Store,
};

use super::initial_state::Start;
use super::operations::{Done, EXPORTED, METADATA, NEW, RENAMED, TENANT, TENANT_ID};
use super::subscriptions;
use crate::support::dump;
use crate::support::sandbox::Sandbox;

/// The kinds of errors that another operation may cause.
pub const REASONS: [&str; 16] = [
    "busy",
    "delete_unfinished",
    "space_incomplete",
    "space_deleting",
    "space_importing",
    "space_forking",
    "unknown_space",
    "space_exists",
    "shadow_gone",
    "partly_deleted",
    "worked_on",
    "mark_lost",
    "lease_lost",
    "subscription_held",
    "unknown_subscription",
    "redacted_meanwhile",
];

/// Returns every broken promise after a race, in words.
pub fn broken(sandbox: &Sandbox, start: Start, outcomes: &[Result<Done>]) -> Vec<String> {
    let mut broken = Broken { start, what: Vec::new() };
    let store = sandbox.store();
    let done: Vec<&Done> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
    for outcome in outcomes {
        broken.refusal(outcome);
    }
    let executed = executed(&done);
    for done in &done {
        broken.kept(&store, done, &executed);
    }
    let deleted = deleted(&done);
    for space_id in &deleted {
        let left = dump::space(sandbox, space_id.0);
        broken.unless(left.is_empty(), || format!("left of the deleted space: {left:?}"));
    }
    let is_renamed = done.iter().any(|done| matches!(done, Done::Renamed));
    broken.unless(!(is_renamed && deleted.contains(&TENANT_ID)), || {
        "the tenant was renamed, and then deleted under its old name".to_owned()
    });
    if !deleted.contains(&TENANT_ID) {
        broken.tenant(&store, &executed);
    }
    broken.made(&store, &done, &deleted);
    if start == Start::Fresh {
        broken.what.extend(subscriptions::broken(&store, &done));
    }
    broken.store(sandbox, &store);
    broken.what
}

/// Returns the spaces whose delete was acknowledged.
fn deleted(done: &[&Done]) -> Vec<SpaceId> {
    let deleted = |done: &&Done| match done {
        Done::Deleted(space_id) => Some(*space_id),
        Done::Archived(_) => Some(TENANT_ID),
        _ => None,
    };
    done.iter().filter_map(deleted).collect()
}

/// Returns the acknowledged commands.
fn executed<'a>(done: &[&'a Done]) -> Vec<&'a Executed> {
    let executed = |done: &&'a Done| match done {
        Done::Executed(executed) => executed.iter().collect(),
        _ => Vec::new(),
    };
    done.iter().flat_map(executed).collect()
}

struct Broken {
    start: Start,
    what: Vec<String>,
}

impl Broken {
    fn unless(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.what.push(what());
        }
    }

    /// A refusal must name another operation as the reason.
    fn refusal(&mut self, outcome: &Result<Done>) {
        match outcome {
            Err(error) if !REASONS.contains(&error.kind()) => {
                self.what.push(format!("{}: {error}", error.kind()));
            }
            Ok(Done::Wrong(what)) => self.what.push(what.clone()),
            Ok(Done::Found(findings) | Done::BackedUp(_, findings)) => self.findings(findings),
            _ => {}
        }
    }

    /// The acknowledged result of an operation must exist.
    fn kept(&mut self, store: &Store, done: &Done, executed: &[&Executed]) {
        match done {
            Done::Read
            | Done::Brought
            | Done::Executed(_)
            | Done::Deleted(_)
            | Done::Imported(..)
            | Done::Forked(..)
            | Done::Created(_)
            | Done::Found(_)
            | Done::Changed(_)
            | Done::Wrong(_) => {}
            Done::Redacted => self.redacted(store),
            Done::Renamed => self.record(store, |space| space.space_name == RENAMED),
            Done::Set => self.record(store, |space| {
                space.metadata.as_ref().is_some_and(|metadata| metadata.as_str() == METADATA)
            }),
            Done::Archived(path) => {
                let archived = exported(path);
                let all = archived.as_ref().is_ok_and(|events| holds(events, executed));
                self.unless(all, || format!("the archive lacks what was acknowledged: {archived:?}"));
            }
            Done::Exported(path) => {
                let events = exported(path);
                self.unless(events.is_ok(), || format!("the export: {events:?}"));
            }
            Done::Generated { spaces, events } => self.generated(store, *spaces, *events),
            Done::BackedUp(location, _) => self.backup(location),
        }
    }

    /// An imported or created space must exist exactly once, unless it was deleted.
    fn made(&mut self, store: &Store, done: &[&Done], deleted: &[SpaceId]) {
        let mut made = 0;
        for done in done {
            let (space_id, expected) = match done {
                Done::Imported(space_id, executed) => (*space_id, EXPORTED + u64::from(executed.is_some())),
                Done::Forked(space_id, events) => (*space_id, *events),
                Done::Created(space_id) => (*space_id, 0),
                _ => continue,
            };
            if deleted.contains(&space_id) {
                continue;
            }
            made += 1;
            let record = store.events().space(space_id).unwrap();
            let found = record.map(|record| (record.space.space_name, record.head.last_sequence.0));
            let is_complete = found.as_ref().is_some_and(|(name, events)| name == NEW && *events >= expected);
            self.unless(is_complete, || format!("made with {expected} events, but is {found:?}"));
        }
        self.unless(made <= 1, || format!("{NEW} was made twice"));
    }

    fn findings(&mut self, findings: &[Finding]) {
        let found: Vec<_> = findings.iter().filter(|finding| !self.start.explains(finding)).collect();
        self.unless(found.is_empty(), || format!("found: {found:?}"));
    }

    /// A space must be open, or in the state of the start.
    fn state(&mut self, space: &Space) {
        let is_as_it_may = space.state == SpaceState::Open || Some(space.state) == self.start.leaves();
        self.unless(is_as_it_may, || format!("{} is left {:?}", space.space_name, space.state));
    }

    fn generated(&mut self, store: &Store, spaces: u32, events: u64) {
        let all = store.events().spaces(Page::forward(None, 100)).unwrap();
        let load: Vec<u64> = all
            .iter()
            .filter(|record| record.space.space_name.starts_with("crm_load_"))
            .map(|record| record.head.last_sequence.0)
            .collect();
        let is_complete = load.len() >= spaces as usize && load.iter().sum::<u64>() >= events;
        self.unless(is_complete, || {
            format!("generated {spaces} spaces and {events} events, but has {load:?}")
        });
    }

    fn backup(&mut self, location: &Location) {
        let copy = Store::open(location, OpenOptions { read_only: true, ..OpenOptions::default() }).unwrap();
        let options = CheckOptions { deep: true, is_running: &|_| true };
        let checked = check(&copy, &Apps::standard(), options, &mut keep_going).unwrap();
        self.findings(&checked.findings);
    }

    /// The tenant must exist with everything acknowledged, unless its delete was acknowledged.
    fn tenant(&mut self, store: &Store, executed: &[&Executed]) {
        let Some(record) = store.events().space(TENANT_ID).unwrap() else {
            return self.what.push(format!("{TENANT} is gone, and no operation deleted it"));
        };
        if record.space.state == SpaceState::Deleting {
            return self.state(&record.space);
        }
        let events = store.events().read_space(TENANT_ID, Page::forward(None, 100)).unwrap();
        self.unless(holds(&events, executed), || format!("lost: {executed:?} of {} events", events.len()));
        let raced = events.iter().filter(|event| event.entity_id == "raced").count();
        self.unless(raced <= 1, || "one key was executed twice".to_owned());
    }

    /// The tenant must have the record that was acknowledged, unless it is gone.
    fn record(&mut self, store: &Store, is_it: impl Fn(&Space) -> bool) {
        let record = store.events().space(TENANT_ID).unwrap();
        let is_lost = record.as_ref().is_some_and(|record| !is_it(&record.space));
        self.unless(!is_lost, || format!("a change was lost: {record:?}"));
    }

    /// The erased fields must be in no event and no projection, unless the tenant is gone.
    fn redacted(&mut self, store: &Store) {
        let events = store.events().read_entity(TENANT_ID, "c2", Page::forward(None, 10)).unwrap();
        let is_left = events.iter().any(|event| event.redaction().is_none());
        self.unless(!is_left, || format!("not erased: {events:?}"));
        let entry = store.pstate().get(TENANT_ID.into(), "contact:c2").unwrap();
        let is_left = entry.as_ref().is_some_and(|entry| !entry.value.as_str().contains("[redacted]"));
        self.unless(!is_left, || format!("the projection shows an erased value: {entry:?}"));
    }

    /// The store must have no problems and no leftovers.
    fn store(&mut self, sandbox: &Sandbox, store: &Store) {
        for record in store.events().spaces(Page::forward(None, 100)).unwrap() {
            self.state(&record.space);
            let name = &record.space.space_name;
            let takes_part = record.space.state == SpaceState::Open && record.head.last_sequence.0 > 0;
            let content = takes_part.then(|| content(store, record.space.space_id));
            let caught_up =
                content.flatten().map(|content| content.catch_up(&mut |_, _| ControlFlow::Continue(())));
            if let Some(Err(error)) = caught_up {
                self.what.push(format!("{name} does not catch up: {error}"));
            }
        }
        let options = CheckOptions { deep: true, is_running: &|_| false };
        let checked = check(store, &Apps::standard(), options, &mut keep_going).unwrap();
        self.findings(&checked.findings);
        if self.start != Start::Fresh {
            return;
        }
        let [_, projections] = sandbox.connections();
        let left = dump::rows(&projections, "SELECT space_id, state FROM projections WHERE state <> 'live'");
        self.unless(left.is_empty(), || format!("projections left over: {left:?}"));
        let running = store.audit_log().running().unwrap();
        self.unless(running.is_empty(), || format!("still running: {running:?}"));
    }
}

fn content(store: &Store, space_id: SpaceId) -> Option<ContentStore> {
    let record = store.events().space(space_id).unwrap()?;
    ContentStore::of(store, record.space, Arc::new(Crm)).ok()
}

/// Returns true if the events contain those of every command, at the acknowledged sequences.
fn holds(events: &[Event], executed: &[&Executed]) -> bool {
    let at: BTreeMap<u64, u64> =
        events.iter().map(|event| (event.event_id.0, event.space_sequence.0)).collect();
    executed.iter().all(|done| {
        done.event_ids.iter().all(|id| at.contains_key(&id.0))
            && done.event_ids.last().is_none_or(|last| at[&last.0] == done.space_sequence.0)
    })
}

/// Imports an exported file completely into another store, and returns its events.
fn exported(path: &Path) -> Result<Vec<Event>, Error> {
    let store = Store::memory();
    let mut file = ImportFile::new(File::open(path).unwrap());
    let imported = import(&store, &mut file, &ImportOptions::default(), &mut keep_going)?;
    let content = content(&store, imported.space.space_id).unwrap();
    content.catch_up(&mut |_, _| ControlFlow::Continue(()))?;
    assert!(verify(&content, &mut keep_going)?.differences.is_empty(), "{path:?}");
    store.events().read_space(imported.space.space_id, Page::forward(None, 100))
}
