//! Compares a copy of a file with events with an earlier one that it is to replace.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::event::EventId;

use super::file::{SEQUENCE_BITS, connect_immutable};
use super::log::append;

const EVENTS: &str = "events that the copy lacks";

/// Matches operations that change nothing: a check without a repair, and a verification.
const IS_LOOK: &str = "action = 'verify'
    OR (action = 'check' AND iif(json_valid(parameters), parameters ->> 'repair', 1) IS 0)";

/// A file with events, as of the last checkpoint of its WAL.
pub(crate) struct CopiedFile {
    connection: Connection,
    /// The highest event id that was ever assigned.
    pub(crate) last_event_id: EventId,
}

/// Rows of a table by their ids, of which the ids up to `given` were assigned.
struct Numbered<T> {
    given: i64,
    rows: BTreeMap<i64, T>,
}

/// A space in a copy.
struct CopiedSpace {
    created_at: i64,
    revision: i64,
    redactions: i64,
    last_sequence: i64,
    /// The name and the metadata.
    columns: [Value; 2],
}

/// A subscription in a copy.
struct CopiedSubscription {
    revision: i64,
    /// The checksum of its registration.
    checksum: Option<i64>,
    /// True in the original, and in a copy in which it was resumed.
    delivers: bool,
    /// The positions by space.
    positions: BTreeMap<i64, i64>,
}

impl CopiedFile {
    /// Opens a file. Returns `None` if this program can read no events in it.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let connection = connect_immutable(path).ok()?;
        let last_event_id = append::last_event_id(&connection).ok()?;
        Some(Self { connection, last_event_id })
    }

    /// Returns true unless the file is a copy that was never opened for writing: a copy is written without an
    /// incarnation.
    pub(crate) fn was_opened(&self) -> bool {
        let sql = "SELECT incarnation IS NOT NULL FROM store";
        self.connection.query_row(sql, [], |row| row.get(0)).unwrap_or(true)
    }

    /// Returns what `earlier` has and the file lacks, in words: events, operations, and changes of spaces and subscriptions,
    /// which a program can make without an operation. What cannot be read is compared only if `earlier` was opened for
    /// writing, and then counts as lacking.
    pub(crate) fn lacks(&self, earlier: &Self) -> Option<&'static str> {
        if earlier.last_event_id > self.last_event_id {
            return Some(EVENTS);
        }
        let unreadable = earlier.was_opened().then_some("data that cannot be compared");
        let found = [self.lacks_operations_of(earlier), self.lacks_rows_of(earlier)];
        found.into_iter().find_map(|found| found.unwrap_or(unreadable))
    }

    /// Looks for the last operation of `earlier` that may have changed something.
    fn lacks_operations_of(&self, earlier: &Self) -> rusqlite::Result<Option<&'static str>> {
        let sql = format!(
            "SELECT operation_id, started_at FROM operations WHERE NOT ({IS_LOOK}) ORDER BY operation_id DESC LIMIT 1"
        );
        let last = earlier.connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
        let Some::<(i64, i64)>(last) = last.optional()? else { return Ok(None) };
        let sql = "SELECT 1 FROM operations WHERE (operation_id, started_at) = (?1, ?2)";
        let has_last = self.connection.prepare(sql)?.exists(last)?;
        Ok((!has_last).then_some("entries in its audit log that the copy lacks"))
    }

    fn lacks_rows_of(&self, earlier: &Self) -> rusqlite::Result<Option<&'static str>> {
        let (spaces, earlier_spaces) = (self.spaces()?, earlier.spaces()?);
        if !spaces.continues(&earlier_spaces, CopiedSpace::continues) {
            return Ok(Some("changes of spaces that the copy lacks"));
        }
        let was_opened = earlier.was_opened();
        let is_past = |one: &CopiedSubscription, before: &CopiedSubscription| {
            // A new registration does not raise the revision, so it is not known which of the two is the later one.
            let is_same = !was_opened || one.checksum == before.checksum;
            is_same && !before.delivers && one.continues(before, &earlier_spaces, &spaces)
        };
        if !self.subscriptions()?.continues(&earlier.subscriptions()?, is_past) {
            return Ok(Some("changes of subscriptions that the copy lacks"));
        }
        let has_events = self.has_last_events_of(earlier, &spaces, &earlier_spaces)?;
        Ok((!has_events).then_some(EVENTS))
    }

    /// Returns true if the file has the last event of each space in `earlier`, unless the space was deleted since. Both may
    /// have assigned the same ids.
    fn has_last_events_of(
        &self,
        earlier: &Self,
        spaces: &Numbered<CopiedSpace>,
        earlier_spaces: &Numbered<CopiedSpace>,
    ) -> rusqlite::Result<bool> {
        let sql = format!(
            "SELECT space_id, event_id, pos, timestamp, checksum FROM space_sequences
             JOIN event_log ON pos = (space_id << {SEQUENCE_BITS}) | last_sequence"
        );
        let last: Vec<(i64, i64, [i64; 3])> = earlier
            .rows(&sql, |row| Ok((row.get(0)?, row.get(1)?, [row.get(2)?, row.get(3)?, row.get(4)?])))?;
        let sql = "SELECT pos, timestamp, checksum FROM event_log WHERE event_id = ?1";
        let mut find = self.connection.prepare(sql)?;
        for (space_id, event_id, before) in last {
            let found = find.query_row([event_id], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]));
            let found: Option<[i64; 3]> = found.optional()?;
            let is_there = match (found, spaces.rows.get(&space_id)) {
                (None, None) => true,
                (Some(found), Some(space)) => {
                    let redactions = earlier_spaces.rows.get(&space_id).map(|space| space.redactions);
                    // A redaction changes the checksum.
                    let compared = if redactions == Some(space.redactions) { 3 } else { 2 };
                    found[..compared] == before[..compared]
                }
                _ => false,
            };
            if !is_there {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn spaces(&self) -> rusqlite::Result<Numbered<CopiedSpace>> {
        let sql = "SELECT space_id, created_at, revision, redactions, last_sequence, space_name, metadata
            FROM spaces JOIN space_sequences USING (space_id)";
        let rows = self.rows(sql, |row| {
            let space = CopiedSpace {
                created_at: row.get(1)?,
                revision: row.get(2)?,
                redactions: row.get(3)?,
                last_sequence: row.get(4)?,
                columns: [row.get(5)?, row.get(6)?],
            };
            Ok((row.get(0)?, space))
        })?;
        Ok(Numbered { given: self.given("spaces")?, rows: rows.into_iter().collect() })
    }

    fn subscriptions(&self) -> rusqlite::Result<Numbered<CopiedSubscription>> {
        let sql = "SELECT subscription_id, revision, checksum,
            coalesce(incarnation = (SELECT incarnation FROM store), 0) FROM subscriptions";
        let rows = self.rows(sql, |row| {
            let subscription = CopiedSubscription {
                revision: row.get(1)?,
                checksum: row.get(2)?,
                delivers: row.get(3)?,
                positions: BTreeMap::new(),
            };
            Ok((row.get(0)?, subscription))
        })?;
        let mut rows: BTreeMap<i64, CopiedSubscription> = rows.into_iter().collect();
        let sql = "SELECT subscription_id, space_id, space_sequence FROM subscription_positions";
        for (id, space_id, sequence) in
            self.rows(sql, |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)))?
        {
            if let Some(subscription) = rows.get_mut(&id) {
                subscription.positions.insert(space_id, sequence);
            }
        }
        Ok(Numbered { given: self.given("subscriptions")?, rows })
    }

    fn rows<T>(
        &self,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.connection.prepare(sql)?.query_map([], read)?.collect()
    }

    /// Returns the last id that was assigned in a table.
    fn given(&self, table: &str) -> rusqlite::Result<i64> {
        let sql = "SELECT coalesce(max(CAST(seq AS INTEGER)), 0) FROM sqlite_sequence WHERE name = ?1";
        self.connection.query_row(sql, [table], |row| row.get(0))
    }
}

impl<T> Numbered<T> {
    /// Returns true if these rows follow from the earlier ones: none is missing that was not removed since, none was removed
    /// there, and those that both have compare.
    fn continues(&self, earlier: &Self, is_later: impl Fn(&T, &T) -> bool) -> bool {
        let was_removed_there = |id: &i64| *id <= earlier.given && !earlier.rows.contains_key(id);
        let follows = |(id, before): (&i64, &T)| match self.rows.get(id) {
            Some(now) => is_later(now, before),
            // Ids are assigned once. With a lower last one, the row was never here.
            None => *id <= self.given,
        };
        !self.rows.keys().any(was_removed_there) && earlier.rows.iter().all(follows)
    }
}

impl CopiedSpace {
    fn continues(&self, earlier: &Self) -> bool {
        let has_changes = match self.revision {
            same if same == earlier.revision => self.columns == earlier.columns,
            revision => revision > earlier.revision,
        };
        has_changes && self.created_at == earlier.created_at && self.redactions >= earlier.redactions
    }
}

impl CopiedSubscription {
    /// Returns true if no operation on the subscription and no delivery is missing. Positions beyond the end of a space do not
    /// count, since a repair sets them back.
    fn continues(
        &self,
        earlier: &Self,
        earlier_spaces: &Numbered<CopiedSpace>,
        spaces: &Numbered<CopiedSpace>,
    ) -> bool {
        let is_past = |(space_id, sequence): (&i64, &i64)| {
            let end = earlier_spaces.rows.get(space_id).map_or(0, |space| space.last_sequence);
            let is_gone = !spaces.rows.contains_key(space_id);
            is_gone || self.positions.get(space_id).copied().unwrap_or(0) >= *sequence.min(&end)
        };
        match self.revision {
            same if same == earlier.revision => earlier.positions.iter().all(is_past),
            revision => revision > earlier.revision,
        }
    }
}
