//! Effects, found from their cause.

use serde_json::json;

use crate::event_store::is_last_page;
use crate::{Event, EventId, EventStore, Page, SpaceId};

use super::delete_all;
use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{append, event, numbered};

/// Appends an event with this cause.
fn effect(events: &dyn EventStore, space_id: SpaceId, cause: EventId) -> EventId {
    let mut new = event("e", "effect", json!({}));
    new.causation_id = Some(cause);
    append(events, space_id, &[new])[0].event_id
}

fn ids(events: &[Event]) -> Vec<EventId> {
    events.iter().map(|event| event.event_id).collect()
}

fn effects(events: &dyn EventStore, cause: EventId) -> Vec<EventId> {
    ids(&events.effects_of(cause, Page::forward(None, 999)).unwrap())
}

pub fn effects_are_found_in_all_spaces(fixture: &Fixture) {
    let events = fixture.store.events();
    let [a, b] = ["a", "b"].map(|name| fixture.space(name).space_id);
    let cause = append(events, b, &numbered(3))[1].event_id;
    let found = [a, b, b, a].map(|space_id| effect(events, space_id, cause));
    append(events, a, &numbered(2));
    let further = effect(events, a, found[0]);
    assert_eq!(effects(events, cause), found, "by id, without their own effects");
    assert_eq!(effects(events, found[0]), [further]);
    assert_eq!(effects(events, further), []);
    assert_eq!(effects(events, EventId(99)), []);
    let first = &events.effects_of(cause, Page::forward(None, 1)).unwrap()[0];
    assert_eq!(Some(first), events.event(found[0]).unwrap().as_ref());
    assert_eq!(events.effects_indexed_after().unwrap(), EventId(0));
}

pub fn effects_are_paged_in_both_directions(fixture: &Fixture) {
    let events = fixture.store.events();
    let [a, b] = ["a", "b"].map(|name| fixture.space(name).space_id);
    let causes = [append(events, a, &numbered(1))[0].event_id, append(events, b, &numbered(1))[0].event_id];
    let all: Vec<EventId> =
        (0..20).map(|n| (effect(events, [a, b][n % 2], causes[0]), effect(events, a, causes[1])).0).collect();
    let reversed: Vec<EventId> = all.iter().rev().copied().collect();
    for (turn, expected) in [(Page::forward as fn(_, _) -> _, all.clone()), (Page::backward, reversed)] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = events.effects_of(causes[0], turn(after, 7)).unwrap();
            found.extend(ids(&page));
            after = found.last().copied();
            if is_last_page(&page, 7) {
                break;
            }
        }
        assert_eq!(found, expected);
        // A page may start at any id.
        let between = EventId(all[9].0 + 1);
        let at = expected.iter().position(|id| [all[9], all[10]].contains(id)).unwrap() + 1;
        assert_eq!(ids(&events.effects_of(causes[0], turn(Some(between), 3)).unwrap()), expected[at..at + 3]);
    }
}

pub fn the_effects_of_a_deleted_space_are_gone(fixture: &Fixture) {
    let events = fixture.store.events();
    let [kept, deleted] = ["kept", "deleted"].map(|name| fixture.space(name).space_id);
    let causes = [kept, deleted].map(|space_id| append(events, space_id, &numbered(1))[0].event_id);
    let found = causes.map(|cause| [kept, deleted].map(|space_id| effect(events, space_id, cause)));
    delete_all(events, deleted);
    for (cause, found) in causes.into_iter().zip(found) {
        assert_eq!(effects(events, cause), found[..1], "those in other spaces stay");
    }
    let rows = events.rows_by_table(deleted).unwrap();
    assert!(rows.iter().all(|(_, rows)| *rows == 0), "{rows:?}");
}

pub fn an_event_is_no_effect_of_a_later_one(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    for cause in [3, 2, 1] {
        effect(events, space, EventId(cause));
    }
    assert_eq!([1, 2, 3].map(|cause| effects(events, EventId(cause))), [vec![EventId(3)], vec![], vec![]]);
}
