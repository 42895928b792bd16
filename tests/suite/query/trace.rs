//! The tree of causes and effects.

use ramax::operations::{CheckOptions, Checked, Trace, check, keep_going, repair, trace};
use ramax::{Append, Apps, EventId, EventStore, Expected, Page, SpaceId, Store};
use serde_json::json;

use crate::on_every_store;
use crate::support::counting::events::CountingEvents;
use crate::support::{Fixture, START, event, mark_owner};

on_every_store![
    a_trace_finds_causes_and_effects_in_all_spaces,
    a_trace_reads_only_causes_and_effects,
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

fn checked(store: &Store, deep: bool) -> Checked {
    let options = CheckOptions { deep, is_running: &|_| true };
    check(store, &Apps::standard(), options, &mut keep_going).unwrap()
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

fn a_trace_reads_only_causes_and_effects(fixture: &Fixture) {
    for (space, cause, others) in
        [("a", 0, 100), ("a", 1, 100), ("b", 102, 100), ("a", 203, 100), ("b", 1, 0)]
    {
        append(fixture, space, cause);
        for _ in 0..others {
            append(fixture, "b", 0);
        }
    }
    let counting = CountingEvents::over(&fixture.store);
    let found = traced(&counting, 102, 1000);
    assert_eq!(shape(&found), [(0, 1), (1, 102), (2, 203), (3, 304), (1, 405)]);
    assert_eq!((found.searched, found.ranges.len(), found.whole), (3, 0, true));
    assert!(counting.rows() < 10, "{} of 405", counting.rows());
}

fn a_trace_stops_at_its_limit_and_reports_it(fixture: &Fixture) {
    for cause in [0, 1, 1, 1, 3, 5, 3] {
        append(fixture, "a", cause);
    }
    let limited = |id, look| {
        let found = traced(fixture.store.events(), id, look);
        assert_eq!((found.ranges.len(), found.searched), (0, (look as u64).min(found.searched)));
        (shape(&found), found.whole)
    };
    assert_eq!(limited(1, 2), (vec![(0, 1), (1, 2), (1, 3)], false));
    let own_first = vec![(0, 1), (1, 3), (2, 5), (2, 7)];
    assert_eq!(limited(3, 2), (own_first, false), "the path to the event is shown, and first its effects");
    let all = vec![(0, 1), (1, 2), (1, 3), (2, 5), (3, 6), (2, 7), (1, 4)];
    assert_eq!(limited(1, 6), (all.clone(), true));
    assert_eq!(limited(1, 5).0.len(), 6);
    assert_eq!(limited(3, 5), (all, true));
}

/// Makes a file like one that was migrated after `last`.
fn forget_causes(fixture: &Fixture, last: u64) {
    let sqlite = rusqlite::Connection::open(fixture.file()).unwrap();
    sqlite.execute("UPDATE store SET causes_after = ?1", [last.cast_signed()]).unwrap();
    sqlite.execute("DELETE FROM event_causes WHERE event_id <= ?1", [last.cast_signed()]).unwrap();
}

#[test]
fn effects_before_the_index_are_searched_for_up_to_a_limit() {
    let fixture = Fixture::one_file();
    append(&fixture, "a", 0);
    append(&fixture, "a", 1);
    for _ in 0..100 {
        append(&fixture, "b", 0);
    }
    append(&fixture, "a", 2);
    append(&fixture, "a", 103);
    forget_causes(&fixture, 104);
    let counting = CountingEvents::over(&fixture.store);
    let root = traced(&counting, 1, 50);
    assert_eq!((shape(&root), root.whole, root.searched), (vec![(0, 1), (1, 2)], false, 50));
    assert_eq!(root.ranges, [(EventId(1), EventId(51))]);
    assert!(counting.rows() <= 55, "it reads no more events than it returns");
    let late = traced(&counting, 103, 50);
    let whole = [(0, 1), (1, 2), (2, 103), (3, 104)];
    assert_eq!(shape(&late), whole, "the path to the event is shown, and its effects");
    assert_eq!(late.ranges, [(EventId(1), EventId(51)), (EventId(103), EventId(104))]);
    assert!(!late.whole && traced(&counting, 103, 103).whole);
    // Later effects are found through the index.
    append(&fixture, "b", 2);
    append(&fixture, "b", 105);
    let both = traced(fixture.store.events(), 1, 50);
    assert_eq!((shape(&both), both.whole), (vec![(0, 1), (1, 2), (2, 105), (3, 106)], false));
    let pages = |page| {
        let effects = fixture.store.events().effects_of(EventId(2), page).unwrap();
        effects.iter().map(|event| event.event_id.0).collect::<Vec<_>>()
    };
    assert_eq!(pages(Page::forward(None, 9)), [103, 105]);
    assert_eq!(pages(Page::backward(None, 9)), [105, 103]);
    assert_eq!([pages(Page::forward(None, 1)), pages(Page::backward(None, 1))], [[103], [105]]);
    // Until a repair indexes all of them.
    repair(&fixture.store, &checked(&fixture.store, false), &mut keep_going).unwrap();
    let repaired = traced(fixture.store.events(), 104, 50);
    assert_eq!(shape(&repaired), [(0, 1), (1, 2), (2, 103), (3, 104), (2, 105), (3, 106)]);
    assert_eq!((repaired.whole, repaired.ranges.len()), (true, 0));
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
