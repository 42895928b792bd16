//! Several projections of one space, and programs of several versions on one store.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::content_store::{Applied, CommandSpec, ProjectionMode, ProjectionSpec, StateError};
use crate::operations::{
    DeleteOptions, ProjectionRunner, ProjectionStatus, Rebuild, delete, keep_going, overview, rebuild, verify,
};
use crate::pstate::STATE;
use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{append, event};
use crate::{
    App, Apps, ContentStore, Event, Executed, Json, NewEvent, Result, Schema, SpaceSequence, State, Store,
};

const TOTALS: ProjectionSpec = ProjectionSpec {
    name: "totals",
    summary: "the number and the sum of all amounts",
    version: 1,
    mode: ProjectionMode::Inline,
    schema: Schema::EMPTY,
    apply: total,
};

const LISTS: ProjectionSpec = ProjectionSpec {
    name: "lists",
    summary: "all amounts in the order of their keys",
    version: 1,
    mode: ProjectionMode::Async,
    schema: Schema::EMPTY,
    apply: list,
};

/// Amounts by key, in one of two versions.
struct Amounts {
    version: u32,
    projections: &'static [ProjectionSpec],
}

const ALL: Amounts = Amounts { version: 1, projections: &[TOTALS, LISTS] };

impl App for Amounts {
    fn name(&self) -> &'static str {
        "amounts"
    }

    fn summary(&self) -> &'static str {
        "amounts by key"
    }

    fn space_prefix(&self) -> &'static str {
        "amounts_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["amount.set"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        &[]
    }

    fn state_version(&self) -> u32 {
        self.version
    }

    fn projections(&self) -> &'static [ProjectionSpec] {
        self.projections
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        let value: Value = event.payload.parse()?;
        state.put(&format!("amount:{}", event.entity_id), &json!({"v": self.version, "n": value["n"]}))?;
        Ok(Applied::Yes)
    }
}

fn total(state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
    let Some(number) = event.payload.parse::<Value>()?["n"].as_u64() else {
        return Err(StateError::Inapplicable("it has no number".to_owned()));
    };
    let (count, sum): (u64, u64) = state.get("total")?.unwrap_or_default();
    state.put("total", &(count + 1, sum + number))?;
    Ok(Applied::Yes)
}

/// Keeps the keys so far, as a scan returns them, and drops the key `gone`.
fn list(state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
    if event.payload.parse::<Value>()?["n"] == json!(13) {
        return Err(StateError::Inapplicable("thirteen is not listed".to_owned()));
    }
    state.put(&format!("item:{}", event.entity_id), &1)?;
    state.delete("item:gone");
    let keys: Vec<String> =
        state.scan::<u64>("item:").map(|item| Ok(item?.0)).collect::<Result<_, StateError>>()?;
    state.put("keys", &keys)?;
    Ok(Applied::Yes)
}

fn open(store: &Store, app: Amounts) -> ContentStore {
    ContentStore::open(store, "amounts_a", Arc::new(app)).unwrap()
}

fn set(space: &ContentStore, key: &str, number: u64) -> Result<Executed> {
    space.commit(|_| Ok(vec![NewEvent::new(key, "amount.set", Json::of(&json!({ "n": number })))]))
}

fn read(space: &ContentStore, projection: &str, key: &str) -> Option<Value> {
    space.projection_named(projection).unwrap().fetch(key).unwrap()
}

fn checkpoint(space: &ContentStore, projection: &str) -> u64 {
    let id = crate::pstate::ProjectionId::new(space.space_id(), projection);
    space.store().pstate().checkpoint(id).unwrap().sequence.0
}

fn status(space: &ContentStore, app: Amounts, projection: &str) -> ProjectionStatus {
    let apps = Apps::default().with(Arc::new(app));
    let overview = overview(space.store(), &apps, "amounts_a").unwrap();
    overview.projections.iter().find(|one| one.name == projection).unwrap().status
}

pub fn an_inline_projection_changes_with_the_events_and_commands_read_it(fixture: &Fixture) {
    let space = open(&fixture.store, ALL);
    set(&space, "a", 2).unwrap();
    let done = space.commit(|context| {
        let total: (u64, u64) = context.projection("totals")?.get("total")?.unwrap();
        assert!(context.projection("lists").is_err(), "async projections are not read by commands");
        Ok(vec![NewEvent::new("b", "amount.set", Json::of(&json!({ "n": total.1 * 10 })))])
    });
    assert_eq!(done.unwrap().space_sequence, SpaceSequence(2));
    assert_eq!(
        (checkpoint(&space, STATE), checkpoint(&space, "totals"), checkpoint(&space, "lists")),
        (2, 2, 0)
    );
    assert_eq!(read(&space, "totals", "total"), Some(json!([2, 22])));
}

pub fn a_failing_handler_of_any_inline_projection_discards_the_events(fixture: &Fixture) {
    let space = open(&fixture.store, ALL);
    set(&space, "a", 2).unwrap();
    let refused = space.commit(|_| Ok(vec![NewEvent::new("b", "amount.set", Json::of(&json!({})))]));
    assert_eq!(refused.unwrap_err().kind(), "bad_event");
    assert_eq!((space.event_count().unwrap(), checkpoint(&space, "totals")), (1, 1));
    assert_eq!(space.get::<Value>("amount:b").unwrap(), None);
}

pub fn an_async_projection_is_caught_up_on_demand_and_by_a_runner(fixture: &Fixture) {
    let space = open(&fixture.store, ALL);
    let done = set(&space, "a", 2).unwrap();
    assert_eq!(status(&space, ALL, "lists"), ProjectionStatus::Lagging);
    assert_eq!(read(&space, "lists", "keys"), Some(json!(["item:a"])));
    assert_eq!(status(&space, ALL, "lists"), ProjectionStatus::Current);
    space.wait_for("lists", done.space_sequence, Duration::ZERO).unwrap();
    let done = set(&space, "b", 3).unwrap();
    let waited = space.wait_for("lists", done.space_sequence, Duration::from_secs(5)).unwrap();
    assert_eq!(waited.sequence, done.space_sequence);
    let never = space.wait_for("lists", SpaceSequence(9), Duration::ZERO);
    assert_eq!(never.unwrap_err().kind(), "projection_lags");

    let mut runner = ProjectionRunner::new(&fixture.store, Apps::default().with(Arc::new(ALL))).unwrap();
    let many: Vec<NewEvent> =
        (0..2500).map(|n| event(&format!("k{}", n % 7), "amount.set", json!({ "n": n + 14 }))).collect();
    append(space.store().events(), space.space_id(), &many);
    assert_eq!(runner.round().unwrap().events, 2500);
    assert_eq!((checkpoint(&space, "lists"), checkpoint(&space, STATE)), (2502, 2), "only async ones");
    set(&space, "c", 4).unwrap();
    assert_eq!(runner.round().unwrap().events, 1);
    assert_eq!(runner.round().unwrap().events, 0);
    assert_eq!(verify(&space, &mut keep_going).unwrap().count(), 0);
}

pub fn a_new_inline_projection_of_an_existing_space_is_built_before_the_next_command(fixture: &Fixture) {
    let before = open(&fixture.store, Amounts { version: 1, projections: &[] });
    let many: Vec<NewEvent> = (0..2500).map(|_| event("a", "amount.set", json!({ "n": 1 }))).collect();
    append(before.store().events(), before.space_id(), &many);
    set(&before, "b", 1).unwrap();
    let space = open(&fixture.store, ALL);
    assert_eq!(checkpoint(&space, "totals"), 0);
    set(&space, "c", 1).unwrap();
    assert_eq!(read(&space, "totals", "total"), Some(json!([2502, 2502])));
    // A program that does not know it leaves it behind, and nothing is lost.
    set(&before, "d", 1).unwrap();
    assert_eq!(checkpoint(&space, "totals"), 2502);
    set(&space, "e", 1).unwrap();
    assert_eq!(read(&space, "totals", "total"), Some(json!([2504, 2504])));
}

pub fn programs_of_two_versions_share_a_store_and_neither_corrupts_a_projection(fixture: &Fixture) {
    let (later, rival) = (|| Amounts { version: 2, ..ALL }, fixture.other_process());
    let (first, second) = (open(&fixture.store, ALL), open(&rival, later()));
    set(&first, "a", 1).unwrap();
    assert_eq!(set(&second, "b", 2).unwrap_err().kind(), "projection_outdated");
    assert_eq!(status(&second, later(), STATE), ProjectionStatus::Outdated);
    assert_eq!(read(&second, STATE, "amount:a"), Some(json!({"v": 1, "n": 1})), "the old rows are read");
    assert_eq!(second.preview(crate::Command::new("x")).unwrap_err().kind(), "unknown_command");
    set(&first, "c", 3).unwrap();
    assert_eq!(second.catch_up(&mut |_, _| ControlFlow::Continue(())).map(|done| done.events).ok(), Some(0));
    rebuild(&second, Rebuild { projection: Some(STATE.to_owned()), ..Rebuild::default() }, &mut keep_going)
        .unwrap();
    assert_eq!(read(&second, STATE, "amount:c"), Some(json!({"v": 2, "n": 3})));

    assert_eq!(set(&first, "d", 4).unwrap_err().kind(), "projection_newer");
    assert_eq!(rebuild(&first, Rebuild::default(), &mut keep_going).unwrap_err().kind(), "projection_newer");
    assert_eq!(status(&first, ALL, STATE), ProjectionStatus::Newer);
    assert_eq!(read(&first, STATE, "amount:c"), Some(json!({"v": 2, "n": 3})));
    set(&second, "e", 5).unwrap();
    assert_eq!(read(&first, STATE, "amount:e"), Some(json!({"v": 2, "n": 5})));
    assert_eq!(verify(&second, &mut keep_going).unwrap().count(), 0);
    assert_eq!(
        verify(&first, &mut keep_going).unwrap().count(),
        0,
        "what a later version wrote is not compared"
    );
}

pub fn each_projection_is_rebuilt_and_verified_by_itself(fixture: &Fixture) {
    let space = open(&fixture.store, ALL);
    for (key, number) in [("b", 2), ("gone", 3), ("a", 4), ("a", 5)] {
        set(&space, key, number).unwrap();
    }
    assert_eq!(read(&space, "lists", "keys"), Some(json!(["item:a", "item:b"])));
    let put = |projection, key: &str| {
        let id = crate::pstate::ProjectionId::new(space.space_id(), projection);
        space.store().pstate().put(id, key, Json::of(&json!(0)), crate::Timestamp(0)).unwrap();
    };
    put("totals", "ghost");
    put(STATE, "ghost");
    let verified = verify(&space, &mut keep_going).unwrap();
    let drifted: Vec<&str> =
        verified.each().filter(|one| !one.differences.is_empty()).map(|one| one.projection).collect();
    assert_eq!(drifted, [STATE, "totals"]);
    let only = Rebuild { projection: Some("totals".to_owned()), ..Rebuild::default() };
    assert_eq!(rebuild(&space, only, &mut keep_going).unwrap().projections, ["totals"]);
    assert_eq!((read(&space, "totals", "ghost"), read(&space, STATE, "ghost")), (None, Some(json!(0))));
    let rebuilt = rebuild(&space, Rebuild::default(), &mut keep_going).unwrap();
    assert_eq!((rebuilt.projections, rebuilt.events), (vec![STATE, "totals", "lists"], 4));
    assert_eq!(verify(&space, &mut keep_going).unwrap().count(), 0);
    let unknown = Rebuild { projection: Some("total".to_owned()), ..Rebuild::default() };
    assert_eq!(rebuild(&space, unknown, &mut keep_going).unwrap_err().kind(), "unknown_projection");
}

pub fn a_blocked_async_projection_names_its_event_and_blocks_no_command(fixture: &Fixture) {
    let space = open(&fixture.store, ALL);
    set(&space, "a", 1).unwrap();
    set(&space, "b", 13).unwrap();
    set(&space, "c", 3).unwrap();
    assert_eq!(space.projection_named("lists").map(drop).unwrap_err().kind(), "bad_event");
    let apps = Apps::default().with(Arc::new(ALL));
    let blocked = overview(space.store(), &apps, "amounts_a").unwrap();
    let [state, _, lists] = &blocked.projections[..] else { panic!("{blocked:?}") };
    assert_eq!((state.status, lists.status), (ProjectionStatus::Current, ProjectionStatus::Blocked));
    assert_eq!(lists.blocked.as_ref().unwrap().space_sequence, SpaceSequence(2));
    let skip = Rebuild { projection: Some("lists".to_owned()), skip_errors: true, review: false };
    assert_eq!(rebuild(&space, skip, &mut keep_going).unwrap().skipped.len(), 1);
    assert_eq!(read(&space, "lists", "keys"), Some(json!(["item:a", "item:c"])));
    assert_eq!(status(&space, ALL, "lists"), ProjectionStatus::Current);
}

pub fn a_delete_leaves_nothing_of_any_projection(fixture: &Fixture) {
    let space = open(&fixture.store, ALL);
    set(&space, "a", 1).unwrap();
    read(&space, "lists", "keys").unwrap();
    let (name, space_id) = (space.space().space_name.clone(), space.space_id());
    delete(&fixture.store, &name, DeleteOptions::default(), &mut keep_going).unwrap();
    assert_eq!(fixture.store.pstate().residue(space_id).unwrap(), []);
    assert!(fixture.store.pstate().stored(&[space_id]).unwrap()[0].is_empty());
}

pub fn projections_with_names_that_are_not_allowed_are_refused(fixture: &Fixture) {
    const NAMELESS: ProjectionSpec = ProjectionSpec { name: "", ..TOTALS };
    const UPPER: ProjectionSpec = ProjectionSpec { name: "Totals", ..TOTALS };
    const RESERVED: ProjectionSpec = ProjectionSpec { name: STATE, ..TOTALS };
    for projections in [&[NAMELESS][..], &[UPPER], &[RESERVED], &[TOTALS, TOTALS]] {
        let app = Arc::new(Amounts { version: 1, projections });
        let refused = ContentStore::open(&fixture.store, "amounts_a", app);
        assert_eq!(refused.map(drop).unwrap_err().kind(), "invalid_projection");
    }
}
