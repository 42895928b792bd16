//! The registry of spaces.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::clock::Timestamp;
use crate::error::{Result, StoreError};
use crate::event::{EventId, SpaceSequence};
use crate::event_store::{Direction, Page, SpaceRecord, Totals};
use crate::space::{Head, Metadata, Space, SpaceId};
use crate::sqlite::{SEQUENCE_BITS, text};

const SPACE: &str = "space_id, space_name, metadata, created_at";
const LOG: &str = "last_sequence, last_event_id, last_timestamp, payload_bytes, indexed_sequence, deleting";

/// What is known about a space's log.
pub(super) struct Log {
    pub head: Head,
    /// How far the index of entities has come.
    pub indexed_sequence: u64,
    pub deleting: bool,
}

pub(super) fn create(
    connection: &Connection,
    name: &str,
    metadata: Option<&Metadata>,
    now: Timestamp,
) -> Result<Space> {
    // Another process may have been faster since the caller looked.
    if let Some(record) = find(connection, name)? {
        return Ok(record.space);
    }
    let text = metadata.map(|metadata| serde_json::Value::Object(metadata.clone()).to_string());
    connection.execute(
        "INSERT INTO spaces (space_name, created_at, metadata) VALUES (?1, ?2, ?3)",
        (name, now.0, text),
    )?;
    let number = connection.last_insert_rowid();
    if number >= 1 << (63 - SEQUENCE_BITS) {
        return Err(StoreError::Exhausted { what: "spaces" }.into());
    }
    connection.execute("INSERT INTO space_sequences (space_id) VALUES (?1)", [number])?;
    let space_id = SpaceId(u32::try_from(number).unwrap_or(u32::MAX));
    let metadata = metadata.cloned();
    Ok(Space { space_id, space_name: name.to_owned(), metadata, created_at: now, deleting: false })
}

pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<SpaceRecord>> {
    let sql = format!("SELECT {SPACE} FROM spaces WHERE space_name = ?1");
    let space = connection.prepare_cached(&sql)?.query_row([name], space).optional()?;
    space.map(|space| record(connection, space)).transpose()
}

pub(super) fn get(connection: &Connection, space_id: SpaceId) -> Result<Option<SpaceRecord>> {
    let sql = format!("SELECT {SPACE} FROM spaces WHERE space_id = ?1");
    let space = connection.prepare_cached(&sql)?.query_row([space_id.0], space).optional()?;
    space.map(|space| record(connection, space)).transpose()
}

pub(super) fn log(connection: &Connection, space_id: SpaceId) -> Result<Option<Log>> {
    let sql = format!("SELECT {LOG} FROM space_sequences WHERE space_id = ?1");
    let log = connection.prepare_cached(&sql)?.query_row([space_id.0], |row| {
        let head = Head {
            last_sequence: SpaceSequence(row.get(0)?),
            last_event_id: EventId(row.get(1)?),
            last_timestamp: row.get::<_, Option<i64>>(2)?.map(Timestamp),
            payload_bytes: row.get(3)?,
        };
        Ok(Log { head, indexed_sequence: row.get(4)?, deleting: row.get(5)? })
    });
    Ok(log.optional()?)
}

pub(super) fn page(connection: &Connection, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>> {
    let after = page.after.map(|after| i64::from(after.0));
    let (after, sql) = match page.direction {
        Direction::Forward => {
            (after.unwrap_or(0), format!("SELECT {SPACE} FROM spaces WHERE space_id > ?1 ORDER BY space_id"))
        }
        Direction::Backward => (
            after.unwrap_or(i64::MAX),
            format!("SELECT {SPACE} FROM spaces WHERE space_id < ?1 ORDER BY space_id DESC"),
        ),
    };
    let mut statement = connection.prepare_cached(&sql)?;
    let spaces = statement.query_map([after], space)?;
    spaces.take(page.limit).map(|space| record(connection, space?)).collect()
}

pub(super) fn totals(connection: &Connection) -> Result<Totals> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*), CAST(total(last_sequence) AS INTEGER), CAST(total(payload_bytes) AS INTEGER)
         FROM space_sequences",
    )?;
    let totals = statement.query_row([], |row| {
        Ok(Totals { spaces: row.get(0)?, events: row.get(1)?, payload_bytes: row.get(2)? })
    })?;
    Ok(totals)
}

pub(super) fn event_types(connection: &Connection, space_id: SpaceId) -> Result<Vec<String>> {
    let mut statement = connection
        .prepare_cached("SELECT event_type FROM event_types WHERE space_id = ?1 ORDER BY type_id")?;
    let names = statement.query_map([space_id.0], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn space(row: &Row<'_>) -> rusqlite::Result<Space> {
    let metadata = text(row.get_ref(2)?);
    Ok(Space {
        space_id: SpaceId(row.get(0)?),
        space_name: text(row.get_ref(1)?).unwrap_or_default().into_owned(),
        metadata: metadata.and_then(|text| serde_json::from_str(&text).ok()),
        created_at: Timestamp(row.get(3)?),
        deleting: false,
    })
}

/// The space with what its log says. One whose counters are lost is shown without events, so that it does
/// not keep the others from being shown; it takes no events.
fn record(connection: &Connection, space: Space) -> Result<SpaceRecord> {
    let log = log(connection, space.space_id)?;
    let deleting = log.as_ref().is_some_and(|log| log.deleting);
    Ok(SpaceRecord { space: Space { deleting, ..space }, head: log.map(|log| log.head).unwrap_or_default() })
}
