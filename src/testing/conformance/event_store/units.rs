//! Units of work and groups of them, on every event store.

use crate::event_store::{Access, Advance, ProjectionChange, ProjectionWrite, WriteSet};
use crate::pstate::STATE;
use crate::{
    Append, Changes, Checkpoint, Event, EventId, Expected, Json, SpaceId, SpaceSequence, Store, StoreError,
};
use serde_json::json;

use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{
    START, append, event, mark_owner, numbered, remember, remembered,
};

/// Numbers new events from the end that a unit of work sees.
fn placed(store: &Store, space: SpaceId, count: usize) -> Vec<Event> {
    let mut tail = store.begin(space, Access::Open).unwrap().tail();
    numbered(count).into_iter().map(|new| tail.place(space, new, START)).collect()
}

pub fn a_unit_of_work_commits_its_whole_write_set(fixture: &Fixture) {
    let (store, space) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), space, &numbered(2));
    let events = placed(store, space, 3);
    let mut changes = Changes::default();
    changes.put("k", Json::of(&1.into()), START);
    let to = Checkpoint { sequence: SpaceSequence(5), event_id: EventId(5), ..Checkpoint::default() };
    let keys = [("key".to_owned(), remembered(&[3, 4, 5], 5))];
    let advance = Advance { from: SpaceSequence::START, changes: &changes, to, definition: None };
    let projections = &[ProjectionWrite { name: STATE, change: ProjectionChange::Advance(advance) }];
    let unit = store.begin(space, Access::Open).unwrap();
    assert_eq!(unit.tail().head.last_sequence, SpaceSequence(2));
    unit.commit(&WriteSet { events: &events, keys: &keys, projections, ..WriteSet::default() }).unwrap();
    let again = fixture.other_process();
    assert_eq!(again.events().space(space).unwrap().unwrap().head.last_sequence, SpaceSequence(5));
    assert_eq!(again.events().remembered(space, "key").unwrap(), Some(keys[0].1.clone()));
    assert_eq!(again.pstate().checkpoint(space.into()).unwrap().sequence, SpaceSequence(5));
    assert!(again.pstate().get(space.into(), "k").unwrap().is_some());
}

pub fn a_dropped_unit_of_work_leaves_nothing(fixture: &Fixture) {
    let (store, space) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), space, &numbered(2));
    drop(store.begin(space, Access::Open).unwrap());
    assert_eq!(store.events().last_event_id().unwrap(), EventId(2));
    let next = append(store.events(), space, &numbered(1)).remove(0);
    assert_eq!((next.event_id, next.space_sequence), (EventId(3), SpaceSequence(3)));
}

pub fn a_panicking_unit_of_work_leaves_nothing_and_the_next_one_commits(fixture: &Fixture) {
    let (store, space) = (&fixture.store, fixture.space("a").space_id);
    let unit = || {
        let _unit = store.begin(space, Access::Open).unwrap();
        panic!("in the middle")
    };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(unit)).unwrap_err();
    append(store.events(), space, &numbered(1));
    let reopened = fixture.other_process();
    assert_eq!(reopened.events().event(EventId(1)).unwrap().map(|event| event.space_sequence.0), Some(1));
}

pub fn a_refused_write_set_leaves_nothing(fixture: &Fixture) {
    let (store, space) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), space, &numbered(2));
    let mut gap = placed(store, space, 2);
    gap[1].space_sequence = SpaceSequence(7);
    gap[0].event_type = "new.type".into();
    let unit = store.begin(space, Access::Open).unwrap();
    let keys = [("key".to_owned(), remembered(&[3], 3))];
    let refused = unit.commit(&WriteSet { events: &gap, keys: &keys, ..WriteSet::default() });
    assert_eq!(refused.unwrap_err().kind(), "conflict");
    assert_eq!(store.events().last_event_id().unwrap(), EventId(2));
    assert_eq!(store.events().remembered(space, "key").unwrap(), None);
    assert_eq!(store.events().event_types(space).unwrap(), ["thing.happened"]);
    let other = append(store.events(), space, &[event("e", "other.type", json!({}))]).remove(0);
    assert_eq!(&*store.events().event(other.event_id).unwrap().unwrap().event_type, "other.type");
}

pub fn a_moved_checkpoint_refuses_the_write_set(fixture: &Fixture) {
    let (store, space) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), space, &numbered(2));
    let mut changes = Changes::default();
    changes.put("k", Json::of(&1.into()), START);
    let to = Checkpoint { sequence: SpaceSequence(2), event_id: EventId(2), ..Checkpoint::default() };
    let keys = [("key".to_owned(), remembered(&[], 2))];
    let advance = Advance { from: SpaceSequence(1), changes: &changes, to, definition: None };
    let projections = &[ProjectionWrite { name: STATE, change: ProjectionChange::Advance(advance) }];
    let unit = store.begin(space, Access::Open).unwrap();
    let refused = unit.commit(&WriteSet { keys: &keys, projections, ..WriteSet::default() });
    assert_eq!(refused.unwrap_err().kind(), "checkpoint_moved");
    assert_eq!(store.events().remembered(space, "key").unwrap(), None);
    assert_eq!(store.pstate().get(space.into(), "k").unwrap(), None);
}

pub fn a_second_unit_of_work_on_the_same_thread_is_refused(fixture: &Fixture) {
    let (store, space) = (&fixture.store, fixture.space("a").space_id);
    let events = placed(store, space, 1);
    let unit = store.begin(space, Access::Open).unwrap();
    let second =
        store.begin(fixture.store.events().space(space).unwrap().unwrap().space.space_id, Access::Open);
    assert_eq!(second.map(drop).unwrap_err().kind(), "nested_unit");
    unit.commit(&WriteSet { events: &events, ..WriteSet::default() }).unwrap();
    assert_eq!(store.events().last_event_id().unwrap(), EventId(1));
}

pub fn a_write_beside_a_unit_of_work_on_the_same_thread_is_refused(fixture: &Fixture) {
    let (store, space) = (&fixture.store, fixture.space("a").space_id);
    let events = store.events();
    let append = || {
        let append = Append { expected: Expected::Any, now: START, events: &numbered(1) };
        events.append(space, append).map(drop)
    };
    let create = || events.create_space("b", None, START).map(drop);
    let delete = || events.begin_delete(space, &mark_owner(1), None).map(drop);
    let unit = store.begin(space, Access::Open).unwrap();
    for write in [&append as &dyn Fn() -> crate::Result<()>, &create, &delete] {
        assert_eq!(write().unwrap_err().kind(), "nested_unit");
    }
    drop(unit);
    append().unwrap();
    assert_eq!(events.totals().unwrap().spaces, 1);
}

pub fn a_unit_of_work_on_a_closed_space_is_refused(fixture: &Fixture) {
    let (store, space) = (&fixture.store, fixture.space("a").space_id);
    let refused = |space, access| store.begin(space, access).map(drop).unwrap_err().kind();
    assert_eq!(refused(SpaceId(99), Access::Open), "unknown_space");
    assert_eq!(refused(space, Access::Importing(mark_owner(1).token)), "not_importing");
    store.events().begin_delete(space, &mark_owner(1), None).unwrap();
    assert_eq!(refused(space, Access::Open), "space_deleting");
}

pub fn a_group_commits_all_of_its_units_or_none(fixture: &Fixture) {
    let (store, a, b) = (&fixture.store, fixture.space("a").space_id, fixture.space("b").space_id);
    // An engine may commit each unit by itself.
    let Some(group) = store.begin_group().unwrap() else { return };
    let add = |group: &crate::content_store::UnitGroup<'_>, space| {
        let unit = group.begin(space, Access::Open)?;
        let mut tail = unit.tail();
        let events: Vec<Event> = numbered(2).into_iter().map(|new| tail.place(space, new, START)).collect();
        unit.commit(&WriteSet { events: &events, ..WriteSet::default() }).map(|_| tail.last_event_id.0)
    };
    assert_eq!([a, b, a].map(|space| add(&group, space).unwrap()), [2, 4, 6]);
    assert_eq!(fixture.other_process().events().last_event_id().unwrap(), EventId(0));
    drop(group);
    assert_eq!(store.events().last_event_id().unwrap(), EventId(0));
    let group = store.begin_group().unwrap().unwrap();
    for space in [a, b, a] {
        add(&group, space).unwrap();
    }
    group.commit().unwrap();
    assert_eq!(fixture.other_process().events().last_event_id().unwrap(), EventId(6));
    let group = store.begin_group().unwrap().unwrap();
    add(&group, a).unwrap();
    assert_eq!(add(&group, SpaceId(9)).unwrap_err().kind(), "unknown_space");
    let unit = group.begin(a, Access::Open).unwrap();
    let wrong = numbered(1).into_iter().map(|new| crate::event_store::Tail::default().place(a, new, START));
    unit.commit(&WriteSet { events: &wrong.collect::<Vec<_>>(), ..WriteSet::default() }).unwrap_err();
    assert!(matches!(group.commit(), Err(crate::Error::Store(StoreError::Engine { .. }))));
    assert_eq!(store.events().last_event_id().unwrap(), EventId(6));
    append(store.events(), a, &numbered(1));
}

pub fn spaces_are_created_together_under_the_names_that_are_free(fixture: &Fixture) {
    let events = fixture.store.events();
    let taken = fixture.space("b");
    let names = ["a", "b", "c"].map(str::to_owned);
    let created = events.create_spaces(&names, None, START).unwrap();
    let found = created.iter().map(|space| space.as_ref().map(|space| space.space_name.as_str()));
    assert_eq!(found.collect::<Vec<_>>(), [Some("a"), None, Some("c")]);
    assert_eq!(events.find_space("b").unwrap().unwrap().space, taken);
    let invalid = events.create_spaces(&["d".to_owned(), String::new()], None, START);
    assert_eq!(invalid.unwrap_err().kind(), "invalid_space_name");
    assert_eq!(events.totals().unwrap().spaces, 3);
    remember(events, taken.space_id, "key", &remembered(&[], 0));
}
