use ramax::apps::Apps;
use ramax::operations::{export, export_to_file, overviews};
use ramax::{Error, ImportError, Page, Store};

use super::lines::{opened, sealed};
use super::scene::*;
use crate::support::{Fixture, add_contact, event};

/// A small export with lines of every kind.
fn small() -> String {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    let keyed = |id: &str| ramax::Request {
        idempotency_key: Some(format!("key {id}")),
        ..ramax::Request::from(add_contact(id))
    };
    for id in ["c1", "c2"] {
        crm.execute(keyed(id)).unwrap();
    }
    exported(&fixture.store, "crm_acme")
}

/// The line that an import names, and why; nothing may be there afterwards.
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
fn every_bit_that_is_flipped_is_found_with_its_line() {
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
fn every_byte_that_is_missing_or_too_many_is_found_with_its_line() {
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
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let store = Store::memory();
    let text = small();
    for length in 0..text.len() {
        let (line, reason) = refusal(&store, &text.as_bytes()[..length]);
        assert_eq!(line, line_of(text.as_bytes(), length), "of {length} bytes: {reason}");
        assert!(length == 0 || reason.contains("cut off") || line == 1, "{reason}");
    }
}

#[test]
fn a_line_that_is_missing_repeated_or_out_of_place_is_found() {
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
fn lines_with_the_right_checksums_that_say_the_wrong_thing_are_refused() {
    let store = Store::memory();
    let lines = opened(&small());
    assert_eq!(lines.len(), 9);
    let cases: [(usize, &str, &str, &str); 35] = [
        (1, "ramax-export", "ramax-import", "does not begin as an export"),
        (1, r#""version":2"#, r#""version":3"#, "it has version 3; this program reads versions up to 2"),
        (1, r#""version":2"#, r#""version":0"#, "it has version 0; this program reads versions up to 2"),
        (1, r#""version":2"#, r#""version":1"#, "||||||what a file of version 1 cannot"),
        (1, r#""space_name":"crm_acme""#, r#""space_name":"""#, "cannot be a space's name"),
        (1, r#""metadata":{"#, r#""metadata":[{"#, "no JSON object"),
        (1, r#""events":2"#, r#""events":1"#, "the checkpoint lies behind"),
        (1, r#""events":2"#, r#""events":-2"#, "invalid value"),
        (1, r#""events":2"#, r#""events":9007199254740993"#, "no space has so many"),
        (1, r#""created_at":""#, r#""created_at":"x"#, "is no time"),
        (2, r#""space_sequence":1"#, r#""space_sequence":2"#, "events are missing"),
        (2, r#""space_sequence":1"#, r#""space_sequence":0"#, "events are missing"),
        (3, r#""event_id":2"#, r#""event_id":1"#, "do not rise"),
        (3, r#""event_id":2"#, r#""event_id":9223372036854775808"#, "beyond 2^63"),
        (3, r#""event_id":2"#, r#""event_id":7"#, "the checkpoint names another event"),
        (3, r#""timestamp":"2026"#, r#""timestamp":"2027"#, "the checkpoint names another event"),
        (3, r#""payload":"#, r#""payload_text":"","payload":"#, "no payload, or two"),
        (3, r#""payload":"#, r#""other":"#, "unknown field"),
        (2, r#""timestamp":"2026"#, r#""timestamp":"2027"#, "|a time before that of the event before it"),
        (3, r#""timestamp""#, r#""causation_id":1,"causation_sequence":2,"timestamp""#, "no earlier event"),
        (3, r#""timestamp""#, r#""causation_sequence":1,"timestamp""#, "no earlier event"),
        (3, r#""kind":"event""#, r#""kind":"events""#, "no kind that is known"),
        (
            4,
            r#""kind":"entity","key":"contact:c1""#,
            r#""kind":"entity","key":"zzz""#,
            "|the keys do not rise",
        ),
        (4, r#""value":"#, r#""value_text":"x","value":"#, "no value, or two"),
        (7, r#""idempotency_key":"key c1""#, r#""idempotency_key":"key c2""#, "|the keys do not rise"),
        (7, r#""event_ids":[1]"#, r#""event_ids":[1,2,3]"#, "events that are not there"),
        (7, r#""event_ids":[1]"#, r#""event_ids":[77]"#, "events that are not there"),
        (7, r#""event_ids":[1]"#, r#""event_ids":[2]"#, "events that are not there"),
        (8, r#""event_ids":[2]"#, r#""event_ids":[2,1]"#, "events that are not there"),
        (7, r#""space_sequence":1"#, r#""space_sequence":9"#, "events that are not there"),
        (7, r#""digest":""#, r#""request":1,"digest":""#, "which command it stands for"),
        (7, r#""digest":""#, r#""digest":"g"#, "64 hexadecimal digits"),
        (7, r#""digest":""#, r#""digest":"0"#, "64 hexadecimal digits"),
        (9, r#""entities":3"#, r#""entities":4"#, "not as much as it says"),
        (9, r#""kind":"end""#, r#""kind":"header""#, "unknown field"),
    ];
    for (number, from, to, why) in cases {
        let mut changed = lines.clone();
        let line = &mut changed[number - 1];
        assert!(line.contains(from), "{from} in {line}");
        *line = line.replacen(from, to, 1);
        if to.contains("[{") {
            *line = line.replacen("},\"created_at\"", "}],\"created_at\"", 1);
        }
        let (named, reason) = refusal(&store, sealed(changed.iter().map(String::as_str)));
        // What follows too late is seen on the next line.
        let later = why.len() - why.trim_start_matches('|').len();
        let expected = number as u64 + later as u64;
        assert_eq!(named, expected, "{to}: {reason}");
        assert!(reason.contains(why.trim_start_matches('|')), "{to}: {reason}");
    }
}

#[test]
fn a_payload_that_is_no_json_is_refused_with_its_line_and_not_exported_either() {
    let store = Store::memory();
    let mut lines = opened(&small());
    let from = lines[2].find(r#""payload":"#).unwrap();
    let to = lines[2].find(r#","timestamp""#).unwrap();
    for text in ["", "{nope", "1 2", "{\\\"a\\\":}"] {
        let mut changed = lines.clone();
        changed[2].replace_range(from..to, &format!(r#""payload_text":"{text}""#));
        let (line, reason) = refusal(&store, sealed(changed.iter().map(String::as_str)));
        assert!(line == 3 && reason.starts_with("its payload is no JSON: "), "{text}: {line}: {reason}");
    }
    lines[2].replace_range(from..to, r#""payload_text":" {\n} ""#);
    import_text(&store, sealed(lines.iter().map(String::as_str)), None).unwrap();

    let fixture = Fixture::one_file();
    let space = fixture.space("other");
    append(&fixture.store, space.space_id, &[event("e", "t", serde_json::json!(1))]);
    plant_payload(&fixture, ramax::EventId(1), "{nope");
    let error = export(&fixture.store, "other", &mut Vec::new(), &mut go_on).unwrap_err().to_string();
    assert!(error.starts_with("event 1 (sequence 1)") && error.contains("no JSON"), "{error}");
}

#[test]
fn lines_that_are_left_out_are_missed_whatever_the_checksums() {
    let store = Store::memory();
    let lines = opened(&small());
    for (left_out, named, why) in
        [(2, 2, "events are missing"), (3, 3, "events are missing before it"), (4, 6, "entries are missing")]
    {
        let mut fewer = lines.clone();
        fewer.remove(left_out - 1);
        if left_out == 4 {
            // Nor do the keys behind the entries help.
            fewer.retain(|line| !line.contains("idempotency-key"));
        }
        let (line, reason) = refusal(&store, sealed(fewer.iter().map(String::as_str)));
        assert_eq!((line, reason.as_str()).0, named, "{reason}");
        assert!(reason.contains(why), "{reason}");
    }
}

#[test]
fn what_is_no_export_says_so_on_its_first_line() {
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
fn a_damaged_event_or_a_gap_refuses_the_export_and_names_the_event() {
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
        let error = export(&fixture.store, "crm_acme", &mut Vec::new(), &mut go_on).unwrap_err();
        assert!(error.to_string().starts_with(named) || error.kind() == "projection_ahead", "{error}");
        let path = fixture.directory.path().join("out.jsonl");
        export_to_file(&fixture.store, "crm_acme", &path, false, &mut go_on).unwrap_err();
        let files: Vec<_> = std::fs::read_dir(fixture.directory.path()).unwrap().collect();
        assert_eq!(files.len(), 3, "nothing is left beside the database and its log: {files:?}");
    }
}

#[test]
fn a_log_that_ends_too_early_refuses_the_export() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for n in 1..=5 {
        crm.execute(add_contact(&format!("c{n}"))).unwrap();
    }
    let connection = rusqlite::Connection::open(fixture.file()).unwrap();
    connection.execute_batch("UPDATE space_sequences SET last_sequence = 9").unwrap();
    assert_eq!(
        export(&fixture.store, "crm_acme", &mut Vec::new(), &mut go_on).unwrap_err().kind(),
        "corrupt"
    );
}

#[test]
fn a_projection_ahead_of_its_log_refuses_the_export() {
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
    let error = export(&fixture.store, "crm_acme", &mut Vec::new(), &mut go_on).unwrap_err();
    assert_eq!(error.kind(), "projection_ahead");
}
