//! The conditions of commands, closures and appends.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::apps::Crm;
use crate::clock::{CountingIds, SteppingClock, Timestamp};
use crate::limits::KEY_RETENTION;
use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{START, add_contact, event, rename_contact};
use crate::{Conditions, ContentStore, Error, Event, EventId, Executed, Expected, Json, NewEvent, Request};
use crate::{Page, Result, SpaceSequence, Store, StoreError};

fn of_entity(entity_id: &str, sequence: u64) -> Conditions {
    Conditions::default().expecting_entity(entity_id, Expected::Exact(SpaceSequence(sequence)))
}

fn conflict(result: Result<Executed>) -> (Option<String>, SpaceSequence, Option<EventId>) {
    match result {
        Err(Error::Store(StoreError::Conflict { entity_id, actual, rival, .. })) => {
            (entity_id, actual, rival)
        }
        other => panic!("expected a conflict, got {other:?}"),
    }
}

fn stored(crm: &ContentStore, event_id: EventId) -> Event {
    crm.store().events().event(event_id).unwrap().unwrap()
}

fn note(text: &str) -> NewEvent {
    event("c1", "note.taken", json!(text))
}

/// Far more events than an index of entities may lag behind.
const MANY: usize = 2500;

pub fn a_write_meets_its_expectation_of_an_entity_or_reports_the_conflict(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let space_id = crm.space_id();
    let rename = |conditions| crm.execute(Request { command: rename_contact("c1", "Ada"), conditions });
    crm.execute(Request { command: add_contact("c1"), conditions: of_entity("c1", 0) }).unwrap();
    let others: Vec<NewEvent> = (0..MANY).map(|n| event(&format!("e{n}"), "thing", json!(n))).collect();
    fixture.store.append(space_id, &Conditions::default(), &others).unwrap();
    // Events of other entities do not matter.
    let done = rename(of_entity("c1", 1)).unwrap();
    let at = done.space_sequence;
    let rival = Some(done.event_ids[0]);
    let expected = (Some("c1".to_owned()), at, rival);
    assert_eq!(conflict(rename(of_entity("c1", 1))), expected);
    let error = rename(of_entity("c1", 1)).unwrap_err();
    assert_eq!(error.kind(), "conflict");
    let text = format!(
        "expected sequence 1 but the entity c1 is at sequence {at} (last event {})",
        done.event_ids[0]
    );
    assert_eq!(error.to_string(), text);
    let request = Request { command: rename_contact("c1", "B"), conditions: of_entity("c1", 1) };
    assert_eq!(crm.preview(request).unwrap_err().kind(), "conflict");
    let mut called = false;
    let commit = crm.commit_if(&of_entity("c1", 1), |_| {
        called = true;
        Ok(vec![note("never")])
    });
    assert_eq!((conflict(commit), called), (expected.clone(), false));
    assert_eq!(conflict(fixture.store.append(space_id, &of_entity("c1", 1), &[note("never")])), expected);
    let none = conflict(fixture.store.append(space_id, &of_entity("c2", 7), &[note("never")]));
    assert_eq!(none, (Some("c2".to_owned()), SpaceSequence(0), None));
    let exists = Conditions::default().expecting_entity("c1", Expected::Empty);
    assert_eq!(conflict(rename(exists)), expected);
    assert_eq!(crm.event_count().unwrap(), at.0, "a conflict writes nothing");
    crm.commit_if(&of_entity("c1", at.0), |_| Ok(vec![note("met")])).unwrap();
    fixture.store.append(space_id, &of_entity("c1", at.0 + 1), &[note("met")]).unwrap();
}

pub fn an_expectation_of_an_entity_sees_earlier_commands_of_its_batch(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let request = |command, sequence| Request { command, conditions: of_entity("c1", sequence) };
    let outcomes = crm
        .execute_batch(&[
            request(add_contact("c1"), 0),
            request(rename_contact("c1", "stale"), 0),
            request(add_contact("c2"), 1),
            request(rename_contact("c1", "Ada"), 1),
            request(rename_contact("c1", "stale"), 1),
        ])
        .unwrap();
    let outcomes: Vec<_> =
        outcomes.iter().map(|outcome| outcome.as_ref().map(|done| done.space_sequence.0).ok()).collect();
    assert_eq!(outcomes, [Some(1), None, Some(2), Some(3), None]);
}

pub fn a_closure_and_an_append_accept_every_condition_of_a_command(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let first = crm.execute(add_contact("c1")).unwrap();
    let conditions = |key: &str, at| Conditions {
        expected: Expected::Exact(SpaceSequence(at)),
        idempotency_key: Some(key.to_owned()),
        correlation_id: stored(&crm, first.event_ids[0]).correlation_id,
        causation_id: Some(first.event_ids[0]),
        metadata: Some(Json::of(&json!({"actor": "ada"}))),
        ..Conditions::default()
    };
    let commit = || crm.commit_if(&conditions("commit", 1), |_| Ok(vec![note("a"), note("b")]));
    let append = || fixture.store.append(crm.space_id(), &conditions("append", 3), &[note("c")]);
    let (committed, appended) = (commit().unwrap(), append().unwrap());
    for event_id in committed.event_ids.iter().chain(&appended.event_ids) {
        let event = stored(&crm, *event_id);
        let before = stored(&crm, first.event_ids[0]);
        assert_eq!(
            (event.correlation_id, event.causation_id),
            (before.correlation_id, Some(before.event_id))
        );
        assert_eq!(event.metadata.unwrap().as_str(), r#"{"actor":"ada"}"#);
    }
    for (again, done) in [(commit().unwrap(), committed), (append().unwrap(), appended)] {
        assert!(again.repeated && !done.repeated);
        assert_eq!((again.event_ids, again.space_sequence), (done.event_ids, done.space_sequence));
    }
    assert_eq!(crm.event_count().unwrap(), 4);
    let unknown = Conditions { causation_id: Some(EventId(99)), ..Conditions::default() };
    let refused = fixture.store.append(crm.space_id(), &unknown, &[note("d")]).unwrap_err();
    assert_eq!(refused.kind(), "invalid_field");
    let late = Conditions { expected: Expected::Empty, ..Conditions::default() };
    assert_eq!(conflict(crm.commit_if(&late, |_| Ok(vec![note("d")]))).0, None);
}

pub fn the_events_of_an_append_share_one_correlation_id(fixture: &Fixture) {
    let space_id = fixture.space("notes").space_id;
    let append = |events: &[NewEvent]| {
        let done = fixture.store.append(space_id, &Conditions::default(), events).unwrap();
        let event = |id| fixture.store.events().event(id).unwrap().unwrap();
        done.event_ids.into_iter().map(event).map(|event| event.correlation_id).collect::<Vec<_>>()
    };
    let own = fixture.store.ids().new_id();
    let of_process = NewEvent { correlation_id: Some(own), ..note("b") };
    let first = append(&[note("a"), of_process, note("c")]);
    assert!(first[0].is_some() && first[0] == first[2] && first[1] == Some(own) && first[0] != Some(own));
    assert!(append(&[note("d")])[0] != first[0]);
    assert_eq!(append(&[]), []);
}

pub fn metadata_of_a_write_is_added_to_that_of_its_events(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let of = |text: &str| Conditions {
        metadata: Some(Json::from_stored(text.to_owned())),
        ..Conditions::default()
    };
    let own = || note("a").with_metadata(Json::of(&json!({"actor": "app", "rule": 7})));
    let done =
        crm.commit_if(&of(r#" {"actor":"ada","rate":1.10} "#), |_| Ok(vec![own(), note("b")])).unwrap();
    let texts = done.event_ids.iter().map(|id| stored(&crm, *id).metadata.unwrap().to_string());
    assert!(texts.eq([r#"{"actor":"app","rule":7,"rate":1.10}"#, r#" {"actor":"ada","rate":1.10} "#]));
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(crate::limits::LONGEST_METADATA));
    for text in ["[]", "", "{", r#"{"$redacted":1}"#, &large] {
        let request = Request { command: add_contact("c1"), conditions: of(text) };
        for error in [crm.preview(request.clone()).unwrap_err(), crm.execute(request).unwrap_err()] {
            assert_eq!(error.kind(), "invalid_field", "{error}");
        }
    }
    // Together they are too large.
    let half = format!(r#"{{"a":"{}"}}"#, "x".repeat(crate::limits::LONGEST_METADATA / 2));
    let other = note("c").with_metadata(Json::from_stored(half.replace("\"a\"", "\"b\"")));
    let error = crm.commit_if(&of(&half), |_| Ok(vec![other.clone()])).unwrap_err();
    assert_eq!(error.kind(), "invalid_event");
    assert_eq!(crm.event_count().unwrap(), 2);
}

pub fn an_expired_idempotency_key_is_removed_and_a_younger_one_is_not(fixture: &Fixture) {
    let keyed = |store: &Store, numbers: std::ops::Range<u64>| {
        let crm = ContentStore::open(store, "crm_acme", Arc::new(Crm)).unwrap();
        for number in numbers {
            let conditions =
                Conditions { idempotency_key: Some(format!("{number:05}")), ..Conditions::default() };
            crm.commit_if(&conditions, |_| Ok(vec![])).unwrap();
        }
        crm.space_id()
    };
    let at = |milliseconds: i64| {
        let clock = SteppingClock::new(Timestamp(START.0 + milliseconds), 0);
        fixture.store.clone().with_origin(Arc::new(clock), Arc::new(CountingIds::default()))
    };
    let retention = i64::try_from(KEY_RETENTION.as_millis()).unwrap();
    let space_id = keyed(&at(0), 0..40);
    keyed(&at(1), 40..80);
    let keys = || {
        let page = fixture.store.events().remembered_page(space_id, Page::forward(None, 999)).unwrap();
        page.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
    };
    // To the last moment of its time, a key is kept, whatever the others do.
    keyed(&at(retention), 80..200);
    assert_eq!(keys().len(), 200);
    keyed(&at(retention + 1), 200..400);
    assert_eq!(keys().first().map(String::as_str), Some("00040"), "the first forty have expired");
    assert_eq!(keys().len(), 360);
    assert_eq!(fixture.store.events().key_faults(space_id).unwrap(), Vec::<String>::new());
    // A store may keep keys for a shorter time.
    keyed(&at(retention + 2).with_key_retention(Duration::ZERO), 400..900);
    assert_eq!(keys(), (400..900).map(|number| format!("{number:05}")).collect::<Vec<_>>());
    assert_eq!(fixture.store.events().key_faults(space_id).unwrap(), Vec::<String>::new());
}

pub fn the_version_of_a_store_rises_with_each_of_its_own_commits(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let version = || fixture.store.version().unwrap();
    let mut last = version();
    let mut rises = || std::mem::replace(&mut last, version()) < last;
    assert!(!rises(), "nothing was committed");
    crm.execute(add_contact("c1")).unwrap();
    assert!(rises());
    crm.execute(add_contact("c1")).unwrap_err();
    assert_eq!(crm.event_count().unwrap(), 1);
    assert!(!rises(), "a rejected command commits nothing");
    fixture.store.append(crm.space_id(), &Conditions::default(), &[event("c1", "x.y", json!({}))]).unwrap();
    assert!(rises());
    assert_eq!(Crm::contact_count(&crm).unwrap(), 1);
    assert!(rises(), "the projection has changed");
}
