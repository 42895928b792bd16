//! Reading while spaces are written or deleted, or cannot be read.

use std::thread;

use ramax::event_store::EventStream;
use ramax::{Event, Page, SpaceSequence};

use super::{append, delete_all, numbered, sequences};
use crate::on_every_store;
use crate::support::Fixture;
use crate::support::counting::events::CountingEvents;

on_every_store![
    an_entity_of_a_deleted_space_is_an_empty_page,
    a_stream_holds_one_batch_at_a_time,
    a_stream_yields_the_error_of_an_unreadable_page_and_ends,
    appends_of_many_threads_are_numbered_without_gaps,
];

fn an_entity_of_a_deleted_space_is_an_empty_page(fixture: &Fixture) {
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

fn a_stream_holds_one_batch_at_a_time(fixture: &Fixture) {
    let space = fixture.space("a").space_id;
    append(fixture.store.events(), space, &numbered(1000));
    let counting = CountingEvents::over(&fixture.store);
    let mut taken = 0;
    let mut read = 0;
    for event in EventStream::new(&counting, space, SpaceSequence::START, 50) {
        event.unwrap();
        taken += 1;
        read += counting.rows();
        assert!(read - taken < 50, "{read} events were read when the {taken}th was taken");
    }
    assert_eq!((taken, read), (1000, 1000));
}

fn a_stream_yields_the_error_of_an_unreadable_page_and_ends(fixture: &Fixture) {
    let space = fixture.space("a").space_id;
    append(fixture.store.events(), space, &numbered(30));
    let counting = CountingEvents::over(&fixture.store);
    let mut stream = EventStream::new(&counting, space, SpaceSequence::START, 10);
    let first: ramax::Result<Vec<Event>> = stream.by_ref().take(10).collect();
    assert_eq!(first.unwrap().len(), 10);
    counting.fail(true);
    assert_eq!(stream.next().unwrap().unwrap_err().kind(), "shadow_gone");
    counting.fail(false);
    assert!(stream.next().is_none(), "after an error the stream does not skip unread events");
}

fn appends_of_many_threads_are_numbered_without_gaps(fixture: &Fixture) {
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
