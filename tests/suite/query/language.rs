//! The meaning of queries.

use ramax::error::QueryProblem;
use ramax::{Event, Json, Query};
use serde_json::{Value, json};

use super::{event, matches, matches_text, now};

#[track_caller]
fn holds(queries: &[&str], payload: &Value) {
    for query in queries {
        assert!(matches(query, payload), "{query} on {payload}");
        assert!(!matches(&format!("-{query}"), payload), "-{query} on {payload}");
    }
}

#[track_caller]
fn fails(queries: &[&str], payload: &Value) {
    for query in queries {
        assert!(!matches(query, payload), "{query} on {payload}");
        assert!(matches(&format!("-{query}"), payload), "-{query} on {payload}");
    }
}

#[test]
fn types_and_entities_match_exactly_or_with_a_star() {
    holds(
        &["type:contact.updated", "type:contact.*", "type:*.updated", "entity:c17", "entity:c*"],
        &json!({}),
    );
    fails(
        &["type:contact", "type:Contact.*", "type:\"contact.*\"", "entity:c1", "entity:\"c*\""],
        &json!({}),
    );
}

#[test]
fn one_of_several_types_entities_or_correlations_must_match() {
    let (this, other) = ("67e55044-10b1-426f-9247-bb680e5fe0c8", "67e55044-10b1-426f-9247-bb680e5fe0c9");
    let correlations = [format!("correlation:{other},{this}"), format!("correlation:{other},{other}")];
    holds(
        &["type:card.*,contact.updated", "entity:c1,c17", "entity:\"a,b\",c1*", &correlations[0]],
        &json!({}),
    );
    fails(&["type:card.*,contact.added", "entity:c1,c2", "entity:\"c17,c2\"", &correlations[1]], &json!({}));
    let query: Query = "type:a,\"b,c\" entity:c1,c1".parse().unwrap();
    assert_eq!(query.to_string(), "type:a,\"b,c\" entity:c1,c1");
    for (query, column, message) in [
        ("type:a, seq:1", 8, "a value is missing, in column 8"),
        ("entity:,c1", 8, "a value is missing, in column 8"),
        ("entity:\"c1\"x,c2", 12, "text follows the closing quote, in column 12"),
        ("correlation:12x", 13, "\"12x\" is not a correlation id, in column 13"),
    ] {
        let error = query.parse::<Query>().unwrap_err();
        assert_eq!((error.column(), error.to_string().as_str()), (column, message), "{query}");
    }
    let error = format!("correlation:{this},x").parse::<Query>().unwrap_err();
    assert_eq!(error.place, 49..50, "the second value is wrong");
}

#[test]
fn times_are_lower_or_upper_bounds_and_may_be_relative() {
    holds(
        &["after:2026-01-31T10:00", "after:2h", "before:1h", "after:10:00", "before:10:00:00.001"],
        &json!({}),
    );
    fails(&["before:2026-01-31T10:00", "before:2h", "after:1h", "after:2026-02-01"], &json!({}));
}

#[test]
fn number_ranges_include_both_ends() {
    holds(
        &["seq:150", "seq:100..150", "seq:150..", "seq:..150", "id:809", "causation:801", "causation:1.."],
        &json!({}),
    );
    fails(&["seq:151..", "seq:..149", "id:150", "id:1,000..", "causation:802"], &json!({}));
    holds(&["correlation:67e55044-10b1-426f-9247-bb680e5fe0c8"], &json!({}));
    fails(&["correlation:67e55044-10b1-426f-9247-bb680e5fe0c9"], &json!({}));
}

#[test]
fn a_correlation_is_named_by_the_first_digits_of_its_id() {
    holds(
        &["correlation:6", "correlation:67e5", "correlation:67E55044-10b1", "correlation:12,67e5504410b1"],
        &json!({}),
    );
    fails(&["correlation:7", "correlation:67e55045", "correlation:67e55044-10b2,8"], &json!({}));
}

#[test]
fn payloads_are_queried_by_path() {
    let payload = json!({
        "email": "ada@Acme.com", "age": 36, "rate": 1.5, "on": true, "none": null, "empty": "",
        "first name": "Ada Lovelace", "user": {"tags": ["new", "vip"], "cards": [{"id": 4}, {"id": 1}]}
    });
    holds(
        &[
            "payload.email~acme",
            "payload.email=ada@Acme.com",
            "payload.age=36",
            "payload.age=36.0",
            "payload.rate=1.50",
            "payload.on=true",
            "payload.none=null",
            "payload.empty=\"\"",
            "payload.\"first name\"=\"Ada Lovelace\"",
            "payload.user.tags[0]=new",
            "payload.user.tags[*]=vip",
            "payload.user.tags~VIP",
            "payload.user.tags=[\"new\",\"vip\"]",
            "payload.user.cards.id=1",
            "payload.user.cards[0].id=4",
            "payload~lovelace",
        ],
        &payload,
    );
    fails(
        &[
            "payload.email=ada@acme.com",
            "payload.age=3",
            "payload.age=036",
            "payload.missing=null",
            "payload.user.tags[2]=new",
            "payload.user[0]=new",
            "payload.email.x=1",
            "payload.user.cards[*].id=2",
            "payload.on=True",
            "payload~contact.updated",
        ],
        &payload,
    );
    let terms = json!({"status": {"$atom": "draft"}, "price": {"$decimal": "1.50"}, "tags": [{"$atom": "new"}],
        "other": {"$any": "draft"}, "more": {"$atom": "draft", "size": 1}});
    holds(
        &["payload.status=draft", "payload.price=1.50", "payload.tags[*]=new", "payload.status.$atom=draft"],
        &terms,
    );
    fails(
        &["payload.status=Draft", "payload.price=1.5", "payload.other=draft", "payload.more=draft"],
        &terms,
    );
    holds(&["payload[1]=b", "payload[*]=a", "payload=[\"a\",\"b\"]"], &json!(["a", "b"]));
}

#[test]
fn metadata_is_queried_by_path_like_a_payload() {
    let mut event = event(&json!({"actor": "grace"}));
    let matches = |query: &str, event: &Event| query.parse::<Query>().unwrap().resolve(now()).matches(event);
    let holds =
        ["meta.actor=ada", "meta.actor~AD", "meta~cli", "meta.n=1.10", "meta.tags[*]=a", "-meta.actor=grace"];
    let fails =
        ["meta.actor=grace", "meta.none=null", "~cli", "payload.actor=ada", "-meta.n=1.1", "meta~actor2"];
    let text = r#"{"actor":"ada","client":"cli","n":1.10,"tags":["a"]}"#;
    event.metadata = Some(Json::from_stored(text.to_owned()));
    holds.iter().for_each(|query| assert!(matches(query, &event), "{query}"));
    fails.iter().for_each(|query| assert!(!matches(query, &event), "{query}"));
    event.metadata = None;
    assert!(!matches("meta.actor=ada", &event) && !matches("meta~a", &event), "there is none");
    assert!(matches("-meta.actor=ada", &event));
    event.metadata = Some(Json::from_stored("{oops".to_owned()));
    assert!(matches("meta~oops", &event));
    assert!(!matches("meta.actor=ada", &event) && !matches("-meta.actor=ada", &event));
}

#[test]
fn a_payload_that_is_not_json_is_only_searched_as_text() {
    let mut event = event(&json!({}));
    event.payload = Json::from_stored("{oops".to_owned());
    let matches = |query: &str| query.parse::<Query>().unwrap().resolve(now()).matches(&event);
    assert!(
        matches("oops")
            && matches("payload~oops")
            && matches("-~x")
            && matches("~{o")
            && matches("-payload~x")
    );
    for asked in ["payload.oops~x", "payload=x", "payload.oops=1"] {
        assert!(
            !matches(asked) && !matches(&format!("-{asked}")),
            "{asked}: neither the condition nor its negation matches"
        );
    }
}

#[test]
fn words_without_a_colon_match_type_entity_or_payload_and_all_must_match() {
    let payload = json!({"name": "Ada Lovelace"});
    holds(&["updated", "C17", "ada", "\"ada love\"", "~love", "1"], &payload);
    fails(&["grace", "\"love ada\"", "809", "{"], &payload);
    assert!(
        matches("love ada", &payload) && !matches("ada grace", &payload) && matches("ada -grace", &payload)
    );
    assert!(matches("", &payload) && matches("  ", &payload));
}

#[test]
fn numbers_are_compared_by_their_digits() {
    let payload =
        r#"{"id":12345678901234567890123,"rate":1.10,"huge":1e400,"deep":[{"n":9007199254740993}]}"#;
    for query in [
        "payload.id=12345678901234567890123",
        "payload.rate=1.1",
        "payload.rate=11e-1",
        "payload.huge=10e399",
        "payload.deep[0].n=9007199254740993",
        "payload.deep=[{\"n\":9007199254740993.0}]",
    ] {
        assert!(matches_text(query, payload) && !matches_text(&format!("-{query}"), payload), "{query}");
    }
    for query in [
        "payload.id=12345678901234567890124",
        "payload.rate=1.11",
        "payload.huge=1e401",
        "payload.deep[0].n=9007199254740992",
        "payload.id=1.2345678901234568e+22",
    ] {
        assert!(!matches_text(query, payload) && matches_text(&format!("-{query}"), payload), "{query}");
    }
}

#[test]
fn unreadable_values_in_a_payload_do_not_hide_its_other_fields() {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let odd =
        ["1e400".to_owned(), r#""\ud83d""#.to_owned(), deep(200), deep(10_000), r#"{"":1,"":2}"#.to_owned()];
    for odd in odd {
        let payload = format!(r#"{{"n":{odd},"k":"x","m":{odd}}}"#);
        for query in ["payload.k=x", "payload.k~X", "~x", "payload~x", "-payload.k=y", "-payload.q=1"] {
            assert!(matches_text(query, &payload), "{query} on {payload:.80}");
        }
        for query in ["-payload.k=x", "payload.k=y", "-~x", "payload.n.n.n=7", "payload.n[0][0]=7"] {
            assert!(!matches_text(query, &payload), "{query} on {payload:.80}");
        }
    }
    assert!(matches_text("payload.a.b=1", r#"{"a":[[[{"b":[2]}],{"b":1}]]}"#));
    assert!(
        matches_text("payload.a=2", r#"{"a":1,"a":2}"#) && matches_text("payload.a=1", r#"{"a":1,"a":2}"#)
    );
}

#[test]
fn text_is_searched_decoded_not_escaped() {
    let payload =
        r#"{"path":"C:\\temp \"x\"","lines":"one\ntwo","name":"\u0041da \ud83e\udd80","n\"k":null}"#;
    let texts = [r"C:\\temp", r#"\"x\""#, "one\ntwo", "Ada 🦀", r#"n\"k"#];
    for text in texts {
        for query in [format!("~\"{text}\""), format!("payload~\"{text}\"")] {
            assert!(matches_text(&query, payload), "{query}");
        }
    }
    assert!(matches_text(r"payload.path~C:\temp", payload) && matches_text(r"~C:\temp", payload));
    for query in [r"~\\n", r#"~"one\\n""#, "~u0041", r#"~"path\":""#, "~\",\"", "~{"] {
        assert!(!matches_text(query, payload), "{query}");
    }
}

#[test]
fn a_time_zone_in_a_query_is_honoured_or_refused_with_its_position() {
    // The event was appended at 10:00 UTC, on a day in January.
    holds(
        &[
            "after:2026-01-31T11:00[Europe/Berlin]",
            "before:2026-01-31T11:00:00.001[Europe/Berlin]",
            "after:11:00[Europe/Berlin]",
            "after:12:00+02:00",
            "after:2026-01-31T10:00:00.0000Z",
            "before:2026-01-31T10:00:00.0005Z",
        ],
        &json!({}),
    );
    fails(
        &[
            "after:2026-01-31T11:01[Europe/Berlin]",
            "before:11:00[Europe/Berlin]",
            "after:12:01+02:00",
            "after:2026-01-31T10:00:00.0009Z",
        ],
        &json!({}),
    );
    let refused = |query: &str| query.parse::<Query>().unwrap_err();
    let bad = refused("type:x after:2026-07-01T10:00[Mars/Olympus] y");
    assert_eq!((&bad.query[bad.place.clone()], bad.column()), ("Mars/Olympus", 31));
    assert_eq!(bad.problem, QueryProblem::UnknownZone { zone: "Mars/Olympus".to_owned() });
    let bad = refused("before:\"10:00[Nowhere]\"");
    assert_eq!(&bad.query[bad.place.clone()], "\"10:00[Nowhere]\"");
}
