//! Reading while spaces are written or deleted, or cannot be read.

use std::thread;

use crate::{Page, SpaceSequence};

use super::{delete_all, sequences};
use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{append, numbered};

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
