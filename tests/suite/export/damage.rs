use ramax::operations::{export, export_to_file, keep_going, overviews};
use ramax::{Apps, Error, ImportError, Page, Store};

use super::fixtures::*;
use super::lines::{opened, sealed};
use crate::support::{Fixture, add_contact, event};

/// Creates a small export with lines of every kind.
fn small() -> String {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    let keyed = |id: &str| ramax::Request {
        conditions: ramax::Conditions {
            idempotency_key: Some(format!("key {id}")),
            ..ramax::Conditions::default()
        },
        ..ramax::Request::from(add_contact(id))
    };
    for id in ["c1", "c2"] {
        crm.execute(keyed(id)).unwrap();
    }
    exported(&fixture.store, "crm_acme")
}

/// Returns the line and the reason of a refused import, which must leave nothing behind.
#[track_caller]
fn refusal(store: &Store, text: impl AsRef<[u8]>) -> (u64, String) {
    match import_text(store, text, None) {
        Err(Error::Import(ImportError::Line { line, reason })) => {
            assert_eq!(overviews(store, &Apps::standard(), Page::forward(None, 9)).unwrap(), []);
            (line, reason)
        }
        other => panic!("not refused: {other:?}"),
    }
}

fn line_of(text: &[u8], at: usize) -> u64 {
    text[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1
}

#[test]
fn every_flipped_bit_is_reported_with_its_line() {
    let store = Store::memory();
    let text = small().into_bytes();
    for at in 0..text.len() {
        for bit in [0, 5] {
            let mut damaged = text.clone();
            damaged[at] ^= 1 << bit;
            assert_eq!(refusal(&store, &damaged).0, line_of(&text, at), "byte {at}");
        }
    }
}

#[test]
fn every_missing_or_extra_byte_is_reported_with_its_line() {
    let store = Store::memory();
    let text = small().into_bytes();
    for at in 0..text.len() {
        let mut shorter = text.clone();
        shorter.remove(at);
        assert_eq!(refusal(&store, &shorter).0, line_of(&text, at), "byte {at}");
        let mut longer = text.clone();
        longer.insert(at, b' ');
        assert_eq!(refusal(&store, &longer).0, line_of(&text, at), "byte {at}");
    }
}

#[test]
fn a_file_truncated_anywhere_is_refused() {
    let store = Store::memory();
    let text = small();
    for length in 0..text.len() {
        let (line, reason) = refusal(&store, &text.as_bytes()[..length]);
        assert_eq!(line, line_of(text.as_bytes(), length), "of {length} bytes: {reason}");
        assert!(length == 0 || reason.contains("cut off") || line == 1, "{reason}");
    }
}

#[test]
fn a_missing_repeated_or_misplaced_line_is_reported() {
    let store = Store::memory();
    let text = small();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for at in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(at);
        let named = refusal(&store, fewer.concat()).0;
        assert_eq!(named, at as u64 + 1, "without line {}", at + 1);
        let mut more = lines.clone();
        more.insert(at, lines[at]);
        assert_eq!(refusal(&store, more.concat()).0, at as u64 + 2, "line {} twice", at + 1);
        for other in at + 1..lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(at, other);
            assert_eq!(
                refusal(&store, swapped.concat()).0,
                at as u64 + 1,
                "lines {} and {}",
                at + 1,
                other + 1
            );
        }
    }
    assert_eq!(refusal(&store, text.clone() + "\n").0, lines.len() as u64 + 1);
    assert_eq!(refusal(&store, text.repeat(2)).0, lines.len() as u64 + 1);
    import_text(&store, text, None).unwrap();
}

#[test]
fn wrong_lines_with_valid_checksums_are_refused() {
    let store = Store::memory();
    let lines = opened(&small());
    assert_eq!(lines.len(), 9);
    let cases: [(usize, &str, &str, &str); 40] = [
        (1, "ramax-export", "ramax-import", "does not start like an export"),
        (1, r#""version":2"#, r#""version":3"#, "it has version 3; this program reads versions up to 2"),
        (1, r#""version":2"#, r#""version":0"#, "it has version 0; this program reads versions up to 2"),
        (1, r#""version":2"#, r#""version":1"#, "a field that version 1 does not have"),
        (1, r#""version":2,"#, r#""version":1,"#, "||||||a field that version 1 does not have"),
        (1, r#""space_name":"crm_acme""#, r#""space_name":"""#, "the space's name is not valid"),
        (1, r#""metadata":{"#, r#""metadata":[{"#, "not a JSON object"),
        (1, r#""events":2"#, r#""events":1"#, "the checkpoint is past"),
        (1, r#""events":2"#, r#""events":-2"#, "invalid value"),
        (1, r#""events":2"#, r#""events":9007199254740993"#, "a space cannot have that many"),
        (1, r#""created_at":""#, r#""created_at":"x"#, "is not a time"),
        (2, r#""space_sequence":1"#, r#""space_sequence":2"#, "events are missing"),
        (2, r#""space_sequence":1"#, r#""space_sequence":0"#, "events are missing"),
        (3, r#""event_id":2"#, r#""event_id":1"#, "do not rise"),
        (3, r#""event_id":2"#, r#""event_id":9223372036854775808"#, "beyond 2^63"),
        (3, r#""event_id":2"#, r#""event_id":7"#, "the checkpoint names a different event"),
        (3, r#""timestamp":"2026"#, r#""timestamp":"2027"#, "the checkpoint names a different event"),
        (3, r#""payload":"#, r#""payload_text":"","payload":"#, "no payload, or two"),
        (3, r#""payload":"#, r#""other":"#, "unknown field"),
        (3, r#""timestamp""#, r#""metadata":[],"timestamp""#, "metadata is not a JSON object"),
        (3, r#""timestamp""#, r#""metadata":null,"timestamp""#, "metadata is not a JSON object"),
        (3, r#""timestamp""#, r#""metadata_text":"{","timestamp""#, "metadata is not a JSON object"),
        (
            3,
            r#""timestamp""#,
            r#""metadata":{},"metadata_text":"{}","timestamp""#,
            "no payload, or two, or metadata twice",
        ),
        (2, r#""timestamp":"2026"#, r#""timestamp":"2027"#, "|an earlier time than the previous event"),
        (
            3,
            r#""timestamp""#,
            r#""causation_id":1,"causation_sequence":2,"timestamp""#,
            "not an earlier event",
        ),
        (3, r#""timestamp""#, r#""causation_sequence":1,"timestamp""#, "not an earlier event"),
        (3, r#""kind":"event""#, r#""kind":"events""#, "its kind is unknown"),
        (
            4,
            r#""kind":"entity","key":"contact:c1""#,
            r#""kind":"entity","key":"zzz""#,
            "|the keys do not rise",
        ),
        (4, r#""value":"#, r#""value_text":"x","value":"#, "no value, or two"),
        (7, r#""idempotency_key":"key c1""#, r#""idempotency_key":"key c2""#, "|the keys do not rise"),
        (7, r#""event_ids":[1]"#, r#""event_ids":[1,2,3]"#, "it refers to missing events"),
        (7, r#""event_ids":[1]"#, r#""event_ids":[77]"#, "it refers to missing events"),
        (7, r#""event_ids":[1]"#, r#""event_ids":[2]"#, "it refers to missing events"),
        (8, r#""event_ids":[2]"#, r#""event_ids":[2,1]"#, "it refers to missing events"),
        (7, r#""space_sequence":1"#, r#""space_sequence":9"#, "it refers to missing events"),
        (7, r#""digest":""#, r#""request":1,"digest":""#, "does not identify its command"),
        (7, r#""digest":""#, r#""digest":"g"#, "64 hexadecimal digits"),
        (7, r#""digest":""#, r#""digest":"0"#, "64 hexadecimal digits"),
        (9, r#""keys":3"#, r#""keys":4"#, "its counts are wrong"),
        (9, r#""kind":"end""#, r#""kind":"header""#, "unknown field"),
    ];
    for (number, from, to, why) in cases {
        let mut changed = lines.clone();
        let line = &mut changed[number - 1];
        assert!(line.contains(from), "{from} in {line}");
        *line = line.replacen(from, to, 1);
        if why.starts_with("||") {
            // Only a later line has a newer field.
            *line = line.replacen(r#","definition":"{\"app\":\"crm\",\"version\":1}""#, "", 1);
        }
        if to.contains("[{") {
            *line = line.replacen("},\"created_at\"", "}],\"created_at\"", 1);
        }
        let (named, reason) = refusal(&store, sealed(changed.iter().map(String::as_str)));
        // A wrong order shows on the next line.
        let later = why.len() - why.trim_start_matches('|').len();
        let expected = number as u64 + later as u64;
        assert_eq!(named, expected, "{to}: {reason}");
        assert!(reason.contains(why.trim_start_matches('|')), "{to}: {reason}");
    }
}

#[test]
fn a_payload_that_is_not_json_is_neither_imported_nor_exported() {
    let store = Store::memory();
    let mut lines = opened(&small());
    let from = lines[2].find(r#""payload":"#).unwrap();
    let to = lines[2].find(r#","timestamp""#).unwrap();
    for text in ["", "{nope", "1 2", "{\\\"a\\\":}"] {
        let mut changed = lines.clone();
        changed[2].replace_range(from..to, &format!(r#""payload_text":"{text}""#));
        let (line, reason) = refusal(&store, sealed(changed.iter().map(String::as_str)));
        assert!(line == 3 && reason.starts_with("its payload is not JSON: "), "{text}: {line}: {reason}");
    }
    lines[2].replace_range(from..to, r#""payload_text":" {\n} ""#);
    import_text(&store, sealed(lines.iter().map(String::as_str)), None).unwrap();

    let fixture = Fixture::one_file();
    let space = fixture.space("other");
    append(&fixture.store, space.space_id, &[event("e", "t", serde_json::json!(1))]);
    plant_payload(&fixture, ramax::EventId(1), "{nope");
    let error = export(&fixture.store, "other", &mut Vec::new(), &mut keep_going).unwrap_err().to_string();
    assert!(error.starts_with("event 1 (sequence 1)") && error.contains("not JSON"), "{error}");
}

#[test]
fn omitted_lines_are_missed_even_with_valid_checksums() {
    let store = Store::memory();
    let lines = opened(&small());
    for (left_out, named, why) in
        [(2, 2, "events are missing"), (3, 3, "events are missing before it"), (4, 6, "entries are missing")]
    {
        let mut fewer = lines.clone();
        fewer.remove(left_out - 1);
        if left_out == 4 {
            // The keys after the entries do not help either.
            fewer.retain(|line| !line.contains("idempotency-key"));
        }
        let (line, reason) = refusal(&store, sealed(fewer.iter().map(String::as_str)));
        assert_eq!((line, reason.as_str()).0, named, "{reason}");
        assert!(reason.contains(why), "{reason}");
    }
}

#[test]
fn a_file_that_is_not_an_export_is_refused_at_its_first_line() {
    let store = Store::memory();
    for text in [
        "",
        "\n",
        "{}",
        "hello\nworld\n",
        "{\"kind\":\"header\"}\n",
        "\u{feff}{\"kind\"",
        "SQLite format 3\0",
    ] {
        assert_eq!(refusal(&store, text).0, 1, "{text:?}");
    }
    assert_eq!(refusal(&store, vec![0xff; 100_000]).0, 1);
}

#[test]
fn a_damaged_event_or_a_gap_stops_the_export_and_is_named() {
    for (sql, named) in [
        (
            "UPDATE event_log SET payload = replace(payload, 'c3', 'd3') WHERE event_id = 3",
            "event 3 (sequence 3)",
        ),
        ("DELETE FROM event_log WHERE event_id = 3", "event 4 (sequence 4)"),
        (
            "UPDATE event_log SET event_id = event_id + (1 << 54) WHERE event_id = 20",
            "event 18014398509482004",
        ),
    ] {
        let fixture = Fixture::one_file();
        let crm = fixture.crm("crm_acme");
        for n in 1..=20 {
            crm.execute(add_contact(&format!("c{n}"))).unwrap();
        }
        rusqlite::Connection::open(fixture.file()).unwrap().execute_batch(sql).unwrap();
        let error = export(&fixture.store, "crm_acme", &mut Vec::new(), &mut keep_going).unwrap_err();
        assert!(error.to_string().starts_with(named) || error.kind() == "projection_ahead", "{error}");
        let path = fixture.directory.path().join("out.jsonl");
        export_to_file(&fixture.store, "crm_acme", &path, false, &mut keep_going).unwrap_err();
        let files: Vec<_> = std::fs::read_dir(fixture.directory.path()).unwrap().collect();
        assert_eq!(files.len(), 3, "nothing is left next to the database and its WAL: {files:?}");
    }
}

#[test]
fn a_log_that_ends_too_early_is_not_exported() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for n in 1..=5 {
        crm.execute(add_contact(&format!("c{n}"))).unwrap();
    }
    let connection = rusqlite::Connection::open(fixture.file()).unwrap();
    connection.execute_batch("UPDATE space_sequences SET last_sequence = 9").unwrap();
    assert_eq!(
        export(&fixture.store, "crm_acme", &mut Vec::new(), &mut keep_going).unwrap_err().kind(),
        "corrupt"
    );
}

#[test]
fn a_projection_ahead_of_its_log_is_not_exported() {
    let fixture = Fixture::two_files();
    let crm = fixture.crm("crm_acme");
    for n in 1..=5 {
        crm.execute(add_contact(&format!("c{n}"))).unwrap();
    }
    let connection = rusqlite::Connection::open(fixture.file()).unwrap();
    connection
        .execute_batch(
            "DELETE FROM event_log WHERE event_id = 5; UPDATE space_sequences SET last_sequence = 4",
        )
        .unwrap();
    let error = export(&fixture.store, "crm_acme", &mut Vec::new(), &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "projection_ahead");
}
