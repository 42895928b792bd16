//! An entity's events within a space.
//!
//! `entity_events` trails the log by up to [`BLOCK`] events of a space, which are scanned. It is extended by a block at
//! a time, ordered by entity, so that neighbouring rows are written together.

use rusqlite::{Connection, OptionalExtension};

use crate::engines::sqlite::file::{Result, SEQUENCE_BITS};
use crate::event::Event;
use crate::event_store::{Direction, PAGE_BYTES, Page, PageRow, is_last_page};
use crate::id::{SpaceId, SpaceSequence};

use super::read::Span;
use super::row::TypeNames;
use super::{read, row};

/// The number of events of a space that may wait to be indexed. Scanning them takes about 0.3 ms.
pub(super) const BLOCK: u64 = 1024;

/// Extends the index up to `last`, if a whole block is waiting. Returns the last indexed sequence.
pub(super) fn index(connection: &Connection, space_id: SpaceId, indexed: u64, last: u64) -> Result<u64> {
    if last.saturating_sub(indexed) < BLOCK {
        return Ok(indexed);
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO entity_events (space_id, entity_id, space_sequence)
         SELECT ?1, entity_id, pos & 0xffffffffff FROM event_log WHERE pos BETWEEN ?2 AND ?3 ORDER BY entity_id, pos",
    )?;
    let place = |sequence| row::pos(space_id, SpaceSequence(sequence));
    statement.execute((space_id.0, place(indexed + 1), place(last)))?;
    Ok(last)
}

pub(super) fn read(
    connection: &Connection,
    types: &TypeNames,
    space_id: SpaceId,
    entity_id: &str,
    page: Page<SpaceSequence>,
) -> Result<Vec<Event>> {
    let indexed = connection
        .prepare_cached("SELECT indexed_sequence FROM space_sequences WHERE space_id = ?1")?
        .query_row([space_id.0], |row| row.get::<_, u64>(0))
        .optional()?
        .unwrap_or(0);
    let reader = Reader { connection, types, space_id, entity_id, indexed };
    let forward = page.direction == Direction::Forward;
    let mut events = if forward { reader.indexed(page)? } else { reader.tail(page)? };
    if is_last_page(&events, page.limit) {
        let rest = Page { limit: page.limit - events.len(), ..page };
        events.extend(if forward { reader.tail(rest)? } else { reader.indexed(rest)? });
    }
    Ok(events)
}

struct Reader<'a> {
    connection: &'a Connection,
    types: &'a TypeNames,
    space_id: SpaceId,
    entity_id: &'a str,
    indexed: u64,
}

impl Reader<'_> {
    /// Returns the bounds of the sequences in a page, both exclusive.
    fn bounds(page: Page<SpaceSequence>) -> (u64, u64) {
        let after = page.after.map(|after| after.0.min(1 << SEQUENCE_BITS));
        match page.direction {
            Direction::Forward => (after.unwrap_or(0), 1 << SEQUENCE_BITS),
            Direction::Backward => (0, after.unwrap_or(1 << SEQUENCE_BITS)),
        }
    }

    fn indexed(&self, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        let (above, below) = Self::bounds(page);
        let order = order(page.direction);
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT space_sequence FROM entity_events
             WHERE space_id = ?1 AND entity_id = ?2 AND space_sequence > ?3 AND space_sequence < ?4
             ORDER BY space_sequence {order}"
        ))?;
        let parameters = (self.space_id.0, self.entity_id, above, below);
        let sequences = statement.query_map(parameters, |row| row.get::<_, u64>(0))?;
        let (mut events, mut bytes) = (Vec::new(), 0);
        let mut before = Some(if page.direction == Direction::Forward { above } else { below });
        for sequence in sequences.take(page.limit) {
            let sequence = sequence?;
            page.direction.check_past(before.as_ref(), &sequence, "an entity index entry for sequence")?;
            before = Some(sequence);
            let at = SpaceSequence(sequence);
            let Some(event) = read::at(self.connection, self.types, self.space_id, at)? else { continue };
            bytes += event.bytes();
            events.push(event);
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        Ok(events)
    }

    fn tail(&self, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        let (above, below) = Self::bounds(page);
        let place = |sequence: u64| (i64::from(self.space_id.0) << SEQUENCE_BITS) + sequence.cast_signed();
        let (first, last) = (place(above.max(self.indexed)) + 1, place(below) - 1);
        let span = Span::of_places(first, last, page.direction);
        read::of_entity(self.connection, self.types, (&span, Some(self.entity_id)), page.limit)
    }
}

fn order(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "ASC",
        Direction::Backward => "DESC",
    }
}
