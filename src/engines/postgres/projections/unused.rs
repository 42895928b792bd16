//! Projections that readers do not see: shadows and former projections.

use crate::engines::postgres::database::{Result, Session, decoded};
use crate::engines::postgres::log::row::{of_space, space_id};
use crate::id::SpaceId;
use crate::operator::Operator;
use crate::pstate::Leftover;

use super::entities::{self, Place};
use super::live::parsed;

/// Returns a former projection of a space.
pub(super) fn retired(session: &mut Session, space_id: SpaceId) -> Result<Option<i64>> {
    let sql = "SELECT projection_id FROM projections
         WHERE space_id = $1 AND state <> 'live' AND state = 'retired' ORDER BY projection_id LIMIT 1";
    Ok(session.find(sql, &[&of_space(space_id)])?.map(|row| row.get(0)))
}

/// Removes up to `limit` entries of a space's former projections. Returns true if there may be more.
pub(super) fn sweep_space(session: &mut Session, space_id: SpaceId, limit: usize) -> Result<bool> {
    let Some(number) = retired(session, space_id)? else { return Ok(false) };
    remove_some(session, (space_id, number), limit)?;
    Ok(retired(session, space_id)?.is_some())
}

/// Returns the first projection that no process works on: it is a former one, or its owner is gone.
pub(super) fn first_left(
    session: &mut Session,
    is_gone: &dyn Fn(&Operator) -> bool,
) -> Result<Option<Place>> {
    let sql = "SELECT space_id, projection_id, state = 'retired', owner FROM projections
         WHERE state <> 'live' ORDER BY projection_id";
    let is_left = |row: &&postgres::Row| {
        row.get(2) || parsed::<Operator>(row.get(3)).is_some_and(|owner| is_gone(&owner))
    };
    let rows = session.query(sql, &[])?;
    Ok(rows.iter().find(is_left).map(|row| (space_id(row.get(0)), row.get(1))))
}

/// Removes up to `limit` entries of an abandoned projection. Returns true if there may be more.
pub(super) fn sweep(
    session: &mut Session,
    is_gone: &dyn Fn(&Operator) -> bool,
    limit: usize,
) -> Result<bool> {
    let Some(at) = first_left(session, is_gone)? else { return Ok(false) };
    let sql = "UPDATE projections SET state = 'retired' WHERE space_id = $1 AND projection_id = $2 AND state = 'shadow'";
    session.execute(sql, &[&of_space(at.0), &at.1])?;
    remove_some(session, at, limit)?;
    Ok(true)
}

fn remove_some(session: &mut Session, at: Place, limit: usize) -> Result<()> {
    if entities::delete_some(session, at, limit)? < limit as u64 {
        let sql = "DELETE FROM projections WHERE space_id = $1 AND projection_id = $2";
        session.execute(sql, &[&of_space(at.0), &at.1])?;
    }
    Ok(())
}

/// Matches a space's projections without those to which its checkpoints refer.
const NOT_LIVE: &str = "space_id = $1 AND projection_id NOT IN
    (SELECT projection_id FROM projection_checkpoints WHERE projection_checkpoints.space_id = $1)";

/// Returns a space's projections that its readers do not see.
pub(super) fn of_space_leftovers(session: &mut Session, space_id: SpaceId) -> Result<Vec<Leftover>> {
    let sql =
        format!("SELECT projection, projection_id, state = 'live', owner FROM projections WHERE {NOT_LIVE}");
    let rows = session.query(&sql, &[&of_space(space_id)])?;
    let leftover = |row: &postgres::Row| Leftover {
        name: decoded(row.get(0)),
        number: row.get(1),
        is_live: row.get(2),
        owner: parsed(row.get(3)),
    };
    Ok(rows.iter().map(leftover).collect())
}

/// Retires a projection that the space's readers do not see.
pub(super) fn retire(session: &mut Session, space_id: SpaceId, number: i64) -> Result<()> {
    let sql = format!("UPDATE projections SET state = 'retired' WHERE projection_id = $2 AND {NOT_LIVE}");
    session.execute(&sql, &[&of_space(space_id), &number]).map(drop)
}
