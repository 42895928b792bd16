//! `demo.db`: tenants of a CRM and environments of a CMS. The expectations were read with `sqlite3` and a table of the term
//! format.

use ramax::operations::{CheckOptions, check, keep_going, open_space, overviews, verify};
use ramax::{Apps, Direction, Page, SpaceId, SpaceSequence};

use super::{Original, event, opened, paged, payload, spaces, value};

#[test]
fn the_spaces_of_the_original_are_listed_with_their_metadata_and_ends() {
    let store = opened("demo.db");
    let spaces = spaces(&store);
    let names: Vec<&str> = spaces.iter().map(|record| record.space.space_name.as_str()).collect();
    assert_eq!(names, ["crm_acme", "crm_widgets", "cms_staging", "cms_production"]);
    let metadata = spaces[0].space.metadata.as_ref().unwrap();
    assert_eq!(
        metadata.as_str(),
        concat!(
            r#"{"contact":{"name":"Ana Núñez"},"note":null,"plan":"enterprise","ratio":0.75,"seats":25,"#,
            r#""tags":["eu","pilot"],"tenant":"Acme Corp","trial":false}"#
        )
    );
    assert_eq!(spaces[1].space.metadata, None);
    assert_eq!(spaces[0].space.created_at.0, 1_795_407_648_000);
    let ends: Vec<(u64, u64)> =
        spaces.iter().map(|record| (record.head.last_sequence.0, record.head.last_event_id.0)).collect();
    assert_eq!(ends, [(20, 20), (20, 40), (21, 61), (20, 81)]);
    assert_eq!(spaces[0].head.last_timestamp.unwrap().0, 1_795_407_649_047);
    let totals = store.events().totals().unwrap();
    assert_eq!((totals.spaces, totals.events), (4, 81));
}

#[test]
fn events_have_readable_payloads_compressed_or_not() {
    let store = opened("demo.db");
    assert_eq!(payload(&store, 1), r#"{"contact_id":"c1","email":"john@acme.example","name":"John Doe"}"#);
    assert_eq!(
        payload(&store, 5),
        r#"{"contact_id":"c5","email":"natalya@acme.example","name":"Наталья Иванова"}"#
    );
    assert_eq!(payload(&store, 50), r#"{"article_id":"a2"}"#);
    let compressed = payload(&store, 44);
    assert!(compressed.starts_with(r#"{"article_id":"a4","content":""#), "{compressed:.99}");
    let first = event(&store, 1);
    assert_eq!((&*first.event_type, first.entity_id.as_str()), ("contact.added", "c1"));
    assert_eq!(
        (first.timestamp.0, first.correlation_id, first.causation_id),
        (1_795_407_648_991, None, None)
    );
    assert!(first.intact && first.metadata.is_none());
    for (space, events) in [(1, 20), (2, 20), (3, 21), (4, 20)] {
        let forward = paged(&store, space, false);
        let sequences: Vec<u64> = forward.iter().map(|event| event.space_sequence.0).collect();
        assert_eq!(sequences, (1..=events).collect::<Vec<_>>());
        let mut backward = paged(&store, space, true);
        backward.reverse();
        assert_eq!(forward, backward);
    }
}

#[test]
fn entities_and_types_are_found() {
    let store = opened("demo.db");
    let events = store.events();
    let ids = |after, direction| {
        let page = Page { after, direction, limit: 100 };
        let found = events.read_entity(SpaceId(1), "c1", page).unwrap();
        found.iter().map(|event| event.event_id.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, Direction::Forward), [1, 13, 14, 19]);
    assert_eq!(ids(Some(SpaceSequence(13)), Direction::Forward), [14, 19]);
    assert_eq!(ids(Some(SpaceSequence(14)), Direction::Backward), [13, 1]);
    assert_eq!(events.entities(SpaceId(1), "c1", 9).unwrap(), ["c1", "c10", "c11", "c12"]);
    assert_eq!(events.event_types(SpaceId(3)).unwrap(), ["article.published", "article.unpublished"]);
    let all = events.read_all(Page::backward(None, 2)).unwrap();
    assert_eq!(all.iter().map(|event| event.event_id.0).collect::<Vec<_>>(), [81, 80]);
}

#[test]
fn projections_are_read_as_the_original_left_them() {
    let store = opened("demo.db");
    assert_eq!(
        value(&store, 1, "contact:c1"),
        concat!(
            r#"{"created_at":1795407648,"email":"jqd@acme.example","id":"c1","name":"John Q. Doe","#,
            r#""updated_at":1795407649}"#
        )
    );
    assert_eq!(
        value(&store, 3, "article:a1"),
        concat!(
            r#"{"content":"Body 1 of staging","id":"a1","published_at":1795407649,"#,
            r#""status":{"$atom":"published"},"title":"Draft № 1 — «тест»","unpublished_at":null}"#
        )
    );
    let keys = |prefix: &str, page| {
        let entries = store.pstate().scan(SpaceId(1).into(), prefix, page).unwrap();
        entries.into_iter().map(|entry| entry.key).collect::<Vec<_>>()
    };
    let after = |key: &str| Some(key.to_owned());
    assert_eq!(
        keys("contact:", Page::forward(after("contact:c11"), 3)),
        ["contact:c12", "contact:c2", "contact:c3"]
    );
    assert_eq!(keys("contact:", Page::backward(after("contact:c11"), 9)), ["contact:c10", "contact:c1"]);
    assert_eq!(keys("contacts", Page::forward(None, 9)), ["contacts:all"]);
    assert_eq!(keys("contact_", Page::forward(None, 9)), [""; 0]);
}

#[test]
fn checkpoints_show_the_lag_that_the_original_recorded() {
    let store = opened("demo.db");
    let overviews = overviews(&store, &Apps::standard(), Page::forward(None, 9)).unwrap();
    let facts: Vec<_> = overviews
        .iter()
        .map(|space| {
            (space.app, space.checkpoint.sequence.0, space.lag(), space.keys(), space.projections.len())
        })
        .collect();
    assert_eq!(
        facts,
        [
            (Some("crm"), 20, 0, 13, 1),
            (Some("crm"), 7, 13, 16, 1),
            (Some("cms"), 12, 9, 14, 1),
            (Some("cms"), 0, 20, 15, 1),
        ]
    );
}

#[test]
fn the_projections_match_what_our_apps_derive_from_the_events() {
    let store = opened("demo.db");
    for record in spaces(&store) {
        let content = open_space(&store, &Apps::standard(), record.space).unwrap();
        let verified = verify(&content, &mut keep_going).unwrap();
        assert_eq!(verified.differences, [], "{}", content.space().space_name);
        assert_eq!(verified.events, record.head.last_sequence.0);
    }
}

#[test]
fn a_value_that_no_event_explains_is_found() {
    let original = Original::of("demo.db");
    let value = "836d0000000141";
    original.change(&format!(
        "UPDATE pstate_entities SET value = x'{value}' WHERE key = 'contact:c3' AND space_id = 1"
    ));
    let store = original.open();
    let content = open_space(&store, &Apps::standard(), spaces(&store).remove(0).space).unwrap();
    let verified = verify(&content, &mut keep_going).unwrap();
    assert_eq!(verified.count(), 1);
    assert!(verified.differences[0].words()[0].subject.starts_with("contact:c3"));
}

#[test]
fn a_check_finds_no_problem_in_a_file_of_the_original() {
    let store = opened("demo.db");
    let checked = check(
        &store,
        &Apps::standard(),
        CheckOptions { deep: false, is_running: &|_| false },
        &mut keep_going,
    )
    .unwrap();
    assert_eq!(checked.findings, []);
}
