//! The live projections of a space, and their checkpoints.

use std::borrow::Cow;
use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::de::DeserializeOwned;

use crate::engines::sqlite::file::{ReadColumn, Result, WANTED, numbers, text, wanted};
use crate::error::StoreError;
use crate::event_store::Advance;
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::pstate::{BlockingEvent, Changes, ProjectionId, STATE, StoredProjection};
use crate::space::Checkpoint;
use crate::timestamp::Timestamp;

use super::{entities, unused};

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

/// Removes the checkpoint of a projection, and retires all of its numbers.
pub(super) fn remove(connection: &Connection, id: ProjectionId<'_>) -> Result<()> {
    let former = number_of(connection, id)?;
    for sql in [
        "DELETE FROM projection_checkpoints WHERE space_id = ?1 AND projection = ?2",
        "UPDATE projections SET state = 'retired' WHERE space_id = ?1 AND projection = ?2",
    ] {
        connection.execute(sql, (id.space_id.0, id.name))?;
    }
    unused::retire_unreachable(connection, id.space_id, former)
}

/// Returns the number to which a checkpoint leads, if there is one.
pub(super) fn number_of(connection: &Connection, id: ProjectionId<'_>) -> Result<Option<i64>> {
    let sql = "SELECT projection_id FROM projection_checkpoints WHERE space_id = ?1 AND projection = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row((id.space_id.0, id.name), |row| row.column(0)).optional()?)
}

/// Reads `projection_id, last_space_sequence, last_event_id, updated_at, entities`.
fn read_live(row: &Row<'_>) -> rusqlite::Result<Live> {
    let checkpoint = Checkpoint {
        sequence: SpaceSequence(row.column(1)?),
        event_id: EventId(row.column(2)?),
        updated_at: row.column::<Option<i64>>(3)?.map(Timestamp),
        entities: row.column(4)?,
    };
    Ok(Live { projection_id: row.column(0)?, checkpoint })
}

pub(super) fn find_live(connection: &Connection, id: ProjectionId<'_>) -> Result<Option<Live>> {
    let mut statement = connection.prepare_cached(
        "SELECT projection_id, last_space_sequence, last_event_id, updated_at, entities
         FROM projection_checkpoints WHERE space_id = ?1 AND projection = ?2",
    )?;
    Ok(statement.query_row((id.space_id.0, id.name), read_live).optional()?)
}

/// Finds the live projection with its definition. One that is not UTF-8 is none that any program wrote, and so outdated.
pub(super) fn find_defined(
    connection: &Connection,
    id: ProjectionId<'_>,
) -> Result<Option<(Live, Option<String>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT projection_id, last_space_sequence, last_event_id, updated_at, entities,
           (SELECT definition FROM projections WHERE projections.projection_id = checkpoints.projection_id
              AND projections.space_id = checkpoints.space_id AND projections.projection = checkpoints.projection)
             AS definition
         FROM projection_checkpoints AS checkpoints WHERE space_id = ?1 AND projection = ?2",
    )?;
    let read = |row: &Row<'_>| Ok((read_live(row)?, text(row.get_ref(5)?).map(Cow::into_owned)));
    Ok(statement.query_row((id.space_id.0, id.name), read).optional()?)
}

/// Returns a name, unless no projection can have it: it is not text, or has a NUL, with which no command line can name it.
pub(super) fn possible_name(stored: ValueRef<'_>) -> Option<&str> {
    stored.as_str().ok().filter(|name| !name.contains('\0'))
}

/// Returns the names that a statement selects for a space, without those that no projection can have.
pub(super) fn names(connection: &Connection, sql: &str, space_id: SpaceId) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([space_id.0])?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        names.extend(possible_name(row.get_ref(0)?).map(str::to_owned));
    }
    Ok(names)
}

/// Returns the projections of these spaces, by name.
pub(super) fn stored(connection: &Connection, space_ids: &[SpaceId]) -> Result<Vec<Vec<StoredProjection>>> {
    let mut found: Vec<Vec<StoredProjection>> = space_ids.iter().map(|_| Vec::new()).collect();
    // Joined from the wanted spaces, so that nothing has to be collected first, or sorted afterwards.
    let sql = format!(
        "SELECT checkpoints.projection_id, last_space_sequence, last_event_id, updated_at, entities,
           wanted.rowid, checkpoints.projection, definition, error, rebuilt_at
         FROM {WANTED} AS wanted CROSS JOIN projection_checkpoints AS checkpoints
           ON checkpoints.space_id = wanted.value LEFT JOIN projections
           ON projections.projection_id = checkpoints.projection_id AND projections.space_id = checkpoints.space_id
             AND projections.projection = checkpoints.projection"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([wanted(space_ids)])?;
    // Most spaces have the same definition.
    let mut last_definition: Option<Arc<str>> = None;
    while let Some(row) = rows.next()? {
        let place = row.column::<usize>(5)? - 1;
        let definition = text(row.get_ref(7)?);
        if last_definition.as_deref() != definition.as_deref() {
            last_definition = definition.as_deref().map(Arc::from);
        }
        let checkpoint = read_live(row)?.checkpoint;
        // A command does not spend a statement on removing what a later checkpoint disproves.
        let is_ahead = |event: &BlockingEvent| event.space_sequence > checkpoint.sequence;
        found[place].push(StoredProjection {
            checkpoint,
            definition: last_definition.clone(),
            error: parsed(row, 8)?.filter(is_ahead),
            rebuilt_at: row.column::<Option<i64>>(9)?.map(Timestamp),
            ..StoredProjection::new(space_ids[place], name(row, 6)?)
        });
    }
    add_shadows(connection, space_ids, &mut found)?;
    Ok(found)
}

/// Adds the operators whose processes build shadows, and projections that are built for the first time.
fn add_shadows(
    connection: &Connection,
    space_ids: &[SpaceId],
    found: &mut [Vec<StoredProjection>],
) -> Result<()> {
    // The index on what is not live has few rows, however many spaces there are.
    let sql =
        "SELECT space_id, projection, owner FROM projections WHERE state <> 'live' AND state = 'shadow'";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let space_id = SpaceId(row.column(0)?);
        let Some(place) = space_ids.iter().position(|wanted| *wanted == space_id) else { continue };
        let (name, owner, of_space) = (name(row, 1)?, parsed(row, 2)?, &mut found[place]);
        match of_space.binary_search_by(|projection| projection.name.cmp(&name)) {
            Ok(at) => of_space[at].rebuilt_by = owner,
            Err(at) => {
                of_space.insert(
                    at,
                    StoredProjection { rebuilt_by: owner, ..StoredProjection::new(space_id, name) },
                );
            }
        }
    }
    Ok(())
}

/// Reads a column of JSON. What cannot be read counts as absent.
fn parsed<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    Ok(text(row.get_ref(column)?).and_then(|text| serde_json::from_str(&text).ok()))
}

/// Reads the name of a projection. Most projections have the same.
fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<Cow<'static, str>> {
    let name = text(row.get_ref(column)?).unwrap_or_default();
    Ok(if name == STATE { Cow::Borrowed(STATE) } else { Cow::Owned(name.into_owned()) })
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
    move_checkpoint(connection, id, Checkpoint { entities, ..to })?;
    Ok(entities)
}

/// Sets the checkpoint of a projection that exists.
fn move_checkpoint(connection: &Connection, id: ProjectionId<'_>, checkpoint: Checkpoint) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE projection_checkpoints
         SET last_space_sequence = ?3, last_event_id = ?4, updated_at = ?5, entities = ?6
         WHERE space_id = ?1 AND projection = ?2",
    )?;
    let Checkpoint { sequence, event_id, updated_at, entities } = checkpoint;
    let updated_at = updated_at.map(|time| time.0);
    statement.execute((id.space_id.0, id.name, sequence.0, event_id.0, updated_at, entities))?;
    Ok(())
}

/// Sets the checkpoint of a projection, and the rows that it is about.
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
