//! Reading while spaces are written or deleted, or cannot be read.

use std::thread;

use serde_json::json;

use crate::{NewEvent, Page, SpaceSequence};

use super::{delete_all, sequences};
use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{append, event, numbered};

pub fn an_entity_of_a_deleted_space_is_an_empty_page(fixture: &Fixture) {
    let events = fixture.store.events();
    let (kept, deleted) = (fixture.space("kept").space_id, fixture.space("deleted").space_id);
    append(events, kept, &numbered(3));
    append(events, deleted, &numbered(3000));
    let page = Page::forward(None, 9999);
    assert_eq!(events.read_entity(deleted, "e0", page).unwrap().len(), 1000);
    delete_all(events, deleted);
    for page in [page, Page::backward(None, 9), Page::forward(Some(SpaceSequence(7)), 9)] {
        assert_eq!(events.read_entity(deleted, "e0", page).unwrap(), []);
    }
    assert_eq!(sequences(&events.read_entity(kept, "e0", page).unwrap()), [1]);
}

pub fn entities_are_listed_by_prefix_wherever_their_events_are(fixture: &Fixture) {
    let events = fixture.store.events();
    let (many, few) = (fixture.space("many").space_id, fixture.space("few").space_id);
    // An entity has its only event near the start, in the middle or at the end of the log.
    let entity = |number: u64| match number {
        7 => "rare early".to_owned(),
        11_000 => "rare é".to_owned(),
        12_340 => "rare late".to_owned(),
        _ => format!("e{:03}", number % 500),
    };
    for from in (1..=12_345_u64).step_by(1000) {
        let range = from..(from + 1000).min(12_346);
        let new: Vec<NewEvent> = range.map(|number| event(&entity(number), "t", json!({}))).collect();
        append(events, many, &new);
    }
    append(events, few, &[event("rare", "t", json!({})), event("e001", "t", json!({}))]);
    let listed = |space, prefix, limit| events.entities(space, prefix, limit).unwrap();
    assert_eq!(listed(many, "rare", 99), ["rare early", "rare late", "rare é"]);
    assert_eq!(listed(many, "rare", 2), ["rare early", "rare late"]);
    assert_eq!(listed(many, "e49", 99).len(), 10);
    assert_eq!(listed(many, "", 3), ["e000", "e001", "e002"]);
    assert_eq!(listed(many, "", 999).len(), 503);
    assert_eq!(listed(few, "", 99), ["e001", "rare"]);
    for (prefix, limit) in [("x", 9), ("rare early!", 9), ("", 0), ("Rare", 9), ("%", 9)] {
        assert_eq!(listed(many, prefix, limit), [""; 0], "{prefix}");
    }
    delete_all(events, many);
    assert_eq!(listed(many, "", 9), [""; 0]);
}

pub fn appends_of_many_threads_are_numbered_without_gaps(fixture: &Fixture) {
    let events = fixture.store.events();
    let spaces = ["a", "b", "c"].map(|name| fixture.space(name).space_id);
    thread::scope(|scope| {
        for worker in 0..6 {
            scope.spawn(move || {
                for turn in 0..20 {
                    append(events, spaces[(worker + turn) % 3], &numbered(1));
                }
            });
        }
    });
    let ids = events.read_all(Page::forward(None, 999)).unwrap();
    let ids: Vec<u64> = ids.iter().map(|event| event.event_id.0).collect();
    assert_eq!(ids, (1..=120).collect::<Vec<u64>>());
    let of = |space| sequences(&events.read_space(space, Page::forward(None, 999)).unwrap());
    let lengths = spaces.map(|space| {
        let sequences = of(space);
        assert_eq!(sequences, (1..=sequences.len() as u64).collect::<Vec<u64>>());
        sequences.len()
    });
    assert_eq!(lengths.iter().sum::<usize>(), 120);
}
