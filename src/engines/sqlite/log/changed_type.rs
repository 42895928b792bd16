//! Finds event types that another program renamed, removed or moved, and restores them: the checksums of their events say what
//! they were called.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};

use crate::engines::sqlite::file::bounds::SPACE;
use crate::engines::sqlite::file::candidates::altered;
use crate::engines::sqlite::file::{ReadColumn, Result, text};
use crate::event::Event;
use crate::event_store::{ChangedType, PageRow};
use crate::id::{SpaceId, SpaceSequence};

use super::row::{COLUMNS, Filler, Position, last_pos, place, pos};
use super::types::TypeNames;

/// Of each type, the first and the last events are tried. Those of both ends tell whether a number was assigned again.
const TRIED_EVENTS: usize = 8;

/// The most names of other types that are tried.
const TRIED_NAMES: usize = 10_000;

/// The most bytes over which checksums are tried, a fraction of a second.
const TRIED_BYTES: usize = 1 << 30;

/// The most rows with the name of a removed one that are examined.
const EXAMINED: usize = 1000;

/// The places of some events of a type.
#[derive(Default)]
struct Places {
    first: Vec<i64>,
    last: Vec<i64>,
}

/// Returns the types of a space of which no event matches its checksum with the stored name, but some do with another one:
/// one of `known`, that of another type, or one that a small alteration makes the stored one.
pub(super) fn find(connection: &Connection, space_id: SpaceId, known: &[String]) -> Result<Vec<ChangedType>> {
    let stored = stored_names(connection, space_id)?;
    let (mut names, mut left) = (None, TRIED_BYTES);
    let mut changed = Vec::new();
    for (type_id, places) in places(connection, space_id)? {
        if has_intact(connection, &places)? {
            continue;
        }
        let names = match &mut names {
            Some(names) => names,
            none => none.insert(candidates(connection, known)?),
        };
        let of_row = stored.get(&type_id).map(Vec::as_slice).unwrap_or_default();
        let altered = altered(ValueRef::Text(of_row)).filter_map(|value| match value {
            Value::Text(name) => Some(name),
            _ => None,
        });
        let tried: Vec<String> = names.iter().cloned().chain(altered).collect();
        if let Some(expected) = proven(connection, &places.first, &tried, &mut left)? {
            let stored = stored.get(&type_id).and_then(|name| text(ValueRef::Text(name)).map(Into::into));
            changed.push(ChangedType { type_id, stored, expected });
        }
    }
    Ok(changed)
}

/// Gives the types of a space the names that the checksums of their events tell, and removes the rows that these were moved to.
pub(super) fn repair(connection: &Connection, space_id: SpaceId, known: &[String]) -> Result<()> {
    for ChangedType { type_id, expected, .. } in find(connection, space_id, known)? {
        connection.execute(
            "INSERT INTO event_types (space_id, type_id, event_type) VALUES (?1, ?2, ?3)
             ON CONFLICT (space_id, type_id) DO UPDATE SET event_type = ?3",
            (space_id.0, type_id, &expected),
        )?;
        remove_unused(connection, space_id, type_id, &expected)?;
    }
    Ok(())
}

/// Returns the numbers of no space under which types of spaces are stored, and how many.
pub(super) fn moved(connection: &Connection) -> Result<BTreeMap<i64, u64>> {
    let strays = strays(connection)?;
    let mut moved = BTreeMap::new();
    if strays.is_empty() {
        return Ok(moved);
    }
    let (lost, mut left) = (without_row(connection)?, TRIED_BYTES);
    for (number, type_id, name) in strays {
        let mut is_it = false;
        if !is_used(connection, number, type_id)? {
            for place in lost.get(&type_id).into_iter().flatten() {
                is_it |= proven(connection, &[*place], std::slice::from_ref(&name), &mut left)?.is_some();
            }
        }
        *moved.entry(number).or_default() += u64::from(is_it);
    }
    Ok(moved)
}

/// Returns true if the event at a place matches its checksum with one of these names of its type.
pub(super) fn is_intact_as(connection: &Connection, place: i64, names: &[String]) -> Result<bool> {
    Ok(proven(connection, &[place], names, &mut { usize::MAX })?.is_some())
}

/// Returns the names of a space's types, of any bytes.
fn stored_names(connection: &Connection, space_id: SpaceId) -> Result<BTreeMap<i64, Vec<u8>>> {
    let sql = "SELECT type_id, CAST(event_type AS BLOB) FROM event_types WHERE space_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let names = statement.query_map([space_id.0], |row| Ok((row.column(0)?, row.column(1)?)))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// Returns the places of some events of each type of a space.
fn places(connection: &Connection, space_id: SpaceId) -> Result<BTreeMap<i64, Places>> {
    let sql = "SELECT type_id, pos FROM event_log WHERE pos BETWEEN ?1 AND ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((pos(space_id, SpaceSequence::START), last_pos(space_id)))?;
    let mut places: BTreeMap<i64, Places> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let Places { first, last } = places.entry(row.column(0)?).or_default();
        let place = row.column(1)?;
        match first.len() < TRIED_EVENTS {
            true => first.push(place),
            false => {
                if last.len() == TRIED_EVENTS {
                    last.remove(0);
                }
                last.push(place);
            }
        }
    }
    Ok(places)
}

/// Returns the names that a type may have had: those that are known, and those of all other types.
fn candidates(connection: &Connection, known: &[String]) -> Result<BTreeSet<String>> {
    let sql = "SELECT DISTINCT CAST(event_type AS BLOB) FROM event_types LIMIT ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let names = statement.query_map([TRIED_NAMES], |row| row.column::<Vec<u8>>(0))?;
    let names = names.collect::<rusqlite::Result<Vec<_>>>()?;
    let names = names.into_iter().filter_map(|name| String::from_utf8(name).ok());
    Ok(known.iter().cloned().chain(names).collect())
}

/// Returns true if one of the events matches its checksum with the stored name.
fn has_intact(connection: &Connection, places: &Places) -> Result<bool> {
    for place in places.first.iter().chain(&places.last) {
        if with_event(connection, *place, |event, _| event.intact)? == Some(true) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the name with which one of the events matches its checksum. `left` bytes may be tried.
fn proven(
    connection: &Connection,
    places: &[i64],
    names: &[String],
    left: &mut usize,
) -> Result<Option<String>> {
    for place in places {
        let found = with_event(connection, *place, |event, checksum| {
            let mut buffer = Vec::new();
            names.iter().find(|name| {
                let size = event.bytes() + name.len();
                let is_tried = *left >= size;
                *left = left.saturating_sub(size);
                event.event_type = name.as_str().into();
                is_tried && i64::from(event.checksum_with(&mut buffer).cast_signed()) == checksum
            })
        })?;
        if let Some(name) = found.flatten() {
            return Ok(Some(name.clone()));
        }
    }
    Ok(None)
}

/// Calls `look` with the event at a place and its stored checksum.
fn with_event<T>(
    connection: &Connection,
    place: i64,
    look: impl FnOnce(&mut Event, i64) -> T,
) -> Result<Option<T>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM event_log WHERE pos = ?1"))?;
    let mut rows = statement.query([place])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    // The names that a handle remembers may be those from before the change.
    let types = TypeNames::default();
    let mut filler = Filler::new(connection, &types);
    let checksum = row.column(4)?;
    Ok(Some(look(filler.event(Position::of(row)?, row)?, checksum)))
}

/// Removes the rows that a removed one may have become: in the same space or with the same number, and of no event.
fn remove_unused(connection: &Connection, space_id: SpaceId, type_id: i64, name: &str) -> Result<()> {
    let sql = "SELECT space_id, type_id FROM event_types WHERE event_type = ?1
         AND (space_id = ?2) + (type_id = ?3) = 1 LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement
        .query_map((name, space_id.0, type_id, EXAMINED), |row| Ok((row.column(0)?, row.column(1)?)))?;
    for (number, type_id) in rows.collect::<rusqlite::Result<Vec<(i64, i64)>>>()? {
        if !is_used(connection, number, type_id)? {
            let sql = "DELETE FROM event_types WHERE space_id = ?1 AND type_id = ?2";
            connection.execute(sql, (number, type_id))?;
        }
    }
    Ok(())
}

/// Returns true if a space has events of this type.
fn is_used(connection: &Connection, number: i64, type_id: i64) -> Result<bool> {
    let Some(space_id) = space_of(number) else { return Ok(false) };
    let sql = "SELECT 1 FROM event_log WHERE pos BETWEEN ?1 AND ?2 AND type_id = ?3";
    let bounds = (pos(space_id, SpaceSequence::START), last_pos(space_id), type_id);
    Ok(connection.prepare_cached(sql)?.exists(bounds)?)
}

fn space_of(number: i64) -> Option<SpaceId> {
    SPACE.contains(&number).then(|| u32::try_from(number).ok().map(SpaceId)).flatten()
}

/// Returns the rows of types under numbers of no space.
fn strays(connection: &Connection) -> Result<Vec<(i64, i64, String)>> {
    let mut next = connection.prepare_cached("SELECT min(space_id) FROM event_types WHERE space_id > ?1")?;
    let mut is_space = connection.prepare_cached("SELECT 1 FROM spaces WHERE space_id = ?1")?;
    let mut of_number =
        connection.prepare_cached("SELECT type_id, event_type FROM event_types WHERE space_id = ?1")?;
    let (mut last, mut strays) = (i64::MIN, Vec::new());
    while let Some(number) = next.query_row([last], |row| row.column::<Option<i64>>(0))? {
        last = number;
        if is_space.exists([number])? {
            continue;
        }
        let mut rows = of_number.query([number])?;
        while let Some(row) = rows.next()? {
            let name = text(row.get_ref(1)?).unwrap_or_default().into_owned();
            strays.push((number, row.column(0)?, name));
        }
    }
    Ok(strays)
}

/// Returns the first event of each type without a row, by the number of the type.
fn without_row(connection: &Connection) -> Result<BTreeMap<i64, Vec<i64>>> {
    let mut has_row =
        connection.prepare_cached("SELECT 1 FROM event_types WHERE space_id = ?1 AND type_id = ?2")?;
    let mut statement =
        connection.prepare("SELECT type_id, min(pos) FROM event_log GROUP BY pos >> 40, type_id")?;
    let mut rows = statement.query([])?;
    let mut lost: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (type_id, first) = (row.column(0)?, row.column(1)?);
        if !has_row.exists((place(first).0.0, type_id))? {
            lost.entry(type_id).or_default().push(first);
        }
    }
    Ok(lost)
}
