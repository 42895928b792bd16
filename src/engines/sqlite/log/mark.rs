//! The marks in `space_sequences`: their owners, and the operations that they allow.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use crate::engines::sqlite::file::column::damaged;
use crate::engines::sqlite::file::{ReadColumn, Result, text};
use crate::error::StoreError;
use crate::event_store::MarkOwner;
use crate::id::SpaceId;
use crate::timestamp::Timestamp;

use super::{append, spaces};

pub(super) const OPEN: i64 = 0;
/// Marked for deletion; nothing is removed yet.
pub(super) const DELETING: i64 = 1;
pub(super) const IMPORTING: i64 = 2;
/// An import that is being removed.
pub(super) const REMOVING_IMPORT: i64 = 3;
/// Being deleted; rows were removed.
pub(super) const REMOVING: i64 = 4;

/// The value of [`MARK`] for a mark without an owner.
const WITHOUT_OWNER: i64 = -1;

/// Selects the mark of a space. Every operation writes its token, its operator and a time with its mark, and the migration
/// writes the time 0 with the marks of earlier versions. A mark without them is undefined.
pub(super) const MARK: &str = "CASE
    WHEN mark <= 0 THEN mark
    WHEN mark_token IS NULL AND mark_owner IS NULL AND marked_at IS 0 THEN mark
    WHEN mark_token IS NULL OR length(mark_token) <> 16 OR marked_at IS NULL OR abs(marked_at / 1000) > 1 << 43 THEN -1
    WHEN mark_owner IS NULL OR NOT json_valid(mark_owner) THEN -1
    WHEN json_type(mark_owner, '$.user') IS 'text' AND json_type(mark_owner, '$.host') IS 'text'
      AND json_type(mark_owner, '$.process') IS 'integer' AND json_type(mark_owner, '$.face') IS 'text' THEN mark
    ELSE -1 END";

/// Reads [`MARK`]. An undefined one is damage, never a delete: the space may be intact.
pub(super) fn read(row: &Row<'_>, column: usize) -> rusqlite::Result<i64> {
    match row.column(column)? {
        mark @ OPEN..=REMOVING => Ok(mark),
        WITHOUT_OWNER => Err(damaged(
            row,
            "mark",
            "closes the space, but no operation has set it: its owner is missing or damaged".to_owned(),
        )),
        undefined => Err(damaged(row, "mark", format!("is {undefined}, which is out of range"))),
    }
}

/// The mark of a space, with the operation that set it.
struct Mark {
    mark: i64,
    token: Option<Uuid>,
}

/// Returns the owner of a space's mark, or `None` if there is no mark or an earlier version set it.
pub(super) fn owner(connection: &Connection, space_id: SpaceId) -> Result<Option<MarkOwner>> {
    let mut statement = connection.prepare_cached(
        "SELECT mark_token, mark_owner, marked_at FROM space_sequences WHERE space_id = ?1 AND mark <> 0",
    )?;
    let read = |row: &Row<'_>| {
        let operator = text(row.get_ref(1)?).unwrap_or_default().into_owned();
        let since = Timestamp(row.column::<Option<i64>>(2)?.unwrap_or_default());
        Ok(token(row, 0)?.map(|token| MarkOwner { token, operator, since }))
    };
    Ok(statement.query_row([space_id.0], read).optional()?.flatten())
}

fn token(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Uuid>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Blob(bytes) => Uuid::from_slice(bytes).ok(),
        _ => None,
    })
}

fn find(connection: &Connection, space_id: SpaceId) -> Result<Option<Mark>> {
    let sql = format!("SELECT {MARK}, mark_token FROM space_sequences WHERE space_id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let read = |row: &Row<'_>| Ok(Mark { mark: self::read(row, 0)?, token: token(row, 1)? });
    Ok(statement.query_row([space_id.0], read).optional()?)
}

/// Sets a mark for an operation. If another operation has set one, its token must be `over`. Returns the previous mark.
pub(super) fn set(
    connection: &Connection,
    space_id: SpaceId,
    owner: &MarkOwner,
    over: Option<Uuid>,
    mark: fn(i64) -> i64,
) -> Result<i64> {
    let Some(found) = find(connection, space_id)? else {
        return Err(append::without_log(connection, space_id)?.into());
    };
    if found.mark != OPEN && found.token != over {
        return Err(append::not_open(connection, space_id)?.into());
    }
    connection.execute(
        "UPDATE space_sequences SET mark = ?2, mark_token = ?3, mark_owner = ?4, marked_at = ?5 WHERE space_id = ?1",
        (space_id.0, mark(found.mark), owner.token.as_bytes(), &owner.operator, owner.since.0),
    )?;
    Ok(found.mark)
}

/// Removes a mark.
pub(in crate::engines::sqlite) fn clear(connection: &Connection, space_id: SpaceId) -> Result<()> {
    connection.execute(
        "UPDATE space_sequences SET mark = 0, mark_token = NULL, mark_owner = NULL, marked_at = NULL
         WHERE space_id = ?1",
        [space_id.0],
    )?;
    Ok(())
}

/// Removes a mark that no operation sets.
pub(super) fn clear_undefined(connection: &Connection, space_id: SpaceId) -> Result<()> {
    let sql = format!("SELECT 1 FROM space_sequences WHERE space_id = ?1 AND {MARK} NOT BETWEEN ?2 AND ?3");
    match connection.prepare_cached(&sql)?.exists((space_id.0, OPEN, REMOVING))? {
        true => clear(connection, space_id),
        false => Ok(()),
    }
}

/// Checks that an operation has set the mark of a space, and returns the mark.
pub(super) fn check(connection: &Connection, space_id: SpaceId, token: Uuid) -> Result<i64> {
    let found = find(connection, space_id)?;
    match found {
        Some(found) if found.mark != OPEN && found.token == Some(token) => Ok(found.mark),
        Some(_) => {
            let record = spaces::get(connection, space_id)?;
            let name = record.map_or_else(|| space_id.to_string(), |record| record.space.space_name);
            Err(StoreError::MarkLost { space: name }.into())
        }
        None => Err(append::without_log(connection, space_id)?.into()),
    }
}
