//! Completing a query over the events of a file.

use proptest::prelude::*;
use ramax::content_store::CurrentForms;
use ramax::operations::{Scope, complete_query, no_pause};
use ramax::query::{Candidate, Gap, is_unfinished};
use ramax::{Append, Apps, Expected, Json, NewEvent, Query};
use serde_json::json;

use crate::on_every_store;
use crate::support::{Fixture, START, event};

on_every_store![
    types_entities_paths_and_values_of_the_file_are_offered,
    terms_of_the_original_are_completed_by_their_text,
    a_candidate_always_leads_to_a_valid_query,
    a_space_with_ten_thousand_event_types_offers_some_of_them,
];

/// A space with a few events, another one with others.
fn tenants(fixture: &Fixture) -> Scope {
    let spaces = ["acme", "widgets"].map(|name| fixture.space(name).space_id);
    let mut first =
        event("c1", "contact.added", json!({"name": "Ada King", "tags": ["new", "vip"], "age": 36}));
    first.correlation_id = Some("67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap());
    let mut second =
        event("c2", "contact.added", json!({"name": "Grace", "on": true, "first name": {"x.y": null}}));
    second.metadata = Some(Json::of(&json!({"actor": "ada"})));
    let own = [
        first,
        second,
        event("c, 3", "contact.updated", json!({"name": "A \"B\" \\", "deep": [[{"id": 4}]]})),
        event("d\u{301}山", "odd \"type\"*", json!({"name": "line\nbreak"})),
    ];
    let others = [event("w1", "widget.made", json!({"size": 7}))];
    for (space_id, events) in spaces.into_iter().zip([&own[..], &others[..]]) {
        let append = Append { expected: Expected::Any, now: START, events };
        fixture.store.events().append(space_id, append).unwrap();
    }
    Scope::Space(spaces[0])
}

fn candidates(fixture: &Fixture, scope: Scope, query: &str, cursor: usize) -> Vec<Candidate> {
    let forms = CurrentForms::new(&fixture.store, &Apps::standard());
    let gap = Gap::at(query, cursor);
    gap.map_or_else(Vec::new, |gap| {
        complete_query(&fixture.store, &forms, scope, (&gap, 50), &mut no_pause).unwrap()
    })
}

fn texts(fixture: &Fixture, scope: Scope, query: &str) -> Vec<String> {
    candidates(fixture, scope, query, query.len()).into_iter().map(|candidate| candidate.text).collect()
}

fn types_entities_paths_and_values_of_the_file_are_offered(fixture: &Fixture) {
    let scope = tenants(fixture);
    let found = |query: &str| texts(fixture, scope, query);
    assert_eq!(found("t"), ["type:"]);
    assert_eq!(found("x -pay"), ["payload."]);
    assert_eq!(found("type:"), ["contact.added", "contact.updated", r#""odd \"type\"*""#]);
    assert_eq!(found("type:contact.added,UPD"), ["contact.updated"]);
    assert_eq!(found("entity:c"), ["\"c, 3\"", "c1", "c2"]);
    assert_eq!(found("entity:c1,c2"), [""; 0]);
    assert_eq!(found("entity:\"c, "), ["\"c, 3\""]);
    assert_eq!(
        found("type:contact.added payload."),
        ["payload.name", "payload.\"first name\".\"x.y\"", "payload.age", "payload.on", "payload.tags[*]"]
    );
    assert_eq!(found("payload.first"), ["payload.\"first name\".\"x.y\""]);
    assert_eq!(found("payload.deep"), ["payload.deep[*][*].id"]);
    assert_eq!(found("payload.name"), ["payload.name=", "payload.name~"]);
    assert_eq!(found("payload.name=A"), ["\"A \\\"B\\\" \\\\\"", "\"Ada King\""]);
    assert_eq!(found("entity:c1 payload.name=\"A"), ["\"Ada King\""]);
    assert_eq!(found("payload.tags[*]="), ["new", "vip"]);
    assert_eq!(found("payload.age="), ["36"]);
    assert_eq!(found("meta."), ["meta.actor"]);
    assert_eq!(found("correlation:67e5"), ["67e55044-10b1-426f-9247-bb680e5fe0c8"]);
    assert_eq!(found("after:2"), ["24h"]);
    for nothing in ["~a", "\"a", "seq:1", "payload.name~A", "typ:x", "type:\"contact.added\"", "payload..x"] {
        assert_eq!(found(nothing), [""; 0], "{nothing}");
    }
    // Within the line, only what is before the cursor counts, unless a word follows it.
    let query = "type:con payload.name=Ada";
    assert_eq!(candidates(fixture, scope, query, 8).len(), 2);
    assert_eq!(candidates(fixture, scope, query, 7), []);
    let notes = candidates(fixture, scope, "type:", 5);
    assert_eq!(notes[0].note, "2 of the latest 4");
    assert_eq!(texts(fixture, Scope::All, "type:wid"), ["widget.made"]);
    assert_eq!(texts(fixture, Scope::All, "entity:w"), ["w1"]);
}

/// Generates the start of a query.
fn typed() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "",
        "type:",
        "type:c",
        "type:contact.added,",
        "entity:",
        "entity:c1,\"",
        "-entity:d",
        "payload.",
        "raw.",
        "meta.",
        "payload.name=",
        "payload.name=\"",
        "payload.\"first name\".",
        "-payload.tags[*]=",
        "payload.f",
        "after:",
        "before:2",
        "correlation:",
        "correlation:6",
        "co",
        "-p",
        "x type:",
        "payload.deep[*][*].id",
        "(",
        "type:odd",
        "entity:d\u{301}",
    ]);
    prop::collection::vec(words, 1..4).prop_map(|words| words.join(" "))
}

fn terms_of_the_original_are_completed_by_their_text(fixture: &Fixture) {
    let space_id = fixture.space("flashcards").space_id;
    let events = [
        event("es-1", "added", json!({"field": {"$atom": "front"}, "price": {"$decimal": "1.50"}})),
        event("es-2", "added", json!({"field": "back", "tags": [{"$atom": "a"}, {"$atom": "b", "x": 1}]})),
    ];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
    let found = |query: &str| texts(fixture, Scope::Space(space_id), query);
    assert_eq!(found("payload.field="), ["back", "front"]);
    assert_eq!(found("payload.field=f"), ["front"]);
    assert_eq!(found("payload.p"), ["payload.price"]);
    assert_eq!(found("payload.price="), ["1.50"]);
    assert_eq!(found("payload.tags"), ["payload.tags[*]", "payload.tags[*].$atom", "payload.tags[*].x"]);
}

fn a_candidate_always_leads_to_a_valid_query(fixture: &Fixture) {
    let scope = tenants(fixture);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(60));
    let outcome = runner.run(&typed(), |mut query| {
        // Accepts candidates until there are no more.
        for turn in 0..4 {
            let before = query.parse::<Query>();
            if before.is_err_and(|error| error.place.end < query.len()) {
                // A word before the last one is invalid: that stays so.
                return Ok(());
            }
            let Some(gap) = Gap::at(&query, query.len()) else { return Ok(()) };
            let found = candidates(fixture, scope, &query, query.len());
            prop_assert!(
                found.iter().all(|candidate| candidate.text != query[gap.place.clone()]),
                "{}",
                query
            );
            for Candidate { text, .. } in &found {
                let next = format!("{}{text}", &query[..gap.place.start]);
                let parsed = next.parse::<Query>();
                prop_assert!(
                    parsed.as_ref().is_ok() || parsed.is_err_and(|error| is_unfinished(&error)),
                    "{}",
                    next
                );
            }
            let Some(candidate) = found.get(turn).or(found.first()) else { return Ok(()) };
            query = format!("{}{}", &query[..gap.place.start], candidate.text);
        }
        Ok(())
    });
    outcome.unwrap();
}

fn a_space_with_ten_thousand_event_types_offers_some_of_them(fixture: &Fixture) {
    let space_id = fixture.space("many").space_id;
    let new: Vec<NewEvent> =
        (0..10_000).map(|kind| event("e", &format!("kind.{kind}"), json!({"k": kind}))).collect();
    for events in new.chunks(1000) {
        let append = Append { expected: Expected::Any, now: START, events };
        fixture.store.events().append(space_id, append).unwrap();
    }
    let scope = Scope::Space(space_id);
    assert_eq!(texts(fixture, scope, "type:").len(), 50);
    assert_eq!(texts(fixture, scope, "type:kind.123")[..2], ["kind.1230", "kind.1231"]);
    assert_eq!(texts(fixture, scope, "type:.777").len(), 11);
    let empty = Scope::Space(fixture.space("empty").space_id);
    for query in ["type:", "entity:", "payload.", "payload.k=", "correlation:"] {
        assert_eq!(texts(fixture, empty, query), [""; 0], "{query}");
    }
}

proptest! {
    #[test]
    fn every_position_of_every_text_has_a_gap_or_none(query in ".{0,40}", words in typed()) {
        for text in [query, words] {
            for cursor in 0..=text.len() + 1 {
                let Some(gap) = Gap::at(&text, cursor) else { continue };
                prop_assert_eq!(gap.place.end, cursor);
                prop_assert!(text.get(gap.place.clone()).is_some());
            }
        }
    }
}
