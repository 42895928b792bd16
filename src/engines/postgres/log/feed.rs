//! The stream of all spaces, in the order of commits.
//!
//! The position of a cursor is a `commit_order` and the id of an event. A reader stops before the first transaction that is
//! still in progress and may append. Each of them holds a lock, which it takes before it gets its number. So if there is
//! none, all numbers given out so far are settled; otherwise, those before the oldest transaction of the server. In a
//! restored copy that was not yet opened for writing, every event is.
//!
//! A replica knows nothing of locks: there, a reader always stops before the oldest transaction.
//!
//! Shards show what the coordinator has committed a moment later, or when a lost node is back. There, a reader also stops
//! before the first event that a shard does not show yet.
//!
//! A reader that has stopped at the same place for longer than the busy timeout, although there are later events, is told what
//! it waits for (`held_back.rs`).

use std::collections::HashMap;

use postgres::Row;
use postgres::types::ToSql;

use crate::engines::postgres::database::{Result, Session};
use crate::engines::postgres::schema::IS_ELSEWHERE;
use crate::event::{Event, EventId};
use crate::id::SpaceId;

use super::row::{self, column, number, space_id};
use super::{ids, read};

/// A position: a commit order and an event id.
pub(super) type Position = (u64, u64);

/// Matches while a transaction that may write is in progress.
pub(in crate::engines::postgres) const WRITERS_IN_PROGRESS: &str = "EXISTS (
    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid::bigint = hashtext('ramax writes')::bigint & 4294967295
      AND objid::bigint = hashtext(current_schema())::bigint & 4294967295)";

/// The end of the stream.
pub(super) struct End {
    /// The last id that was ever used.
    pub(super) last: EventId,
    /// The first commit order that is not settled. The events before it are all visible to later statements.
    pub(super) unsettled: i64,
    /// True if later events, if there are any, wait for a transaction or for a shard.
    pub(super) is_held_back: bool,
}

/// Finds the end of the stream.
pub(super) fn settled(session: &mut Session) -> Result<End> {
    let sql = format!(
        "SELECT CASE WHEN {IS_ELSEWHERE} THEN {} ELSE {ORDER_OFFSET}
           + CASE WHEN pg_is_in_recovery() OR {WRITERS_IN_PROGRESS} THEN pg_snapshot_xmin(now)
             ELSE pg_snapshot_xmax(now) END::text::bigint END,
           {}, {ORDER_OFFSET} + pg_snapshot_xmax(now)::text::bigint
         FROM store, pg_current_snapshot() AS now",
        i64::MAX,
        ids::selected(session),
    );
    let row = session.one(&sql, &[])?;
    let (committed, last, next) = (row.get(0), EventId(number(row.get(1))), row.get(2));
    let unsettled = if session.is_sharded() { shown(session, committed)? } else { committed };
    Ok(End { unsettled, last, is_held_back: unsettled < next })
}

/// The number by which the orders of commits exceed those of transactions. Tables of the first version have none.
const ORDER_OFFSET: &str = "coalesce((to_jsonb(store) ->> 'order_offset')::bigint, 0)";

/// Returns the first commit order, up to one that is settled on the coordinator, that some shard does not show yet.
fn shown(session: &mut Session, committed: i64) -> Result<i64> {
    let first = first_lagging(session, committed)?.map(|lagging| lagging.order);
    let unsettled = first.unwrap_or(committed);
    // In a copy that was not yet opened for writing, no order is known to be the last.
    if committed < i64::MAX {
        session.set_visible(unsettled);
    }
    Ok(unsettled)
}

/// A space whose shard does not show what the coordinator has committed.
pub(super) struct Lagging {
    pub(super) space_id: SpaceId,
    /// The last sequence that was committed, and the last one that is shown.
    pub(super) committed: i64,
    pub(super) shown: i64,
    order: i64,
}

/// Returns the space with the first commit, up to one that is settled on the coordinator, that its shard does not show yet. A
/// space has at most one such commit, since the next one needs the row that it holds.
pub(super) fn first_lagging(session: &mut Session, committed: i64) -> Result<Option<Lagging>> {
    let sql = "SELECT space_id, last_sequence, last_order FROM space_ends WHERE last_order >= $1 AND last_order < $2";
    let ends = session.query(sql, &[&session.visible(), &committed])?;
    let spaces: Vec<i64> = ends.iter().map(|row| row.get(0)).collect();
    if spaces.is_empty() {
        return Ok(None);
    }
    let sql = "SELECT space_id, last_sequence FROM space_sequences WHERE space_id = ANY ($1)";
    let shown: HashMap<i64, i64> =
        session.query(sql, &[&spaces])?.iter().map(|row| (row.get(0), row.get(1))).collect();
    let lagging = |row: &Row| {
        let (space, committed) = (row.get(0), row.get(1));
        // A node that was restored from an older copy may not know the space.
        let shown = shown.get(&space).copied().unwrap_or_default();
        let lagging = Lagging { space_id: space_id(space), committed, shown, order: row.get(2) };
        (shown < committed).then_some(lagging)
    };
    Ok(ends.iter().filter_map(lagging).min_by_key(|lagging| lagging.order))
}

/// Returns the position of the last event before `event_id`, or of that event.
pub(super) fn at(session: &mut Session, event_id: EventId) -> Result<Position> {
    let sql = "SELECT commit_order FROM event_log WHERE event_id <= $1 ORDER BY event_id DESC LIMIT 1";
    let found = session.find(sql, &[&column(event_id.0)])?;
    Ok((found.map_or(0, |row| number(row.get(0))), event_id.0))
}

/// Returns the positions of several events.
pub(super) fn at_each(session: &mut Session, event_ids: &[EventId]) -> Result<Vec<Position>> {
    let ids: Vec<i64> = event_ids.iter().map(|event_id| column(event_id.0)).collect();
    let sql = "SELECT event_id, commit_order FROM event_log WHERE event_id = ANY ($1)";
    let orders: HashMap<i64, i64> =
        session.query(sql, &[&ids])?.iter().map(|row| (row.get(0), row.get(1))).collect();
    let position = |event_id: &EventId| match orders.get(&column(event_id.0)) {
        Some(order) => Ok((number(*order), event_id.0)),
        // It has been deleted.
        None => at(session, *event_id),
    };
    event_ids.iter().map(position).collect()
}

/// Returns the position of the last event that is settled.
pub(super) fn end(session: &mut Session) -> Result<Position> {
    let End { unsettled, .. } = settled(session)?;
    let sql = "SELECT commit_order, event_id FROM event_log WHERE commit_order < $1
         ORDER BY commit_order DESC, event_id DESC LIMIT 1";
    let found = session.find(sql, &[&unsettled])?;
    Ok(found.map_or((0, 0), |row| (number(row.get(0)), number(row.get(1)))))
}

/// Returns the settled events after a position, and the position of the last one.
pub(super) fn after(
    session: &mut Session,
    after: Position,
    end: &End,
    limit: usize,
) -> Result<(Vec<Event>, Position)> {
    let place = (column(after.0), column(after.1));
    let parameters: [&(dyn ToSql + Sync); 3] = [&place.0, &place.1, &end.unsettled];
    let condition = "(commit_order, event_id) > ($1, $2) AND commit_order < $3";
    let order = "commit_order, event_id";
    let rows = if session.is_sharded() {
        // Asks the shards with news only.
        let sql = "SELECT space_id FROM space_ends WHERE (last_order, last_event_id) > ($1, $2)";
        let news = session.query(sql, &[&place.0, &place.1])?;
        let spaces: Vec<i64> = news.iter().map(|row| row.get(0)).collect();
        if spaces.is_empty() {
            return Ok((Vec::new(), after));
        }
        let condition = format!("{condition} AND space_id = ANY ($4)");
        let parameters: [&(dyn ToSql + Sync); 4] = [&place.0, &place.1, &end.unsettled, &spaces];
        read::rows(session, (&condition, order), &parameters, limit)?
    } else {
        read::rows(session, (condition, order), &parameters, limit)?
    };
    let events: Vec<Event> = rows.iter().map(row::event).collect();
    let end = match (rows.last(), events.last()) {
        (Some(row), Some(event)) => (row::commit_order(row), event.event_id.0),
        _ => after,
    };
    Ok((events, end))
}
