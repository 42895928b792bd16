//! The tree of causes and effects.

use ramax::operations::{Trace, trace};
use ramax::{Append, EventId, EventStore, Expected, SpaceId};
use serde_json::json;

use crate::on_every_store;
use crate::support::counting::events::CountingEvents;
use crate::support::{Fixture, START, event, mark_owner};

on_every_store![
    a_trace_finds_causes_and_effects_in_all_spaces,
    a_trace_stops_at_its_limit_and_reports_it,
    a_missing_cause_is_named,
];

/// Appends an event with this cause. Ids start at 1.
fn append(fixture: &Fixture, space: &str, cause: u64) -> SpaceId {
    let space_id = fixture.space(space).space_id;
    let mut new = event("e", "t", json!({}));
    new.causation_id = (cause > 0).then_some(EventId(cause));
    let append = Append { expected: Expected::Any, now: START, events: &[new] };
    fixture.store.events().append(space_id, append).unwrap();
    space_id
}

fn traced(events: &dyn EventStore, id: u64, look: usize) -> Trace {
    trace(events, EventId(id), look).unwrap().unwrap()
}

fn shape(trace: &Trace) -> Vec<(usize, u64)> {
    trace.events.iter().map(|traced| (traced.depth, traced.event.event_id.0)).collect()
}

fn a_trace_finds_causes_and_effects_in_all_spaces(fixture: &Fixture) {
    for (space, cause) in [("a", 0), ("a", 1), ("b", 0), ("b", 2), ("a", 3), ("a", 1), ("b", 4), ("a", 2)] {
        append(fixture, space, cause);
    }
    let events = fixture.store.events();
    let tree = [(0, 1), (1, 2), (2, 4), (3, 7), (2, 8), (1, 6)];
    for asked in [1, 2, 4, 7, 8, 6] {
        let found = traced(events, asked, 1000);
        assert_eq!((shape(&found), found.whole, found.cause), (tree.to_vec(), true, None), "{asked}");
    }
    assert_eq!(shape(&traced(events, 5, 1000)), [(0, 3), (1, 5)]);
    assert_eq!(trace(events, EventId(9), 1000).unwrap(), None);
}

fn a_trace_stops_at_its_limit_and_reports_it(fixture: &Fixture) {
    append(fixture, "a", 0);
    append(fixture, "a", 1);
    for _ in 0..100 {
        append(fixture, "b", 0);
    }
    append(fixture, "a", 2);
    append(fixture, "a", 103);
    let counting = CountingEvents::over(&fixture.store);
    let root = traced(&counting, 1, 50);
    assert_eq!((shape(&root), root.whole, root.searched), (vec![(0, 1), (1, 2)], false, 50));
    assert_eq!(root.ranges, [(EventId(1), EventId(51))]);
    assert!(counting.rows() <= 55, "it reads no more events than it returns");
    let late = traced(&counting, 103, 50);
    assert_eq!(
        shape(&late),
        [(0, 1), (1, 2), (2, 103), (3, 104)],
        "the path to the event is shown, and its effects"
    );
    assert_eq!(late.ranges, [(EventId(1), EventId(51)), (EventId(103), EventId(104))]);
    assert!(!late.whole && traced(&counting, 103, 103).whole);
}

fn a_missing_cause_is_named(fixture: &Fixture) {
    let gone = append(fixture, "gone", 0);
    append(fixture, "a", 1);
    let events = fixture.store.events();
    events.begin_delete(gone, &mark_owner(1), None).unwrap();
    while events.delete_some(gone, mark_owner(1).token, 100).unwrap().is_some() {}
    events.end_delete(gone, mark_owner(1).token, false).unwrap();
    let found = traced(events, 2, 10);
    assert_eq!((shape(&found), found.cause), (vec![(0, 2)], Some(EventId(1))));
}
