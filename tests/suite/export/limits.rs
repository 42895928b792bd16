//! The limits of an import, and new event ids.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::error::Remedy;
use ramax::event_store::PAGE_BYTES;
use ramax::limits::{LAST_EVENT_ID, LONGEST_LINE, LONGEST_PAYLOAD};
use ramax::operations::{
    CheckOptions, Checked, ImportFile, Summary, check, export, keep_going, no_pause, overviews, projection,
    search_entries,
};
use ramax::{
    Append, Apps, ContentStore, Error, EventId, Expected, ImportError, Json, NewEvent, Page, SpaceMetadata,
    Store,
};
use serde_json::json;

use super::fixtures::*;
use super::lines::{opened, sealed};
use crate::support::{Fixture, START, add_contact, event};

fn checked(store: &Store) -> Checked {
    check(store, &Apps::standard(), CheckOptions { deep: true, is_running: &|_| true }, &mut keep_going)
        .unwrap()
}

/// Returns the lines of an export with one event, to be changed.
fn lines() -> Vec<String> {
    let fixture = Fixture::memory();
    append(&fixture.store, fixture.space("a").space_id, &[event("c1", "t", json!({"n": 1}))]);
    opened(&exported(&fixture.store, "a"))
}

#[track_caller]
fn refused(store: &Store, lines: &[String], number: u64, why: &str) {
    match import_text(store, sealed(lines.iter().map(String::as_str)), None) {
        Err(Error::Import(ImportError::BeyondLimit { line, reason })) => {
            assert_eq!(line, number, "{reason}");
            assert!(reason.contains(why), "{reason}");
        }
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(overviews(store, &Apps::standard(), Page::forward(None, 9)).unwrap(), []);
}

#[test]
fn a_line_beyond_a_limit_is_named_and_nothing_is_imported() {
    let store = Store::memory();
    for (from, to, why) in [
        (
            r#""entity_id":"c1""#,
            format!(r#""entity_id":"{}""#, "x".repeat(1001)),
            "1 to 1,000 characters, not 1,001",
        ),
        (r#""entity_id":"c1""#, r#""entity_id":"""#.to_owned(), "not 0"),
        (r#""event_type":"t""#, r#""event_type":"""#.to_owned(), "not 0"),
        (r#"{"n":1}"#, format!("\"{}\"", "x".repeat(LONGEST_PAYLOAD - 1)), "the limit is 16 MiB"),
    ] {
        let mut changed = lines();
        changed[1] = changed[1].replace(from, &to);
        refused(&store, &changed, 2, why);
    }
    let mut longest = lines();
    longest[1] = longest[1].replace(r#"{"n":1}"#, &format!("\"{}\"", "x".repeat(LONGEST_PAYLOAD - 2)));
    import_text(&store, sealed(longest.iter().map(String::as_str)), None).unwrap();
}

#[test]
fn an_endless_line_is_read_only_up_to_the_limit() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(br#"{"kind":"header","format":"ramax-export","#).unwrap();
    file.set_len(1 << 40).unwrap();
    let error = ImportFile::new(&mut file).check(&mut keep_going).unwrap_err().to_string();
    assert!(error.starts_with("line 1: it is longer than 103 MiB"), "{error}");
    let read = file.stream_position().unwrap();
    assert!(read <= LONGEST_LINE as u64 + (1 << 16), "{read}");
}

/// An endless stream that counts the bytes read.
struct Endless(&'static [u8], File);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(self.0.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.1.write_all(&buffer[..length])?;
        Ok(length)
    }
}

#[test]
fn an_endless_stream_is_refused_at_its_first_bad_line() {
    for text in
        ["y\n", "\0", "{\"kind\":\"header\"}\n", "{\"kind\":\"header\",\"format\":\"ramax-export\",\n"]
    {
        let mut read = tempfile::tempfile().unwrap();
        let stream = Endless(text.as_bytes(), read.try_clone().unwrap());
        let error = ImportFile::spool(stream).unwrap().check(&mut keep_going).unwrap_err().to_string();
        assert!(error.starts_with("line 1: "), "{error}");
        assert!(read.seek(SeekFrom::End(0)).unwrap() <= 1 << 17, "reading stops at the refused line");
    }
}

#[test]
fn metadata_keeps_every_digit() {
    let written = r#"{"account":12345678901234567890123,"rate":1.10,"rate":1e400}"#;
    let fixture = Fixture::memory();
    let metadata = SpaceMetadata::parse(written).unwrap();
    fixture.store.events().get_or_create_space("a", Some(&metadata), START).unwrap();
    let text = exported(&fixture.store, "a");
    assert!(text.contains(&format!(r#""metadata":{written},"#)), "{text}");
    let there = Store::memory();
    import_text(&there, &text, None).unwrap();
    let space = there.events().find_space("a").unwrap().unwrap().space;
    assert_eq!(space.metadata.as_ref().map(SpaceMetadata::as_str), Some(written));
}

#[test]
fn a_stored_payload_beyond_the_limit_is_read_and_exported() {
    let fixture = Fixture::one_file();
    let space = fixture.space("a").space_id;
    append(&fixture.store, space, &[event("c1", "t", json!(1))]);
    let large = format!("\"{}\"", "x".repeat(LONGEST_PAYLOAD));
    plant_payload(&fixture, EventId(1), &large);
    let read = fixture.store.events().event(EventId(1)).unwrap().unwrap();
    assert!(read.intact && read.payload.as_str() == large);
    let mut text = Vec::new();
    let done = export(&fixture.store, "a", &mut text, &mut keep_going).unwrap();
    assert_eq!(done.beyond_limits, 1);
    assert!(
        done.warning().unwrap().to_string().starts_with("this export cannot be imported: 1 line is beyond")
    );
    assert!(Summary::from(&done).detail.ends_with("; 1 line is too large to be imported again"));
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(&large));
    let error = import_text(&Store::memory(), &text, None).unwrap_err();
    assert_eq!(error.kind(), "import_beyond_limit");
}

#[test]
fn ids_beyond_the_limit_are_found_and_a_new_file_repairs_them() {
    let fixture = Fixture::one_file();
    let space = fixture.space("a").space_id;
    append(&fixture.store, space, &[event("c1", "t", json!(1))]);
    let far = EventId(LAST_EVENT_ID.0 + 7);
    let stored = fixture.store.events().event(EventId(1)).unwrap().unwrap();
    let checksum = ramax::Event { event_id: far, ..stored }.checksum().cast_signed();
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    file.execute("UPDATE event_log SET event_id = ?1, checksum = ?2", (far.0 as i64, checksum)).unwrap();
    file.execute("UPDATE space_sequences SET last_event_id = ?1", [far.0 as i64]).unwrap();
    let found = checked(&fixture.store);
    assert_eq!(found.findings.len(), 1, "{:?}", found.findings);
    assert_eq!(found.findings[0].remedy, Remedy::Transfer);
    let new = [NewEvent::new("c2", "t", Json::of(&json!(2)))];
    let late = Append { expected: Expected::Any, now: START, events: &new };
    let error = fixture.store.events().append(space, late).unwrap_err();
    assert_eq!(error.kind(), "exhausted");
    assert!(error.hint().unwrap().contains("import them into a new file"));
    let mut text = Vec::new();
    export(&fixture.store, "a", &mut text, &mut keep_going).unwrap();
    let there = Fixture::one_file();
    import_text(&there.store, text, None).unwrap();
    assert_eq!(checked(&there.store).findings, []);
    let space = there.store.events().find_space("a").unwrap().unwrap().space.space_id;
    assert_eq!(there.store.events().append(space, late).unwrap()[0].event_id, EventId(2));
}

#[test]
fn large_values_are_listed_exported_and_checked_in_short_pages() {
    let fixture = Fixture::one_file();
    let crm = ContentStore::open(&fixture.store, "crm_a", Arc::new(Crm)).unwrap();
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id).with("name", "x".repeat(PAGE_BYTES / 2))).unwrap();
    }
    assert_eq!(crm.scan("contact:", Page::forward(None, 99)).unwrap().len(), 2);
    let record = fixture.store.events().find_space("crm_a").unwrap().unwrap();
    let projection = projection(&fixture.store, &Apps::standard(), record.space.space_id).unwrap();
    let (mut listed, mut after) = (0, None);
    loop {
        let page = Page::forward(after, 99);
        let found = search_entries(&projection, ("contact:", ""), page, 1000, &mut no_pause).unwrap();
        (listed, after) = (listed + found.entries.len(), found.reached);
        if found.ended {
            break;
        }
    }
    assert_eq!(listed, 3);
    let text = exported(&fixture.store, "crm_a");
    let there = Fixture::one_file();
    assert_eq!(import_text(&there.store, &text, None).unwrap().events, 3);
    assert_eq!(checked(&there.store).findings, []);
    assert_eq!(opened(&exported(&there.store, "crm_a"))[1..], opened(&text)[1..]);
}
