//! Removes the rows of a space, in bounded transactions.

use uuid::Uuid;

use crate::engines::postgres::database::{Result, Session, limit};
use crate::id::SpaceId;

use super::mark;
use super::row::{number, of_space};

/// The tables with rows of a space, besides its events and its own rows.
const TABLES: [&str; 6] = [
    "idempotency_keys",
    "event_types",
    "subscriptions",
    "subscription_positions",
    "parked_events",
    "subscription_effects",
];

/// Removes up to `most` rows, but not the space itself. Returns the number of events left, or `None` if nothing is left.
pub(super) fn some(
    session: &mut Session,
    space_id: SpaceId,
    token: Uuid,
    most: usize,
) -> Result<Option<u64>> {
    mark::begin_removing(session, space_id, token)?;
    let (space, most) = (of_space(space_id), limit(most.max(1)));
    let sql = "DELETE FROM event_log WHERE space_id = $1 AND space_sequence IN
         (SELECT space_sequence FROM event_log WHERE space_id = $1 ORDER BY space_sequence LIMIT $2)";
    if session.execute(sql, &[&space, &most])? > 0 {
        let left = session.one("SELECT count(*) FROM event_log WHERE space_id = $1", &[&space])?;
        return Ok(Some(number(left.get(0))));
    }
    for table in TABLES {
        let sql = format!(
            "DELETE FROM {table} WHERE space_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE space_id = $1 LIMIT $2))"
        );
        if session.execute(&sql, &[&space, &most])? > 0 {
            return Ok(Some(0));
        }
    }
    Ok(None)
}

/// Removes the space's own rows.
pub(super) fn end(session: &mut Session, space_id: SpaceId, token: Uuid) -> Result<()> {
    mark::check(session, space_id, token)?;
    session.execute("DELETE FROM space_sequences WHERE space_id = $1", &[&of_space(space_id)])?;
    session.execute("DELETE FROM spaces WHERE space_id = $1", &[&of_space(space_id)])?;
    if session.is_sharded() {
        session.execute("DELETE FROM space_ends WHERE space_id = $1", &[&of_space(space_id)])?;
    }
    Ok(())
}

/// Counts the rows of a space by table.
pub(in crate::engines::postgres) fn rows_by_table(
    session: &mut Session,
    space_id: SpaceId,
) -> Result<Vec<(String, u64)>> {
    let on_coordinator = session.is_sharded().then_some("space_ends");
    let tables = ["spaces", "space_sequences", "event_log"].into_iter().chain(on_coordinator).chain(TABLES);
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table} WHERE space_id = $1");
        Ok((table.to_owned(), number(session.one(&sql, &[&of_space(space_id)])?.get(0))))
    };
    tables.map(count).collect()
}
