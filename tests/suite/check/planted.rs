//! Damage that needs more than one statement.

use std::fs;

use ramax::error::Remedy;
use ramax::limits::LAST_EVENT_ID;
use ramax::operations::find_space;
use ramax::{Append, Apps, Conditions, Event, EventId, Expected, Request};
use serde_json::json;

use super::findings::Files;
use super::remedies::run;
use crate::support::{START, add_contact, event};

/// Damage that needs more than one statement.
pub struct Planted {
    pub kind: &'static str,
    pub remedy: Remedy,
    pub plant: fn(&Files),
}

/// Damage to a projections file that holds no events.
pub const TO_SECOND_FILE: &[Planted] = &[
    Planted { kind: "engine", remedy: Remedy::NewProjections, plant: overwrite_projections },
    Planted { kind: "engine", remedy: Remedy::NewProjections, plant: overwrite_all_projections },
    Planted { kind: "engine", remedy: Remedy::NewProjections, plant: cut_projections_off },
    Planted { kind: "engine", remedy: REWRITE, plant: break_the_list_of_free_pages },
    Planted { kind: "engine", remedy: REWRITE, plant: free_a_leaf_in_use },
    Planted { kind: "engine", remedy: REWRITE, plant: free_an_overflow_page_in_use },
    Planted { kind: "engine", remedy: REWRITE, plant: change_an_index },
];

const REWRITE: Remedy = Remedy::Check { deep: true, repair: true };

pub const PLANTED: &[Planted] = &[
    Planted { kind: "engine", remedy: REWRITE, plant: break_the_list_of_free_pages },
    Planted { kind: "engine", remedy: REWRITE, plant: free_a_leaf_in_use },
    Planted { kind: "engine", remedy: REWRITE, plant: free_an_overflow_page_in_use },
    Planted { kind: "engine", remedy: REWRITE, plant: change_an_index },
    Planted { kind: "engine", remedy: Remedy::Restore, plant: cut_off },
    Planted { kind: "unreadable-events", remedy: Remedy::Restore, plant: overwrite_events },
    Planted { kind: "blocked", remedy: Remedy::Rebuild { skip_errors: true }, plant: append_a_bad_event },
    Planted { kind: "blocked", remedy: Remedy::Rebuild { skip_errors: false }, plant: drift_in_the_way },
    Planted { kind: "blocked", remedy: Remedy::Restore, plant: damage_the_next_event },
    Planted {
        kind: "cause-index",
        remedy: Remedy::Check { deep: true, repair: true },
        plant: lose_an_effect,
    },
    Planted { kind: "event-ids", remedy: Remedy::Transfer, plant: move_an_id_out_of_range },
    Planted {
        kind: "bad-event",
        remedy: Remedy::Rebuild { skip_errors: true },
        plant: drift_beside_a_bad_event,
    },
];

fn append(files: &Files, entity: &str, event_type: &str) {
    let store = files.store();
    let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
    let events = [event(entity, event_type, json!({"contact_id": entity, "name": "N", "email": "e"}))];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    store.events().append(acme.space_id(), append).unwrap();
}

fn append_a_bad_event(files: &Files) {
    append(files, "nobody", "contact.updated");
}

fn drift_in_the_way(files: &Files) {
    append(files, "c1", "contact.updated");
    let sql = "DELETE FROM projection_entities WHERE projection_id = 1 AND key = 'contact:c1'";
    files.sqlite(true).execute_batch(sql).unwrap();
}

fn damage_the_next_event(files: &Files) {
    append(files, "late", "contact.added");
    let sql = "UPDATE event_log SET checksum = checksum + 1 WHERE entity_id = 'late'";
    files.sqlite(false).execute_batch(sql).unwrap();
}

/// Removes an event from the index of causes, and lists another one with a wrong space.
fn lose_an_effect(files: &Files) {
    let acme = find_space(&files.store(), &Apps::standard(), "crm_acme").unwrap();
    for id in ["late", "later"] {
        let conditions = Conditions { causation_id: Some(EventId(1)), ..Conditions::default() };
        acme.execute(Request { conditions, ..add_contact(id).into() }).unwrap();
    }
    let sql = "DELETE FROM event_causes WHERE event_id = (SELECT min(event_id) FROM event_causes);
               UPDATE event_causes SET space_id = 2";
    files.sqlite(false).execute_batch(sql).unwrap();
}

fn drift_beside_a_bad_event(files: &Files) {
    append(files, "nobody", "contact.updated");
    let ran = run(files, "ramax rebuild crm_acme --skip-errors");
    assert!(ran.status.success(), "{ran:?}");
    let sql = "UPDATE projection_entities SET value = '1' WHERE key = 'contact:c1'";
    files.sqlite(true).execute_batch(sql).unwrap();
}

/// Gives the last event of a space an id that only an earlier version accepted.
fn move_an_id_out_of_range(files: &Files) {
    let store = files.store();
    let staging = store.events().find_space("cms_staging").unwrap().unwrap();
    let last = store.events().event(staging.head.last_event_id).unwrap().unwrap();
    drop(store);
    let (before, far) = (last.event_id, EventId(LAST_EVENT_ID.0 + 7));
    let checksum = i64::from(Event { event_id: far, ..last }.checksum().cast_signed());
    let sqlite = files.sqlite(false);
    let ids = (far.0.cast_signed(), before.0.cast_signed());
    sqlite.execute("UPDATE space_sequences SET last_event_id = ?1 WHERE last_event_id = ?2", ids).unwrap();
    let keys = "UPDATE idempotency_keys SET event_ids = '[' || ?1 || ']' WHERE event_ids = '[' || ?2 || ']'";
    sqlite.execute(keys, ids).unwrap();
    let event = "UPDATE event_log SET event_id = ?1, checksum = ?3 WHERE event_id = ?2";
    sqlite.execute(event, (ids.0, ids.1, checksum)).unwrap();
    let checkpoint = "UPDATE projection_checkpoints SET last_event_id = ?1 WHERE last_event_id = ?2";
    files.sqlite(true).execute(checkpoint, ids).unwrap();
}

fn cut_off(files: &Files) {
    let file = fs::OpenOptions::new().write(true).open(&files.location().database).unwrap();
    file.set_len(file.metadata().unwrap().len() / 4096 / 2 * 4096).unwrap();
}

/// Makes every page with projected contacts unreadable.
fn overwrite_projections(files: &Files) {
    let path = files.location().projections.unwrap();
    let mut bytes = fs::read(&path).unwrap();
    for page in bytes.chunks_mut(4096).skip(1).filter(|page| page.windows(8).any(|text| text == b"contact:"))
    {
        page[..8].fill(0xff);
    }
    fs::write(&path, bytes).unwrap();
}

/// Leaves only the header, which identifies the file.
fn overwrite_all_projections(files: &Files) {
    let path = files.location().projections.unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[100..].fill(0xff);
    fs::write(&path, bytes).unwrap();
}

fn cut_projections_off(files: &Files) {
    let file = fs::OpenOptions::new().write(true).open(files.location().projections.unwrap()).unwrap();
    file.set_len(file.metadata().unwrap().len() / 4096 / 2 * 4096).unwrap();
}

/// Makes a page with events unreadable.
fn overwrite_events(files: &Files) {
    let path = files.location().database;
    let mut bytes = fs::read(&path).unwrap();
    let is_of_events =
        |page: &[u8]| page[0] == 0x0d && page.windows(11).filter(|text| text == b"\"contact_id").count() > 5;
    let page = bytes.chunks(4096).skip(1).position(is_of_events).unwrap() + 1;
    bytes[page * 4096..page * 4096 + 8].fill(0xff);
    fs::write(&path, bytes).unwrap();
}

/// Frees pages, and makes the list of them impossible.
fn break_the_list_of_free_pages(files: &Files) {
    change_the_list_of_free_pages(files, |list| list[4] = 0xff);
}

fn free_a_leaf_in_use(files: &Files) {
    let sql = "SELECT max(pageno) FROM dbstat
         WHERE name = 'projection_entities' AND pagetype = 'leaf' AND path <> '/'";
    let page: u32 = files.sqlite(true).query_row(sql, [], |row| row.get(0)).unwrap();
    change_the_list_of_free_pages(files, |list| list[8..12].copy_from_slice(&page.to_be_bytes()));
}

fn free_an_overflow_page_in_use(files: &Files) {
    let sqlite = files.sqlite(true);
    sqlite.execute_batch("CREATE TABLE long (x); INSERT INTO long VALUES (zeroblob(20000))").unwrap();
    let sql = "SELECT max(pageno) FROM dbstat WHERE name = 'long' AND pagetype = 'overflow'";
    let page: u32 = sqlite.query_row(sql, [], |row| row.get(0)).unwrap();
    drop(sqlite);
    change_the_list_of_free_pages(files, |list| list[8..12].copy_from_slice(&page.to_be_bytes()));
}

/// Frees pages, and changes the page that lists them.
fn change_the_list_of_free_pages(files: &Files, change: impl FnOnce(&mut [u8])) {
    let path = files.location().projections.unwrap_or(files.location().database);
    let sqlite = files.sqlite(true);
    sqlite
        .execute_batch("CREATE TABLE left (x); INSERT INTO left VALUES (zeroblob(20000)); DROP TABLE left")
        .unwrap();
    drop(sqlite);
    let mut bytes = fs::read(&path).unwrap();
    let list = u32::from_be_bytes(bytes[32..36].try_into().unwrap()) as usize;
    change(&mut bytes[(list - 1) * 4096..list * 4096]);
    fs::write(&path, bytes).unwrap();
}

/// Changes the row that an entry of an index leads to.
fn change_an_index(files: &Files) {
    let path = files.location().projections.unwrap_or(files.location().database);
    let sqlite = files.sqlite(true);
    let page: usize = sqlite
        .query_row("SELECT pageno FROM dbstat WHERE name = 'projections_by_space'", [], |row| row.get(0))
        .unwrap();
    drop(sqlite);
    let mut bytes = fs::read(&path).unwrap();
    bytes[page * 4096 - 1] ^= 0x40;
    fs::write(&path, bytes).unwrap();
}
