//! Finds the spaces whose rows have another id or none, and gives rows the ids that they had: their checksums tell them.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::engines::sqlite::file::bounds::SPACE;
use crate::engines::sqlite::file::checksum::OF_SPACE;
use crate::engines::sqlite::file::numbers;
use crate::engines::sqlite::file::{ReadColumn, Result, shown, text};
use crate::event_store::{ChangedColumn, Renumbered, UnlistedSpace};
use crate::id::{SpaceId, SpaceSequence};

use super::inspect::{spaces_of_log, spaces_of_tables};
use super::registry_row::{Changed, RegistryRow};
use super::row::{last_pos, pos};
use super::spaces::space_id;

/// The most checksums that are tried, a fraction of a second: all ids for each of a thousand damaged rows of as many spaces.
const TRIED: usize = 1_000_000;

/// Finds the rows with the checksum of another id under which there is data without an intact row, and those whose id no space
/// can have.
pub(super) fn find(connection: &Connection) -> Result<Vec<Renumbered>> {
    let damaged = damaged(connection)?;
    if damaged.is_empty() {
        return Ok(Vec::new());
    }
    let ids = vacant(connection, &damaged)?;
    let mut statement =
        connection.prepare_cached(&format!("SELECT {OF_SPACE}, checksum FROM spaces WHERE space_id = ?1"))?;
    let (mut found, mut left) = (Vec::new(), TRIED);
    for stored in damaged {
        let mut rows = statement.query([stored])?;
        let Some(row) = rows.next()? else { continue };
        let columns = RegistryRow::of(row, [0, 1, 2, 3, 4])?;
        // A row without a checksum matches no id.
        let tried = if row.get_ref(4)? == ValueRef::Null { 0 } else { left };
        let mut candidates = ids.iter().copied().take(tried).inspect(|_| left -= 1);
        let id = candidates.find(|id| columns.is_sealed_as(ValueRef::Integer(*id)));
        if id.is_some() || !SPACE.contains(&stored) {
            let name = text(row.get_ref(1)?).unwrap_or_default().into_owned();
            found.push(Renumbered { name, stored, id });
        }
    }
    Ok(found)
}

/// Returns the first `limit` rows whose ids are out of range, and spaces with counters and without a row.
pub(super) fn unlisted(connection: &Connection, limit: usize) -> Result<Vec<UnlistedSpace>> {
    // Each half finds its rows by the primary key.
    let sql = "SELECT space_id, space_name FROM spaces WHERE space_id < ?1
         UNION ALL SELECT space_id, space_name FROM spaces WHERE space_id > ?2 LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query((SPACE.start(), SPACE.end(), most))?;
    let mut unlisted = Vec::new();
    while let Some(row) = rows.next()? {
        let space_name = text(row.get_ref(1)?).unwrap_or_default().into_owned();
        unlisted.push(UnlistedSpace::OutOfRange { space_name, number: row.column(0)? });
    }
    let sql = "SELECT space_id FROM space_sequences WHERE space_id BETWEEN ?1 AND ?2
         AND space_id NOT IN (SELECT space_id FROM spaces) LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let without = statement.query_map((SPACE.start(), SPACE.end(), most), |row| row.column::<i64>(0))?;
    let without = without.collect::<rusqlite::Result<Vec<_>>>()?;
    if !without.is_empty() {
        // A row with another id is reported by its name.
        let renumbered = find(connection)?;
        let has_row = |id: &i64| renumbered.iter().any(|row| row.id == Some(*id));
        let missing = without.into_iter().filter(|id| !has_row(id)).filter_map(space_id);
        unlisted.extend(missing.map(UnlistedSpace::Unregistered));
    }
    unlisted.truncate(limit);
    Ok(unlisted)
}

/// Gives the rows the ids that they had, unless a row whose id nothing tells has one of them.
pub(super) fn repair(connection: &Connection) -> Result<()> {
    let ids: BTreeMap<i64, i64> =
        find(connection)?.into_iter().filter_map(|row| Some((row.stored, row.id?))).collect();
    let ids = numbers::renumber(connection, ("spaces", "space_id"), ids)?;
    for stored in ids.keys().filter(|stored| !ids.values().any(|id| id == *stored)) {
        remove_empty_counters(connection, *stored)?;
    }
    Ok(())
}

/// Returns the columns of a space's row that another program changed, if its checksum says what they were.
pub(super) fn changed_columns(connection: &Connection, space_id: SpaceId) -> Result<Vec<ChangedColumn>> {
    let sql = format!("SELECT {OF_SPACE}, checksum FROM spaces WHERE space_id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([space_id.0])?;
    let Some(row) = rows.next()? else { return Ok(Vec::new()) };
    let changed = RegistryRow::of(row, [0, 1, 2, 3, 4])?.changed(connection)?;
    let shown = |Changed { column, stored, expected }| ChangedColumn {
        column,
        stored: shown(stored),
        expected: shown(ValueRef::from(&expected)),
    };
    Ok(changed.into_iter().map(shown).collect())
}

/// Undoes changes of columns other than ids.
pub(super) fn restore_columns(connection: &Connection) -> Result<()> {
    let sql = format!("SELECT {OF_SPACE}, checksum FROM spaces WHERE space_id = ?1");
    for number in damaged(connection)? {
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([number])?;
        let Some(row) = rows.next()? else { continue };
        let changed = RegistryRow::of(row, [0, 1, 2, 3, 4])?.changed(connection)?;
        let changed: Vec<_> = changed.into_iter().map(|changed| (changed.column, changed.expected)).collect();
        drop(rows);
        for (column, expected) in changed {
            let sql = format!("UPDATE OR IGNORE spaces SET {column} = ?2 WHERE space_id = ?1");
            connection.execute(&sql, (number, expected))?;
        }
    }
    Ok(())
}

/// Removes counters that say nothing, which an earlier repair gave to the wrong id.
fn remove_empty_counters(connection: &Connection, number: i64) -> Result<()> {
    let sql =
        "DELETE FROM space_sequences WHERE space_id = ?1 AND last_sequence = 0 AND mark = 0 AND key_count = 0
         AND NOT EXISTS (SELECT 1 FROM event_log WHERE pos BETWEEN ?2 AND ?3)";
    let space_id = SpaceId(u32::try_from(number).unwrap_or(u32::MAX));
    connection.execute(sql, (number, pos(space_id, SpaceSequence::START), last_pos(space_id)))?;
    Ok(())
}

/// Returns the ids of the rows that do not match their checksum, or that no space can have.
fn damaged(connection: &Connection) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(&format!("SELECT {OF_SPACE}, checksum FROM spaces"))?;
    let mut rows = statement.query([])?;
    let mut damaged = Vec::new();
    while let Some(row) = rows.next()? {
        let number = row.column(0)?;
        let is_intact = RegistryRow::of(row, [0, 1, 2, 3, 4])?.is_sealed_as(ValueRef::Integer(number));
        if !is_intact || !SPACE.contains(&number) {
            damaged.push(number);
        }
    }
    Ok(damaged)
}

/// Returns the ids under which there is data, and no row or a damaged one.
fn vacant(connection: &Connection, damaged: &[i64]) -> Result<BTreeSet<i64>> {
    let mut ids = BTreeSet::new();
    spaces_of_tables(connection, &mut |id| {
        ids.insert(id);
    })?;
    spaces_of_log(connection, &mut |id| {
        ids.insert(id);
    })?;
    let mut statement = connection.prepare_cached("SELECT 1 FROM spaces WHERE space_id = ?1")?;
    let mut vacant = BTreeSet::new();
    for id in ids.into_iter().filter(|id| SPACE.contains(id)) {
        if damaged.contains(&id) || !statement.exists([id])? {
            vacant.insert(id);
        }
    }
    Ok(vacant)
}
