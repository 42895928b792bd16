//! Reads events: one, those of a space, or all.

use rusqlite::{Connection, OptionalExtension};

use crate::clock::Timestamp;
use crate::engines::sqlite::file::{ReadColumn, Result};
use crate::error::StoreError;
use crate::event::Event;
use crate::event_store::{Direction, PAGE_BYTES, Page, PageRow};
use crate::id::{EventId, SpaceId, SpaceSequence};

use super::row;
use super::row::{COLUMNS, Filler, Position};
use super::types::TypeNames;

/// A contiguous range of rows of the log, both ends included.
pub(super) struct Span {
    key: Key,
    first: i64,
    last: i64,
    direction: Direction,
}

/// The column by which rows are selected and ordered.
#[derive(Clone, Copy)]
enum Key {
    Pos,
    EventId,
}

/// The events of a span that are read.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    All,
    OfEntity(&'a str),
    /// Examines every event of the span.
    CausedBy(EventId),
    /// Examines those in the index of causes.
    ListedAsCausedBy(EventId),
}

impl Span {
    /// Creates a span of places.
    pub(super) fn of_places(first: i64, last: i64, direction: Direction) -> Self {
        Self { key: Key::Pos, first, last, direction }
    }

    /// Creates a span of event ids.
    pub(super) fn of_ids(first: i64, last: i64, direction: Direction) -> Self {
        Self { key: Key::EventId, first, last, direction }
    }

    /// Returns a statement for the rows, with the ends as parameters. It has no LIMIT: SQLite prepares a statement with a
    /// bound LIMIT again for each value.
    fn sql(&self, wanted: Wanted<'_>) -> String {
        let key = match self.key {
            Key::Pos => "pos",
            Key::EventId => "event_id",
        };
        let order = match self.direction {
            Direction::Forward => "ASC",
            Direction::Backward => "DESC",
        };
        let (from, and) = match wanted {
            Wanted::All => ("event_log", ""),
            Wanted::OfEntity(_) => ("event_log", "AND entity_id = ?3"),
            Wanted::CausedBy(_) => ("event_log", "AND causation_id = ?3"),
            // In this order: the index is read along its key, and each of its rows leads to one event.
            Wanted::ListedAsCausedBy(_) => {
                ("event_causes CROSS JOIN event_log USING (causation_id, event_id)", "AND causation_id = ?3")
            }
        };
        format!("SELECT {COLUMNS} FROM {from} WHERE {key} BETWEEN ?1 AND ?2 {and} ORDER BY {key} {order}")
    }

    /// Checks that a row is within the span and follows the row before it, and returns its place.
    fn check(&self, at: Position, before: Option<i64>) -> Result<i64> {
        let (at, of) = match self.key {
            Key::Pos => (at.pos, "a row of event_log at"),
            Key::EventId => (at.event_id, "a row of event_log with event id"),
        };
        self.direction.check_past(before.as_ref(), &at, of)?;
        if !(self.first..=self.last).contains(&at) {
            let detail = format!("{of} {at} is out of order");
            return Err(StoreError::Corrupt { detail }.into());
        }
        Ok(at)
    }
}

pub(super) fn event(connection: &Connection, types: &TypeNames, event_id: EventId) -> Result<Option<Event>> {
    let id = bound(event_id);
    Ok(list(connection, types, &Span::of_ids(id, id, Direction::Forward), 1)?.pop())
}

/// Returns the event at a place, if there is one.
pub(super) fn at(
    connection: &Connection,
    types: &TypeNames,
    space_id: SpaceId,
    sequence: SpaceSequence,
) -> Result<Option<Event>> {
    let pos = row::pos(space_id, sequence);
    Ok(list(connection, types, &Span::of_places(pos, pos, Direction::Forward), 1)?.pop())
}

pub(super) fn space(
    connection: &Connection,
    types: &TypeNames,
    space_id: SpaceId,
    page: Page<SpaceSequence>,
) -> Result<Vec<Event>> {
    let (mut first, mut last) = (row::pos(space_id, SpaceSequence(1)), row::last_pos(space_id));
    match (page.direction, page.after.map(|after| row::pos(space_id, after))) {
        (Direction::Forward, Some(after)) => first = after + 1,
        (Direction::Backward, Some(after)) => last = after - 1,
        (_, None) => {}
    }
    list(connection, types, &Span::of_places(first, last, page.direction), page.limit)
}

/// Returns the times of the first events of several spaces.
pub(super) fn first_timestamps(
    connection: &Connection,
    space_ids: &[SpaceId],
) -> Result<Vec<Option<Timestamp>>> {
    let sql = "SELECT timestamp FROM event_log WHERE pos BETWEEN ?1 AND ?2 ORDER BY pos LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut first = |space_id: &SpaceId| {
        let [from, to] =
            [SpaceSequence::START, SpaceSequence(u64::MAX)].map(|sequence| row::pos(*space_id, sequence));
        Ok(statement.query_row([from, to], |row| row.column(0)).optional()?.map(Timestamp))
    };
    space_ids.iter().map(&mut first).collect()
}

pub(super) fn all(connection: &Connection, types: &TypeNames, page: Page<EventId>) -> Result<Vec<Event>> {
    let Some((first, last)) = ids_of(page) else { return Ok(Vec::new()) };
    list(connection, types, &Span::of_ids(first, last, page.direction), page.limit)
}

/// Returns the first and the last id that a page may have.
pub(super) fn ids_of(page: Page<EventId>) -> Option<(i64, i64)> {
    let after = page.after.map(bound);
    Some(match page.direction {
        Direction::Forward => (after.unwrap_or(0).checked_add(1)?, i64::MAX),
        Direction::Backward => (1, after.map_or(Some(i64::MAX), |after| after.checked_sub(1))?),
    })
}

/// Returns an id as a bound. Ids out of range become the highest possible one.
pub(super) fn bound(event_id: EventId) -> i64 {
    i64::try_from(event_id.0).unwrap_or(i64::MAX)
}

pub(super) fn replay(
    connection: &Connection,
    types: &TypeNames,
    space_id: SpaceId,
    after: SpaceSequence,
    limit: usize,
    visit: &mut dyn FnMut(&mut Event) -> crate::Result<()>,
) -> Result<usize> {
    let (after, last) = (row::pos(space_id, after), row::last_pos(space_id));
    let span = Span::of_places(after + 1, last, Direction::Forward);
    each(connection, types, (&span, Wanted::All), (limit, usize::MAX), visit)
}

fn list(connection: &Connection, types: &TypeNames, span: &Span, limit: usize) -> Result<Vec<Event>> {
    wanted(connection, types, (span, Wanted::All), limit)
}

/// Returns the wanted events of a span, up to [`PAGE_BYTES`] of payloads.
pub(super) fn wanted(
    connection: &Connection,
    types: &TypeNames,
    rows: (&Span, Wanted<'_>),
    limit: usize,
) -> Result<Vec<Event>> {
    let mut events = Vec::with_capacity(limit.min(1000));
    each(connection, types, rows, (limit, PAGE_BYTES), &mut |event| {
        events.push(event.take());
        Ok(())
    })?;
    Ok(events)
}

/// Calls a closure with up to `limit` events, in one reused allocation, until their payloads reach the byte limit.
fn each(
    connection: &Connection,
    types: &TypeNames,
    (span, wanted): (&Span, Wanted<'_>),
    (limit, most_bytes): (usize, usize),
    visit: &mut dyn FnMut(&mut Event) -> crate::Result<()>,
) -> Result<usize> {
    let mut statement = connection.prepare_cached(&span.sql(wanted))?;
    let mut rows = match wanted {
        Wanted::All => statement.query((span.first, span.last))?,
        Wanted::OfEntity(entity_id) => statement.query((span.first, span.last, entity_id))?,
        Wanted::CausedBy(cause) | Wanted::ListedAsCausedBy(cause) => {
            statement.query((span.first, span.last, bound(cause)))?
        }
    };
    let mut filler = Filler::new(connection, types);
    let (mut count, mut bytes, mut before) = (0, 0_usize, None);
    while count < limit
        && bytes < most_bytes
        && let Some(row) = rows.next()?
    {
        let at = Position::of(row)?;
        before = Some(span.check(at, before)?);
        let event = filler.event(at, row)?;
        bytes = bytes.saturating_add(event.bytes());
        visit(event)?;
        count += 1;
    }
    Ok(count)
}
