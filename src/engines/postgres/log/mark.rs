//! Marks that close a space for an import or a delete.

use uuid::Uuid;

use crate::engines::postgres::database::{Result, Session};
use crate::error::StoreError;
use crate::event_store::{BeforeDelete, MarkOwner};
use crate::id::SpaceId;
use crate::space::SpaceState;
use crate::timestamp::Timestamp;

use super::row::of_space;
use super::spaces;

pub(in crate::engines::postgres) const OPEN: i32 = 0;
const DELETING: i32 = 1;
pub(in crate::engines::postgres) const IMPORTING: i32 = 2;
const REMOVING_IMPORT: i32 = 3;
const REMOVING: i32 = 4;

/// Returns the state of a space with a mark.
pub(super) fn state(mark: i32) -> SpaceState {
    match mark {
        OPEN => SpaceState::Open,
        IMPORTING | REMOVING_IMPORT => SpaceState::Importing,
        _ => SpaceState::Deleting,
    }
}

/// Returns the owner of a space's mark, if it has one.
pub(super) fn owner(session: &mut Session, space_id: SpaceId) -> Result<Option<MarkOwner>> {
    let sql = "SELECT mark_token, mark_owner, marked_at FROM space_sequences
         WHERE space_id = $1 AND mark <> 0 AND mark_token IS NOT NULL";
    let found = session.find(sql, &[&of_space(space_id)])?;
    Ok(found.map(|row| MarkOwner {
        token: row.get(0),
        operator: row.get::<_, Option<String>>(1).unwrap_or_default(),
        since: Timestamp(row.get::<_, Option<i64>>(2).unwrap_or_default()),
    }))
}

/// Returns the mark of a space with its token, and locks it.
fn locked(session: &mut Session, space_id: SpaceId) -> Result<(i32, Option<Uuid>)> {
    let sql = "SELECT mark, mark_token FROM space_sequences WHERE space_id = $1 FOR UPDATE";
    let found = session.find(sql, &[&of_space(space_id)])?;
    let found = found.ok_or_else(|| StoreError::unknown_space(space_id))?;
    Ok((found.get(0), found.get(1)))
}

pub(super) fn set(session: &mut Session, space_id: SpaceId, owner: &MarkOwner, mark: i32) -> Result<()> {
    session.execute(
        "UPDATE space_sequences SET mark = $2, mark_token = $3, mark_owner = $4, marked_at = $5 WHERE space_id = $1",
        &[&of_space(space_id), &mark, &owner.token, &owner.operator, &owner.since.0],
    )?;
    Ok(())
}

/// Opens a space.
pub(in crate::engines::postgres) fn clear(session: &mut Session, space_id: SpaceId) -> Result<()> {
    session.execute(
        "UPDATE space_sequences SET mark = 0, mark_token = NULL, mark_owner = NULL, marked_at = NULL WHERE space_id = $1",
        &[&of_space(space_id)],
    )?;
    Ok(())
}

/// Checks that an operation has set the mark of a space, locks it, and returns it.
pub(in crate::engines::postgres) fn check(
    session: &mut Session,
    space_id: SpaceId,
    token: Uuid,
) -> Result<i32> {
    let (mark, found) = locked(session, space_id)?;
    if mark != OPEN && found == Some(token) {
        return Ok(mark);
    }
    let record = spaces::get(session, space_id)?;
    let space = record.map_or_else(|| space_id.to_string(), |record| record.space.space_name);
    Err(StoreError::MarkLost { space }.into())
}

/// Marks a space for deletion, and keeps its ids from being used again.
pub(super) fn begin_delete(
    session: &mut Session,
    space_id: SpaceId,
    owner: &MarkOwner,
    over: Option<Uuid>,
) -> Result<BeforeDelete> {
    let (mark, token) = locked(session, space_id)?;
    if mark != OPEN && token != over {
        let record = spaces::get(session, space_id)?.ok_or_else(|| StoreError::unknown_space(space_id))?;
        return Err(record.space.name_taken().into());
    }
    let (before, next) = match mark {
        OPEN => (BeforeDelete::Open, DELETING),
        IMPORTING | REMOVING_IMPORT => (BeforeDelete::Importing, REMOVING_IMPORT),
        REMOVING => (BeforeDelete::Removing, REMOVING),
        _ => (BeforeDelete::Marked, DELETING),
    };
    set(session, space_id, owner, next)?;
    let last = "SELECT last_event_id FROM space_sequences WHERE space_id = $1";
    let last: i64 = session.one(last, &[&of_space(space_id)])?.get(0);
    session.execute("UPDATE store SET deleted_event_id = greatest(deleted_event_id, $1)", &[&last])?;
    Ok(before)
}

/// Removes the mark of a delete that has removed nothing.
pub(super) fn cancel_delete(session: &mut Session, space_id: SpaceId, token: Uuid) -> Result<bool> {
    let is_ours = matches!(locked(session, space_id), Ok((DELETING, Some(found))) if found == token);
    if is_ours {
        clear(session, space_id)?;
    }
    Ok(is_ours)
}

/// Notes that a delete removes rows, so that it cannot be cancelled any more.
pub(super) fn begin_removing(session: &mut Session, space_id: SpaceId, token: Uuid) -> Result<()> {
    if check(session, space_id, token)? == DELETING {
        let sql = "UPDATE space_sequences SET mark = $2 WHERE space_id = $1";
        session.execute(sql, &[&of_space(space_id), &REMOVING])?;
    }
    Ok(())
}
