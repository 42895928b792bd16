//! An earlier copy of a file with events, compared with the copy that is to replace it.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::event::EventId;

use super::file::connect_immutable;
use super::log::append;

/// A file with events, as of the last checkpoint of its WAL.
pub(crate) struct EarlierCopy {
    connection: Connection,
    /// The highest event id that was ever assigned.
    pub(crate) last_event_id: EventId,
}

impl EarlierCopy {
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

    /// Returns true if the file has all the operations and positions of subscriptions that `earlier` has. Each change without an
    /// event is recorded as an operation, except for a delivery, which moves a position.
    pub(crate) fn continues(&self, earlier: &Self) -> bool {
        let Some(last) = earlier.last_operation() else { return true };
        let sql = "SELECT 1 FROM operations WHERE (operation_id, started_at) = (?1, ?2)";
        let has_last = self.connection.query_row(sql, [last.0, last.1], |_| Ok(())).optional();
        // A later operation may have set positions back.
        let is_level = self.last_operation() != Some(last) || self.positions() >= earlier.positions();
        matches!(has_last, Ok(Some(()))) && is_level
    }

    /// Returns the id and the time of the last operation that was recorded.
    fn last_operation(&self) -> Option<(i64, i64)> {
        let sql = "SELECT operation_id, started_at FROM operations ORDER BY operation_id DESC LIMIT 1";
        self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).ok()
    }

    /// Returns the number of events that subscriptions are past, in all.
    fn positions(&self) -> f64 {
        let sql = "SELECT total(space_sequence) FROM subscription_positions";
        self.connection.query_row(sql, [], |row| row.get(0)).unwrap_or(0.0)
    }
}
