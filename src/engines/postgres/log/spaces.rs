//! The registry of spaces.

use std::collections::HashMap;

use postgres::Row;

use crate::engines::postgres::database::{Failure, Result, Session, decoded, encoded, limit};
use crate::error::StoreError;
use crate::event_store::{MarkOwner, Page, SpaceFault, SpaceRecord, Totals, check_change};
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::space::{Head, Space, SpaceChange, SpaceMetadata, SpaceState};
use crate::timestamp::Timestamp;

use super::mark;
use super::read::towards;
use super::row::{number, of_space, space_id};

/// A space with the end of its log.
pub(in crate::engines::postgres) const RECORD: &str =
    "SELECT space_id, space_name, metadata, created_at, mark, revision, last_sequence,
    last_event_id, last_timestamp, payload_bytes FROM spaces JOIN space_sequences USING (space_id)";

/// Reads a row of [`RECORD`].
pub(in crate::engines::postgres) fn record(row: &Row) -> SpaceRecord {
    let space = Space {
        space_id: space_id(row.get(0)),
        space_name: decoded(row.get(1)),
        metadata: row.get::<_, Option<&str>>(2).and_then(|text| SpaceMetadata::parse(text).ok()),
        created_at: Timestamp(row.get(3)),
        state: mark::state(row.get(4)),
        revision: number(row.get(5)),
    };
    let head = Head {
        last_sequence: SpaceSequence(number(row.get(6))),
        last_event_id: EventId(number(row.get(7))),
        last_timestamp: row.get::<_, Option<i64>>(8).map(Timestamp),
        payload_bytes: number(row.get(9)),
    };
    SpaceRecord::new(space, head)
}

/// Keeps others from registering spaces until the transaction ends.
pub(super) fn lock(session: &mut Session) -> Result<()> {
    session.one("SELECT 1 FROM store FOR UPDATE", &[]).map(drop)
}

/// Creates a space. The registry is locked, and the name is free.
pub(super) fn create(
    session: &mut Session,
    name: &str,
    metadata: Option<&SpaceMetadata>,
    now: Timestamp,
) -> Result<Space> {
    let sql = "UPDATE store SET last_space_id = last_space_id + 1 RETURNING last_space_id";
    let number: i64 = session.one(sql, &[])?.get(0);
    let Ok(space_id) = u32::try_from(number).map(SpaceId) else {
        return Err(StoreError::Exhausted { what: "spaces" }.into());
    };
    session.execute("INSERT INTO space_sequences (space_id) VALUES ($1)", &[&number])?;
    if session.is_sharded() {
        session.execute("INSERT INTO space_ends (space_id) VALUES ($1)", &[&number])?;
    }
    session.execute(
        "INSERT INTO spaces (space_id, space_name, metadata, created_at) VALUES ($1, $2, $3, $4)",
        &[&number, &&*encoded(name), &metadata.map(SpaceMetadata::as_str), &now.0],
    )?;
    let (space_name, metadata) = (name.to_owned(), metadata.cloned());
    Ok(Space { space_id, space_name, metadata, created_at: now, state: SpaceState::Open, revision: 0 })
}

/// Creates a space that an operation imports.
pub(super) fn begin_import(
    session: &mut Session,
    name: &str,
    metadata: Option<&SpaceMetadata>,
    created_at: Timestamp,
    owner: &MarkOwner,
) -> Result<Space> {
    lock(session)?;
    if let Some(record) = find(session, name)? {
        return Err(record.space.name_taken().into());
    }
    let space = create(session, name, metadata, created_at)?;
    mark::set(session, space.space_id, owner, mark::IMPORTING)?;
    Ok(Space { state: SpaceState::Importing, ..space })
}

pub(super) fn change(session: &mut Session, space_id: SpaceId, change: &SpaceChange) -> Result<Space> {
    lock(session)?;
    let sql = "SELECT 1 FROM space_sequences WHERE space_id = $1 FOR UPDATE";
    session.find(sql, &[&of_space(space_id)])?;
    let record = get(session, space_id)?.ok_or_else(|| StoreError::unknown_space(space_id))?;
    let of_name = change.name.as_deref().map(|name| find(session, name)).transpose()?.flatten();
    check_change(&record.space, change, of_name.map(|record| record.space).as_ref())?;
    let (name, metadata) = change.applied(&record.space);
    session.execute(
        "UPDATE space_sequences SET revision = revision + 1 WHERE space_id = $1",
        &[&of_space(space_id)],
    )?;
    session.execute(
        "UPDATE spaces SET space_name = $2, metadata = $3 WHERE space_id = $1",
        &[&of_space(space_id), &&*encoded(&name), &metadata.as_ref().map(SpaceMetadata::as_str)],
    )?;
    let revision = record.space.revision + 1;
    Ok(Space { space_name: name, metadata, revision, ..record.space })
}

pub(super) fn find(session: &mut Session, name: &str) -> Result<Option<SpaceRecord>> {
    if session.is_sharded() {
        // The name says nothing about the shard.
        let sql = "SELECT space_id FROM spaces WHERE space_name = $1";
        let found = session.find(sql, &[&&*encoded(name)])?;
        return found.map_or(Ok(None), |row| get(session, space_id(row.get(0))));
    }
    let found = session.find(&format!("{RECORD} WHERE space_name = $1"), &[&&*encoded(name)])?;
    Ok(found.as_ref().map(record))
}

pub(in crate::engines::postgres) fn get(
    session: &mut Session,
    space_id: SpaceId,
) -> Result<Option<SpaceRecord>> {
    let sql = format!("{RECORD} WHERE space_id = $1");
    let found = session.find(&sql, &[&of_space(space_id)])?;
    if found.is_some() || !session.is_sharded() {
        return Ok(found.as_ref().map(record));
    }
    match unknown_to_shards(session, &[of_space(space_id)])?.pop() {
        None => Ok(None),
        // It may have been created in between.
        Some(damaged) => match session.find(&sql, &[&of_space(space_id)])? {
            Some(found) => Ok(Some(record(&found))),
            None => Ok(Some(damaged.usable()?)),
        },
    }
}

/// Returns the error of a space that has no row.
pub(in crate::engines::postgres) fn missing(session: &mut Session, space_id: SpaceId) -> Failure {
    match get(session, space_id) {
        Err(failure) => failure,
        Ok(_) => StoreError::unknown_space(space_id).into(),
    }
}

/// Returns those of these spaces that are registered. Their shards have no rows of them, so that a node was restored from a copy
/// that is older than they are.
fn unknown_to_shards(session: &mut Session, ids: &[i64]) -> Result<Vec<SpaceRecord>> {
    let sql = "SELECT space_id, space_name, metadata, created_at FROM spaces WHERE space_id = ANY ($1)";
    let damaged = |row: &Row| SpaceRecord {
        space: Space {
            space_id: space_id(row.get(0)),
            space_name: decoded(row.get(1)),
            metadata: row.get::<_, Option<&str>>(2).and_then(|text| SpaceMetadata::parse(text).ok()),
            created_at: Timestamp(row.get(3)),
            state: SpaceState::Open,
            revision: 0,
        },
        head: Head::default(),
        fault: Some(SpaceFault::NoCounters),
    };
    Ok(session.query(sql, &[&ids])?.iter().map(damaged).collect())
}

pub(super) fn page(session: &mut Session, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>> {
    let (is_past, order, from) = towards(page.direction);
    let from = page.after.map_or(from, of_space);
    let sql = format!("{RECORD} WHERE space_id {is_past} $1 ORDER BY space_id {order} LIMIT $2");
    Ok(session.query(&sql, &[&from, &limit(page.limit)])?.iter().map(record).collect())
}

pub(super) fn of(session: &mut Session, space_ids: &[SpaceId]) -> Result<Vec<SpaceRecord>> {
    let ids: Vec<i64> = space_ids.iter().copied().map(of_space).collect();
    let sql = format!("{RECORD} WHERE space_id = ANY ($1) ORDER BY space_id");
    let mut found: Vec<SpaceRecord> = session.query(&sql, &[&ids])?.iter().map(record).collect();
    if session.is_sharded() && found.len() < ids.len() {
        let mut others = ids;
        others.retain(|id| found.iter().all(|record| of_space(record.space.space_id) != *id));
        found.append(&mut unknown_to_shards(session, &others)?);
        found.sort_unstable_by_key(|record| record.space.space_id);
    }
    Ok(found)
}

pub(super) fn totals(session: &mut Session) -> Result<Totals> {
    let sql =
        "SELECT count(*), coalesce(sum(last_sequence), 0)::bigint, coalesce(sum(payload_bytes), 0)::bigint
         FROM space_sequences";
    let row = session.one(sql, &[])?;
    let [spaces, events, payload_bytes] = [0, 1, 2].map(|column| number(row.get(column)));
    Ok(Totals { spaces, events, payload_bytes })
}

/// Returns the event types of several spaces, in the order of `space_ids`.
pub(super) fn event_types(session: &mut Session, space_ids: &[SpaceId]) -> Result<Vec<Vec<String>>> {
    let ids: Vec<i64> = space_ids.iter().copied().map(of_space).collect();
    let sql = "SELECT space_id, event_type FROM event_types WHERE space_id = ANY ($1) ORDER BY space_id, first_sequence";
    let mut types: HashMap<i64, Vec<String>> = HashMap::new();
    for row in session.query(sql, &[&ids])? {
        types.entry(row.get(0)).or_default().push(decoded(row.get(1)));
    }
    Ok(ids.iter().map(|id| types.get(id).cloned().unwrap_or_default()).collect())
}
