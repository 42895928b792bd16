//! Finds the columns of idempotency keys that another program changed, and undoes that: the checksum of a row, or those of all
//! rows of its space, say what they were.

use std::collections::BTreeMap;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::engines::sqlite::file::candidates::{Restored, TRIED_BYTES, restore};
use crate::engines::sqlite::file::checksum::{self, OF_KEY};
use crate::engines::sqlite::file::{ReadColumn, Result, SEQUENCE_BITS};
use crate::id::{EventId, SpaceId, SpaceSequence};

use super::row::pos;

/// The columns of [`OF_KEY`], after which the checksum follows.
const COLUMNS: [&str; 7] =
    ["space_id", "idempotency_key", "request", "event_ids", "space_sequence", "digest", "stored_at"];

/// The most events of a command that are tried.
const MOST_EVENTS: u64 = 64;

/// The most damaged rows that are restored.
const MOST: usize = 1000;

/// A row with one or two columns that were changed.
pub(super) struct Change {
    /// The number of the space under which the row is stored.
    pub stored_in: i64,
    /// The number of the space that it belongs to.
    pub belongs_to: i64,
    /// The checksum of the row as it is.
    pub found: i64,
    /// The checksum of the row as it was.
    pub seal: i64,
    key: Vec<u8>,
    /// The columns, by their place in [`COLUMNS`].
    restored: Vec<Restored>,
}

/// Returns the changes of all keys of which values of one or two columns restore the checksum, or of those under one number of a
/// space.
pub(super) fn find(connection: &Connection, stored_in: Option<i64>) -> Result<Vec<Change>> {
    let rows = if stored_in.is_some() { "space_id = ?1" } else { "?1 IS NULL" };
    let sql = format!("SELECT {OF_KEY}, checksum FROM idempotency_keys WHERE {rows}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([stored_in])?;
    let (mut changes, mut spaces, mut left) = (Vec::new(), None, TRIED_BYTES);
    while let Some(row) = rows.next()?
        && changes.len() < MOST
    {
        let ValueRef::Integer(seal) = row.get_ref(COLUMNS.len())? else { continue };
        let found = checksum::over_row(row, COLUMNS.len())?;
        if seal != found {
            let spaces = match &mut spaces {
                Some(spaces) => spaces,
                none => none.insert(all_spaces(connection)?),
            };
            changes.extend(change(connection, row, (found, seal), spaces, &mut left)?);
        }
    }
    Ok(changes)
}

fn change(
    connection: &Connection,
    row: &Row<'_>,
    (found, seal): (i64, i64),
    spaces: &[i64],
    left: &mut usize,
) -> Result<Option<Change>> {
    let values = (0..COLUMNS.len()).map(|place| row.get_ref(place));
    let values = values.collect::<rusqlite::Result<Vec<_>>>()?;
    let stored_in = row.column(0)?;
    let likely = COLUMNS.into_iter().map(|column| {
        Ok(match column {
            "space_id" => spaces.iter().copied().map(Value::from).collect(),
            "event_ids" => lists_of_events(connection, row)?,
            "space_sequence" => sequence_of_last(connection, row)?.into_iter().collect(),
            "stored_at" => times(connection, row)?,
            _ => Vec::new(),
        })
    });
    let likely = likely.collect::<Result<Vec<_>>>()?;
    let is_sealed = &mut |tried: &[ValueRef<'_>]| seal == checksum::over(tried);
    let restored = restore(&values, is_sealed, &likely, &mut |_| Ok(true), left)?;
    if restored.is_empty() {
        return Ok(None);
    }
    let key = match values[1] {
        ValueRef::Text(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    };
    let belongs_to = restored.iter().find_map(|(place, expected)| match (COLUMNS[*place], expected) {
        ("space_id", Value::Integer(space_id)) => Some(*space_id),
        _ => None,
    });
    let belongs_to = belongs_to.unwrap_or(stored_in);
    Ok(Some(Change { stored_in, belongs_to, found, seal, key, restored }))
}

fn all_spaces(connection: &Connection) -> Result<Vec<i64>> {
    let mut statement = connection.prepare("SELECT space_id FROM spaces")?;
    let spaces = statement.query_map([], |row| row.column(0))?;
    Ok(spaces.collect::<rusqlite::Result<_>>()?)
}

/// Returns the lists of events that may have been those of a command: up to the stored sequence.
fn lists_of_events(connection: &Connection, row: &Row<'_>) -> Result<Vec<Value>> {
    let (Ok(space_id), Ok(last)) = (row.column::<u32>(0), row.column::<u64>(4)) else {
        return Ok(Vec::new());
    };
    let place = |sequence| pos(SpaceId(space_id), SpaceSequence(sequence));
    let sql = "SELECT event_id FROM event_log WHERE pos BETWEEN ?1 AND ?2 ORDER BY pos DESC";
    let mut statement = connection.prepare_cached(sql)?;
    let first = last.saturating_sub(MOST_EVENTS);
    let ids = statement.query_map((place(first), place(last)), |row| row.column(0).map(EventId))?;
    let (mut lists, mut list) = (vec![Value::from("[]".to_owned())], Vec::new());
    for id in ids {
        list.insert(0, id?);
        lists.push(Value::from(serde_json::json!(list).to_string()));
    }
    Ok(lists)
}

/// Returns the place of the last event that a key names.
fn last_event(connection: &Connection, row: &Row<'_>) -> Result<Option<i64>> {
    let Ok(text) = row.column::<String>(3) else { return Ok(None) };
    let ids: Vec<EventId> = serde_json::from_str(&text).unwrap_or_default();
    let sql = "SELECT pos FROM event_log WHERE event_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let Some(last) = ids.last() else { return Ok(None) };
    Ok(statement.query_row([last.0], |row| row.column(0)).optional()?)
}

fn sequence_of_last(connection: &Connection, row: &Row<'_>) -> Result<Option<Value>> {
    Ok(last_event(connection, row)?.map(|pos| Value::from(pos & ((1 << SEQUENCE_BITS) - 1))))
}

/// Returns the times of the last event of a command, according to its events and to its sequence, and none.
fn times(connection: &Connection, row: &Row<'_>) -> Result<Vec<Value>> {
    let by_sequence = match (row.column::<u32>(0), row.column::<u64>(4)) {
        (Ok(space_id), Ok(sequence)) => Some(pos(SpaceId(space_id), SpaceSequence(sequence))),
        _ => None,
    };
    let sql = "SELECT timestamp FROM event_log WHERE pos = ?1";
    let mut time = connection.prepare_cached(sql)?;
    let mut times = vec![Value::Null];
    for pos in last_event(connection, row)?.into_iter().chain(by_sequence) {
        let time: Option<i64> = time.query_row([pos], |row| row.column(0)).optional()?;
        times.extend(time.map(Value::from));
    }
    Ok(times)
}

/// Undoes the changes.
pub(super) fn undo(connection: &Connection, changes: Vec<Change>) -> Result<()> {
    for Change { stored_in, key, restored, .. } in changes {
        let columns = restored.iter().enumerate();
        let columns = columns.map(|(n, (place, _))| format!("{} = ?{}", COLUMNS[*place], n + 3));
        let sql = format!(
            "UPDATE OR IGNORE idempotency_keys SET {}
             WHERE space_id = ?1 AND CAST(idempotency_key AS BLOB) = ?2",
            columns.collect::<Vec<_>>().join(", ")
        );
        let values = restored.into_iter().map(|(_, expected)| expected);
        let values = [Value::from(stored_in), Value::from(key)].into_iter().chain(values);
        connection.execute(&sql, rusqlite::params_from_iter(values))?;
    }
    Ok(())
}

/// Returns the numbers of no space under which keys of spaces are stored, and how many.
pub(super) fn moved(connection: &Connection) -> Result<BTreeMap<i64, u64>> {
    let mut next =
        connection.prepare_cached("SELECT min(space_id) FROM idempotency_keys WHERE space_id > ?1")?;
    let mut is_space = connection.prepare_cached("SELECT 1 FROM spaces WHERE space_id = ?1")?;
    let (mut last, mut moved) = (i64::MIN, BTreeMap::new());
    while let Some(number) = next.query_row([last], |row| row.column::<Option<i64>>(0))? {
        last = number;
        if !is_space.exists([number])? {
            let changes = find(connection, Some(number))?;
            let of_spaces = changes.iter().filter(|change| change.belongs_to != number).count();
            moved.insert(number, of_spaces as u64);
        }
    }
    Ok(moved)
}
