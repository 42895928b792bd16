//! The registry of spaces.

use std::collections::HashMap;

use indexmap::IndexSet;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::engines::sqlite::file::bounds::{COUNT, SEQUENCE, SPACE};
use crate::engines::sqlite::file::numbers::{self, LAST_SPACE, number};
use crate::engines::sqlite::file::{ReadColumn, Result, SEQUENCE_BITS, WANTED, checksum, text, wanted};
use crate::engines::sqlite::subscriptions;
use crate::error::StoreError;
use crate::event_store::{Direction, Page, SpaceFault, SpaceRecord, Totals, UnlistedSpace, check_change};
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::space::{Head, Space, SpaceChange, SpaceMetadata, SpaceState};
use crate::timestamp::Timestamp;

use super::inspect::OF_SPACES;
use super::mark::{self, MARK};
use super::registry_row::RegistryRow;
use super::renumbered;

fn columns_of_log() -> String {
    format!(
        "last_sequence, last_event_id, last_timestamp, payload_bytes, indexed_sequence, {MARK}, revision, redactions"
    )
}

/// A space with its log, in one statement: with two, a delete in between would make the space look empty.
fn select_record() -> String {
    format!(
        "SELECT last_sequence, last_event_id, last_timestamp, payload_bytes, indexed_sequence, {MARK},
           space_id, space_name, metadata, created_at, revision, redactions, checksum
         FROM spaces LEFT JOIN space_sequences USING (space_id)"
    )
}

macro_rules! last_event_id {
    () => {
        "(SELECT max(deleted_event_id, coalesce((SELECT max(event_id) FROM event_log), 0)) FROM store)"
    };
}

/// The highest id ever assigned: the last in the log, or one that a delete removed.
pub(super) const LAST_EVENT_ID: &str = last_event_id!();

/// The counters and state of a space's log.
pub(super) struct Log {
    pub head: Head,
    /// The last sequence that the entity index covers.
    pub indexed_sequence: u64,
    pub state: SpaceState,
    pub revision: u64,
    /// An import is in progress and was not given up.
    pub takes_import: bool,
}

pub(super) fn create(
    connection: &Connection,
    name: &str,
    metadata: Option<&SpaceMetadata>,
    now: Timestamp,
) -> Result<Space> {
    // Another process may have been faster since the caller looked.
    if let Some(record) = find(connection, name)? {
        return Ok(record.space);
    }
    let number = next_number(connection)?;
    let text = metadata.map(SpaceMetadata::as_str);
    let checksum = checksum_of(number, name, now, text);
    connection.execute(
        "INSERT INTO spaces (space_id, space_name, created_at, metadata, checksum) VALUES (?1, ?2, ?3, ?4, ?5)",
        (number, name, now.0, text, checksum),
    )?;
    connection.execute("INSERT INTO space_sequences (space_id) VALUES (?1)", [number])?;
    let space_id = SpaceId(u32::try_from(number).unwrap_or(u32::MAX));
    let (space_name, metadata) = (name.to_owned(), metadata.cloned());
    let state = SpaceState::Open;
    Ok(Space { space_id, space_name, metadata, created_at: now, state, revision: 0 })
}

fn checksum_of(number: i64, name: &str, created_at: Timestamp, metadata: Option<&str>) -> i64 {
    // In the order of `checksum::OF_SPACE`.
    checksum::over(&[
        ValueRef::Integer(number),
        ValueRef::Text(name.as_bytes()),
        ValueRef::Integer(created_at.0),
        metadata.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
    ])
}

pub(super) fn change(connection: &Connection, space_id: SpaceId, change: &SpaceChange) -> Result<Space> {
    let Some(record) = get(connection, space_id)? else {
        return Err(StoreError::unknown_space(space_id).into());
    };
    let mut space = record.usable()?.space;
    let of_name = change.name.as_deref().map(|name| find(connection, name)).transpose()?.flatten();
    check_change(&space, change, of_name.map(|record| record.space).as_ref())?;
    // A new checksum would hide the damage.
    let mut faults = faults(connection, space_id)?.into_iter();
    if let Some((column, reason)) = faults.find(|(column, _)| *column != "space_name") {
        let detail = format!("the {column} of the space {} {reason}", space.space_name);
        return Err(StoreError::Corrupt { detail }.into());
    }
    let (name, metadata) = change.applied(&space);
    let text = metadata.as_ref().map(SpaceMetadata::as_str);
    let checksum = checksum_of(i64::from(space_id.0), &name, space.created_at, text);
    connection.execute(
        "UPDATE spaces SET space_name = ?2, metadata = ?3, checksum = ?4 WHERE space_id = ?1",
        (space_id.0, &name, text, checksum),
    )?;
    connection
        .execute("UPDATE space_sequences SET revision = revision + 1 WHERE space_id = ?1", [space_id.0])?;
    space.revision += 1;
    Ok(Space { space_name: name, metadata, ..space })
}

/// Returns the next number for a space: above every assigned one, and above that of every stored row, even in a file
/// put together from several backups. So a new space never shows the data of another one.
fn next_number(connection: &Connection) -> Result<i64> {
    let given = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'spaces'";
    let mut last: i64 = connection.query_row(given, [], |row| row.column(0))?;
    for table in numbered_by_space(connection)? {
        let sql = format!("SELECT coalesce(max(space_id), 0) FROM {table} WHERE space_id <= {LAST_SPACE}");
        last = last.max(connection.query_row(&sql, [], |row| row.column(0))?);
    }
    let in_log = "SELECT coalesce(max(pos), 0) FROM event_log";
    last = last.max(connection.query_row(in_log, [], |row| row.column::<i64>(0))? >> SEQUENCE_BITS);
    if last >= LAST_SPACE {
        return Err(StoreError::Exhausted { what: "spaces" }.into());
    }
    Ok(last + 1)
}

/// Returns the tables whose key or index begins with the space.
fn numbered_by_space(connection: &Connection) -> Result<Vec<&'static str>> {
    let mut tables = OF_SPACES.to_vec();
    tables.extend(subscriptions::TABLES);
    if numbers::exists(connection, "projections")? {
        tables.extend(["projections", "projection_checkpoints"]);
    }
    Ok(tables)
}

pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<SpaceRecord>> {
    let sql = format!("{} WHERE space_name = ?1", select_record());
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([name])?;
    let found = rows.next()?.map(|row| checked_record(connection, row)).transpose()?;
    with_other_ids(connection, Vec::from_iter(found)).map(|mut found| found.pop())
}

/// Finds a space by its id, even if its counters are damaged.
pub(super) fn get(connection: &Connection, space_id: SpaceId) -> Result<Option<SpaceRecord>> {
    connection.prepare_cached(&one())?.query([space_id.0])?.next()?.map(record).transpose()
}

/// Selects a space by its id. The `+` keeps SQLite from preparing the join again for each id.
fn one() -> String {
    format!("{} WHERE space_id = +?1", select_record())
}

pub(super) fn log(connection: &Connection, space_id: SpaceId) -> Result<Option<Log>> {
    let sql = format!("SELECT {} FROM space_sequences WHERE space_id = ?1", columns_of_log());
    Ok(connection.prepare_cached(&sql)?.query_row([space_id.0], |row| read_log(row, 6)).optional()?)
}

/// Returns everything that a writer needs in one short statement, if the space is open: each command looks it up.
pub(super) fn open_log_and_last_event_id(
    connection: &Connection,
    space_id: SpaceId,
) -> Result<Option<(Log, EventId)>> {
    let sql = concat!(
        "SELECT last_sequence, last_event_id, last_timestamp, payload_bytes, indexed_sequence, mark, revision,
           redactions, ",
        last_event_id!(),
        " FROM space_sequences WHERE space_id = ?1 AND mark = 0"
    );
    let read = |row: &Row<'_>| Ok((read_log(row, 6)?, EventId(row.column(8)?)));
    Ok(connection.prepare_cached(sql)?.query_row([space_id.0], read).optional()?)
}

pub(super) fn page(connection: &Connection, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>> {
    let after = page.after.map(|after| i64::from(after.0));
    // A check reports a row whose id is out of range. It must not hide the others.
    let (after, end, sql) = match page.direction {
        Direction::Forward => {
            (after.unwrap_or(0), LAST_SPACE, "WHERE space_id > ?1 AND space_id <= ?2 ORDER BY space_id")
        }
        Direction::Backward => {
            let after = after.map_or(LAST_SPACE + 1, |after| after.min(LAST_SPACE + 1));
            (after, 1, "WHERE space_id < ?1 AND space_id >= ?2 ORDER BY space_id DESC")
        }
    };
    let mut statement = connection.prepare_cached(&format!("{} {sql}", select_record()))?;
    let mut rows = statement.query([after, end])?;
    let mut records: Vec<SpaceRecord> = Vec::new();
    while records.len() < page.limit
        && let Some(row) = rows.next()?
    {
        let record = checked_record(connection, row)?;
        let before = records.last().map(|record| record.space.space_id).or(page.after);
        page.direction.check_past(before.as_ref(), &record.space.space_id, "the space")?;
        records.push(record);
    }
    with_other_ids(connection, records)
}

pub(super) fn of(connection: &Connection, space_ids: &[SpaceId]) -> Result<Vec<SpaceRecord>> {
    let sql = format!("{} WHERE space_id IN {WANTED} ORDER BY space_id", select_record());
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([wanted(space_ids)])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(checked_record(connection, row)?);
    }
    with_other_ids(connection, records)
}

pub(super) fn totals(connection: &Connection) -> Result<Totals> {
    let mut statement = connection.prepare_cached(
        // Damaged counters add nothing.
        "SELECT count(*), CAST(total(last_sequence) FILTER (WHERE last_sequence BETWEEN 0 AND ?1) AS INTEGER),
           CAST(total(payload_bytes) FILTER (WHERE payload_bytes BETWEEN 0 AND ?2) AS INTEGER)
         FROM space_sequences",
    )?;
    let totals = statement.query_row([SEQUENCE.end(), COUNT.end()], |row| {
        Ok(Totals { spaces: row.column(0)?, events: row.column(1)?, payload_bytes: row.column(2)? })
    })?;
    Ok(totals)
}

/// Returns the event types of several spaces, in the order of `space_ids`. Two numbers have the same name if another program
/// removed a type and its name was used again before a repair.
pub(super) fn event_types(connection: &Connection, space_ids: &[SpaceId]) -> Result<Vec<Vec<String>>> {
    let sql = format!(
        "SELECT space_id, event_type FROM event_types WHERE space_id IN {WANTED} ORDER BY space_id, type_id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([wanted(space_ids)])?;
    let mut types: HashMap<SpaceId, IndexSet<String>> = HashMap::new();
    while let Some(row) = rows.next()? {
        types.entry(SpaceId(row.column(0)?)).or_default().insert(row.column(1)?);
    }
    let of_space = |space_id| types.get(space_id).into_iter().flatten().cloned().collect();
    Ok(space_ids.iter().map(of_space).collect())
}

/// Reads a row of [`columns_of_log`] or [`select_record`], with the revision in this column and the redactions in the next one.
fn read_log(row: &Row<'_>, revision: usize) -> rusqlite::Result<Log> {
    let head = Head {
        last_sequence: SpaceSequence(number(row, 0, &SEQUENCE)?.cast_unsigned()),
        last_event_id: EventId(row.column(1)?),
        last_timestamp: row.column::<Option<i64>>(2)?.map(Timestamp),
        payload_bytes: row.column(3)?,
    };
    let mark = mark::read(row, 5)?;
    // Only operations that erase fields need it, but a wrong one is damage for all of them.
    number(row, revision + 1, &COUNT)?;
    let number_of_changes = number(row, revision, &COUNT)?.cast_unsigned();
    let (state, takes_import) = (read_state(mark), mark == mark::IMPORTING);
    Ok(Log { head, indexed_sequence: row.column(4)?, state, revision: number_of_changes, takes_import })
}

fn read_state(mark: i64) -> SpaceState {
    match mark {
        mark::OPEN => SpaceState::Open,
        mark::IMPORTING | mark::REMOVING_IMPORT => SpaceState::Importing,
        _ => SpaceState::Deleting,
    }
}

/// Reads a row of [`select_record`]. A space whose counters are damaged is empty, so that lists can still show it.
fn record(row: &Row<'_>) -> Result<SpaceRecord> {
    let (log, fault) = counters(row)?;
    let space_name = text(row.get_ref(7)?).unwrap_or_default().into_owned();
    let number: i64 = row.column(6)?;
    let Some(space_id) = space_id(number) else {
        // It would stand for the events of another space.
        let unlisted = UnlistedSpace::OutOfRange { space_name, number };
        let (space, problem) = (unlisted.name(), unlisted.problem());
        return Err(StoreError::SpaceDamaged { space, problem }.into());
    };
    let metadata = text(row.get_ref(8)?);
    let space = Space {
        space_id,
        space_name,
        metadata: metadata.and_then(|text| SpaceMetadata::parse(&text).ok()),
        created_at: Timestamp(row.column(9)?),
        state: log.as_ref().map(|log| log.state).unwrap_or_default(),
        revision: log.as_ref().map(|log| log.revision).unwrap_or_default(),
    };
    Ok(SpaceRecord { space, head: log.map(|log| log.head).unwrap_or_default(), fault })
}

/// Returns the id that a space can have.
pub(super) fn space_id(number: i64) -> Option<SpaceId> {
    u32::try_from(number).ok().filter(|_| SPACE.contains(&number)).map(SpaceId)
}

/// Reads the counters of a row of [`select_record`], or the damage to them.
fn counters(row: &Row<'_>) -> Result<(Option<Log>, Option<SpaceFault>)> {
    if row.get_ref(0)? == ValueRef::Null {
        return Ok((None, Some(SpaceFault::NoCounters)));
    }
    match read_log(row, 10).map_err(StoreError::of_sqlite) {
        Ok(log) => Ok((Some(log), None)),
        Err(StoreError::Corrupt { detail }) => Ok((None, Some(SpaceFault::Counters(detail)))),
        Err(error) => Err(error.into()),
    }
}

/// Reads a row of [`select_record`] for a list, and compares it with its checksum.
fn checked_record(connection: &Connection, row: &Row<'_>) -> Result<SpaceRecord> {
    let mut record = record(row)?;
    if record.fault.is_none() {
        let columns = RegistryRow::of(row, [6, 7, 9, 8, 12])?;
        let first = columns.faults(connection)?.into_iter().next();
        record.fault = first.map(|(column, reason)| SpaceFault::Row(format!("its {column} {reason}")));
    }
    Ok(record)
}

/// Finds out which of the damaged records have the id of another space.
fn with_other_ids(connection: &Connection, mut records: Vec<SpaceRecord>) -> Result<Vec<SpaceRecord>> {
    let may_have =
        |record: &SpaceRecord| matches!(record.fault, Some(SpaceFault::Row(_) | SpaceFault::NoCounters));
    if records.iter().any(may_have) {
        let renumbered = renumbered::find(connection)?;
        for record in records.iter_mut().filter(|record| may_have(record)) {
            let stored = i64::from(record.space.space_id.0);
            let row = renumbered.iter().find(|row| row.stored == stored);
            record.fault = row.and_then(|row| row.id).map(SpaceFault::OtherId).or(record.fault.take());
        }
    }
    Ok(records)
}

/// Returns the invalid columns of a space's row, each with the reason.
pub(super) fn faults(connection: &Connection, space_id: SpaceId) -> Result<Vec<(&'static str, String)>> {
    let of_space = checksum::OF_SPACE;
    let sql = format!("SELECT {of_space}, checksum FROM spaces WHERE space_id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([space_id.0])?;
    let Some(row) = rows.next()? else { return Ok(Vec::new()) };
    RegistryRow::of(row, [0, 1, 2, 3, 4])?.faults(connection)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::engines::sqlite::file::Database;
    use crate::engines::sqlite::{FileRole, OpenOptions};

    #[test]
    fn finding_a_space_prepares_no_statement_again_and_steps_past_no_other_space() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events.db");
        let database = Database::open_or_create(&path, FileRole::Events, &OpenOptions::default()).unwrap();
        let status = |connection: &Connection| {
            for n in 1..=50 {
                create(connection, &format!("space_{n}"), None, Timestamp(0))?;
            }
            for n in 1..=50 {
                assert_eq!(get(connection, SpaceId(n))?.unwrap().space.space_name, format!("space_{n}"));
            }
            let statement = connection.prepare_cached(&one())?;
            let all = [StatementStatus::RePrepare, StatementStatus::FullscanStep, StatementStatus::Run];
            Ok(all.map(|status| statement.get_status(status)))
        };
        assert_eq!(database.write(status).unwrap(), [0, 0, 50]);
    }
}
