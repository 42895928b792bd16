//! Event types that another program renamed, removed or moved: a repair restores those that the checksums of their events tell.

use ramax::error::Remedy;
use ramax::{Append, Expected, NewEvent, SpaceId};
use rusqlite::types::Value;
use serde_json::json;

use super::findings::{ACME, Files, assert_clean, checked, name};
use super::repairs::apply;
use super::table::KINDS;
use crate::support::{START, event};

const REPAIR: Remedy = Remedy::Check { deep: false, repair: true };

/// Returns the rows of all types, and of all events with their types.
fn stored(files: &Files) -> [Vec<Vec<Value>>; 2] {
    let sqlite = files.sqlite(false);
    ["SELECT * FROM event_types", "SELECT event_id, event_type, payload FROM events ORDER BY event_id"].map(
        |sql| {
            let mut statement = sqlite.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| (0..3).map(|column| row.get(column)).collect()).unwrap();
            rows.map(Result::unwrap).collect()
        },
    )
}

#[test]
fn a_changed_event_type_is_restored() {
    let whole = Files::small(false);
    let [types, events] = stored(&whole);
    let mut tried = 0;
    for kind in KINDS.iter().filter(|kind| kind.finding == "event-type") {
        let files = whole.copy();
        files.sqlite(false).execute_batch(kind.sql).unwrap();
        let store = files.store();
        assert!(apply(&store, &REPAIR, None).unwrap());
        assert_clean(&store);
        drop(store);
        let [types_after, events_after] = stored(&files);
        assert_eq!(events_after, events, "{}", kind.sql);
        // The event keeps the number that it has.
        assert!(types_after == types || kind.sql.contains("type_id = 77"), "{}: {types_after:?}", kind.sql);
        tried += 1;
    }
    assert!(tried > 10);
}

#[test]
fn an_event_that_is_damaged_as_well_is_still_found() {
    let files = Files::small(false);
    let damage = "UPDATE event_types SET event_type = 'x' WHERE space_id = 1;
         UPDATE event_log SET payload = '{}' WHERE event_id = 5";
    files.sqlite(false).execute_batch(damage).unwrap();
    let store = files.store();
    let found: Vec<String> = checked(&store, false).findings.iter().map(name).collect();
    assert_eq!(found, ["event-type", "event-type", "event"]);
    apply(&store, &REPAIR, None).unwrap();
    let left = checked(&store, false).findings;
    assert_eq!(left.iter().map(name).collect::<Vec<_>>(), ["event"]);
    assert_eq!(left[0].remedy, Remedy::Restore);
}

fn append(files: &Files, event_type: &str, count: usize) {
    let new: Vec<NewEvent> = (0..count).map(|n| event("c1", event_type, json!({"n": n}))).collect();
    let append = Append { expected: Expected::Any, now: START, events: &new };
    files.store().events().append(SpaceId(ACME), append).unwrap();
}

#[test]
fn a_name_that_nothing_tells_needs_a_backup() {
    let files = Files::small(false);
    append(&files, "audit.exported", 3);
    let rename = "UPDATE event_types SET event_type = 'something.else' WHERE event_type = 'audit.exported'";
    files.sqlite(false).execute_batch(rename).unwrap();
    let damaged = stored(&files);
    let store = files.store();
    let found = checked(&store, false).findings;
    let events: Vec<_> = found.iter().filter(|finding| name(finding) == "event").collect();
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|finding| finding.remedy == Remedy::Restore));
    apply(&store, &REPAIR, None).unwrap();
    drop(store);
    assert_eq!(stored(&files), damaged);
}

#[test]
fn a_number_that_was_assigned_again_is_left_as_it_is() {
    let files = Files::small(false);
    append(&files, "contact.removed", 2);
    files
        .sqlite(false)
        .execute_batch("DELETE FROM event_types WHERE event_type = 'contact.removed'")
        .unwrap();
    append(&files, "audit.exported", 1);
    let damaged = stored(&files);
    let store = files.store();
    assert!(checked(&store, false).findings.iter().all(|finding| name(finding) != "event-type"));
    apply(&store, &REPAIR, None).unwrap();
    drop(store);
    assert_eq!(stored(&files), damaged);
}

#[test]
fn a_name_that_was_used_again_is_listed_once() {
    let files = Files::small(false);
    files.sqlite(false).execute_batch("UPDATE event_types SET event_type = 'x' WHERE type_id = 1").unwrap();
    append(&files, "contact.added", 1);
    let store = files.store();
    apply(&store, &REPAIR, None).unwrap();
    let mut types = store.events().event_types(SpaceId(ACME)).unwrap();
    types.sort();
    assert_eq!(types, ["contact.added", "contact.updated"]);
    assert!(checked(&store, false).findings.iter().all(|finding| name(finding) != "event-type"));
}
