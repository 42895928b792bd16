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

/// The most keys of other damaged rows that are tried: two rows may have exchanged places.
const MOST_KEYS: usize = 64;

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
    let (mut changes, mut likely, mut left) = (Vec::new(), None, TRIED_BYTES);
    while let Some(row) = rows.next()?
        && changes.len() < MOST
    {
        let ValueRef::Integer(seal) = row.get_ref(COLUMNS.len())? else { continue };
        let found = checksum::over_row(row, COLUMNS.len())?;
        if seal != found {
            let likely = match &mut likely {
                Some(likely) => likely,
                none => none.insert((all_spaces(connection)?, damaged_keys(connection)?)),
            };
            changes.extend(change(connection, row, (found, seal), likely, &mut left)?);
        }
    }
    Ok(changes)
}

fn change(
    connection: &Connection,
    row: &Row<'_>,
    (found, seal): (i64, i64),
    (spaces, keys): &(Vec<Value>, Vec<Value>),
    left: &mut usize,
) -> Result<Option<Change>> {
    let values = (0..COLUMNS.len()).map(|place| row.get_ref(place));
    let values = values.collect::<rusqlite::Result<Vec<_>>>()?;
    let stored_in = row.column(0)?;
    let likely = COLUMNS.into_iter().map(|column| {
        Ok(match column {
            "space_id" => spaces.clone(),
            "idempotency_key" => keys.clone(),
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

fn all_spaces(connection: &Connection) -> Result<Vec<Value>> {
    let mut statement = connection.prepare("SELECT space_id FROM spaces")?;
    let spaces = statement.query_map([], |row| row.column::<i64>(0).map(Value::from))?;
    Ok(spaces.collect::<rusqlite::Result<_>>()?)
}

/// Returns the keys of the first damaged rows.
fn damaged_keys(connection: &Connection) -> Result<Vec<Value>> {
    let mut statement = connection.prepare(&format!("SELECT {OF_KEY}, checksum FROM idempotency_keys"))?;
    let (mut rows, mut keys) = (statement.query([])?, Vec::new());
    while let Some(row) = rows.next()?
        && keys.len() < MOST_KEYS
    {
        let found = ValueRef::Integer(checksum::over_row(row, COLUMNS.len())?);
        let seal = row.get_ref(COLUMNS.len())?;
        if seal != ValueRef::Null && seal != found {
            keys.extend(row.column::<String>(1).ok().map(Value::from));
        }
    }
    Ok(keys)
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

/// Undoes the changes. Two keys may have exchanged places, so that all rows are removed before any is restored. A row whose
/// place is taken by the same row is a surplus copy of it, and stays removed. Another one is left as it was.
pub(super) fn undo(connection: &Connection, changes: Vec<Change>) -> Result<()> {
    let mut taken = Vec::new();
    for change in changes {
        let changed = take(connection, &change)?;
        taken.extend(changed.map(|row| (row, change)));
    }
    let mut refused = Vec::new();
    for (row, change) in taken {
        let mut restored = row.clone();
        for (place, expected) in change.restored {
            if let Some(value) = restored.get_mut(place) {
                *value = expected;
            }
        }
        if !put(connection, &restored)? && !is_stored(connection, &restored)? {
            refused.push(row);
        }
    }
    refused.iter().try_for_each(|row| put(connection, row).map(drop))
}

/// Removes a changed row, and returns the values of its columns and its checksum.
fn take(connection: &Connection, change: &Change) -> Result<Option<Vec<Value>>> {
    let sql = format!(
        "DELETE FROM idempotency_keys WHERE space_id = ?1 AND CAST(idempotency_key AS BLOB) = ?2
         RETURNING {OF_KEY}, checksum"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let value = |row: &Row<'_>, place| {
        Ok(match row.get_ref(place)? {
            // Only a changed text may be none.
            ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
            other => other.try_into()?,
        })
    };
    let values = |row: &Row<'_>| (0..=COLUMNS.len()).map(|place| value(row, place)).collect();
    Ok(statement.query_row((change.stored_in, &change.key), values).optional()?)
}

/// Inserts a row. Returns false if its space already has the key.
fn put(connection: &Connection, row: &[Value]) -> Result<bool> {
    let sql = format!(
        "INSERT OR IGNORE INTO idempotency_keys ({OF_KEY}, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    );
    Ok(connection.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(row))? == 1)
}

/// Returns true if this row is stored.
fn is_stored(connection: &Connection, row: &[Value]) -> Result<bool> {
    let sql = format!(
        "SELECT 1 FROM idempotency_keys WHERE ({OF_KEY}, checksum) IS (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    );
    Ok(connection.prepare_cached(&sql)?.exists(rusqlite::params_from_iter(row))?)
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
