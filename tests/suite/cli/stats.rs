//! `ramax stats`: as text, as JSON, and as metrics that a strict parser accepts.

use std::collections::{BTreeMap, BTreeSet};

use ramax::{Append, Expected, Json, NewEvent, Timestamp};
use serde_json::json;

use crate::support::program::{Sandbox, rows, sqlite};

/// A name that would break out of a label, a line and the colours of a terminal.
const HOSTILE: &str = "a\"} 1\n# TYPE x\\n\u{1b}[31m\u{202e}é";

/// A sample: the name of its metric, its labels and its value.
type Sample = (String, BTreeMap<String, String>, f64);

/// Parses metrics as strictly as the description of the text format asks for.
fn parse(text: &str) -> (BTreeMap<String, String>, Vec<Sample>) {
    assert!(text.ends_with('\n'));
    let is_name = |name: &str| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    let (mut kinds, mut samples) = (BTreeMap::new(), Vec::<Sample>::new());
    let mut described = String::new();
    let mut seen = BTreeSet::new();
    for line in text.lines() {
        assert!(!line.chars().any(char::is_control), "{line:?}");
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(!help.is_empty() && seen.insert(name.to_owned()), "{name} is described twice");
            name.clone_into(&mut described);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, described, "its description comes first");
            assert!(["counter", "gauge"].contains(&kind), "{kind}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
            kinds.insert(name.to_owned(), kind.to_owned());
        } else {
            let (name, labels, value) = parse_sample(line);
            assert!(is_name(&name) && labels.keys().all(|label| is_name(label)), "{line}");
            assert_eq!(name, described, "the samples of a metric stand together");
            assert!(!samples.iter().any(|(n, l, _)| (n, l) == (&name, &labels)), "{line} occurs twice");
            samples.push((name, labels, value));
        }
    }
    (kinds, samples)
}

fn parse_sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).unwrap();
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, quoted) = rest.split_once("=\"").unwrap();
            let (mut value, mut characters) = (String::new(), quoted.char_indices());
            let end = loop {
                match characters.next().unwrap() {
                    (end, '"') => break end,
                    (_, '\\') => value.push(match characters.next().unwrap().1 {
                        'n' => '\n',
                        escaped @ ('\\' | '"') => escaped,
                        other => panic!("\\{other} is not an escape"),
                    }),
                    (_, character) => value.push(character),
                }
            };
            assert_eq!(labels.insert(label.to_owned(), value), None, "{line}");
            rest = &quoted[end + 1..];
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').unwrap();
    }
    (name.to_owned(), labels, rest.strip_prefix(' ').unwrap().parse().unwrap())
}

fn hostile(sandbox: &Sandbox) {
    let store = sandbox.store();
    for (name, event_type) in [(HOSTILE, HOSTILE), ("other", "a␛"), ("other", "a\u{1b}")] {
        let space = store.events().get_or_create_space(name, None, Timestamp(0)).unwrap();
        let events = [NewEvent::new("e", event_type, Json::of(&true.into()))];
        let append = Append { expected: Expected::Any, now: Timestamp(1_500), events: &events };
        store.events().append(space.space_id, append).unwrap();
    }
}

#[test]
fn metrics_are_accepted_by_a_strict_parser_whatever_the_names_are() {
    let sandbox = Sandbox::with_contacts();
    hostile(&sandbox);
    let (kinds, samples) = parse(&sandbox.run("stats --prometheus --read-only").done().out);
    assert_eq!(kinds["ramax_space_events_total"], "counter");
    let of = |name: &str, id: &str| -> Vec<&Sample> {
        let is_it = |(metric, labels, _): &&Sample| metric == name && labels["space_id"] == id;
        samples.iter().filter(is_it).collect()
    };
    let hostile = &of("ramax_space_events_total", "2")[0];
    assert_eq!((hostile.1["space"].as_str(), hostile.2), ("a\"} 1␊# TYPE x\\n␛[31m<U+202E>é", 1.0));
    assert_eq!(of("ramax_space_events_by_type", "2")[0].1["type"], hostile.1["space"]);
    assert_eq!(of("ramax_space_last_event_timestamp_seconds", "2")[0].2, 1.5);
    let alike = of("ramax_space_events_by_type", "3");
    assert_eq!((alike.len(), alike[0].2), (1, 2.0), "types that look the same are one label");
    assert_eq!(of("ramax_projection_keys_by_prefix", "1")[0].1["prefix"], "contact");
    assert!(samples.contains(&("ramax_spaces".to_owned(), BTreeMap::new(), 3.0)));
    let guide =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/guides/operations.md")).unwrap();
    for name in kinds.keys() {
        assert!(guide.contains(&format!("`{name}`")), "the guide describes {name}");
    }
}

#[test]
fn statistics_are_printed_as_text_and_as_json() {
    let sandbox = Sandbox::with_contacts();
    hostile(&sandbox);
    let text = sandbox.run("stats").done().out;
    assert_eq!(rows(&text)[0][..3], ["crm_acme", "2", "2"], "{text}");
    assert!(text.contains("\nspaces        3\nevents        5\n"), "{text}");
    let one = sandbox.run("stats #2").done().out;
    for text in [&text, &one, &sandbox.run("stats --plain").done().out] {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n') && text.contains("␛[31m"), "{text:?}");
    }
    let acme = sandbox.run("stats crm_acme --json").done().object();
    assert_eq!((&acme["events"], &acme["last_hour"]), (&2.into(), &2.into()));
    assert_eq!(acme["types"]["counts"][0]["event_type"], "contact.added");
    assert_eq!(acme["projections"][0]["counts"][0]["keys"], 2);
    let all = sandbox.run("stats --json").done().objects();
    assert_eq!((all.len(), &all[0]["space_name"], &all[3]["spaces"]), (4, &"crm_acme".into(), &3.into()));
    let by_week = sandbox.run("stats #2 --by week --periods 3").done().out;
    assert!(by_week.contains("\n1970-01-01       1  █"), "{by_week}");
}

#[test]
fn wrong_requests_for_statistics_are_answered() {
    let sandbox = Sandbox::with_contacts();
    assert_eq!(
        sandbox.run("stats crm_acm").error().1,
        "did you mean crm_acme? `ramax spaces list` shows the spaces"
    );
    assert_eq!(sandbox.run("stats --json --prometheus").json_error()["kind"], "usage");
    let none = sandbox.run("stats --periods 0");
    assert!(none.code == 2 && none.err.contains("a number of periods is between 1 and 1,000"), "{none:?}");
}

#[test]
fn every_output_tells_by_how_much_time_a_projection_lags_that_was_never_built() {
    let sandbox = Sandbox::with_contacts();
    let store = sandbox.store();
    let space = store.events().get_or_create_space("crm_pool", None, Timestamp(0)).unwrap();
    for at in [5_000, 65_000] {
        let events = [NewEvent::new("c1", "contact.added", Json::of(&json!({"name": "Ada"})))];
        let append = Append { expected: Expected::Any, now: Timestamp(at), events: &events };
        store.events().append(space.space_id, append).unwrap();
    }
    drop(store);
    let mut listed = sandbox.run("checkpoints --json").done().objects();
    listed.retain(|row| row["space_name"] == "crm_pool");
    assert!(listed.len() > 1 && listed.iter().all(|row| row["lag_seconds"] == 60.0), "{listed:?}");
    let (_, samples) = parse(&sandbox.run("stats --prometheus").done().out);
    let is_lag =
        |(name, labels, _): &&Sample| name == "ramax_projection_lag_seconds" && labels["space"] == "crm_pool";
    let lags: Vec<&Sample> = samples.iter().filter(is_lag).collect();
    assert!(lags.len() == listed.len() && lags.iter().all(|(.., lag)| *lag == 60.0), "{lags:?}");
    for line in ["stats crm_pool", "--plain"] {
        let text = sandbox.run(line).done().out;
        assert!(text.contains("1 min"), "{line}: {text}");
    }
}

#[test]
fn types_of_a_log_with_missing_events_are_counted_as_read() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_acme").done();
    for n in 0..4 {
        sandbox.run(&format!("run crm_acme add-contact contact_id=c{n} name=N email=e")).done();
    }
    sqlite(&sandbox.db()).execute_batch("DELETE FROM event_log WHERE event_id = 2").unwrap();
    let stats = sandbox.run("stats crm_acme --json").done().object();
    // The last sequence is the number of events everywhere else.
    assert_eq!(stats["events"], 4);
    assert_eq!(stats["types"]["exact"], true, "{stats}");
    assert_eq!(stats["types"]["counts"][0]["events"], 3, "{stats}");
    let checked = sandbox.run("check");
    assert!(checked.out.contains("1 problem in 1 space, 3 events"), "{checked:?}");
}
