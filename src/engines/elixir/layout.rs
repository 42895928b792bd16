//! Recognising a file by its tables.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use crate::engines::sqlite::FileResult;

const EVENTS: [&str; 9] = [
    "event_id",
    "space_id",
    "space_sequence",
    "entity_id",
    "event_type",
    "payload",
    "timestamp",
    "causation_id",
    "correlation_id",
];
const SPACES: [&str; 4] = ["space_id", "space_name", "created_at", "metadata"];
const CHECKPOINTS: [&str; 3] = ["space_id", "last_event_id", "last_space_sequence"];
const ENTITIES: [&str; 4] = ["space_id", "key", "value", "updated_at"];

/// The usual name of the table of projections. A program may choose another one.
const USUAL: &str = "pstate_entities";

/// The tables of the original that a file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The file has events and spaces.
    pub(super) has_events: bool,
    /// It has projections, and neither events nor spaces: these are in another file.
    pub(super) is_of_projections: bool,
    pub(super) has_checkpoints: bool,
    /// The table of projections, quoted.
    pub(super) entities: Option<String>,
}

impl Layout {
    pub(super) fn of(connection: &Connection) -> FileResult<Self> {
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        // Not virtual tables, which run code of their own.
        let mut statement = connection.prepare(
            "SELECT tables.name, columns.name FROM sqlite_schema AS tables
             JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table' AND rootpage > 0",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            tables.entry(row.get(0)?).or_default().insert(row.get(1)?);
        }
        let has = |table: &str, wanted: &[&str]| {
            tables.get(table).is_some_and(|found| wanted.iter().all(|column| found.contains(*column)))
        };
        let entities = std::iter::once(USUAL)
            .chain(tables.keys().map(String::as_str))
            .find(|table| has(table, &ENTITIES))
            .map(|table| format!("\"{}\"", table.replace('"', "\"\"")));
        let has_log = ["events", "spaces"].iter().any(|table| tables.contains_key(*table));
        Ok(Self {
            is_of_projections: entities.is_some() && !has_log,
            has_events: has("events", &EVENTS) && has("spaces", &SPACES),
            has_checkpoints: has("projection_checkpoints", &CHECKPOINTS),
            entities,
        })
    }
}
