//! Streams over event stores, and pages of a file. What every event store has to do is in the conformance suite.

use ramax::event_store::{EventStream, PAGE_BYTES, is_last_page};
use ramax::{Event, Page, SpaceSequence};
use serde_json::json;

use crate::on_every_store;
use crate::support::counting::events::CountingEvents;
use crate::support::{Fixture, append, event, numbered};

on_every_store![a_stream_holds_one_batch_at_a_time, a_stream_yields_the_error_of_an_unreadable_page_and_ends,];

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

#[test]
fn a_page_of_large_events_ends_early_in_a_file() {
    let fixture = Fixture::one_file();
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    let large = |id: &str| event(id, "t", json!("x".repeat(PAGE_BYTES / 2)));
    append(events, space, &["c1", "c2", "c1", "c2", "c1"].map(large));
    for turn in [Page::forward, Page::backward] {
        let lengths = |read: &dyn Fn(Page<SpaceSequence>) -> Vec<Event>| {
            let (mut lengths, mut after) = (Vec::new(), None);
            loop {
                let page = read(turn(after, 99));
                lengths.push(page.len());
                after = page.last().map(|event| event.space_sequence).or(after);
                if is_last_page(&page, 99) {
                    return lengths;
                }
            }
        };
        assert_eq!(lengths(&|page| events.read_space(space, page).unwrap()), [2, 2, 1]);
        assert_eq!(lengths(&|page| events.read_entity(space, "c1", page).unwrap()), [2, 1]);
    }
    assert_eq!(events.read_all(Page::forward(None, 99)).unwrap().len(), 2);
}
