//! Rows of a file of the original that belong to no space, or that only an import can show.

use rusqlite::Connection;
use serde::Serialize;

use crate::engines::sqlite::FileResult;
use crate::error::Result;
use crate::limits::LAST_EVENT_ID;
use crate::text::{counted, grouped};

use super::source::{OriginalSource, ids_of};

/// The most deleted spaces that are named; all are counted.
const NAMED: usize = 10;

/// Rows that belong to no space, or that only an import can show.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct OriginalLeftovers {
    /// The entries of spaces that are not registered and have no events: the original leaves them behind when it deletes a
    /// space.
    pub deleted: Vec<DeletedSpace>,
    /// The number of events whose space is not a number.
    pub unplaced_events: u64,
    /// The number of entries whose space is not a number.
    pub unplaced_keys: u64,
    /// The number of events whose id, or whose space, is not a positive number in range.
    pub invalid_ids: u64,
    /// The number of events whose id is above the limit of this program.
    pub large_ids: u64,
}

/// A space of which only entries are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeletedSpace {
    /// Its id in the original.
    pub original_space_id: i64,
    /// The number of its entries.
    pub keys: u64,
}

impl OriginalSource {
    /// Returns the rows that belong to no space, or that only an import can show.
    pub(crate) fn leftovers(&self) -> Result<OriginalLeftovers> {
        let mut leftovers = self.events.read_named(|connection| {
            let unplaced = "SELECT count(*) FROM events WHERE typeof(space_id) <> 'integer'";
            let invalid = "SELECT count(*) FROM events WHERE typeof(space_id) = 'integer'
                           AND (event_id < 1 OR space_id NOT BETWEEN 1 AND 4294967295)";
            let large = format!("SELECT count(*) FROM events WHERE event_id > {LAST_EVENT_ID}");
            Ok(OriginalLeftovers {
                large_ids: count(connection, &large)?,
                unplaced_events: count(connection, unplaced)?,
                invalid_ids: count(connection, invalid)?,
                ..OriginalLeftovers::default()
            })
        })?;
        let Some(table) = &self.projections.layout.entities else { return Ok(leftovers) };
        let spaces = self.space_ids()?;
        let (owners, unplaced_keys) = self.projections.read_named(|connection| {
            let unplaced = format!("SELECT count(*) FROM {table} WHERE typeof(space_id) <> 'integer'");
            Ok((ids_of(connection, table)?, count(connection, &unplaced)?))
        })?;
        leftovers.unplaced_keys = unplaced_keys;
        for original_space_id in owners.into_iter().filter(|id| spaces.binary_search(id).is_err()) {
            let keys = self.keys(original_space_id)?;
            leftovers.deleted.push(DeletedSpace { original_space_id, keys });
        }
        Ok(leftovers)
    }
}

fn count(connection: &Connection, sql: &str) -> FileResult<u64> {
    let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

impl OriginalLeftovers {
    /// Returns true if an import loses events.
    pub fn found(&self) -> bool {
        self.unplaced_events > 0
    }

    /// Describes the rows, and what becomes of them, as subject and text.
    pub fn words(&self) -> Vec<(&'static str, String)> {
        let (log, projections) = ("log", "projections");
        let mut words = Vec::new();
        if self.unplaced_events > 0 {
            let events = counted(self.unplaced_events, "event", "events");
            let them = them(self.unplaced_events);
            words.push((log, format!("{events} whose space is not a number: no import takes {them}")));
        }
        if self.invalid_ids > 0 {
            let events = counted(self.invalid_ids, "event", "events");
            let them = them(self.invalid_ids);
            words.push((
                log,
                format!("{events} with an id or a space below 1 or out of range: only an import shows {them}, with a new id"),
            ));
        }
        if self.large_ids > 0 {
            let events = counted(self.large_ids, "event", "events");
            let ids = if self.large_ids == 1 { "it a new id" } else { "them new ids" };
            let limit = grouped(LAST_EVENT_ID.0);
            words.push((
                log,
                format!("{events} with an id above the limit of {limit}: an import gives {ids}"),
            ));
        }
        if !self.deleted.is_empty() {
            let keys = self.deleted.iter().map(|space| space.keys).sum();
            words.push((
                projections,
                format!(
                    "{} of {}, which the original does not register and has no events of: no import takes {}",
                    counted(keys, "key", "keys"),
                    self.deleted_spaces(),
                    them(keys)
                ),
            ));
        }
        if self.unplaced_keys > 0 {
            let keys = counted(self.unplaced_keys, "key", "keys");
            let them = them(self.unplaced_keys);
            words.push((projections, format!("{keys} whose space is not a number: no import takes {them}")));
        }
        words
    }

    fn deleted_spaces(&self) -> String {
        let ids: Vec<String> =
            self.deleted.iter().take(NAMED).map(|space| space.original_space_id.to_string()).collect();
        match self.deleted.len() {
            1 => format!("space {}", ids.join("")),
            count if count > NAMED => format!("{} spaces ({}, …)", count, ids.join(", ")),
            _ => format!("the spaces {}", ids.join(", ")),
        }
    }
}

fn them(count: u64) -> &'static str {
    if count == 1 { "it" } else { "them" }
}
