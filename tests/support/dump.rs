//! Dumps a space's rows directly from the files.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::sandbox::Sandbox;

/// Tables of the events file, with the expression for a row's space.
const EVENTS: [(&str, &str); 12] = [
    ("spaces", "space_id"),
    ("space_sequences", "space_id"),
    ("event_types", "space_id"),
    ("event_log", "pos >> 40"),
    ("entity_events", "space_id"),
    ("entity_blocks", "space_id"),
    ("event_causes", "space_id"),
    ("idempotency_keys", "space_id"),
    ("subscriptions", "space_id"),
    ("subscription_positions", "space_id"),
    ("parked_events", "space_id"),
    ("subscription_effects", "space_id"),
];

/// Tables of the projections file.
const PROJECTIONS: [(&str, &str); 3] = [
    ("projections", "space_id"),
    ("projection_checkpoints", "space_id"),
    ("projection_entities", "(SELECT space_id FROM projections WHERE projection_id = t.projection_id)"),
];

/// A space's rows by table, without empty tables.
pub type Dump = BTreeMap<&'static str, Vec<String>>;

/// Returns all rows of a space.
pub fn space(sandbox: &Sandbox, space_id: u32) -> Dump {
    let [events, projections] = sandbox.connections();
    let mut dump = Dump::new();
    for (connection, tables) in [(&events, &EVENTS[..]), (&projections, &PROJECTIONS[..])] {
        for (table, owner) in tables {
            let found = rows(connection, &format!("SELECT * FROM {table} AS t WHERE {owner} = {space_id}"));
            if !found.is_empty() {
                dump.insert(*table, found);
            }
        }
    }
    dump
}

/// Returns a space's projection `state` as readers see it, without its number.
pub fn state(sandbox: &Sandbox, space_id: u32) -> Vec<String> {
    let [_, projections] = sandbox.connections();
    let mut seen = rows(
        &projections,
        &format!(
            "SELECT last_space_sequence, last_event_id, updated_at, entities FROM projection_checkpoints
             WHERE space_id = {space_id} AND projection = 'state'"
        ),
    );
    seen.extend(rows(
        &projections,
        &format!("SELECT * FROM pstate_entities WHERE space_id = {space_id} ORDER BY key"),
    ));
    seen
}

/// Returns the rows of a query as text.
pub fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &Row<'_>| Ok((0..columns).map(|column| cell(row.get_ref_unwrap(column))).collect());
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(text) => format!("{}|", std::str::from_utf8(text).unwrap()),
        other => format!("{other:?}|"),
    }
}

/// Asserts that every space has each projection once, and that no other entries exist.
#[track_caller]
pub fn assert_nothing_left_over(sandbox: &Sandbox) {
    let [_, projections] = sandbox.connections();
    let left = rows(
        &projections,
        "SELECT projection_id, space_id, state FROM projections WHERE state <> 'live' UNION ALL
         SELECT projection_id, NULL, 'twice' FROM projections GROUP BY space_id, projection HAVING count(*) > 1 UNION ALL
         SELECT DISTINCT projection_id, NULL, 'of nobody' FROM projection_entities
         WHERE projection_id NOT IN (SELECT projection_id FROM projection_checkpoints)",
    );
    assert!(left.is_empty(), "left over: {left:?}");
}
