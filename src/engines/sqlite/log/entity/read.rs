//! Reads an entity's events.

use rusqlite::Connection;

use crate::engines::sqlite::file::{ReadColumn, Result, SEQUENCE_BITS};
use crate::error::StoreError;
use crate::event::Event;
use crate::event_store::{Direction, PAGE_BYTES, Page, PageRow, is_last_page};
use crate::id::{SpaceId, SpaceSequence};

use super::super::read::{self, Span, Wanted};
use super::super::types::TypeNames;
use super::packed::unpack;
use super::{BLOCK, block, claimed};

pub(in crate::engines::sqlite::log) fn read(
    connection: &Connection,
    types: &TypeNames,
    space_id: SpaceId,
    entity_id: &str,
    page: Page<SpaceSequence>,
) -> Result<Vec<Event>> {
    let indexed = u64::try_from(claimed(connection, space_id)?).map_err(|_| damaged())?;
    let reader = Reader { connection, types, space_id, entity_id };
    let parts = match page.direction {
        Direction::Forward => [Part::Merged, Part::Blocks, Part::Tail],
        Direction::Backward => [Part::Tail, Part::Blocks, Part::Merged],
    };
    let mut events = Vec::new();
    for part in parts {
        let rest = Page { limit: page.limit - events.len(), ..page };
        events.extend(match part {
            Part::Merged => reader.merged(rest),
            Part::Blocks => reader.in_blocks(rest),
            Part::Tail => reader.tail(indexed, rest),
        }?);
        if !is_last_page(&events, page.limit) {
            break;
        }
    }
    Ok(events)
}

/// The parts of the index, each before the next in the log.
enum Part {
    Merged,
    Blocks,
    Tail,
}

/// A row of `entity_blocks`.
pub(super) struct Block {
    first: u64,
    entries: Vec<u8>,
}

impl Block {
    /// Reads the blocks of a space, in order.
    pub(super) fn all(connection: &Connection, space_id: SpaceId) -> Result<Vec<Self>> {
        let sql =
            "SELECT first_sequence, entries FROM entity_blocks WHERE space_id = ?1 ORDER BY first_sequence";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([space_id.0])?;
        let mut blocks = Vec::new();
        while let Some(row) = rows.next()? {
            let entries = row.get_ref(1)?.as_blob().map_err(|_| damaged())?.to_vec();
            blocks.push(Self { first: row.column(0)?, entries });
        }
        Ok(blocks)
    }
}

/// Reads the events of one entity.
pub(super) struct Reader<'a> {
    pub connection: &'a Connection,
    pub types: &'a TypeNames,
    pub space_id: SpaceId,
    pub entity_id: &'a str,
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

    /// Reads events that `entity_events` lists.
    fn merged(&self, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        let (above, below) = Self::bounds(page);
        // The row before the page may have later sequences in it.
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT space_sequence, later FROM entity_events
             WHERE space_id = ?1 AND entity_id = ?2 AND space_sequence < ?4
               AND space_sequence >= coalesce((SELECT max(space_sequence) FROM entity_events
                 WHERE space_id = ?1 AND entity_id = ?2 AND space_sequence <= ?3), 0)
             ORDER BY space_sequence {}",
            order(page.direction)
        ))?;
        let mut rows = statement.query((self.space_id.0, self.entity_id, above, below))?;
        let mut found = Found::new(self, page);
        while !found.is_full()
            && let Some(row) = rows.next()?
        {
            let (first, later) = (row.column(0)?, row.get_ref(1)?.as_blob_or_null());
            let sequences = later.ok().and_then(|later| unpack(first, later)).ok_or_else(damaged)?;
            found.take(sequences)?;
        }
        Ok(found.events)
    }

    /// Reads events that are in blocks.
    fn in_blocks(&self, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        let (above, below) = Self::bounds(page);
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT first_sequence, entries FROM entity_blocks
             WHERE space_id = ?1 AND first_sequence > ?2 AND first_sequence < ?3 ORDER BY first_sequence {}",
            order(page.direction)
        ))?;
        let mut rows =
            statement.query((self.space_id.0, above.cast_signed() - BLOCK.cast_signed(), below))?;
        let (mut found, mut before) = (Found::new(self, page), None);
        while !found.is_full()
            && let Some(row) = rows.next()?
        {
            let first: u64 = row.column(0)?;
            page.direction.check_past(before.as_ref(), &first, "a block of the entity index at sequence")?;
            before = Some(first);
            let entries = row.get_ref(1)?.as_blob().map_err(|_| damaged())?;
            found.take_block(first, entries)?;
        }
        Ok(found.events)
    }

    /// Returns the last event before a sequence that the index lists, given all blocks of the space.
    pub(super) fn last_indexed(&self, before: SpaceSequence, blocks: &[Block]) -> Result<Option<Event>> {
        let page = Page::backward(Some(before), 1);
        let mut found = Found::new(self, page);
        for block in blocks.iter().rev().filter(|block| block.first < before.0) {
            found.take_block(block.first, &block.entries)?;
            if found.is_full() {
                return Ok(found.events.pop());
            }
        }
        Ok(self.merged(page)?.pop())
    }

    /// Scans the events beyond the index.
    fn tail(&self, indexed: u64, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        let (above, below) = Self::bounds(page);
        let place = |sequence: u64| (i64::from(self.space_id.0) << SEQUENCE_BITS) + sequence.cast_signed();
        let (first, last) = (place(above.max(indexed)) + 1, place(below) - 1);
        let span = Span::of_places(first, last, page.direction);
        read::wanted(self.connection, self.types, (&span, Wanted::OfEntity(self.entity_id)), page.limit)
    }
}

/// The events of a page that a part of the index has found so far.
struct Found<'a> {
    reader: &'a Reader<'a>,
    page: Page<SpaceSequence>,
    events: Vec<Event>,
    bytes: usize,
    before: Option<u64>,
}

impl<'a> Found<'a> {
    fn new(reader: &'a Reader<'a>, page: Page<SpaceSequence>) -> Self {
        Self { reader, page, events: Vec::new(), bytes: 0, before: None }
    }

    fn is_full(&self) -> bool {
        self.events.len() >= self.page.limit || self.bytes >= PAGE_BYTES
    }

    /// Reads the events that a block lists, as far as they are in the page.
    fn take_block(&mut self, first: u64, entries: &[u8]) -> Result<()> {
        let offsets = block::offsets(entries, self.reader.entity_id);
        self.take(offsets.map(|offset| first.saturating_add(offset)))
    }

    /// Reads the events with these sequences, which rise, as far as they are in the page and the entity's.
    fn take<I: IntoIterator<Item = u64, IntoIter: DoubleEndedIterator>>(
        &mut self,
        sequences: I,
    ) -> Result<()> {
        let mut sequences = sequences.into_iter();
        let direction = self.page.direction;
        let (above, below) = Reader::bounds(self.page);
        while !self.is_full()
            && let Some(sequence) = match direction {
                Direction::Forward => sequences.next(),
                Direction::Backward => sequences.next_back(),
            }
        {
            direction.check_past(self.before.as_ref(), &sequence, "an entity index entry for sequence")?;
            self.before = Some(sequence);
            if sequence <= above || sequence >= below {
                continue;
            }
            let Reader { connection, types, space_id, entity_id, .. } = *self.reader;
            let event = read::at(connection, types, space_id, SpaceSequence(sequence))?;
            if let Some(event) = event.filter(|event| event.entity_id == entity_id) {
                self.bytes += event.bytes();
                self.events.push(event);
            }
        }
        Ok(())
    }
}

fn damaged() -> StoreError {
    StoreError::Corrupt { detail: "a row of the entity index is damaged".to_owned() }
}

fn order(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "ASC",
        Direction::Backward => "DESC",
    }
}
