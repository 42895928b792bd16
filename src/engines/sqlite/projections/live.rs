//! The live projections of a space, and their checkpoints.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row};
use serde::de::DeserializeOwned;

use crate::engines::sqlite::file::{Result, WANTED, numbers, wanted};
use crate::error::StoreError;
use crate::event_store::Advance;
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::pstate::{BlockingEvent, Changes, ProjectionId, StoredProjection};
use crate::space::Checkpoint;
use crate::timestamp::Timestamp;

use super::entities;

/// A live projection.
pub(super) struct Live {
    pub projection_id: i64,
    pub checkpoint: Checkpoint,
}

/// Advances the live projection from one checkpoint to the next. Returns its number of keys.
pub(in crate::engines::sqlite) fn advance(
    connection: &Connection,
    id: ProjectionId<'_>,
    advance: &Advance<'_>,
) -> Result<u64> {
    let &Advance { from, changes, to, definition } = advance;
    let live = live(connection, id)?;
    let actual = live.checkpoint.sequence;
    if actual != from {
        return Err(StoreError::CheckpointMoved { expected: from, actual }.into());
    }
    if let Some(definition) = definition {
        let sql = "UPDATE projections SET definition = ?2 WHERE projection_id = ?1";
        connection.prepare_cached(sql)?.execute((live.projection_id, definition))?;
    }
    let sql = "UPDATE projections SET error = NULL WHERE projection_id = ?1 AND error IS NOT NULL";
    connection.prepare_cached(sql)?.execute([live.projection_id])?;
    write_live(connection, id, &live, changes, to)
}

/// Keeps the event that cannot be applied.
pub(in crate::engines::sqlite) fn block(
    connection: &Connection,
    id: ProjectionId<'_>,
    event: &BlockingEvent,
) -> Result<()> {
    let live = live(connection, id)?;
    // A number and texts always have a JSON form.
    let error = serde_json::to_string(event).unwrap_or_default();
    let sql = "UPDATE projections SET error = ?2 WHERE projection_id = ?1";
    connection.prepare_cached(sql)?.execute((live.projection_id, error))?;
    Ok(())
}

/// Reads `projection_id, last_space_sequence, last_event_id, updated_at, entities`.
fn read_live(row: &Row<'_>) -> rusqlite::Result<Live> {
    let checkpoint = Checkpoint {
        sequence: SpaceSequence(row.get(1)?),
        event_id: EventId(row.get(2)?),
        updated_at: row.get::<_, Option<i64>>(3)?.map(Timestamp),
        entities: row.get(4)?,
    };
    Ok(Live { projection_id: row.get(0)?, checkpoint })
}

pub(super) fn find_live(connection: &Connection, id: ProjectionId<'_>) -> Result<Option<Live>> {
    let mut statement = connection.prepare_cached(
        "SELECT projection_id, last_space_sequence, last_event_id, updated_at, entities
         FROM projection_checkpoints WHERE space_id = ?1 AND projection = ?2",
    )?;
    Ok(statement.query_row((id.space_id.0, id.name), read_live).optional()?)
}

/// Finds the live projection with its definition.
pub(super) fn find_defined(
    connection: &Connection,
    id: ProjectionId<'_>,
) -> Result<Option<(Live, Option<String>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT projection_id, last_space_sequence, last_event_id, updated_at, entities,
           (SELECT definition FROM projections WHERE projections.projection_id = checkpoints.projection_id)
         FROM projection_checkpoints AS checkpoints WHERE space_id = ?1 AND projection = ?2",
    )?;
    let read = |row: &Row<'_>| Ok((read_live(row)?, row.get(5)?));
    Ok(statement.query_row((id.space_id.0, id.name), read).optional()?)
}

/// Returns the projections of these spaces, by name.
pub(super) fn stored(connection: &Connection, space_ids: &[SpaceId]) -> Result<Vec<Vec<StoredProjection>>> {
    let mut found: HashMap<SpaceId, Vec<StoredProjection>> = HashMap::with_capacity(space_ids.len());
    let sql = format!(
        "SELECT checkpoints.projection_id, last_space_sequence, last_event_id, updated_at, entities,
           checkpoints.space_id, checkpoints.projection, definition, error, rebuilt_at
         FROM projection_checkpoints AS checkpoints LEFT JOIN projections USING (projection_id)
         WHERE checkpoints.space_id IN {WANTED}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([wanted(space_ids)])?;
    while let Some(row) = rows.next()? {
        let space_id = SpaceId(row.get(5)?);
        found.entry(space_id).or_default().push(StoredProjection {
            checkpoint: read_live(row)?.checkpoint,
            definition: row.get(7)?,
            error: parsed(row, 8)?,
            rebuilt_at: row.get::<_, Option<i64>>(9)?.map(Timestamp),
            ..StoredProjection::new(space_id, row.get(6)?)
        });
    }
    // The index on what is not live has few rows, however many spaces there are.
    let sql =
        "SELECT space_id, projection, owner FROM projections WHERE state <> 'live' AND state = 'shadow'";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (space_id, name) = (SpaceId(row.get(0)?), row.get::<_, String>(1)?);
        let (owner, of_space) = (parsed(row, 2)?, found.entry(space_id).or_default());
        match of_space.iter_mut().find(|projection| projection.name == name) {
            Some(projection) => projection.rebuilt_by = owner,
            None => {
                of_space.push(StoredProjection { rebuilt_by: owner, ..StoredProjection::new(space_id, name) })
            }
        }
    }
    let mut of_space = |space_id| {
        let mut projections = found.remove(space_id).unwrap_or_default();
        projections.sort_by(|a, b| a.name.cmp(&b.name));
        projections
    };
    Ok(space_ids.iter().map(&mut of_space).collect())
}

/// Reads a column of JSON. What cannot be read counts as absent.
fn parsed<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Returns the live projection, and creates it if there is none yet.
pub(super) fn live(connection: &Connection, id: ProjectionId<'_>) -> Result<Live> {
    if let Some(live) = find_live(connection, id)? {
        return Ok(live);
    }
    let ProjectionId { space_id, name } = id;
    let sql = "INSERT INTO projections (space_id, state, projection) VALUES (?1, 'live', ?2)";
    let inserted = connection.execute(sql, (space_id.0, name));
    numbers::inserted(connection, "projections", "projections", inserted)?;
    let projection_id = connection.last_insert_rowid();
    connection.execute(
        "INSERT INTO projection_checkpoints (space_id, projection, projection_id) VALUES (?1, ?2, ?3)",
        (space_id.0, name, projection_id),
    )?;
    Ok(Live { projection_id, checkpoint: Checkpoint::default() })
}

pub(super) fn write_live(
    connection: &Connection,
    id: ProjectionId<'_>,
    live: &Live,
    changes: &Changes,
    to: Checkpoint,
) -> Result<u64> {
    let grown = entities::write(connection, live.projection_id, changes)?;
    let entities = live.checkpoint.entities.saturating_add_signed(grown);
    set_checkpoint(connection, id, live.projection_id, Checkpoint { entities, ..to })?;
    Ok(entities)
}

pub(super) fn set_checkpoint(
    connection: &Connection,
    id: ProjectionId<'_>,
    projection_id: i64,
    checkpoint: Checkpoint,
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO projection_checkpoints
           (space_id, projection, projection_id, last_space_sequence, last_event_id, updated_at, entities)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (space_id, projection) DO UPDATE SET projection_id = ?3, last_space_sequence = ?4,
           last_event_id = ?5, updated_at = ?6, entities = ?7",
    )?;
    statement.execute((
        id.space_id.0,
        id.name,
        projection_id,
        checkpoint.sequence.0,
        checkpoint.event_id.0,
        checkpoint.updated_at.map(|time| time.0),
        checkpoint.entities,
    ))?;
    Ok(())
}
