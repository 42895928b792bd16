//! Reading events: one, a space's, everybody's.

use rusqlite::Connection;

use crate::error::Result;
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::{Direction, Page};
use crate::space::SpaceId;

use super::row::{self, COLUMNS, Filler, TypeNames};

pub(super) fn event(connection: &Connection, types: &TypeNames, event_id: EventId) -> Result<Option<Event>> {
    let sql = format!("SELECT {COLUMNS} FROM event_log WHERE event_id = ?1");
    let mut found = list(connection, types, &sql, (bound(event_id),), 1)?;
    Ok(found.pop())
}

/// The event at a place, if there is one.
pub(super) fn at(
    connection: &Connection,
    types: &TypeNames,
    space_id: SpaceId,
    sequence: SpaceSequence,
) -> Result<Option<Event>> {
    let sql = format!("SELECT {COLUMNS} FROM event_log WHERE pos = ?1");
    let mut found = list(connection, types, &sql, (row::pos(space_id, sequence),), 1)?;
    Ok(found.pop())
}

pub(super) fn space(
    connection: &Connection,
    types: &TypeNames,
    space_id: SpaceId,
    page: Page<SpaceSequence>,
) -> Result<Vec<Event>> {
    let first = row::pos(space_id, SpaceSequence(1));
    let last = row::last_pos(space_id);
    match page.direction {
        Direction::Forward => {
            let from = page.after.map_or(first, |after| row::pos(space_id, after) + 1);
            let sql = format!("SELECT {COLUMNS} FROM event_log WHERE pos BETWEEN ?1 AND ?2 ORDER BY pos");
            list(connection, types, &sql, (from, last), page.limit)
        }
        Direction::Backward => {
            let to = page.after.map_or(last, |after| row::pos(space_id, after) - 1);
            let sql =
                format!("SELECT {COLUMNS} FROM event_log WHERE pos BETWEEN ?1 AND ?2 ORDER BY pos DESC");
            list(connection, types, &sql, (first, to), page.limit)
        }
    }
}

pub(super) fn all(connection: &Connection, types: &TypeNames, page: Page<EventId>) -> Result<Vec<Event>> {
    let (from, sql) = match page.direction {
        Direction::Forward => (
            page.after.map_or(0, bound),
            format!("SELECT {COLUMNS} FROM event_log WHERE event_id > ?1 ORDER BY event_id"),
        ),
        Direction::Backward => (
            page.after.map_or(i64::MAX, bound),
            format!("SELECT {COLUMNS} FROM event_log WHERE event_id < ?1 ORDER BY event_id DESC"),
        ),
    };
    list(connection, types, &sql, (from,), page.limit)
}

/// An id as a bound; one that no event can have is the last there is.
fn bound(event_id: EventId) -> i64 {
    i64::try_from(event_id.0).unwrap_or(i64::MAX)
}

pub(super) fn replay(
    connection: &Connection,
    types: &TypeNames,
    space_id: SpaceId,
    after: SpaceSequence,
    limit: usize,
    visit: &mut dyn FnMut(&mut Event) -> Result<()>,
) -> Result<usize> {
    let sql = format!("SELECT {COLUMNS} FROM event_log WHERE pos > ?1 AND pos <= ?2 ORDER BY pos");
    let parameters = (row::pos(space_id, after), row::last_pos(space_id));
    each(connection, types, &sql, parameters, limit, visit)
}

/// The events that a query yields.
pub(super) fn list(
    connection: &Connection,
    types: &TypeNames,
    sql: &str,
    parameters: impl rusqlite::Params,
    limit: usize,
) -> Result<Vec<Event>> {
    let mut events = Vec::with_capacity(limit.min(1000));
    each(connection, types, sql, parameters, limit, &mut |event| {
        events.push(event.clone());
        Ok(())
    })?;
    Ok(events)
}

/// Shows up to `limit` of the events that a query yields, one after the other in the same allocation. The
/// query has no LIMIT of its own: a bound one would have SQLite prepare the statement anew each time.
fn each(
    connection: &Connection,
    types: &TypeNames,
    sql: &str,
    parameters: impl rusqlite::Params,
    limit: usize,
    visit: &mut dyn FnMut(&mut Event) -> Result<()>,
) -> Result<usize> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut filler = Filler::new(connection, types);
    let mut count = 0;
    while count < limit
        && let Some(row) = rows.next()?
    {
        visit(filler.event(row)?)?;
        count += 1;
    }
    Ok(count)
}
