//! Event stores.

pub mod causes;
pub mod copying;
pub mod feed;
pub mod limits;
pub mod reading;
pub mod redaction;
pub mod units;

use crate::event_store::EventStream;

use crate::{
    Append, Error, Event, EventId, EventStore, Expected, Json, NewEvent, Page, SpaceId, SpaceMetadata,
    SpaceSequence, StoreError, Timestamp,
};
use serde_json::json;

use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{START, append, event, mark_owner, numbered, remember};

fn sequences(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.space_sequence.0).collect()
}

fn conflict(result: crate::Result<Vec<Event>>) -> (SpaceSequence, Option<EventId>) {
    match result {
        Err(Error::Store(StoreError::Conflict { actual, rival, .. })) => (actual, rival),
        other => panic!("expected a conflict, got {other:?}"),
    }
}

pub fn a_space_is_created_once_and_found_again(fixture: &Fixture) {
    let events = fixture.store.events();
    let written = r#"{"plan":"enterprise","seats":12345678901234567890123,"rate":1.10,"rate":1e400}"#;
    let metadata = SpaceMetadata::parse(written).unwrap();
    let free = SpaceMetadata::parse(r#"{"plan":"free"}"#).unwrap();
    let acme = events.get_or_create_space("crm_acme", Some(&metadata), START).unwrap();
    let again = events.get_or_create_space("crm_acme", Some(&free), START).unwrap();
    assert_eq!(acme, again, "an existing space keeps its own metadata");
    assert_eq!(acme.metadata.as_ref().map(SpaceMetadata::as_str), Some(written), "digit by digit");
    let found = events.find_space("crm_acme").unwrap().unwrap();
    assert_eq!(found.space, acme);
    assert_eq!(events.space(acme.space_id).unwrap().unwrap(), found);
    assert_eq!(events.find_space("nobody").unwrap(), None);
    assert_eq!(events.space(SpaceId(99)).unwrap(), None);
}

pub fn space_names_must_not_be_empty_or_too_long(fixture: &Fixture) {
    let events = fixture.store.events();
    for name in ["", &"x".repeat(201)] {
        let error = events.get_or_create_space(name, None, START).unwrap_err();
        assert_eq!(error.kind(), "invalid_space_name");
    }
    assert_eq!(events.get_or_create_space(&"ü".repeat(200), None, START).unwrap().space_id, SpaceId(1));
}

pub fn spaces_are_paged_by_id_in_both_directions(fixture: &Fixture) {
    let events = fixture.store.events();
    let ids: Vec<SpaceId> = (0..5).map(|n| fixture.space(&format!("space {n}")).space_id).collect();
    assert!(ids.is_sorted());
    let page = |page| -> Vec<SpaceId> {
        events.spaces(page).unwrap().iter().map(|record| record.space.space_id).collect()
    };
    assert_eq!(page(Page::forward(None, 2)), ids[..2]);
    assert_eq!(page(Page::forward(Some(ids[1]), 9)), ids[2..]);
    assert_eq!(page(Page::backward(None, 2)), [ids[4], ids[3]]);
    assert_eq!(page(Page::backward(Some(ids[2]), 9)), [ids[1], ids[0]]);
}

pub fn sequences_start_at_one_in_each_space_and_event_ids_rise_over_all(fixture: &Fixture) {
    let events = fixture.store.events();
    let (a, b) = (fixture.space("a").space_id, fixture.space("b").space_id);
    let mut ids = Vec::new();
    for _ in 0..3 {
        for (space, count) in [(a, 2), (b, 1)] {
            ids.extend(append(events, space, &numbered(count)).iter().map(|event| event.event_id.0));
        }
    }
    assert_eq!(ids, (1..=9).collect::<Vec<u64>>());
    assert_eq!(sequences(&events.read_space(a, Page::forward(None, 99)).unwrap()), [1, 2, 3, 4, 5, 6]);
    assert_eq!(sequences(&events.read_space(b, Page::forward(None, 99)).unwrap()), [1, 2, 3]);
    assert_eq!(events.last_event_id().unwrap(), EventId(9));
}

pub fn an_event_is_read_back_unchanged(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    append(events, space, &numbered(1));
    let mut new = event("c1", "contact.added", json!({"z": 1, "a": [null, 1.5, "ü"]}));
    new.causation_id = Some(EventId(1));
    new.correlation_id = Some(fixture.store.ids().new_id());
    let appended = append(events, space, &[new.clone()]).remove(0);
    let read = events.event(appended.event_id).unwrap().unwrap();
    assert_eq!(read, appended);
    assert_eq!(read.payload.as_str(), r#"{"z":1,"a":[null,1.5,"ü"]}"#, "keys keep their order");
    assert_eq!((read.causation_id, read.correlation_id), (new.causation_id, new.correlation_id));
    assert!(read.intact);
    assert_eq!(events.event(EventId(99)).unwrap(), None);
}

pub fn metadata_is_read_back_byte_for_byte_and_covered_by_the_checksum(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("crm_acme").space_id;
    let texts = [None, Some(r#"{"actor":"ada","n":1.10,"n":1e400,"actor":"\ud800"}"#), Some(" { } "), None];
    let with = |text: &Option<&str>| NewEvent {
        metadata: text.map(|text| Json::from_stored(text.to_owned())),
        ..event("c1", "t", json!({}))
    };
    let appended = append(events, space, &texts.iter().map(with).collect::<Vec<_>>());
    let read = events.read_space(space, Page::forward(None, 9)).unwrap();
    assert_eq!(read, appended);
    assert!(read.iter().map(|event| event.metadata.as_ref().map(Json::as_str)).eq(texts));
    assert!(read.iter().all(|event| event.intact));
    let mut replayed = Vec::new();
    let visit = &mut |event: &mut Event| {
        replayed.push(event.clone());
        Ok(())
    };
    events.replay(space, SpaceSequence::START, 9, visit).unwrap();
    assert_eq!(replayed, appended);
    // Without metadata, the checksum is that of earlier versions.
    let changed = |metadata| Event { metadata, ..read[1].clone() }.checksum();
    let sums = [read[1].checksum(), changed(None), changed(Some(Json::of(&json!({}))))];
    assert!(sums[0] != sums[1] && sums[1] != sums[2] && sums[0] != sums[2]);
}

pub fn events_of_one_append_share_a_time_and_follow_each_other(fixture: &Fixture) {
    let space = fixture.space("a").space_id;
    let appended = append(fixture.store.events(), space, &numbered(3));
    assert_eq!(sequences(&appended), [1, 2, 3]);
    assert!(appended.iter().all(|event| event.timestamp == START));
}

pub fn an_append_meets_its_expectation_or_changes_nothing(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    let one = numbered(1);
    let attempt = |expected| events.append(space, Append { expected, now: START, events: &one });
    assert_eq!(conflict(attempt(Expected::Exists)), (SpaceSequence(0), None));
    assert_eq!(conflict(attempt(Expected::Exact(SpaceSequence(1)))), (SpaceSequence(0), None));
    attempt(Expected::Empty).unwrap();
    attempt(Expected::Exists).unwrap();
    attempt(Expected::Exact(SpaceSequence(2))).unwrap();
    let rival = Some(EventId(3));
    assert_eq!(conflict(attempt(Expected::Empty)), (SpaceSequence(3), rival));
    assert_eq!(conflict(attempt(Expected::Exact(SpaceSequence(2)))), (SpaceSequence(3), rival));
    assert_eq!(events.read_space(space, Page::forward(None, 9)).unwrap().len(), 3);
}

pub fn a_missing_space_accepts_no_events(fixture: &Fixture) {
    let append = Append { expected: Expected::Any, now: START, events: &numbered(1) };
    let error = fixture.store.events().append(SpaceId(7), append).unwrap_err();
    assert_eq!(error.kind(), "unknown_space");
}

pub fn a_space_is_read_forward_and_backward_from_anywhere(fixture: &Fixture) {
    let events = fixture.store.events();
    let (a, b, c) = (fixture.space("a").space_id, fixture.space("b").space_id, fixture.space("c").space_id);
    for space in [a, b, c] {
        append(events, space, &numbered(5));
    }
    let page = |page| sequences(&events.read_space(b, page).unwrap());
    assert_eq!(page(Page::forward(None, 2)), [1, 2]);
    assert_eq!(page(Page::forward(Some(SpaceSequence(2)), 2)), [3, 4]);
    assert_eq!(page(Page::forward(Some(SpaceSequence(4)), 9)), [5]);
    assert_eq!(page(Page::forward(Some(SpaceSequence(5)), 9)), [0; 0]);
    assert_eq!(page(Page::backward(None, 2)), [5, 4]);
    assert_eq!(page(Page::backward(Some(SpaceSequence(4)), 9)), [3, 2, 1]);
    assert_eq!(page(Page::backward(Some(SpaceSequence(1)), 9)), [0; 0]);
    assert_eq!(page(Page::forward(None, 0)), [0; 0]);
}

pub fn an_entity_is_read_within_its_space_only(fixture: &Fixture) {
    let events = fixture.store.events();
    let (a, b) = (fixture.space("a").space_id, fixture.space("b").space_id);
    append(events, a, &numbered(7));
    append(events, b, &numbered(4));
    let page = |space, entity, page| sequences(&events.read_entity(space, entity, page).unwrap());
    assert_eq!(page(a, "e0", Page::forward(None, 9)), [1, 4, 7]);
    assert_eq!(page(b, "e0", Page::forward(None, 9)), [1, 4]);
    assert_eq!(page(a, "e0", Page::backward(Some(SpaceSequence(7)), 1)), [4]);
    assert_eq!(page(a, "e9", Page::forward(None, 9)), [0; 0]);
}

pub fn an_entity_with_thousands_of_events_is_read_completely_in_both_directions(fixture: &Fixture) {
    let events = fixture.store.events();
    let (a, b) = (fixture.space("a").space_id, fixture.space("b").space_id);
    for _ in 0..9 {
        append(events, a, &numbered(300));
        append(events, b, &numbered(3));
    }
    let expected: Vec<u64> = (0..2700).filter(|n| n % 300 % 3 == 1).map(|n| n + 1).collect();
    let forward = events.read_entity(a, "e1", Page::forward(None, 9999)).unwrap();
    assert_eq!(sequences(&forward), expected);
    let others = events.read_space(b, Page::forward(None, 9999)).unwrap();
    let of: Vec<&Event> = forward.iter().chain(&others).collect();
    let previous = events.read_previous(&of).unwrap();
    for (event, previous) in of.iter().zip(&previous) {
        let page = Page::backward(Some(event.space_sequence), 1);
        let expected = events.read_entity(event.space_id, &event.entity_id, page).unwrap().pop();
        assert_eq!(*previous, expected, "before {}", event.space_sequence);
    }
    assert_eq!(previous.len(), of.len());
    let mut backward = sequences(&events.read_entity(a, "e1", Page::backward(None, 9999)).unwrap());
    backward.reverse();
    assert_eq!(backward, expected);
    let after = SpaceSequence(expected[500]);
    let page = events.read_entity(a, "e1", Page::forward(Some(after), 300)).unwrap();
    assert_eq!(sequences(&page), expected[501..801]);
    let page = events.read_entity(a, "e1", Page::backward(Some(after), 300)).unwrap();
    assert_eq!(sequences(&page), expected[200..500].iter().rev().copied().collect::<Vec<_>>());
}

pub fn the_global_stream_is_ordered_by_event_id(fixture: &Fixture) {
    let events = fixture.store.events();
    let (a, b) = (fixture.space("a").space_id, fixture.space("b").space_id);
    for space in [b, a, b, a] {
        append(events, space, &numbered(1));
    }
    let page = |page| -> Vec<(u64, SpaceId)> {
        events.read_all(page).unwrap().iter().map(|event| (event.event_id.0, event.space_id)).collect()
    };
    assert_eq!(page(Page::forward(None, 9)), [(1, b), (2, a), (3, b), (4, a)]);
    assert_eq!(page(Page::forward(Some(EventId(1)), 2)), [(2, a), (3, b)]);
    assert_eq!(page(Page::backward(Some(EventId(3)), 9)), [(2, a), (1, b)]);
}

pub fn a_stream_reads_in_batches_and_yields_every_event_once(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    append(events, space, &numbered(150));
    for batch in [1, 7, 50, 150, 1000] {
        let streamed: crate::Result<Vec<Event>> =
            EventStream::new(events, space, SpaceSequence(10), batch).collect();
        assert_eq!(sequences(&streamed.unwrap()), (11..=150).collect::<Vec<u64>>(), "batches of {batch}");
    }
}

pub fn replay_shows_events_in_order_up_to_a_limit(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    let appended = append(events, space, &numbered(10));
    let mut seen = Vec::new();
    let shown = events.replay(space, SpaceSequence(3), 4, &mut |event| {
        seen.push(event.clone());
        Ok(())
    });
    assert_eq!(shown.unwrap(), 4);
    assert_eq!(seen, appended[3..7]);
}

pub fn a_failing_visitor_ends_the_replay_with_its_error(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    append(events, space, &numbered(10));
    let mut seen = 0;
    let result = events.replay(space, SpaceSequence::START, 10, &mut |_| {
        seen += 1;
        if seen == 3 { Err(StoreError::ShadowGone.into()) } else { Ok(()) }
    });
    assert_eq!((result.unwrap_err().kind(), seen), ("shadow_gone", 3));
}

pub fn time_does_not_go_back_when_the_clock_does(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    let at = |now| {
        let append = Append { expected: Expected::Any, now: Timestamp(now), events: &numbered(1) };
        events.append(space, append).unwrap()[0].timestamp.0
    };
    assert_eq!([at(1000), at(400), at(1001)], [1000, 1000, 1001]);
}

pub fn causes_can_be_traced_back(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    let mut cause = None;
    for _ in 0..4 {
        let mut new = event("e", "step", json!({}));
        new.causation_id = cause;
        cause = Some(append(events, space, &[new])[0].event_id);
    }
    let mut chain = Vec::new();
    while let Some(id) = cause {
        chain.push(id.0);
        cause = events.event(id).unwrap().unwrap().causation_id;
    }
    assert_eq!(chain, [4, 3, 2, 1]);
}

pub fn event_types_are_listed_by_space(fixture: &Fixture) {
    let events = fixture.store.events();
    let (a, b) = (fixture.space("a").space_id, fixture.space("b").space_id);
    append(
        events,
        a,
        &[event("e", "two", json!({})), event("e", "one", json!({})), event("e", "two", json!({}))],
    );
    append(events, b, &[event("e", "three", json!({}))]);
    assert_eq!(events.event_types(a).unwrap(), ["two", "one"]);
    assert_eq!(events.event_types(b).unwrap(), ["three"]);
}

pub fn totals_and_heads_are_counted(fixture: &Fixture) {
    let events = fixture.store.events();
    let (a, b) = (fixture.space("a").space_id, fixture.space("b").space_id);
    append(events, a, &[event("e", "t", json!({"k": 1})), event("e", "t", json!({}))]);
    append(events, b, &[event("e", "t", json!([1]))]);
    let head = events.space(a).unwrap().unwrap().head;
    assert_eq!((head.last_sequence.0, head.last_event_id.0, head.payload_bytes), (2, 2, 9));
    assert_eq!(head.last_timestamp, Some(START));
    let totals = events.totals().unwrap();
    assert_eq!((totals.spaces, totals.events, totals.payload_bytes), (2, 3, 12));
}

pub fn idempotency_keys_are_remembered_by_space(fixture: &Fixture) {
    let events = fixture.store.events();
    let (a, b) = (fixture.space("a").space_id, fixture.space("b").space_id);
    let remembered = crate::event_store::Remembered {
        request: crate::event_store::RequestDigest::Sha256([0xff; 32]),
        stored_at: Some(START),
        event_ids: vec![EventId(4), EventId(5)],
        space_sequence: SpaceSequence(2),
    };
    remember(events, a, "key", &remembered);
    assert_eq!(events.remembered(a, "key").unwrap(), Some(remembered));
    assert_eq!(events.remembered(b, "key").unwrap(), None);
}

pub(in crate::testing::conformance) fn delete_all(events: &dyn EventStore, space: SpaceId) {
    events.begin_delete(space, &mark_owner(1), None).unwrap();
    // Each step is a transaction: so the steps grow, and a large log takes few.
    let mut most = 3;
    while events.delete_some(space, mark_owner(1).token, most).unwrap().is_some() {
        most *= 2;
    }
    events.end_delete(space, mark_owner(1).token, false).unwrap();
}

pub fn a_deleted_space_is_gone_and_its_numbers_are_never_reused(fixture: &Fixture) {
    let events = fixture.store.events();
    let (a, b) = (fixture.space("a").space_id, fixture.space("b").space_id);
    append(events, a, &numbered(2));
    append(events, b, &numbered(1500));
    delete_all(events, b);
    assert_eq!(events.find_space("b").unwrap(), None);
    assert_eq!(events.residue(b).unwrap(), []);
    assert_eq!(events.read_space(b, Page::forward(None, 9)).unwrap(), []);
    assert_eq!(events.read_all(Page::forward(None, 9999)).unwrap().len(), 2);
    assert_eq!(events.totals().unwrap().events, 2);
    let again = fixture.space("b").space_id;
    assert!(again > b);
    assert_eq!(append(events, again, &numbered(1))[0].event_id, EventId(1503));
    assert_eq!(append(events, a, &numbered(1))[0].space_sequence, SpaceSequence(3));
}

pub fn a_space_being_deleted_accepts_no_events_and_exists_until_its_last_row_is_gone(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    append(events, space, &numbered(7));
    events.begin_delete(space, &mark_owner(1), None).unwrap();
    let append = Append { expected: Expected::Any, now: START, events: &numbered(1) };
    assert_eq!(events.append(space, append).unwrap_err().kind(), "space_deleting");
    assert_eq!(events.delete_some(space, mark_owner(1).token, 3).unwrap(), Some(4));
    assert!(events.find_space("a").unwrap().unwrap().space.state == crate::space::SpaceState::Deleting);
    while events.delete_some(space, mark_owner(1).token, 3).unwrap().is_some() {}
    events.end_delete(space, mark_owner(1).token, false).unwrap();
    assert_eq!(events.find_space("a").unwrap(), None);
    assert_eq!(events.last_event_id().unwrap(), EventId(7));
}

pub fn hostile_text_is_read_back_unchanged(fixture: &Fixture) {
    let events = fixture.store.events();
    let name = "it's \"a\" space\n\u{202e}\u{1b}[31m 漢字 🦀; DROP TABLE spaces;--";
    let space = fixture.space(name).space_id;
    let hostile = "\u{0}\u{1b}]0;x\u{7}\u{85}\u{202e}'\"\\";
    let (kind, text) = (hostile.to_owned() + &"é".repeat(188), hostile.to_owned() + &"é".repeat(988));
    let long = text.clone() + &"x".repeat(1 << 20);
    append(events, space, &[event(&text, &kind, json!({ "text": long }))]);
    let read = events.event(EventId(1)).unwrap().unwrap();
    assert!(read.intact);
    assert_eq!((&read.entity_id, &*read.event_type), (&text, kind.as_str()));
    assert_eq!(read.payload.to_value()["text"], json!(long));
    assert_eq!(events.find_space(name).unwrap().unwrap().space.space_name, name);
    assert_eq!(events.read_entity(space, &text, Page::forward(None, 9)).unwrap().len(), 1);
}
