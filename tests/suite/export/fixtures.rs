//! Spaces with every kind of data, and functions to compare them.

use std::io::Cursor;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::event_store::Remembered;
use ramax::operations::{ImportFile, ImportOptions, Imported, export, import, keep_going, verify};
use ramax::pstate::Entry;
use ramax::{
    Append, Checkpoint, ContentStore, Event, EventId, Expected, Json, NewEvent, Page, Result, SpaceId, Store,
    Timestamp,
};

use crate::support::{Fixture, START, add_contact, rename_contact};

/// Text with all characters that a terminal would interpret or hide.
pub const HOSTILE: &str =
    "\u{0}\u{1b}]0;x\u{7}\r\n\t\u{7f}\u{85}\u{9b}31m\u{202e}\u{200b}\u{2028}\u{feff}\u{e0041}'\"\\";

/// Payloads and values that a careless copy would change.
pub const SPELLINGS: [&str; 14] = [
    r#"{"z":1,"a":2,"m":{"y":[],"x":{}}}"#,
    r#"{"number":1.0e2,"huge":123456789012345678901234567890,"tiny":-0.0,"one":1.00}"#,
    r#"{"escaped":"\u00e9\/\ud83e\udd80\u0000","raw":"é🦀"}"#,
    r#"{"twice":1,"twice":2}"#,
    r#"{"lone":"\ud800"}"#,
    "{ \"spaced\" :  true }",
    "null",
    "true",
    "17",
    r#""a string""#,
    "[]",
    " {} ",
    "{\n  \"several\": \"lines\"\n}",
    "{\"bidi\":\"\u{202e}\"}",
];

/// Values that are not JSON, which a rebuild repairs. Payloads must be JSON.
pub const NO_JSON: [&str; 4] = ["", "{\"broken", "not JSON at all", HOSTILE];

/// Returns empty stores as targets of an import.
pub fn targets() -> [Fixture; 3] {
    [Fixture::memory(), Fixture::one_file(), Fixture::two_files()]
}

pub fn append(store: &Store, space_id: SpaceId, events: &[NewEvent]) -> Vec<Event> {
    store
        .events()
        .append(space_id, Append { expected: Expected::Any, now: store.clock().now(), events })
        .unwrap()
}

/// Creates a tenant with commands, corrections, correlations, causes and idempotency keys.
pub fn tenant(fixture: &Fixture, name: &str) -> ContentStore {
    let crm = fixture.crm(name);
    for n in 0..12 {
        crm.execute(add_contact(&format!("c{n}"))).unwrap();
    }
    for n in 0..4_u64 {
        let command = rename_contact(&format!("c{n}"), "Zoë \u{1b}[1m");
        let cause = Some(first_id(&crm));
        let request = ramax::Request {
            conditions: ramax::Conditions {
                idempotency_key: Some(format!("key {n} {HOSTILE}")),
                causation_id: cause,
                ..ramax::Conditions::default()
            },
            ..ramax::Request::from(command)
        };
        crm.execute(request).unwrap();
    }
    crm
}

pub fn first_id(space: &ContentStore) -> EventId {
    let events = space.store().events();
    events.read_space(space.space_id(), Page::forward(None, 1)).unwrap()[0].event_id
}

/// Creates a space without a known app, with every spelling as a payload and as a value.
pub fn odd_space(fixture: &Fixture) -> SpaceId {
    let plan = serde_json::Value::from(HOSTILE);
    let metadata = format!(r#"{{"plan":{plan},"share":0.10,"account":12345678901234567890123,"share":0.1}}"#);
    let metadata = ramax::SpaceMetadata::parse(&metadata).unwrap();
    let space =
        fixture.store.events().get_or_create_space("odd \u{202e}\n\"", Some(&metadata), START).unwrap();
    for (number, text) in SPELLINGS.iter().enumerate() {
        let json = Json::from_stored((*text).to_owned());
        let mut event = NewEvent::new(format!("e{number} {HOSTILE}"), format!("t {text}"), json.clone());
        event.correlation_id = (number % 2 == 0).then(|| fixture.store.ids().new_id());
        event.metadata = text.trim_ascii_start().starts_with('{').then(|| json.clone());
        append(&fixture.store, space.space_id, &[event]);
        let key = format!("{text}{number}");
        fixture.store.pstate().put(space.space_id.into(), &key, json, Timestamp(number as i64 - 5)).unwrap();
    }
    for (number, text) in NO_JSON.iter().enumerate() {
        let json = Json::from_stored((*text).to_owned());
        let key = format!("no JSON {number}");
        fixture.store.pstate().put(space.space_id.into(), &key, json, Timestamp(0)).unwrap();
    }
    space.space_id
}

/// Gives an event another payload with a matching checksum, as an earlier version may have stored it.
pub fn plant_payload(fixture: &Fixture, event_id: EventId, text: &str) {
    let event = fixture.store.events().event(event_id).unwrap().unwrap();
    let planted = Event { payload: Json::from_stored(text.to_owned()), ..event };
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    let sql = "UPDATE event_log SET payload = ?1, checksum = ?2 WHERE event_id = ?3";
    assert_eq!(file.execute(sql, (text, planted.checksum().cast_signed(), event_id.0 as i64)).unwrap(), 1);
}

/// Everything stored for a space.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    pub events: Vec<Event>,
    pub entries: Vec<Entry>,
    pub checkpoint: Checkpoint,
    pub keys: Vec<(String, Remembered)>,
    pub types: Vec<String>,
}

pub fn contents(store: &Store, space_id: SpaceId) -> Contents {
    let events = store.events();
    Contents {
        events: events.read_space(space_id, Page::forward(None, 99_999)).unwrap(),
        entries: store.pstate().scan(space_id.into(), "", Page::forward(None, 99_999)).unwrap(),
        checkpoint: store.pstate().checkpoint(space_id.into()).unwrap(),
        keys: events.remembered_page(space_id, Page::forward(None, 99_999)).unwrap(),
        types: events.event_types(space_id).unwrap(),
    }
}

/// Exports a space.
pub fn exported(store: &Store, space: &str) -> String {
    let mut out = Vec::new();
    let told = export(store, space, &mut out, &mut keep_going).unwrap();
    assert_eq!(told.bytes, out.len() as u64);
    String::from_utf8(out).unwrap()
}

pub fn import_text(store: &Store, text: impl AsRef<[u8]>, into: Option<&str>) -> Result<Imported> {
    let options = ImportOptions { into: into.map(str::to_owned) };
    import(store, &mut ImportFile::new(Cursor::new(text.as_ref())), &options, &mut keep_going)
}

/// Returns an export without the parts that differ between stores: its id, and the checksums.
pub fn but_for_its_store(text: &str) -> Vec<String> {
    let cut = |line: &str| line.rsplit_once(",\"crc\":").unwrap().0.to_owned();
    let mut lines: Vec<String> = text.lines().map(cut).collect();
    let at = lines[0].find(r#""store_id":""#).unwrap() + 12;
    lines[0].replace_range(at..at + 36, "…");
    lines
}

#[track_caller]
pub fn assert_no_difference(store: &Store, space: &str) {
    let crm = ContentStore::open(store, space, Arc::new(Crm)).unwrap();
    assert_eq!(verify(&crm, &mut keep_going).unwrap().differences, []);
}
