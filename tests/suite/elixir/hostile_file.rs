//! Any bytes in any column of a file of the original: nothing panics, and the other rows stay usable.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ramax::operations::{CheckOptions, Fold, check, keep_going, open_space, overviews, verify};
use ramax::{Apps, ContentStore, EventId, Page, SpaceSequence, Store};
use rusqlite::types::Value;

use super::{Original, paged, spaces};
use crate::support::mutation::cases;

/// The columns of the original, by table.
const COLUMNS: [(&str, &[&str]); 4] = [
    (
        "events",
        &[
            "space_id",
            "space_sequence",
            "entity_id",
            "event_type",
            "payload",
            "timestamp",
            "causation_id",
            "correlation_id",
            "created_at",
        ],
    ),
    ("spaces", &["space_name", "created_at", "metadata"]),
    ("projection_checkpoints", &["last_event_id", "last_space_sequence", "updated_at"]),
    ("pstate_entities", &["space_id", "key", "value", "updated_at"]),
];

/// A value in place of another one.
#[derive(Debug, Clone)]
struct Damage {
    table: &'static str,
    column: &'static str,
    row: prop::sample::Index,
    value: Value,
}

fn damage() -> impl Strategy<Value = Damage> {
    let columns: Vec<(&str, &str)> =
        COLUMNS.iter().flat_map(|(table, columns)| columns.iter().map(|column| (*table, *column))).collect();
    let bytes = proptest::collection::vec(any::<u8>(), 0..40);
    let value = prop_oneof![
        4 => bytes.prop_map(Value::Blob),
        1 => any::<i64>().prop_map(Value::Integer),
        1 => any::<f64>().prop_map(Value::Real),
        1 => ".{0,300}".prop_map(Value::Text),
        1 => proptest::sample::select(vec![i64::MIN, -1, 0, 1, 1 << 32, i64::MAX]).prop_map(Value::Integer),
    ];
    (proptest::sample::select(columns), any::<prop::sample::Index>(), value)
        .prop_map(|((table, column), row, value)| Damage { table, column, row, value })
}

/// Applies a damage, as another program would. Values that the schema refuses are not stored.
fn apply(connection: &rusqlite::Connection, Damage { table, column, row, value }: &Damage) {
    let sql = format!("SELECT rowid FROM {table} ORDER BY rowid");
    let mut statement = connection.prepare(&sql).unwrap();
    let rows: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let sql = format!("UPDATE {table} SET {column} = ?1 WHERE rowid = ?2");
    if !rows.is_empty() {
        let _ = connection.execute(&sql, (value, row.get(&rows)));
    }
}

#[test]
fn any_value_in_any_column_leaves_the_rest_usable() {
    let mut runner = TestRunner::new(Config::with_cases(cases(24)));
    runner
        .run(&(any::<bool>(), proptest::collection::vec(damage(), 1..6)), |(is_demo, damages)| {
            let original = Original::of(if is_demo { "demo.db" } else { "flashcards.db" });
            let connection = original.connect();
            damages.iter().for_each(|damage| apply(&connection, damage));
            let rows: u64 = connection
                .query_row("SELECT count(*) FROM events", [], |row| row.get::<_, i64>(0))
                .unwrap()
                .unsigned_abs();
            drop(connection);
            let before = original.bytes();
            look_at_everything(&original.open(), rows, damages.len() as u64);
            let imported = Store::memory();
            super::import::import(&imported, &original.path()).unwrap();
            let options = CheckOptions { deep: true, is_running: &|_| true };
            let found = check(&imported, &Apps::standard(), options, &mut keep_going).unwrap().findings;
            prop_assert!(found.is_empty(), "{found:?}");
            prop_assert!(before == original.bytes());
            Ok(())
        })
        .unwrap();
}

/// Reads everything in every way. At most one event for each damage is out of range.
fn look_at_everything(store: &Store, rows: u64, damages: u64) {
    let apps = Apps::standard();
    overviews(store, &apps, Page::forward(None, 100)).unwrap();
    let mut events = 0;
    for record in spaces(store) {
        let (space, last) = (record.space, record.head.last_sequence);
        let forward = paged(store, space.space_id.0, false);
        let mut backward = paged(store, space.space_id.0, true);
        backward.reverse();
        assert_eq!(forward, backward);
        let numbers: Vec<u64> = forward.iter().map(|event| event.space_sequence.0).collect();
        assert_eq!(numbers, (1..=last.0).collect::<Vec<_>>());
        for event in &forward {
            assert_eq!(store.events().event(event.event_id).unwrap().as_ref(), Some(event));
            let page = Page::forward(None, 100);
            let of_entity = store.events().read_entity(space.space_id, &event.entity_id, page).unwrap();
            // The text of bytes that are not UTF-8 does not find them.
            assert!(
                of_entity.contains(event)
                    || event.entity_id.contains('\u{fffd}')
                    || event.entity_id.is_empty()
                    || of_entity.is_empty()
            );
        }
        store.events().entities(space.space_id, "", 100).unwrap();
        store.pstate().scan(space.space_id.into(), "", Page::forward(None, 1000)).unwrap();
        store.pstate().scan(space.space_id.into(), "c", Page::backward(None, 1000)).unwrap();
        if let Ok(content) = open_space(store, &apps, space) {
            verify(&content, &mut keep_going).unwrap();
            fold(&Arc::new(content), last);
        }
        events += last.0;
    }
    assert!(events <= rows && events + damages >= rows, "{events} of {rows} events, {damages} damages");
    for id in 0..rows {
        store.events().effects_of(EventId(id), Page::forward(None, 9)).unwrap();
    }
    let options = CheckOptions { deep: true, is_running: &|_| false };
    check(store, &apps, options, &mut keep_going).unwrap();
}

fn fold(content: &ContentStore, last: SpaceSequence) {
    let mut fold = Fold::new(content, None).unwrap();
    fold.seek(last, &mut keep_going).unwrap();
}
