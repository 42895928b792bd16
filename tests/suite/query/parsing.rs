//! Parsing queries, displaying them, and the errors of invalid ones.

use std::path::Path;

use proptest::prelude::*;
use ramax::error::QueryProblem;
use ramax::{Query, QueryError};
use serde_json::json;

use super::{event, now};

/// Reads a corpus of queries, one per line: past problem cases, and one of each kind.
fn corpus(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/query").join(name);
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
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
        ("payload.n>=5", ">=", 10),
        ("x -payload.n!=7", "!=", 13),
        ("meta.a[0]==7", "==", 10),
        ("payload<=7", "<=", 8),
        ("x seq>=5", ">=", 6),
        ("type=contact.added", "=", 5),
    ];
    for (query, part, column) in places {
        let bad = error(query);
        assert_eq!((&query[bad.place.clone()], bad.column()), (part, column), "{query}: {bad}");
    }
    assert_eq!(error("payload.n>=5").to_string(), "values are not compared with >=, in column 10");
    assert_eq!(error("seq>5").to_string(), "a colon is missing after seq, in column 4");
    for text in [r#"payload."n>"=5"#, r#"payload.n="=5""#, "~seq>=5", "a>=5", "sequence=5", "payloads>1"] {
        assert!(text.parse::<Query>().is_ok(), "{text}");
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
        ",",
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
        "67e55044-",
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
}
