//! The new sequences of events whose sequences have duplicates or gaps.

use rusqlite::{Connection, OptionalExtension};

use crate::error::{Result, StoreError};
use crate::id::SpaceSequence;

/// The new sequences of renumbered events, by id. They are in a temporary file that SQLite removes, so that any number of
/// them takes constant memory.
pub(crate) struct Renumbering(Connection);

impl Renumbering {
    /// Creates an empty one.
    pub(crate) fn new() -> Result<Self> {
        let create = || {
            let connection = Connection::open("")?;
            connection.execute_batch(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
                 CREATE TABLE numbers (event_id INTEGER PRIMARY KEY, number INTEGER NOT NULL); BEGIN",
            )?;
            Ok(Self(connection))
        };
        create().map_err(failed)
    }

    /// Notes the new sequence of an event.
    pub(crate) fn add(&self, event_id: i64, number: SpaceSequence) -> Result<()> {
        let number = i64::try_from(number.0).unwrap_or(i64::MAX);
        let add = || {
            let sql = "INSERT OR REPLACE INTO numbers (event_id, number) VALUES (?1, ?2)";
            self.0.prepare_cached(sql)?.execute((event_id, number))
        };
        add().map(drop).map_err(failed)
    }

    /// Returns the new sequence of an event, if it has one.
    pub(crate) fn of_event(&self, event_id: i64) -> Result<Option<SpaceSequence>> {
        let find = || {
            let sql = "SELECT number FROM numbers WHERE event_id = ?1";
            let mut statement = self.0.prepare_cached(sql)?;
            statement.query_row([event_id], |row| row.get::<_, i64>(0)).optional()
        };
        Ok(find().map_err(failed)?.map(|number| SpaceSequence(number.unsigned_abs())))
    }
}

fn failed(error: rusqlite::Error) -> crate::Error {
    StoreError::Engine { detail: format!("a temporary file for the numbers of events: {error}") }.into()
}
