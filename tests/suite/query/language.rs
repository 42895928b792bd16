//! The meaning of queries, and the errors of invalid ones.

use std::path::Path;

use proptest::prelude::*;
use ramax::error::QueryProblem;
use ramax::{Event, EventId, Json, NewEvent, Query, QueryError, SpaceId, SpaceSequence, Timestamp};
use serde_json::{Value, json};

use crate::support::START;

/// Reads a corpus of queries, one per line: past problem cases, and one of each kind.
fn corpus(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/query").join(name);
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

fn event(payload: &Value) -> Event {
    let mut new = NewEvent::new("c17", "contact.updated", Json::of(payload));
    new.causation_id = Some(EventId(801));
    new.correlation_id = Some("67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap());
    Event::appended(new, EventId(809), SpaceId(1), SpaceSequence(150), START)
}

fn matches(query: &str, payload: &Value) -> bool {
    query
        .parse::<Query>()
        .unwrap_or_else(|error| panic!("{query}: {error}"))
        .resolve(now())
        .matches(&event(payload))
}

/// Returns a time two hours after the event.
fn now() -> Timestamp {
    Timestamp(START.0 + 7_200_000)
}

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
fn an_invalid_query_reports_position_reason_and_remedy() {
    let error = |query: &str| query.parse::<Query>().unwrap_err();
    let bad = error("type:x typ:contact.added");
    assert_eq!((bad.column(), &bad.query[bad.place.clone()]), (8, "typ"));
    assert_eq!(bad.to_string(), "there is no field \"typ\", in column 8");
    assert!(bad.hint().starts_with("did you mean type?"), "{}", bad.hint());
    let places: Vec<(&str, &str, usize)> = vec![
        ("山田 seq:9..1", "9..1", 8),
        ("entity:", "", 8),
        ("x - y", "-", 3),
        ("~\"open one", "\"open one", 2),
        ("type:\"x\"y", "y", 9),
        ("\"a\\n\"", "\\n", 3),
        ("payload.user", "payload.user", 1),
        ("payload.name:Ada", ":", 13),
        ("payload.tags[x]=1", "[x", 13),
        ("after:soon x", "soon", 7),
    ];
    for (query, part, column) in places {
        let bad = error(query);
        assert_eq!((&query[bad.place.clone()], bad.column()), (part, column), "{query}: {bad}");
    }
    assert_eq!(error("seq:9..1").problem, QueryProblem::EmptyRange { first: 9, last: 1 });
}

fn check_error(query: &str, error: &QueryError) {
    assert_eq!(error.query, query);
    assert!(error.readable().parse::<Query>().is_ok(), "{query:?} up to its error");
    assert!(query.get(error.place.clone()).is_some(), "{query:?}: {:?} is outside it", error.place);
    assert!(
        (1..=query.chars().count() + 1).contains(&error.column()),
        "{query:?}: column {}",
        error.column()
    );
    assert!(!error.to_string().is_empty() && !error.hint().is_empty());
}

/// Checks that a query round-trips, or is refused with an error whose position is within it.
fn check(query: &str) {
    match query.parse::<Query>() {
        Ok(read) => {
            let written = read.to_string();
            assert_eq!(written.parse::<Query>().as_ref(), Ok(&read), "{query:?} displayed as {written:?}");
            let texts: Vec<&str> = read.texts().collect();
            let criteria = read.resolve(now());
            assert_eq!(read.is_empty(), criteria.is_empty());
            let _ = (criteria.matches(&event(&json!({"email": texts}))), criteria.after(), criteria.before());
        }
        Err(error) => check_error(query, &error),
    }
}

#[test]
fn the_corpus_is_parsed_or_refused_as_before() {
    for query in corpus("good.txt") {
        assert!(query.parse::<Query>().is_ok(), "{query}: {:?}", query.parse::<Query>());
        check(&query);
    }
    for query in corpus("bad.txt") {
        assert!(query.parse::<Query>().is_err(), "{query}: {:?}", query.parse::<Query>());
        check(&query);
    }
}

#[test]
fn every_prefix_and_suffix_of_the_corpus_is_parsed_or_refused() {
    for query in corpus("good.txt").into_iter().chain(corpus("bad.txt")) {
        for (at, _) in query.char_indices() {
            check(&query[..at]);
            check(&query[at..]);
        }
    }
}

#[test]
fn long_nonsense_is_parsed_or_refused() {
    for nonsense in
        ["payload.", "payload.a.", "\"\\\"", "- ", "type:*a*", "(((", "seq:1..", "payload[0]", "[", "\u{0}"]
    {
        check(&nonsense.repeat(2_000));
    }
}

/// Generates meaningful pieces in any order.
fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "type",
        "entity",
        "after",
        "before",
        "seq",
        "id",
        "correlation",
        "causation",
        "payload",
        ":",
        "..",
        ".",
        "~",
        "-",
        "=",
        "*",
        "\"",
        "\\",
        " ",
        "[",
        "]",
        "0",
        "7",
        "c1",
        "2h",
        "10:00",
        "2026-01-31",
        "Ada",
        "é",
        "67e55044-10b1-426f-9247-bb680e5fe0c8",
        "{\"a\":1}",
        "\u{3000}",
        "\n",
    ]);
    prop::collection::vec(words, 0..12).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn no_query_panics_and_every_parsed_query_round_trips(
        typed in prop_oneof![".{0,40}", pieces(), "\\PC{0,20}"],
    ) {
        check(&typed);
    }

    #[test]
    fn any_value_can_be_queried_in_quotes(value in ".{0,20}", name in "[^\u{0}]{0,10}") {
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let query = format!("payload.{}={} {}", quoted(&name), quoted(&value), quoted(&value));
        let payload = json!({ name.clone(): value.clone() });
        let found = query.parse::<Query>().unwrap().resolve(now()).matches(&event(&payload));
        // The JSON text of the value may contain escapes, and then the second word does not match it.
        let plain = event(&payload).payload.as_str().contains(&value);
        prop_assert!(found || !plain, "{}", query);
    }
}

/// Returns true if a query matches an event with this payload text.
fn matches_text(query: &str, payload: &str) -> bool {
    let mut event = event(&json!({}));
    event.payload = Json::from_stored(payload.to_owned());
    query.parse::<Query>().unwrap().resolve(now()).matches(&event)
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

/// Collects every key, string, number and word of a document, decoded.
fn scalars(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            found.push(key.clone());
            scalars(value, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| scalars(item, found)),
        Value::String(text) => found.push(text.clone()),
        other => found.push(other.to_string()),
    }
}

/// Generates short texts, including characters that JSON escapes or puts between values.
fn text() -> impl Strategy<Value = String> {
    let characters: Vec<char> = "aAbn1.,:{}[]\"\\ \n\u{1}é🦀".chars().collect();
    prop::collection::vec(prop::sample::select(characters), 0..5).prop_map(|text| text.into_iter().collect())
}

fn document() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        text().prop_map(Value::from),
        (-20..20_i64).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    scalar.prop_recursive(4, 20, 4, |inner| {
        let object = prop::collection::btree_map(text(), inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            object.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Serialises a document with some characters escaped unnecessarily.
fn escaped(document: &Value, every: usize) -> String {
    let mut units = [0; 2];
    let mut escaped = String::new();
    let text = document.to_string();
    let mut within = false;
    let mut characters = text.chars().enumerate();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => within = !within,
            '\\' => {
                let of_code = text.chars().nth(at + 1) == Some('u');
                escaped.push(character);
                escaped.extend(characters.by_ref().take(if of_code { 5 } else { 1 }).map(|(_, other)| other));
                continue;
            }
            _ if within && at % every == 0 => {
                for unit in character.encode_utf16(&mut units) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
                continue;
            }
            _ => {}
        }
        escaped.push(character);
    }
    escaped
}

proptest! {
    #[test]
    fn a_text_search_finds_what_a_scan_of_all_values_finds(
        document in document(), wanted in text().prop_filter("some text", |text| !text.is_empty()), every in 2..9_usize,
    ) {
        let quoted = format!("\"{}\"", wanted.replace('\\', "\\\\").replace('"', "\\\""));
        let mut values = Vec::new();
        scalars(&document, &mut values);
        let expected = values.iter().any(|value| value.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase()));
        for payload in [document.to_string(), escaped(&document, every)] {
            prop_assert_eq!(serde_json::from_str::<Value>(&payload).unwrap(), document.clone());
            prop_assert_eq!(matches_text(&format!("payload~{quoted}"), &payload), expected, "{} in {}", quoted, payload);
            let within = format!(r#"{{"f":{payload},"g":"zzz"}}"#);
            prop_assert_eq!(matches_text(&format!("payload.f~{quoted}"), &within), expected);
        }
    }
}
