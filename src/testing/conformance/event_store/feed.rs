//! The stream of all spaces, on every event store.

use uuid::Uuid;

use crate::event_store::{Cursor, CursorOrigin, FeedStream};
use crate::{Event, EventId, Store};

use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{append, numbered};

use super::delete_all;

fn ids(events: impl IntoIterator<Item = Event>) -> Vec<u64> {
    events.into_iter().map(|event| event.event_id.0).collect()
}

fn stream(store: &Store, after: Cursor, batch: usize) -> FeedStream<'_> {
    FeedStream::new(store.events(), after, batch)
}

pub fn every_event_of_all_spaces_is_streamed_once_in_batches_of_any_size(fixture: &Fixture) {
    let (store, events) = (&fixture.store, fixture.store.events());
    let (a, b) = (fixture.space("a").space_id, fixture.space("b").space_id);
    for _ in 0..7 {
        append(events, a, &numbered(2));
        append(events, b, &numbered(1));
    }
    for batch in [0, 1, 2, 21, 22, 1000] {
        let mut stream = stream(store, events.start().unwrap(), batch);
        let streamed: Vec<Event> = stream.by_ref().map(Result::unwrap).collect();
        assert_eq!(ids(streamed), (1..=21).collect::<Vec<_>>());
        assert_eq!(stream.cursor(), Some(&events.end().unwrap()));
    }
}

pub fn a_cursor_finds_exactly_what_was_appended_after_it(fixture: &Fixture) {
    let (events, a) = (fixture.store.events(), fixture.space("a").space_id);
    append(events, a, &numbered(3));
    let cursor = events.end().unwrap();
    assert_eq!(events.read_after(&cursor, 9).unwrap(), (Vec::new(), cursor.clone()));
    let b = fixture.space("b").space_id;
    append(events, b, &numbered(2));
    append(events, a, &numbered(1));
    let (first, cursor) = events.read_after(&cursor, 2).unwrap();
    assert_eq!(ids(first), [4, 5]);
    let (second, cursor) = events.read_after(&cursor, 2).unwrap();
    assert_eq!(ids(second), [6]);
    // Deleted events leave a gap in the ids.
    append(events, b, &numbered(2));
    delete_all(events, b);
    assert_eq!(events.read_after(&cursor, 9).unwrap().0, []);
    append(events, a, &numbered(1));
    assert_eq!(ids(events.read_after(&cursor, 9).unwrap().0), [9]);
}

pub fn a_cursor_continues_as_text_in_another_process(fixture: &Fixture) {
    let (events, a) = (fixture.store.events(), fixture.space("a").space_id);
    append(events, a, &numbered(3));
    let text = events.end().unwrap().to_string();
    assert_eq!(text.parse::<Cursor>().unwrap(), events.after(EventId(3)).unwrap());
    append(events, a, &numbered(1));
    let other = fixture.other_process();
    let (found, _) = other.events().read_after(&text.parse().unwrap(), 9).unwrap();
    assert_eq!(ids(found), [4]);
}

pub fn a_cursor_of_another_store_or_copy_or_after_the_end_is_refused(fixture: &Fixture) {
    let (events, a) = (fixture.store.events(), fixture.space("a").space_id);
    let other = fixture.another();
    append(other.store.events(), other.space("a").space_id, &numbered(1));
    let refused = |cursor: &Cursor| {
        let refused = events.read_after(cursor, 1).unwrap_err();
        assert_eq!(events.before(cursor).unwrap_err().to_string(), refused.to_string());
        refused
    };
    assert!(refused(&other.store.events().end().unwrap()).to_string().contains("another store"));
    append(events, a, &numbered(3));
    let store_id = events.store_id().unwrap();
    let incarnation = events.incarnation().unwrap();
    assert!(incarnation.is_some());
    let origin = CursorOrigin { store_id, incarnation };
    for incarnation in [None, Some(Uuid::from_u128(1))] {
        // The position exists here, but other events may precede it.
        let copied = refused(&Cursor::new(CursorOrigin { store_id, incarnation }, vec![1]));
        assert_eq!((copied.kind(), copied.to_string().contains("another copy")), ("invalid_cursor", true));
        assert!(copied.hint().unwrap().contains("start again"));
    }
    // What a position consists of differs between engines; in all of them, the last number is that of an event.
    let end = events.end().unwrap().to_string();
    let later = format!("{}-4", end.strip_suffix("-3").unwrap());
    let after = refused(&later.parse().unwrap());
    assert_eq!((after.kind(), after.to_string().contains("restored")), ("invalid_cursor", true));
    assert_eq!(refused(&Cursor::new(origin, vec![])).kind(), "invalid_cursor");
    let id = store_id.simple();
    for text in
        ["", "1", "x-1", &format!("{id}-1"), &format!("{store_id}-{store_id}-1"), &format!("{id}-{id}-x")]
    {
        assert_eq!(text.parse::<Cursor>().unwrap_err().kind(), "invalid_cursor", "{text}");
    }
}
