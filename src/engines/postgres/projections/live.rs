//! The live projections of a space, and their checkpoints.

use std::borrow::Cow;
use std::sync::Arc;

use postgres::Row;
use serde::de::DeserializeOwned;

use crate::engines::postgres::database::{Result, Session, decoded, encoded};
use crate::engines::postgres::foreseen::Live;
use crate::engines::postgres::log::row::{column, number, of_space};
use crate::error::StoreError;
use crate::event_store::Advance;
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::pstate::{BlockingEvent, Changes, ProjectionId, STATE, StoredProjection};
use crate::space::Checkpoint;
use crate::timestamp::Timestamp;

use super::entities;

/// The columns of a checkpoint.
pub(in crate::engines::postgres) const CHECKPOINT: &str =
    "checkpoints.projection_id, checkpoints.last_space_sequence, checkpoints.last_event_id, checkpoints.updated_at,
     checkpoints.entities";

/// Reads a live projection from the columns of [`CHECKPOINT`] and its definition.
pub(in crate::engines::postgres) fn read(row: &Row, first: usize) -> Live {
    Live {
        projection_id: row.get(first),
        checkpoint: checkpoint(row, first + 1),
        definition: row.get(first + 5),
    }
}

fn checkpoint(row: &Row, first: usize) -> Checkpoint {
    Checkpoint {
        sequence: SpaceSequence(number(row.get(first))),
        event_id: EventId(number(row.get(first + 1))),
        updated_at: row.get::<_, Option<i64>>(first + 2).map(Timestamp),
        entities: number(row.get(first + 3)),
    }
}

/// Finds the live projection.
pub(super) fn find(session: &mut Session, id: ProjectionId<'_>) -> Result<Option<Live>> {
    select(session, id, "")
}

/// Finds the live projection, and keeps others from changing it until the transaction ends.
pub(super) fn find_locked(session: &mut Session, id: ProjectionId<'_>) -> Result<Option<Live>> {
    select(session, id, "FOR UPDATE OF checkpoints")
}

fn select(session: &mut Session, id: ProjectionId<'_>, lock: &str) -> Result<Option<Live>> {
    let sql = format!(
        "SELECT {CHECKPOINT}, definition FROM projection_checkpoints AS checkpoints
         LEFT JOIN projections USING (space_id, projection_id)
         WHERE space_id = $1 AND checkpoints.projection = $2 {lock}"
    );
    let found = session.find(&sql, &[&of_space(id.space_id), &&*encoded(id.name)])?;
    Ok(found.map(|row| read(&row, 0)))
}

/// Returns the live projection, locked, and creates it if there is none yet.
pub(super) fn live(session: &mut Session, id: ProjectionId<'_>) -> Result<Live> {
    if let Some(live) = find_locked(session, id)? {
        return Ok(live);
    }
    // If another transaction creates it at the same time, this one waits, and takes that one's.
    let number = "SELECT nextval(pg_get_serial_sequence('projections', 'projection_id'))";
    let number: i64 = session.one(number, &[])?.get(0);
    let (space, name) = (of_space(id.space_id), encoded(id.name));
    let sql = "INSERT INTO projection_checkpoints (space_id, projection, projection_id)
         VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    if session.execute(sql, &[&space, &&*name, &number])? > 0 {
        let sql = "INSERT INTO projections (space_id, projection_id, state, projection) VALUES ($1, $2, 'live', $3)";
        session.execute(sql, &[&space, &number, &&*name])?;
    }
    let lost = || StoreError::Corrupt { detail: format!("the new projection {} cannot be read", id.name) };
    Ok(find_locked(session, id)?.ok_or_else(lost)?)
}

/// Advances the live projection from one checkpoint to the next. Returns its number of keys.
pub(in crate::engines::postgres) fn advance(
    session: &mut Session,
    id: ProjectionId<'_>,
    advance: &Advance<'_>,
) -> Result<u64> {
    let &Advance { from, changes, to, definition } = advance;
    let live = live(session, id)?;
    let actual = live.checkpoint.sequence;
    if actual != from {
        return Err(StoreError::CheckpointMoved { expected: from, actual }.into());
    }
    if let Some(definition) = definition {
        let sql = "UPDATE projections SET definition = $3 WHERE space_id = $1 AND projection_id = $2";
        session.execute(sql, &[&of_space(id.space_id), &live.projection_id, &definition])?;
    }
    write(session, id, &live, changes, to)
}

/// Keeps the event that cannot be applied.
pub(in crate::engines::postgres) fn block(
    session: &mut Session,
    id: ProjectionId<'_>,
    event: &BlockingEvent,
) -> Result<()> {
    let live = live(session, id)?;
    // A number and texts always have a JSON form.
    let error = serde_json::to_string(event).unwrap_or_default();
    let sql = "UPDATE projections SET error = $3 WHERE space_id = $1 AND projection_id = $2";
    session.execute(sql, &[&of_space(id.space_id), &live.projection_id, &error])?;
    Ok(())
}

/// Removes the checkpoint of a projection, and retires all of its numbers.
pub(super) fn remove(session: &mut Session, id: ProjectionId<'_>) -> Result<()> {
    let of: [&(dyn postgres::types::ToSql + Sync); 2] = [&of_space(id.space_id), &&*encoded(id.name)];
    session.execute("DELETE FROM projection_checkpoints WHERE space_id = $1 AND projection = $2", &of)?;
    session
        .execute("UPDATE projections SET state = 'retired' WHERE space_id = $1 AND projection = $2", &of)?;
    Ok(())
}

/// Writes changes to the live projection, and moves its checkpoint. Returns its number of keys.
pub(super) fn write(
    session: &mut Session,
    id: ProjectionId<'_>,
    live: &Live,
    changes: &Changes,
    to: Checkpoint,
) -> Result<u64> {
    let grown = entities::write(session, (id.space_id, live.projection_id), changes)?;
    let entities = live.checkpoint.entities.saturating_add_signed(grown);
    set_checkpoint(session, id, live.projection_id, Checkpoint { entities, ..to })?;
    Ok(entities)
}

/// Sets the checkpoint of a projection, and the entries that it is about.
pub(super) fn set_checkpoint(
    session: &mut Session,
    id: ProjectionId<'_>,
    projection_id: i64,
    to: Checkpoint,
) -> Result<()> {
    session.execute(
        "INSERT INTO projection_checkpoints
           (space_id, projection, projection_id, last_space_sequence, last_event_id, updated_at, entities)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (space_id, projection) DO UPDATE SET projection_id = $3, last_space_sequence = $4,
           last_event_id = $5, updated_at = $6, entities = $7",
        &[
            &of_space(id.space_id),
            &&*encoded(id.name),
            &projection_id,
            &column(to.sequence.0),
            &column(to.event_id.0),
            &to.updated_at.map(|time| time.0),
            &column(to.entities),
        ],
    )?;
    Ok(())
}

/// Returns the names of the projections of a space that have a checkpoint.
pub(super) fn names(session: &mut Session, space_id: SpaceId) -> Result<Vec<String>> {
    let sql = "SELECT projection FROM projection_checkpoints WHERE space_id = $1 ORDER BY projection";
    Ok(session.query(sql, &[&of_space(space_id)])?.iter().map(|row| decoded(row.get(0))).collect())
}

/// Returns the projections of these spaces, by name. Those of which only a shadow exists are among them.
pub(super) fn stored(session: &mut Session, space_ids: &[SpaceId]) -> Result<Vec<Vec<StoredProjection>>> {
    let ids: Vec<i64> = space_ids.iter().copied().map(of_space).collect();
    let sql = "WITH found AS (
           SELECT space_id, projection, projection_id FROM projection_checkpoints WHERE space_id = ANY ($1)
           UNION ALL
           SELECT space_id, projection, NULL FROM projections AS shadows
           WHERE state <> 'live' AND state = 'shadow' AND space_id = ANY ($1) AND NOT EXISTS (
             SELECT 1 FROM projection_checkpoints AS checkpoints
             WHERE checkpoints.space_id = shadows.space_id AND checkpoints.projection = shadows.projection))
         SELECT found.space_id, found.projection, coalesce(last_space_sequence, 0), coalesce(last_event_id, 0), updated_at,
           coalesce(entities, 0), live.definition, live.error, live.rebuilt_at, shadow.owner
         FROM found
         LEFT JOIN projection_checkpoints AS checkpoints
           ON checkpoints.space_id = found.space_id AND checkpoints.projection = found.projection
         LEFT JOIN projections AS live
           ON live.space_id = found.space_id AND live.projection_id = found.projection_id
         LEFT JOIN projections AS shadow ON shadow.space_id = found.space_id AND shadow.projection = found.projection
           AND shadow.state <> 'live' AND shadow.state = 'shadow'
         ORDER BY found.space_id, found.projection";
    let mut all: Vec<Vec<StoredProjection>> = space_ids.iter().map(|_| Vec::new()).collect();
    for row in session.query(sql, &[&ids])? {
        let space_id: i64 = row.get(0);
        let checkpoint = checkpoint(&row, 2);
        // A command does not spend a statement on removing what a later checkpoint disproves.
        let is_ahead = |event: &BlockingEvent| event.space_sequence > checkpoint.sequence;
        for (place, _) in ids.iter().enumerate().filter(|(_, id)| **id == space_id) {
            all[place].push(StoredProjection {
                checkpoint,
                definition: row.get::<_, Option<&str>>(6).map(Arc::from),
                error: parsed(row.get(7)).filter(is_ahead),
                rebuilt_at: row.get::<_, Option<i64>>(8).map(Timestamp),
                rebuilt_by: parsed(row.get(9)),
                ..StoredProjection::new(space_ids[place], name(row.get(1)))
            });
        }
    }
    Ok(all)
}

/// Reads a column of JSON. What cannot be read counts as absent.
pub(super) fn parsed<T: DeserializeOwned>(column: Option<&str>) -> Option<T> {
    column.and_then(|text| serde_json::from_str(text).ok())
}

/// Returns the name of a projection. Most projections have the same.
fn name(column: String) -> Cow<'static, str> {
    if column == STATE { Cow::Borrowed(STATE) } else { Cow::Owned(decoded(column)) }
}
