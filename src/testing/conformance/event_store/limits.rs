//! Limits of stored data: valid JSON, with the same limits in every store.

use crate::error::InvalidEvent;
use crate::event_store::{EventStream, PAGE_BYTES, is_last_page};
use crate::limits::{
    LAST_EVENT_ID, LAST_KEPT_EVENT_ID, LONGEST_ENTITY_ID, LONGEST_EVENT_TYPE, LONGEST_METADATA,
    LONGEST_PAYLOAD,
};
use crate::{
    Append, Error, Event, EventId, Expected, Json, NewEvent, Page, SpaceMetadata, SpaceSequence, StoreError,
};
use serde_json::json;

use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{START, append, event, mark_owner};

/// Appends a valid event and then this one, and returns the reason why it is refused.
fn refused(fixture: &Fixture, new: NewEvent) -> InvalidEvent {
    let events = fixture.store.events();
    let space = fixture.space("refusing").space_id;
    let both = [event("c1", "t", json!(1)), new];
    let append = Append { expected: Expected::Any, now: START, events: &both };
    let error = events.append(space, append).unwrap_err();
    assert_eq!(events.read_space(space, Page::forward(None, 9)).unwrap(), []);
    assert_eq!(events.space(space).unwrap().unwrap().head.last_sequence, SpaceSequence::START);
    assert_eq!((error.kind(), error.hint().is_some()), ("invalid_event", true));
    match error {
        Error::Store(StoreError::InvalidEvent(invalid)) => invalid,
        other => panic!("{other:?}"),
    }
}

pub fn a_payload_that_is_not_json_is_refused_and_nothing_is_stored(fixture: &Fixture) {
    for text in
        ["nope", "", " ", "{", "{\"a\":1}x", "[1,2", "NaN", "'x'", "\u{feff}{}", "\"\0\"", "01", "{\"a\":}"]
    {
        let new = NewEvent::new("e", "t", Json::from_stored(text.to_owned()));
        let invalid = refused(fixture, new);
        assert!(matches!(invalid, InvalidEvent::PayloadNotJson { .. }), "{text:?}: {invalid}");
    }
    let events = fixture.store.events();
    let space = fixture.space("taking").space_id;
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let texts =
        ["{\"a\":1,\"a\":2}", "1e400", "\"\\ud800\"", "null", " {} ", "{\"a\":\n1.10}", deep.as_str()];
    for text in texts {
        append(events, space, &[NewEvent::new("e", "t", Json::from_stored(text.to_owned()))]);
    }
    let read = events.read_space(space, Page::forward(None, 99)).unwrap();
    assert!(read.iter().map(|event| event.payload.as_str()).eq(texts), "each as written");
}

pub fn metadata_that_is_no_object_or_uses_reserved_names_is_refused_and_nothing_is_stored(fixture: &Fixture) {
    let with = |text: String| event("e", "t", json!(1)).with_metadata(Json::from_stored(text));
    for text in ["nope", "", "[]", "null", "1", "\"{}\"", "{", "{}x", "{\"a\":}", "\u{feff}{}"] {
        let invalid = refused(fixture, with(text.to_owned()));
        assert!(matches!(invalid, InvalidEvent::MetadataNotAnObject { .. }), "{text:?}: {invalid}");
    }
    for text in [r#"{"$redacted":1}"#, r#"{"a":1,"\u0024origin":{}}"#, r#" { "$" : 1 }"#] {
        let invalid = refused(fixture, with(text.to_owned()));
        assert!(matches!(invalid, InvalidEvent::MetadataReserved { .. }), "{text:?}: {invalid}");
    }
    let filled = |bytes: usize| with(format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8)));
    let invalid = refused(fixture, filled(LONGEST_METADATA + 1));
    assert_eq!(invalid.to_string(), "the metadata of an event of e has 1,048,577 bytes; the limit is 1 MiB");
    let space = fixture.space("taking").space_id;
    append(
        fixture.store.events(),
        space,
        &[filled(LONGEST_METADATA), with(r#"{"a":{"$ref":"x"}}"#.to_owned())],
    );
}

pub fn empty_or_oversized_input_is_refused_and_nothing_is_stored(fixture: &Fixture) {
    let string = |bytes: usize| Json::from_stored(format!("\"{}\"", "x".repeat(bytes - 2)));
    let new = |entity: usize, kind: usize, payload: Json| {
        NewEvent::new("é".repeat(entity), "é".repeat(kind), payload)
    };
    let longest = || new(LONGEST_ENTITY_ID, LONGEST_EVENT_TYPE, string(LONGEST_PAYLOAD));
    let space = fixture.space("taking").space_id;
    append(fixture.store.events(), space, &[longest()]);
    for (new, why) in [
        (new(0, 1, string(2)), InvalidEvent::EntityId { characters: 0 }),
        (new(1001, 1, string(2)), InvalidEvent::EntityId { characters: 1001 }),
        (new(1, 0, string(2)), InvalidEvent::EventType { characters: 0 }),
        (new(1, 201, string(2)), InvalidEvent::EventType { characters: 201 }),
        (
            new(1, 1, string(LONGEST_PAYLOAD + 1)),
            InvalidEvent::PayloadTooLarge { entity_id: "é".to_owned(), bytes: LONGEST_PAYLOAD + 1 },
        ),
    ] {
        assert_eq!(refused(fixture, new), why);
    }
    let metadata =
        |bytes: usize| SpaceMetadata::parse(&format!("{{\"m\":\"{}\"}}", "x".repeat(bytes - 8))).unwrap();
    let events = fixture.store.events();
    events.get_or_create_space("m", Some(&metadata(LONGEST_METADATA)), START).unwrap();
    let error = events.get_or_create_space("n", Some(&metadata(LONGEST_METADATA + 1)), START).unwrap_err();
    assert_eq!((error.kind(), events.find_space("n").unwrap()), ("metadata_too_large", None));
}

pub fn event_ids_stay_within_the_exact_integers_of_json(fixture: &Fixture) {
    let events = fixture.store.events();
    let import = |name: &str, ids: &[u64]| {
        let space = events.begin_import(name, None, START, &mark_owner(1)).unwrap().space_id;
        let at = |(id, place): (&u64, u64)| {
            let new = event("c1", "t", json!(1));
            Event::appended(new, EventId(*id), space, SpaceSequence(place), START)
        };
        let numbered: Vec<Event> = ids.iter().zip(1..).map(at).collect();
        events
            .import(space, mark_owner(1).token, &numbered)
            .map(|ids| ids.into_iter().map(|id| id.0).collect::<Vec<u64>>())
    };
    let kept = LAST_KEPT_EVENT_ID.0;
    let ids = [7, 1 << 53, (1 << 53) + 1, i64::MAX as u64];
    assert_eq!(import("far", &ids).unwrap(), [7, 8, 9, 10], "ids that would exhaust the range are replaced");
    assert_eq!(import("near", &[kept - 1, kept, kept + 1]).unwrap(), [kept - 1, kept, kept + 1]);
    let space = fixture.space("after").space_id;
    assert_eq!(append(events, space, &[event("c1", "t", json!(1))])[0].event_id.0, kept + 2);
    assert!(kept + 2 < LAST_EVENT_ID.0 / 2 + 9, "half of all ids are left");
}

fn large(entity_id: &str) -> NewEvent {
    event(entity_id, "t", json!("x".repeat(PAGE_BYTES / 2)))
}

/// Reads all pages of up to 99 events, and returns their lengths.
fn pages(mut read: impl FnMut(Option<SpaceSequence>) -> Vec<Event>) -> Vec<usize> {
    let (mut sizes, mut after) = (Vec::new(), None);
    loop {
        let page = read(after);
        sizes.push(page.len());
        after = page.last().map(|event| event.space_sequence).or(after);
        if is_last_page(&page, 99) {
            return sizes;
        }
    }
}

pub fn pages_of_large_events_reach_the_last_one(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    append(events, space, &[large("c1"), large("c1"), large("c1"), large("c1"), large("c1")]);
    for turn in [Page::forward, Page::backward] {
        let all = pages(|after| events.read_space(space, turn(after, 99)).unwrap());
        let of_entity = pages(|after| events.read_entity(space, "c1", turn(after, 99)).unwrap());
        assert_eq!((all.iter().sum::<usize>(), of_entity.iter().sum::<usize>()), (5, 5));
    }
    assert_eq!(EventStream::new(events, space, SpaceSequence::START, 99).count(), 5);
}
