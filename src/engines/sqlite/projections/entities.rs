//! The entries of one projection, live or not.

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::engines::sqlite::file::{ReadColumn, Result, Table, text};
use crate::error::StoreError;
use crate::event_store::{Direction, PAGE_BYTES, Page, PageRow};
use crate::json::Json;
use crate::pstate::{Changes, Entry, ProjectionId, Write, end_of_prefix};
use crate::timestamp::Timestamp;

const ENTITIES: Table<'_> = Table {
    into: "projection_entities (projection_id, key, value, updated_at)",
    columns: 4,
    otherwise: "ON CONFLICT DO NOTHING",
};

/// Selects an entry of a live projection. SQLite would prepare a join again for each key.
const LIVE_ENTRY: &str =
    "SELECT key, value, updated_at FROM projection_entities WHERE key = ?3 AND projection_id =
    (SELECT projection_id FROM projection_checkpoints WHERE space_id = ?1 AND projection = ?2)";

/// Selects an entry of one projection, live or not.
const ENTRY: &str =
    "SELECT key, value, updated_at FROM projection_entities WHERE projection_id = ?1 AND key = ?2";

/// Reads an entry of a live projection, in one statement.
pub(super) fn get(connection: &Connection, id: ProjectionId<'_>, key: &str) -> Result<Option<Entry>> {
    let mut statement = connection.prepare_cached(LIVE_ENTRY)?;
    Ok(statement.query_row((id.space_id.0, id.name, key), entry).optional()?)
}

/// Reads an entry of one projection.
pub(super) fn get_of(connection: &Connection, projection_id: i64, key: &str) -> Result<Option<Entry>> {
    let mut statement = connection.prepare_cached(ENTRY)?;
    Ok(statement.query_row((projection_id, key), entry).optional()?)
}

pub(super) fn multi_get(
    connection: &Connection,
    projection_id: i64,
    keys: &[&str],
) -> Result<Vec<Option<Entry>>> {
    let mut statement = connection.prepare_cached(ENTRY)?;
    keys.iter().map(|key| Ok(statement.query_row((projection_id, key), entry).optional()?)).collect()
}

pub(super) fn scan(
    connection: &Connection,
    projection_id: i64,
    prefix: &str,
    page: &Page<String>,
) -> Result<Vec<Entry>> {
    let end = end_of_prefix(prefix);
    let after = page.after.as_deref();
    // One bound at each end: of two, SQLite uses only the first, and steps over all rows up to the other.
    let (order, (above_is, above), below) = match page.direction {
        Direction::Forward => {
            let above = after.filter(|after| *after >= prefix).map(|after| (">", after));
            ("ASC", above.unwrap_or((">=", prefix)), end.as_deref())
        }
        Direction::Backward => {
            let below = after.filter(|after| end.as_deref().is_none_or(|end| *after < end));
            ("DESC", (">=", prefix), below.or(end.as_deref()))
        }
    };
    let below_is = if below.is_some() { "AND key < ?3" } else { "AND ?3 IS NULL" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT key, value, updated_at, projection_id FROM projection_entities
         WHERE projection_id = ?1 AND key {above_is} ?2 {below_is} ORDER BY key {order}"
    ))?;
    // SQLite prepares a statement with a bound LIMIT again for each value.
    let mut rows = statement.query((projection_id, above, below))?;
    let (mut entries, mut bytes): (Vec<Entry>, usize) = (Vec::new(), 0);
    while entries.len() < page.limit
        && bytes < PAGE_BYTES
        && let Some(row) = rows.next()?
    {
        check_key(row)?;
        if row.column::<i64>(3)? != projection_id {
            let detail = format!("an entry of projection {projection_id} is out of order");
            return Err(StoreError::Corrupt { detail }.into());
        }
        let entry = entry(row)?;
        let before = entries.last().map(|entry| entry.key.as_str()).or(after);
        page.direction.check_past(before, entry.key.as_str(), "the key")?;
        bytes += entry.bytes();
        entries.push(entry);
    }
    Ok(entries)
}

/// Refuses a key that is not text. As the end of a page, its text would skip other keys, or lead back to the same page.
fn check_key(row: &Row<'_>) -> Result<()> {
    let key = row.get_ref(0)?;
    if key.as_str().is_ok() {
        return Ok(());
    }
    let shown = text(key).unwrap_or_default().into_owned();
    let detail = format!("the key {shown} of a projection is not text; rebuild the projection to repair it");
    Err(StoreError::Corrupt { detail }.into())
}

/// Writes changes. Returns the change in the number of keys.
pub(super) fn write(connection: &Connection, projection_id: i64, changes: &Changes) -> Result<i64> {
    let mut delete =
        connection.prepare_cached("DELETE FROM projection_entities WHERE projection_id = ?1 AND key = ?2")?;
    let (mut grown, mut puts) = (0, Vec::with_capacity(changes.len()));
    for (key, write) in changes.iter() {
        match write {
            Write::Put { value, updated_at } => puts.push((key, value, updated_at.0)),
            Write::Delete => grown -= i64::try_from(delete.execute((projection_id, key))?).unwrap_or(0),
        }
    }
    Ok(grown + put(connection, projection_id, &puts)?)
}

/// Writes values, and updates those of existing keys. Returns the number of new keys.
fn put(connection: &Connection, projection_id: i64, puts: &[(&str, &Json, i64)]) -> Result<i64> {
    let mut new = 0;
    let mut update = connection.prepare_cached(
        "UPDATE projection_entities SET value = ?3, updated_at = ?4 WHERE projection_id = ?1 AND key = ?2",
    )?;
    ENTITIES.insert(
        connection,
        puts,
        |columns, (key, value, updated_at)| {
            columns.give(projection_id)?;
            columns.give(key)?;
            columns.give(value.as_str())?;
            columns.give(updated_at)
        },
        |puts, inserted| {
            new += inserted;
            if inserted < puts.len() {
                for (key, value, updated_at) in puts {
                    update.execute((projection_id, key, value.as_str(), updated_at))?;
                }
            }
            Ok(())
        },
    )?;
    Ok(i64::try_from(new).unwrap_or(i64::MAX))
}

/// Deletes the first `limit` entries, or all if there are fewer. Returns their number.
pub(super) fn delete_some(connection: &Connection, projection_id: i64, limit: usize) -> Result<usize> {
    let mut all = connection
        .prepare_cached("SELECT key FROM projection_entities WHERE projection_id = ?1 ORDER BY key")?;
    // A damaged key may be invalid UTF-8. If it is not text at all, everything is deleted at once.
    let first_to_stay = all.query([projection_id])?.nth(limit)?.and_then(|row| match row.get_ref(0) {
        Ok(ValueRef::Text(key)) => Some(key.to_vec()),
        _ => None,
    });
    // A range is deleted in one scan; each key of a list would need its own search.
    Ok(match first_to_stay {
        None => connection
            .prepare_cached("DELETE FROM projection_entities WHERE projection_id = ?1")?
            .execute([projection_id])?,
        Some(key) => connection
            .prepare_cached("DELETE FROM projection_entities WHERE projection_id = ?1 AND key < ?2")?
            .execute((projection_id, ToSqlOutput::Borrowed(ValueRef::Text(&key))))?,
    })
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let text = |column| Ok::<_, rusqlite::Error>(text(row.get_ref(column)?).unwrap_or_default().into_owned());
    Ok(Entry { key: text(0)?, value: Json::from_stored(text(1)?), updated_at: Timestamp(row.column(2)?) })
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::engines::sqlite::projections::SqlitePState;
    use crate::id::SpaceId;
    use crate::pstate::{ReadProjections, WriteProjections};

    #[test]
    fn reading_a_value_prepares_no_statement_again_and_steps_past_no_other_row() {
        let pstate = SqlitePState::temporary().unwrap();
        for n in 0..100 {
            let key = format!("k{n}");
            pstate
                .put(SpaceId(n % 3 + 1).into(), &key, Json::from_stored("1".to_owned()), Timestamp(0))
                .unwrap();
            assert!(pstate.get(SpaceId(n % 3 + 1).into(), &key).unwrap().is_some());
        }
        let statement = |connection: &Connection| {
            let statement = connection.prepare_cached(LIVE_ENTRY)?;
            let all = [StatementStatus::RePrepare, StatementStatus::FullscanStep, StatementStatus::Run];
            Ok(all.map(|status| statement.get_status(status)))
        };
        assert_eq!(pstate.database.read(statement).unwrap(), [0, 0, 100]);
    }

    #[test]
    fn a_projection_grows_by_its_new_keys_whatever_is_written_and_present() {
        let pstate = SqlitePState::temporary().unwrap();
        let written = |keys: std::ops::Range<u32>, value: &str| {
            let mut changes = Changes::default();
            for n in keys.clone() {
                changes.put(&format!("k{n:03}"), Json::from_stored(value.to_owned()), Timestamp(0));
            }
            pstate.database.write(|connection| {
                let grown = write(connection, 7, &changes)?;
                let keys: Vec<String> = keys.map(|n| format!("k{n:03}")).collect();
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                let stored = multi_get(connection, 7, &keys)?;
                assert!(stored.iter().all(|entry| entry.as_ref().is_some_and(|e| e.value.as_str() == value)));
                Ok(grown)
            })
        };
        for (keys, grown) in [(0..1, 1), (0..40, 39), (8..90, 50), (0..90, 0), (75..91, 1)] {
            let value = format!("{}", keys.len());
            assert_eq!(written(keys.clone(), &value).unwrap(), grown, "{keys:?}");
        }
    }
}
