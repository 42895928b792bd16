//! Compares a copy of a file with events with an earlier one that it is to replace.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::event::EventId;

use super::file::connect_immutable;
use super::log::append;

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
    pub(crate) fn was_used(&self) -> bool {
        let sql = "SELECT incarnation IS NOT NULL FROM store";
        self.connection.query_row(sql, [], |row| row.get(0)).unwrap_or(true)
    }

    /// Returns true if the file has all the changes without events that `earlier` has: operations, and changes of spaces and
    /// subscriptions, which a program can make without an operation. What cannot be read in `earlier` is not compared.
    pub(crate) fn continues(&self, earlier: &Self) -> bool {
        self.has_operations_of(earlier) && self.continues_registry_of(earlier).unwrap_or(true)
    }

    /// Returns true if the file has the last operation of `earlier`.
    fn has_operations_of(&self, earlier: &Self) -> bool {
        let sql = "SELECT operation_id, started_at FROM operations ORDER BY operation_id DESC LIMIT 1";
        let last = earlier.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
        let Ok::<(i64, i64), _>(last) = last else { return true };
        let sql = "SELECT 1 FROM operations WHERE (operation_id, started_at) = (?1, ?2)";
        matches!(self.connection.query_row(sql, last, |_| Ok(())).optional(), Ok(Some(())))
    }

    fn continues_registry_of(&self, earlier: &Self) -> rusqlite::Result<bool> {
        let (spaces, earlier_spaces) = (self.spaces()?, earlier.spaces()?);
        let (subscriptions, before) = (self.subscriptions()?, earlier.subscriptions()?);
        let is_past = |one: &CopiedSubscription, before: &CopiedSubscription| {
            one.continues(before, &earlier_spaces, &spaces)
        };
        Ok(spaces.continues(&earlier_spaces, CopiedSpace::continues)
            && subscriptions.continues(&before, is_past))
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
        let sql = "SELECT subscription_id, revision FROM subscriptions";
        let rows = self.rows(sql, |row| {
            Ok((row.get(0)?, CopiedSubscription { revision: row.get(1)?, positions: BTreeMap::new() }))
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
