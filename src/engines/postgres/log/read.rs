//! Reads pages of events.

use std::collections::HashMap;

use postgres::Row;
use postgres::types::ToSql;

use crate::engines::postgres::database::{Acknowledged, Result, Session, encoded, limit};
use crate::event::Event;
use crate::event_store::{Direction, PAGE_BYTES, Page};
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::timestamp::Timestamp;

use super::row::{self, COLUMNS, column, number, of_space};

/// Returns the events that a condition selects, in an order, up to a number of rows and to [`PAGE_BYTES`] of payloads.
/// The condition's parameters come first.
pub(super) fn page(
    session: &mut Session,
    (condition, order): (&str, &str),
    parameters: &[&(dyn ToSql + Sync)],
    rows: usize,
) -> Result<Vec<Event>> {
    Ok(self::rows(session, (condition, order), parameters, rows)?.iter().map(row::event).collect())
}

/// Returns the rows of the events of [`page`].
pub(super) fn rows(
    session: &mut Session,
    (condition, order): (&str, &str),
    parameters: &[&(dyn ToSql + Sync)],
    rows: usize,
) -> Result<Vec<Row>> {
    let most = parameters.len() + 1;
    let sql = format!(
        "SELECT {COLUMNS} FROM (
           SELECT *, coalesce(sum(octet_length(payload) + coalesce(octet_length(meta), 0))
             OVER (ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
           FROM (SELECT * FROM event_log WHERE {condition} ORDER BY {order} LIMIT ${most}) AS found) AS page
         WHERE bytes_before < {PAGE_BYTES} ORDER BY {order}"
    );
    let rows = limit(rows);
    let mut all = parameters.to_vec();
    all.push(&rows);
    session.query(&sql, &all)
}

/// Returns the comparison and the order of a direction, and the place before the first row.
pub(super) fn towards(direction: Direction) -> (&'static str, &'static str, i64) {
    match direction {
        Direction::Forward => (">", "ASC", 0),
        Direction::Backward => ("<", "DESC", i64::MAX),
    }
}

pub(super) fn event(session: &mut Session, event_id: EventId) -> Result<Option<Event>> {
    let sql = format!("SELECT {COLUMNS} FROM event_log WHERE event_id = $1");
    Ok(session.find(&sql, &[&column(event_id.0)])?.as_ref().map(row::event))
}

/// Returns true if an event was committed, whether or not its shard shows it already.
pub(in crate::engines::postgres) fn is_committed(
    session: &mut Session,
    event: &Acknowledged,
) -> Result<bool> {
    Ok(match find(session, event)? {
        Found::Missing => false,
        Found::NotShownYet => true,
        Found::At { event_id, checksum, .. } => (event_id, checksum) == (event.event_id.0, event.checksum),
    })
}

/// Returns true if an event is still stored. Fields of it may have been erased since.
pub(in crate::engines::postgres) fn is_stored(session: &mut Session, event: &Acknowledged) -> Result<bool> {
    Ok(match find(session, event)? {
        Found::Missing => false,
        Found::NotShownYet => true,
        Found::At { event_id, timestamp, .. } => (event_id, timestamp) == (event.event_id.0, event.timestamp),
    })
}

/// The event at the place of another one.
enum Found {
    Missing,
    /// The coordinator has committed the event there, which its shard does not show yet.
    NotShownYet,
    At {
        event_id: u64,
        timestamp: Timestamp,
        checksum: u32,
    },
}

fn find(session: &mut Session, event: &Acknowledged) -> Result<Found> {
    let (space, sequence) = (of_space(event.space_id), column(event.sequence.0));
    let mut missing = Found::Missing;
    if session.is_sharded() {
        let sql = "SELECT last_sequence, last_event_id FROM space_ends WHERE space_id = $1";
        let end = session.find(sql, &[&space])?.map(|row| (row.get::<_, i64>(0), row.get::<_, i64>(1)));
        if end == Some((sequence, column(event.event_id.0))) {
            missing = Found::NotShownYet;
        } else if end.is_some_and(|(last, _)| last <= sequence) {
            return Ok(missing);
        }
    }
    let sql =
        "SELECT event_id, timestamp, checksum FROM event_log WHERE space_id = $1 AND space_sequence = $2";
    let row = session.find(sql, &[&space, &sequence])?;
    Ok(row.map_or(missing, |row| Found::At {
        event_id: number(row.get(0)),
        timestamp: Timestamp(row.get(1)),
        checksum: u32::try_from(row.get::<_, i64>(2)).unwrap_or_default(),
    }))
}

pub(super) fn space(
    session: &mut Session,
    space_id: SpaceId,
    page: Page<SpaceSequence>,
) -> Result<Vec<Event>> {
    let (is_past, order, from) = towards(page.direction);
    let condition = format!("space_id = $1 AND space_sequence {is_past} $2");
    let from = page.after.map_or(from, |after| column(after.0));
    let order = format!("space_sequence {order}");
    self::page(session, (&condition, &order), &[&of_space(space_id), &from], page.limit)
}

pub(super) fn entity(
    session: &mut Session,
    space_id: SpaceId,
    entity_id: &str,
    page: Page<SpaceSequence>,
) -> Result<Vec<Event>> {
    let (is_past, order, from) = towards(page.direction);
    // The index contains the first characters only.
    let condition = format!(
        "space_id = $1 AND space_sequence {is_past} $2 AND left(entity_id, 200) = left($3, 200) AND entity_id = $3"
    );
    let from = page.after.map_or(from, |after| column(after.0));
    let order = format!("space_sequence {order}");
    let entity_id = encoded(entity_id);
    self::page(session, (&condition, &order), &[&of_space(space_id), &from, &&*entity_id], page.limit)
}

pub(super) fn all(session: &mut Session, page: Page<EventId>) -> Result<Vec<Event>> {
    let (is_past, order, from) = towards(page.direction);
    let from = page.after.map_or(from, |after| column(after.0));
    let condition = format!("event_id {is_past} $1");
    self::page(session, (&condition, &format!("event_id {order}")), &[&from], page.limit)
}

pub(super) fn effects(session: &mut Session, cause: EventId, page: Page<EventId>) -> Result<Vec<Event>> {
    let (is_past, order, from) = towards(page.direction);
    let from = page.after.map_or(from, |after| column(after.0));
    let condition = format!("causation_id = $1 AND event_id > $1 AND event_id {is_past} $2");
    let order = format!("event_id {order}");
    self::page(session, (&condition, &order), &[&column(cause.0), &from], page.limit)
}

/// Returns the times of the first events of several spaces.
pub(super) fn first_timestamps(
    session: &mut Session,
    space_ids: &[SpaceId],
) -> Result<Vec<Option<Timestamp>>> {
    let ids: Vec<i64> = space_ids.iter().copied().map(of_space).collect();
    if session.is_sharded() {
        return first_timestamps_of_shards(session, &ids);
    }
    let sql = "SELECT (SELECT timestamp FROM event_log AS log WHERE log.space_id = wanted.space_id
           ORDER BY space_sequence LIMIT 1)
         FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (space_id, place) ORDER BY place";
    Ok(session.query(sql, &[&ids])?.iter().map(|row| row.get::<_, Option<i64>>(0).map(Timestamp)).collect())
}

/// Returns the same from shards, which cannot be asked for each space in turn.
fn first_timestamps_of_shards(session: &mut Session, ids: &[i64]) -> Result<Vec<Option<Timestamp>>> {
    let sql = "SELECT space_id, timestamp FROM event_log WHERE space_id = ANY ($1) AND space_sequence = 1";
    let rows = session.query(sql, &[&ids])?;
    let found: HashMap<i64, Timestamp> = rows.iter().map(|row| (row.get(0), Timestamp(row.get(1)))).collect();
    Ok(ids.iter().map(|id| found.get(id).copied()).collect())
}

/// Returns the first entities whose ids start with a prefix. Skips from one to the next, however many events each has.
pub(super) fn entities(
    session: &mut Session,
    space_id: SpaceId,
    prefix: &str,
    most: usize,
) -> Result<Vec<String>> {
    let sql = "WITH RECURSIVE heads AS (
           SELECT (SELECT left(entity_id, 200) FROM event_log WHERE space_id = $1 AND left(entity_id, 200) >= left($2, 200)
             ORDER BY left(entity_id, 200) LIMIT 1) AS head
           UNION ALL
           SELECT (SELECT left(entity_id, 200) FROM event_log WHERE space_id = $1 AND left(entity_id, 200) > heads.head
             ORDER BY left(entity_id, 200) LIMIT 1)
           FROM heads WHERE starts_with(heads.head, left($2, 200)))
         SELECT DISTINCT entity_id FROM (
           SELECT CASE WHEN length(head) < 200 THEN ARRAY[head] ELSE
             ARRAY(SELECT DISTINCT entity_id FROM event_log WHERE space_id = $1 AND left(entity_id, 200) = head) END AS ids
           FROM heads WHERE starts_with(head, left($2, 200)) LIMIT $3) AS found, unnest(ids) AS entity_id
         WHERE starts_with(entity_id, $2) ORDER BY entity_id LIMIT $3";
    let (prefix, most) = (encoded(prefix), limit(most));
    let rows = session.query(sql, &[&of_space(space_id), &&*prefix, &most])?;
    Ok(rows.iter().map(|row| crate::engines::postgres::database::decoded(row.get(0))).collect())
}
