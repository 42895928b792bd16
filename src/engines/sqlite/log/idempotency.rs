//! Idempotency keys and their recorded outcomes.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::engines::sqlite::file::{ReadColumn, Result, checksum, text};
use crate::error::StoreError;
use crate::event_store::{Direction, Page, Remembered, RequestDigest};
use crate::id::{SpaceId, SpaceSequence};
use crate::timestamp::Timestamp;

use super::changed_key::{self, Change};

const COLUMNS: &str = "idempotency_key, request, event_ids, space_sequence, digest, stored_at";

/// Of how many keys one triggers a search for expired ones.
const EVERY: i64 = 8;

/// The number of keys that a search examines. While keys are stored at a steady rate, at most one in eight has expired.
const EXAMINED: usize = 64;

/// Stores a key, and updates the space's counters of keys. Removes a few that were stored before `expire_before`.
pub(in crate::engines::sqlite) fn remember(
    connection: &Connection,
    space_id: SpaceId,
    key: &str,
    remembered: &Remembered,
    expire_before: Option<Timestamp>,
) -> Result<()> {
    let event_ids = serde_json::json!(remembered.event_ids).to_string();
    let (request, digest) = match &remembered.request {
        RequestDigest::Crc32(crc) => (Some(*crc), None),
        RequestDigest::Sha256(digest) => (None, Some(digest.as_slice())),
    };
    let stored_at = remembered.stored_at.map(|time| time.0);
    let sequence = remembered.space_sequence.0.cast_signed();
    let number = |number: Option<i64>| number.map_or(ValueRef::Null, ValueRef::Integer);
    // In the order of `checksum::OF_KEY`.
    let checksum = checksum::over(&[
        ValueRef::Integer(i64::from(space_id.0)),
        ValueRef::Text(key.as_bytes()),
        number(request.map(i64::from)),
        ValueRef::Text(event_ids.as_bytes()),
        ValueRef::Integer(sequence),
        digest.map_or(ValueRef::Null, ValueRef::Blob),
        number(stored_at),
    ]);
    let mut insert = connection.prepare_cached(
        "INSERT INTO idempotency_keys
           (space_id, idempotency_key, request, event_ids, space_sequence, digest, stored_at, checksum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    insert.execute((space_id.0, key, request, event_ids, sequence, digest, stored_at, checksum))?;
    count(connection, space_id, 1, checksum)?;
    match expire_before {
        Some(before) if checksum % EVERY == 0 => remove_expired(connection, space_id, key, before),
        _ => Ok(()),
    }
}

/// Adds to the space's counters of keys.
fn count(connection: &Connection, space_id: SpaceId, keys: i64, digest: i64) -> Result<()> {
    // SQLite has no exclusive or.
    let mut count = connection.prepare_cached(
        "UPDATE space_sequences SET key_count = key_count + ?2, key_digest = (key_digest | ?3) - (key_digest & ?3)
         WHERE space_id = ?1",
    )?;
    count.execute((space_id.0, keys, digest))?;
    Ok(())
}

/// Replaces the digest of a key's command by [`RequestDigest::ERASED`].
pub(super) fn erase(connection: &Connection, space_id: SpaceId, key: &str) -> Result<()> {
    let Some(remembered) = remembered(connection, space_id, key)? else { return Ok(()) };
    let row = "FROM idempotency_keys WHERE space_id = ?1 AND idempotency_key = ?2";
    let mut select = connection.prepare_cached(&format!("SELECT {}, checksum {row}", checksum::OF_KEY))?;
    // Rows of earlier versions have no checksum, but are counted with one.
    let counted = select.query((space_id.0, key))?.next()?.map(|row| match row.column(7)? {
        Some(checksum) => Ok(checksum),
        None => checksum::over_row(row, 7),
    });
    let counted = counted.transpose()?.unwrap_or_default();
    connection.prepare_cached(&format!("DELETE {row}"))?.execute((space_id.0, key))?;
    count(connection, space_id, -1, counted)?;
    let erased = Remembered { request: RequestDigest::ERASED, ..remembered };
    remember(connection, space_id, key, &erased, None)
}

/// Removes expired keys among those that follow `key` in byte order, and then among the first ones. There is no index by
/// time, which every key would have to pay for: random keys are found in the pages that were just written, and the
/// oldest of rising ones are the first.
fn remove_expired(connection: &Connection, space_id: SpaceId, key: &str, before: Timestamp) -> Result<()> {
    let (mut expired, mut examined) = (Vec::new(), 0);
    for bound in ["idempotency_key > ?2", "idempotency_key < ?2"] {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {}, checksum FROM idempotency_keys WHERE space_id = ?1 AND {bound} ORDER BY idempotency_key",
            checksum::OF_KEY
        ))?;
        let mut rows = statement.query((space_id.0, key))?;
        while examined < EXAMINED
            && let Some(row) = rows.next()?
        {
            examined += 1;
            let is_expired = row.column::<Option<i64>>(6)?.is_some_and(|stored_at| stored_at < before.0);
            // A check reports a row that was altered, so it stays.
            if is_expired && row.column::<Option<i64>>(7)? == Some(checksum::over_row(row, 7)?) {
                expired.push((row.column::<String>(1)?, row.column::<i64>(7)?));
            }
        }
    }
    let mut remove = connection
        .prepare_cached("DELETE FROM idempotency_keys WHERE space_id = ?1 AND idempotency_key = ?2")?;
    for (key, checksum) in expired {
        remove.execute((space_id.0, key))?;
        count(connection, space_id, -1, checksum)?;
    }
    Ok(())
}

pub(super) fn remembered(
    connection: &Connection,
    space_id: SpaceId,
    key: &str,
) -> Result<Option<Remembered>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM idempotency_keys WHERE space_id = ?1 AND idempotency_key = ?2"
    ))?;
    let found = statement.query((space_id.0, key))?.next()?.map(read_remembered).transpose()?;
    Ok(found.map(|(_, remembered)| remembered))
}

pub(super) fn remembered_page(
    connection: &Connection,
    space_id: SpaceId,
    page: &Page<String>,
) -> Result<Vec<(String, Remembered)>> {
    let (is_behind, order) = match page.direction {
        Direction::Forward => (">", "ASC"),
        Direction::Backward => ("<", "DESC"),
    };
    let bound = if page.after.is_some() {
        format!("idempotency_key {is_behind} ?2")
    } else {
        "?2 IS NULL".to_owned()
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM idempotency_keys
         WHERE space_id = ?1 AND {bound} ORDER BY idempotency_key {order}"
    ))?;
    let mut rows = statement.query((space_id.0, &page.after))?;
    let mut found: Vec<(String, Remembered)> = Vec::new();
    while found.len() < page.limit
        && let Some(row) = rows.next()?
    {
        let (key, remembered) = read_remembered(row)?;
        let before = found.last().map(|(key, _)| key).or(page.after.as_ref());
        page.direction.check_past(before, &key, "the idempotency key")?;
        found.push((key, remembered));
    }
    Ok(found)
}

/// Reads a row of [`COLUMNS`].
fn read_remembered(row: &Row<'_>) -> Result<(String, Remembered)> {
    let key: String = row.column(0)?;
    let damaged = |what: &str| StoreError::Corrupt { detail: format!("idempotency key {key}: {what}") };
    let text: String = row.column(2)?;
    let event_ids = serde_json::from_str(&text).map_err(|error| damaged(&error.to_string()))?;
    let request = match (row.column::<Option<[u8; 32]>>(4)?, row.column(1)?) {
        (Some(digest), _) => RequestDigest::Sha256(digest),
        (None, Some(crc)) => RequestDigest::Crc32(crc),
        (None, None) => return Err(damaged("it has no digest of its command").into()),
    };
    let stored_at = row.column::<Option<i64>>(5)?.map(Timestamp);
    let remembered =
        Remembered { request, event_ids, space_sequence: SpaceSequence(row.column(3)?), stored_at };
    Ok((key, remembered))
}

/// The count and the combined checksum of a space's idempotency keys.
#[derive(Default)]
struct Sum {
    count: i64,
    digest: i64,
    /// Keys whose rows do not match their checksums.
    changed: Vec<String>,
}

fn sum(connection: &Connection, space_id: SpaceId) -> Result<Sum> {
    let of_key = checksum::OF_KEY;
    let sql = format!("SELECT {of_key}, checksum FROM idempotency_keys WHERE space_id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([space_id.0])?;
    let mut sum = Sum::default();
    while let Some(row) = rows.next()? {
        let checksum = checksum::over_row(row, 7)?;
        sum.count += 1;
        sum.digest ^= checksum;
        // Rows of earlier versions have none.
        let stored = row.get_ref(7)?;
        if stored != ValueRef::Null && stored != ValueRef::Integer(checksum) {
            sum.changed.push(text(row.get_ref(1)?).unwrap_or_default().into_owned());
        }
    }
    Ok(sum)
}

/// Describes how a space's keys differ from the stored ones.
pub(super) fn faults(connection: &Connection, space_id: SpaceId) -> Result<Vec<String>> {
    let sql = "SELECT key_count, key_digest FROM space_sequences WHERE space_id = ?1";
    let read = |row: &Row<'_>| Ok((row.column::<Option<i64>>(0)?, row.column::<Option<i64>>(1)?));
    let counted = connection.prepare_cached(sql)?.query_row([space_id.0], read).optional()?;
    // A file of an earlier version that is open read-only has no counters of keys.
    let Some((Some(count), Some(digest))) = counted else { return Ok(Vec::new()) };
    let found = sum(connection, space_id)?;
    let mut faults: Vec<String> =
        found.changed.iter().map(|key| format!("{key} does not match its checksum")).collect();
    if found.count != count {
        faults.push(format!("number {} instead of {count}", found.count));
    } else if found.digest != digest && faults.is_empty() {
        faults.push("the keys are not the stored ones".to_owned());
    }
    Ok(faults)
}

/// Counts a space's keys again after its counters were lost.
pub(super) fn count_again(connection: &Connection, space_id: SpaceId) -> Result<()> {
    let Sum { count, digest, .. } = sum(connection, space_id)?;
    let sql = "UPDATE space_sequences SET key_count = ?2, key_digest = ?3 WHERE space_id = ?1";
    connection.execute(sql, (space_id.0, count, digest))?;
    Ok(())
}

/// The keys of a space as they are.
#[derive(Default)]
struct Found {
    sum: (i64, i64),
    /// The number of rows without a checksum, and of those that do not match theirs.
    unsealed: usize,
    changed: usize,
}

/// Returns the spaces of which a repair restores damaged keys, or their number and checksum: those that then match, or of which
/// each row matches its own checksum.
pub(super) fn restorable(connection: &Connection) -> Result<BTreeSet<SpaceId>> {
    restored_by(connection, &changed_key::find(connection, None)?)
}

/// Returns the spaces of which the keys are known once these changes are undone.
fn restored_by(connection: &Connection, changes: &[Change]) -> Result<BTreeSet<SpaceId>> {
    let mut found: BTreeMap<i64, Found> = BTreeMap::new();
    let sql = format!("SELECT {}, checksum FROM idempotency_keys", checksum::OF_KEY);
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let of_space = found.entry(row.column(0)?).or_default();
        let checksum = checksum::over_row(row, 7)?;
        of_space.sum = (of_space.sum.0 + 1, of_space.sum.1 ^ checksum);
        match row.get_ref(7)? {
            ValueRef::Null => of_space.unsealed += 1,
            seal => of_space.changed += usize::from(seal != ValueRef::Integer(checksum)),
        }
    }
    for change in changes {
        let stored_in = found.entry(change.stored_in).or_default();
        stored_in.sum = (stored_in.sum.0 - 1, stored_in.sum.1 ^ change.found);
        stored_in.changed -= 1;
        let belongs_to = found.entry(change.belongs_to).or_default();
        belongs_to.sum = (belongs_to.sum.0 + 1, belongs_to.sum.1 ^ change.seal);
    }
    let mut statement = connection.prepare("SELECT space_id, key_count, key_digest FROM space_sequences")?;
    let stored = statement.query_map([], |row| {
        Ok((row.column(0)?, row.column::<Option<i64>>(1)?, row.column::<Option<i64>>(2)?))
    })?;
    let mut restorable = BTreeSet::new();
    for row in stored {
        let (number, Some(count), Some(digest)) = row? else { continue };
        let Found { sum, unsealed, changed } = found.remove(&number).unwrap_or_default();
        // The checksums of the remaining rows alone are wrong, or one of the numbers.
        let is_known = sum == (count, digest)
            || (changed == 0 && unsealed == 0 && sum.0 > 0 && (sum.0 == count || sum.1 == digest));
        restorable.extend(super::spaces::space_id(number).filter(|_| is_known));
    }
    Ok(restorable)
}

/// Undoes changes of keys, and restores the checksums and the number of those of the spaces that [`restorable`] returns then.
pub(super) fn repair(connection: &Connection) -> Result<()> {
    changed_key::undo(connection, changed_key::find(connection, None)?)?;
    // A change that could not be undone proves nothing of its row.
    for space_id in restored_by(connection, &[])? {
        reseal(connection, space_id)?;
        count_again(connection, space_id)?;
    }
    Ok(())
}

/// Stores the checksums of rows that do not match theirs.
fn reseal(connection: &Connection, space_id: SpaceId) -> Result<()> {
    let sql = format!("SELECT {}, checksum FROM idempotency_keys WHERE space_id = ?1", checksum::OF_KEY);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([space_id.0])?;
    let mut seals = Vec::new();
    while let Some(row) = rows.next()? {
        let checksum = checksum::over_row(row, 7)?;
        let stored = row.get_ref(7)?;
        if stored != ValueRef::Null && stored != ValueRef::Integer(checksum) {
            seals.push((row.column::<String>(1)?, checksum));
        }
    }
    let sql = "UPDATE idempotency_keys SET checksum = ?3 WHERE space_id = ?1 AND idempotency_key = ?2";
    let mut seal = connection.prepare_cached(sql)?;
    for (key, checksum) in seals {
        seal.execute((space_id.0, key, checksum))?;
    }
    Ok(())
}
