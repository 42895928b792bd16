//! Projections that readers do not see: shadows and former projections.

use rusqlite::Connection;

use crate::engines::sqlite::file::{ReadColumn, Result, text};
use crate::id::SpaceId;
use crate::operator::Operator;
use crate::pstate::Leftover;

use super::entities;

/// A projection that is not live.
struct Unused {
    projection_id: i64,
    /// It is a former projection, or was given up.
    is_retired: bool,
    owner: Option<Operator>,
}

impl Unused {
    /// Returns true if no process works on it: it is retired, or its owner is gone.
    fn is_left(&self, is_gone: &dyn Fn(&Operator) -> bool) -> bool {
        self.is_retired || self.owner.as_ref().is_some_and(is_gone)
    }
}

/// Returns true if there is anything to [`sweep`].
pub(super) fn is_any(connection: &Connection, is_gone: &dyn Fn(&Operator) -> bool) -> Result<bool> {
    Ok(first_left(connection, is_gone)?.is_some())
}

/// Removes up to `limit` entries of an abandoned projection. Returns true if there may be more.
pub(super) fn sweep(
    connection: &Connection,
    is_gone: &dyn Fn(&Operator) -> bool,
    limit: usize,
) -> Result<bool> {
    let Some(projection_id) = first_left(connection, is_gone)? else { return Ok(false) };
    let sql = "UPDATE projections SET state = 'retired' WHERE projection_id = ?1 AND state = 'shadow'";
    connection.prepare_cached(sql)?.execute([projection_id])?;
    if entities::delete_some(connection, projection_id, limit)? < limit {
        connection.execute("DELETE FROM projections WHERE projection_id = ?1", [projection_id])?;
    }
    Ok(true)
}

fn first_left(connection: &Connection, is_gone: &dyn Fn(&Operator) -> bool) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT projection_id, state = 'retired', owner FROM projections WHERE state <> 'live' ORDER BY projection_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let owner = text(row.get_ref(2)?).and_then(|owner| serde_json::from_str(&owner).ok());
        let unused = Unused { projection_id: row.column(0)?, is_retired: row.column(1)?, owner };
        if unused.is_left(is_gone) {
            return Ok(Some(unused.projection_id));
        }
    }
    Ok(None)
}

/// Matches a space's projections without those to which its checkpoints refer.
const NOT_LIVE: &str = "space_id = ?1 AND projection_id NOT IN
    (SELECT projection_id FROM projection_checkpoints WHERE projection_checkpoints.space_id = ?1)";

/// Returns a space's projections that its readers do not see.
pub(super) fn of_space(connection: &Connection, space_id: SpaceId) -> Result<Vec<Leftover>> {
    let sql =
        format!("SELECT projection_id, state = 'live', owner, projection FROM projections WHERE {NOT_LIVE}");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map([space_id.0], |row| {
        let owner = text(row.get_ref(2)?).and_then(|owner| serde_json::from_str(&owner).ok());
        let name = text(row.get_ref(3)?).unwrap_or_default().into_owned();
        Ok(Leftover { name, number: row.column(0)?, is_live: row.column(1)?, owner })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Retires the live projections of a space to which no checkpoint leads, and the `former` one, whatever its row says. What
/// replaces a projection whose row was damaged so removes it as well.
pub(super) fn retire_unreachable(
    connection: &Connection,
    space_id: SpaceId,
    former: Option<i64>,
) -> Result<()> {
    // A damaged checkpoint can lead to a projection that has another one.
    let sql = "UPDATE projections SET state = 'retired', space_id = ?1
         WHERE (projection_id = ?2 OR space_id = ?1) AND state = 'live' AND NOT EXISTS
           (SELECT 1 FROM projection_checkpoints AS checkpoints WHERE checkpoints.space_id = projections.space_id
              AND checkpoints.projection_id = projections.projection_id)";
    connection.prepare_cached(sql)?.execute((space_id.0, former))?;
    Ok(())
}

/// Retires a projection that the space's readers do not see.
pub(super) fn retire(connection: &Connection, space_id: SpaceId, number: i64) -> Result<()> {
    let sql = format!("UPDATE projections SET state = 'retired' WHERE projection_id = ?2 AND {NOT_LIVE}");
    connection.execute(&sql, (space_id.0, number))?;
    Ok(())
}
