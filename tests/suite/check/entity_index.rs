//! The index of entities in a file: its parts are read as one, and each kind of damage to it is found and repaired.

use ramax::event_store::is_last_page;
use ramax::operations::{keep_going, repair};
use ramax::{Event, Location, OpenOptions, Page, SpaceId, SpaceSequence, Store};
use rusqlite::Connection;
use serde_json::json;

use super::findings::{checked, name};
use crate::support::{Fixture, append, event};

/// Enough events for rows of merged blocks, for a block, and for events beyond the index.
const EVENTS: usize = 9500;
/// The entities: some with many events each, others with one.
const OFTEN: usize = 7;

fn entity(number: usize) -> String {
    match number % 3 {
        0 => format!("e{}", number / 3 % OFTEN),
        1 => "every third".to_owned(),
        _ => format!("once-{number}"),
    }
}

/// Fills a space with appends of different sizes, among those of another space.
fn filled() -> (Fixture, SpaceId) {
    let fixture = Fixture::one_file();
    let events = fixture.store.events();
    let (space, other) = (fixture.space("a").space_id, fixture.space("b").space_id);
    let mut done = 0;
    for size in [1, 998, 1, 1000, 5000, 999, 1001].into_iter().chain(std::iter::repeat(100)) {
        if done >= EVENTS {
            break;
        }
        let new: Vec<_> = (done..done + size).map(|number| event(&entity(number), "t", json!({}))).collect();
        append(events, space, &new);
        append(events, other, &new[..1]);
        done += size;
    }
    (fixture, space)
}

/// Returns the sequences of an entity, a page at a time.
fn paged(
    store: &Store,
    space: SpaceId,
    id: &str,
    turn: impl Fn(Option<SpaceSequence>) -> Page<SpaceSequence>,
) -> Vec<u64> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = turn(after);
        let events: Vec<Event> = store.events().read_entity(space, id, page).unwrap();
        all.extend(events.iter().map(|event| event.space_sequence.0));
        after = events.last().map(|event| event.space_sequence).or(after);
        if is_last_page(&events, page.limit) {
            return all;
        }
    }
}

fn sequences_of(id: &str) -> Vec<u64> {
    (0..EVENTS).filter(|n| entity(*n) == id).map(|n| n as u64 + 1).collect()
}

#[track_caller]
fn assert_read_as_appended(store: &Store, space: SpaceId) {
    let entities = ["e0", "e6", "every third", "once-2", "once-6002", "once-8501", "once-9497", "absent"];
    for id in entities {
        let mut expected = sequences_of(id);
        for limit in [1, 7, 997, 99_999] {
            if limit == 1 && expected.len() > 500 {
                continue;
            }
            assert_eq!(
                paged(store, space, id, |after| Page::forward(after, limit)),
                expected,
                "{id} {limit}"
            );
            expected.reverse();
            assert_eq!(
                paged(store, space, id, |after| Page::backward(after, limit)),
                expected,
                "{id} {limit}"
            );
            expected.reverse();
        }
    }
}

fn sqlite(fixture: &Fixture) -> Connection {
    Connection::open(&fixture.store.location().unwrap().database).unwrap()
}

#[test]
fn an_entity_is_read_in_pages_through_all_parts_of_the_index() {
    let (fixture, space) = filled();
    let count = |sql: &str| sqlite(&fixture).query_row(sql, [], |row| row.get::<_, u64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM entity_blocks"), 1);
    assert_eq!(count("SELECT indexed_sequence FROM space_sequences WHERE space_id = 1"), 9000);
    assert!(count("SELECT count(*) FROM entity_events") < 8000, "sequences of an entity share rows");
    assert_read_as_appended(&fixture.store, space);
}

#[test]
fn the_event_before_another_of_its_entity_is_found_in_all_parts_of_the_index() {
    let (fixture, space) = filled();
    let all = fixture.store.events().read_space(space, Page::forward(None, EVENTS)).unwrap();
    let of: Vec<&Event> = all.iter().step_by(41).chain(all.last()).collect();
    let previous = fixture.store.events().read_previous(&of).unwrap();
    let sequence = |event: &Event| event.space_sequence.0;
    for (event, previous) in of.into_iter().zip(&previous) {
        let expected = sequences_of(&event.entity_id).into_iter().rfind(|other| *other < sequence(event));
        assert_eq!(previous.as_ref().map(sequence), expected, "before {}", sequence(event));
    }
}

#[test]
fn rows_of_earlier_versions_with_one_sequence_each_are_read_checked_and_extended() {
    let (fixture, space) = filled();
    sqlite(&fixture)
        .execute_batch(
            "DELETE FROM entity_events; DELETE FROM entity_blocks;
             INSERT INTO entity_events SELECT 1, entity_id, pos & 0xffffffffff, NULL FROM event_log
             WHERE pos BETWEEN (1 << 40) + 1 AND (1 << 40) + 4321;
             UPDATE space_sequences SET indexed_sequence = 4321 WHERE space_id = 1",
        )
        .unwrap();
    assert_read_as_appended(&fixture.store, space);
    assert_eq!(checked(&fixture.store, true).findings, []);
    append(fixture.store.events(), space, &[event("last", "t", json!({}))]);
    let blocks = "SELECT count(*) FROM entity_blocks";
    assert_eq!(sqlite(&fixture).query_row(blocks, [], |row| row.get::<_, u64>(0)).unwrap(), 5);
    assert_read_as_appended(&fixture.store, space);
    assert_eq!(checked(&fixture.store, true).findings, []);
}

#[test]
fn damage_to_any_part_of_the_index_is_found_and_repaired() {
    let (fixture, space) = filled();
    let directory = tempfile::tempdir().unwrap();
    let whole = directory.path().join("whole.db");
    sqlite(&fixture).execute("VACUUM INTO ?1", [whole.to_str()]).unwrap();
    let damage = [
        "DELETE FROM entity_events WHERE entity_id = 'e3'",
        "DELETE FROM entity_events WHERE entity_id = 'once-6002'",
        "UPDATE entity_events SET entity_id = 'stranger' WHERE entity_id = 'e3'",
        "UPDATE entity_events SET later = NULL WHERE entity_id = 'every third'",
        "UPDATE entity_events SET later = x'00ff' WHERE entity_id = 'e5'",
        "UPDATE entity_events SET later = x'01' WHERE entity_id = 'once-2'",
        "UPDATE entity_events SET space_sequence = 3 WHERE entity_id = 'e5'",
        "UPDATE entity_events SET space_sequence = -3 WHERE entity_id = 'e5'",
        "INSERT INTO entity_events VALUES (1, 'once-2', 9400, NULL)",
        "INSERT INTO entity_events VALUES (1, 'e0', 4, NULL)",
        "DELETE FROM entity_blocks",
        "DELETE FROM entity_events; DELETE FROM entity_blocks",
        "UPDATE entity_blocks SET entries = zeroblob(5000)",
        "UPDATE entity_blocks SET entries = x'00'",
        "UPDATE entity_blocks SET first_sequence = 8002",
        "UPDATE entity_blocks SET first_sequence = 1",
        "INSERT INTO entity_blocks SELECT space_id, 9001, entries FROM entity_blocks",
        "UPDATE space_sequences SET indexed_sequence = 9 WHERE space_id = 1",
        "UPDATE space_sequences SET indexed_sequence = 9400 WHERE space_id = 1",
        "UPDATE space_sequences SET indexed_sequence = 99999 WHERE space_id = 1",
    ];
    for (number, sql) in damage.into_iter().enumerate() {
        let file = directory.path().join(format!("{number}.db"));
        std::fs::copy(&whole, &file).unwrap();
        Connection::open(&file).unwrap().execute_batch(sql).unwrap();
        let store = Store::open(&Location::file(&file), OpenOptions::default()).unwrap();
        let report = checked(&store, true);
        assert_eq!(report.findings.iter().map(name).collect::<Vec<_>>(), ["entity-index"], "{sql}");
        repair(&store, &report, &mut keep_going).unwrap();
        assert_eq!(checked(&store, true).findings, [], "{sql}");
        for id in ["e3", "once-2", "once-8501"] {
            let read = paged(&store, space, id, |after| Page::forward(after, 99_999));
            assert_eq!(read, sequences_of(id), "{sql}: {id}");
        }
    }
}
