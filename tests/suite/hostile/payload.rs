//! Tests of payloads of events and values of projections, which may be any text.

use std::sync::Arc;

use proptest::test_runner::{Config, TestRunner};
use ramax::apps::Crm;
use ramax::operations::{
    CheckOptions, Rebuild, Scope, Search, catch_up, check as check_store, export, keep_going, no_pause,
    rebuild, trace, verify,
};
use ramax::{
    Append, Apps, ContentStore, Depth, Direction, Expected, Json, NewEvent, Page, Projection, Query, Store,
    Timestamp,
};

use super::corpus::{some, texts};
use super::key::{assert_comes_back, entries};
use super::shown::look_around;
use crate::support::mutation::cases;
use crate::support::{Fixture, add_contact, rename_contact};

const QUERIES: [&str; 6] =
    ["~x", "payload.a=1", "payload.a.a.a~1", "payload[0][0]=0", "-payload.name~N", "payload={\"a\":2}"];

/// Appends payloads that are not JSON: each is refused, and nothing is stored.
fn refuse(store: &Store, payloads: &[String]) {
    let space = store.events().get_or_create_space("crm_refused", None, Timestamp(0)).unwrap();
    let crm = ContentStore::of(store, space, Arc::new(Crm)).unwrap();
    let before = crm.event_count().unwrap();
    for payload in payloads {
        let new = NewEvent::new("c1", "contact.added", Json::from_stored(payload.clone()));
        let append =
            Append { expected: Expected::Any, now: Timestamp(0), events: std::slice::from_ref(&new) };
        let refused = store.events().append(crm.space_id(), append).unwrap_err();
        assert_eq!(refused.kind(), "invalid_event", "{payload:.99?}: {refused}");
        let refused = crm.commit(|_| Ok(vec![new.clone()])).unwrap_err();
        assert_eq!(refused.kind(), "invalid_event", "{payload:.99?}: {refused}");
    }
    assert_eq!(crm.event_count().unwrap(), before);
}

/// Writes payloads as events and as values, and does everything possible with them. Payloads that are not
/// JSON are refused as events.
fn check(store: &Store, all: &[String]) {
    let (payloads, others): (Vec<String>, Vec<String>) = all.iter().cloned().partition(|text| is_json(text));
    refuse(store, &others);
    let payloads = &payloads;
    if payloads.is_empty() {
        return;
    }
    let name = format!("crm_odd_{}", store.events().last_event_id().unwrap());
    let space = store.events().get_or_create_space(&name, None, Timestamp(0)).unwrap();
    let space_id = space.space_id;
    let events: Vec<NewEvent> = payloads
        .iter()
        .map(|payload| NewEvent::new("c1", "contact.added", Json::from_stored(payload.clone())))
        .collect();
    let append = Append { expected: Expected::Any, now: Timestamp(0), events: &events };
    let stored = store.events().append(space_id, append).unwrap();
    let read = store.events().read_space(space_id, Page::forward(None, 99_999)).unwrap();
    assert!(read == stored && read.iter().all(|event| event.intact));
    assert!(read.iter().map(|event| event.payload.as_str()).eq(payloads.iter().map(String::as_str)));
    for query in QUERIES {
        let criteria = query.parse::<Query>().unwrap().resolve(Timestamp(0));
        let search = Search::new(store.events(), Scope::Space(space_id), criteria).unwrap();
        let page = Page { after: None, limit: 9_999, direction: Direction::Forward };
        search.page(store.events(), page, 99_999, &mut no_pause).unwrap();
    }
    trace(store.events(), stored[0].event_id, 99).unwrap();
    let crm = ContentStore::of(store, space, Arc::new(Crm)).unwrap();
    if let Err(error) = catch_up(&crm, &mut keep_going) {
        assert_eq!(error.kind(), "bad_event", "{error:.300}");
    }
    let rebuilt =
        rebuild(&crm, Rebuild { skip_errors: true, ..Rebuild::default() }, &mut keep_going).unwrap();
    assert_eq!(rebuilt.events, payloads.len() as u64);
    for (number, value) in all.iter().enumerate() {
        let key = format!("card:{number}");
        let value = Json::from_stored(value.clone());
        store.pstate().put(space_id.into(), &key, value.clone(), Timestamp(0)).unwrap();
        assert!(store.pstate().get(space_id.into(), &key).unwrap().is_some_and(|entry| entry.value == value));
        read_along(store, &crm, &key);
    }
    if let Err(error) = verify(&crm, &mut keep_going) {
        assert_eq!(error.kind(), "bad_event", "{error:.300}");
    }
    come_back(store, &name, payloads);
    execute(store, all);
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Asserts that events and values survive an export and import unchanged.
fn come_back(store: &Store, name: &str, payloads: &[String]) {
    export(store, name, &mut Vec::new(), &mut keep_going).unwrap();
    let name = format!("{name}_json");
    let space_id = store.events().get_or_create_space(&name, None, Timestamp(0)).unwrap().space_id;
    for (number, payload) in payloads.iter().enumerate() {
        let value = Json::from_stored(payload.clone());
        store.pstate().put(space_id.into(), &format!("card:{number}"), value.clone(), Timestamp(0)).unwrap();
        let events = [NewEvent::new("c1", "contact.added", value)];
        let append = Append { expected: Expected::Any, now: Timestamp(0), events: &events };
        store.events().append(space_id, append).unwrap();
    }
    assert_comes_back(store, &name, space_id);
}

/// Reads a value through references and paths: it is found, or the error gives the reason.
fn read_along(store: &Store, crm: &ContentStore, key: &str) {
    let projection = Projection::new(store.pstate(), crm.space_id());
    let _ = projection.fetch(key);
    let _ = projection.get_resolved(key, Depth::All);
    for path in ["a.a.a", "[0][0]", "[*].a", "deck.name"] {
        let path = format!("{key}.x.{path}").replace(".x.[", "[").replace(".x.", ".");
        let _ = projection.value_at(&path.parse().unwrap());
        let _ = projection.insert_at(&path.parse().unwrap(), serde_json::json!(1), Timestamp(0));
    }
}

/// Runs commands with unexpected arguments: an accepted value is read back unchanged.
fn execute(store: &Store, texts: &[String]) {
    let crm = ContentStore::open(store, "crm_by_command", Arc::new(Crm)).unwrap();
    let before = Crm::contact_count(&crm).unwrap();
    let id = format!("c{before}");
    crm.execute(add_contact(&id)).unwrap();
    for text in texts {
        match crm.execute(rename_contact(&id, text)) {
            Ok(_) if text.trim().is_empty() => {}
            Ok(_) => {
                let contact: serde_json::Value = crm.get(&format!("contact:{id}")).unwrap().unwrap();
                assert!(contact["name"] == *text, "{text:.99?}");
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

#[test]
fn the_payloads_of_the_corpus_survive_storing_searching_folding_and_export() {
    for fixture in [Fixture::memory(), Fixture::one_file(), Fixture::two_files()] {
        let payloads = texts("payload");
        check(&fixture.store, &payloads);
        assert!(
            entries(
                &fixture.store,
                fixture.store.events().find_space("crm_odd_0").unwrap().unwrap().space.space_id
            )
            .len()
                >= payloads.len()
        );
        let options = CheckOptions { deep: true, is_running: &|_| false };
        let checked = check_store(&fixture.store, &Apps::standard(), options, &mut keep_going).unwrap();
        assert!(checked.count() > 0, "payloads that are not JSON are found");
        look_around(&fixture.store);
    }
}

#[test]
fn changed_payloads_survive_storing_searching_folding_and_export() {
    let stores = [Fixture::memory(), Fixture::one_file(), Fixture::two_files()];
    let mut runner =
        TestRunner::new(Config { cases: cases(100), failure_persistence: None, ..Config::default() });
    runner
        .run(&some("payload", 40_000, 6), |payloads| {
            stores.iter().for_each(|fixture| check(&fixture.store, &payloads));
            Ok(())
        })
        .unwrap();
}
