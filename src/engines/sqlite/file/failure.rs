//! Converts SQLite's errors to ours.

use std::time::{Duration, Instant};

use rusqlite::{ErrorCode, ffi};

use crate::error::{Error, NoRoom, OpenError, StoreError, SubscriptionError};

use super::column::DamagedColumn;

/// An error inside the engine. It converts SQLite's errors, so that the public errors need not know them.
#[derive(Debug)]
pub(crate) struct EngineError {
    error: Error,
    /// True for the damage to one column of a row, which a smaller repair undoes than that to pages.
    is_of_row: bool,
}

/// A result inside the engine.
pub(crate) type Result<T, E = EngineError> = std::result::Result<T, E>;

impl From<Error> for EngineError {
    fn from(error: Error) -> Self {
        Self { error, is_of_row: false }
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        Self { error: error.into(), is_of_row: false }
    }
}

impl From<SubscriptionError> for EngineError {
    fn from(error: SubscriptionError) -> Self {
        Self { error: error.into(), is_of_row: false }
    }
}

impl From<OpenError> for EngineError {
    fn from(error: OpenError) -> Self {
        Self { error: error.into(), is_of_row: false }
    }
}

impl From<EngineError> for Error {
    fn from(EngineError { error, .. }: EngineError) -> Self {
        error
    }
}

impl StoreError {
    /// Converts an error of SQLite.
    pub(crate) fn of_sqlite(error: rusqlite::Error) -> Self {
        let detail = described(&error);
        let extended = error.sqlite_error().map(|error| error.extended_code);
        match error.sqlite_error_code() {
            // None of our tables has a trigger.
            _ if extended == Some(ffi::SQLITE_CONSTRAINT_TRIGGER) => Self::ForeignTrigger { detail },
            // The third code: another process does not finish recovering the WAL.
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Busy { waited: Duration::ZERO },
            Some(ErrorCode::OperationInterrupted) => Self::Stopped,
            Some(ErrorCode::ReadOnly) => Self::NotWritable,
            Some(ErrorCode::DiskFull) => Self::NoRoom(NoRoom::Disk),
            Some(ErrorCode::SystemIoFailure) if let Some(limit) = exceeded_limit(extended) => {
                Self::NoRoom(limit)
            }
            // Beyond the end of other files, SQLite reads zeros.
            Some(ErrorCode::SystemIoFailure) if extended == Some(ffi::SQLITE_IOERR_SHORT_READ) => {
                Self::WalTooShort
            }
            Some(ErrorCode::SystemIoFailure) if extended.is_some_and(is_failed_read) => {
                Self::Unreadable { detail }
            }
            // Our statements are valid for an intact file.
            Some(
                ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::Unknown,
            ) => Self::Corrupt { detail },
            _ => match error {
                // A column has a type that it never has in an intact file.
                rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::Utf8Error(..)
                | rusqlite::Error::SqlInputError { .. }
                | rusqlite::Error::QueryReturnedNoRows
                | rusqlite::Error::IntegralValueOutOfRange(..) => Self::Corrupt { detail },
                _ => Self::Engine { detail },
            },
        }
    }
}

/// Returns the limit of the size of files, if there is one and a write failed: SQLite does not say why.
fn exceeded_limit(extended: Option<i32>) -> Option<NoRoom> {
    let is_write = matches!(
        extended,
        Some(ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMOPEN | ffi::SQLITE_IOERR_SHMSIZE)
    );
    if is_write { NoRoom::of_limit() } else { None }
}

/// Returns true if the device did not read what it should hold. All other failures of the system say nothing about the file.
fn is_failed_read(extended: i32) -> bool {
    let of_reads = [ffi::SQLITE_IOERR_READ, ffi::SQLITE_IOERR_DATA, ffi::SQLITE_IOERR_CORRUPTFS];
    of_reads.contains(&extended)
}

/// Describes an error. A value that was read without [`ReadColumn`](super::ReadColumn) is described without its column.
fn described(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::FromSqlConversionFailure(_, _, damaged) if damaged.is::<DamagedColumn>() => {
            damaged.to_string()
        }
        rusqlite::Error::FromSqlConversionFailure(..) => "a value has the wrong length".to_owned(),
        rusqlite::Error::IntegralValueOutOfRange(_, number) => {
            format!("a number is {number}, which is out of range")
        }
        rusqlite::Error::InvalidColumnType(_, name, found) => {
            format!("the column {name} has a value of the type {found}, which it cannot have")
        }
        rusqlite::Error::Utf8Error(..) => "a text is not valid UTF-8".to_owned(),
        rusqlite::Error::QueryReturnedNoRows => "a row is missing".to_owned(),
        error => error.to_string(),
    }
}

impl From<rusqlite::Error> for EngineError {
    fn from(error: rusqlite::Error) -> Self {
        let is_of_row = matches!(
            &error,
            rusqlite::Error::FromSqlConversionFailure(_, _, damaged) if damaged.is::<DamagedColumn>()
        );
        Self { error: StoreError::of_sqlite(error).into(), is_of_row }
    }
}

impl EngineError {
    /// Adds to an error that the damage is to the pages of the file with the projections, which the events can restore.
    pub(super) fn in_projections(self) -> Self {
        match self.error {
            Error::Store(StoreError::Corrupt { detail }) if !self.is_of_row => {
                StoreError::ProjectionsCorrupt { detail }.into()
            }
            error => Self { error, ..self },
        }
    }
}

/// Adds to a busy error how long this process waited.
pub(super) fn waited_since(started: Instant, error: Error) -> Error {
    match error {
        Error::Store(StoreError::Busy { .. }) => StoreError::Busy { waited: started.elapsed() }.into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn a_trigger_that_refuses_a_write_is_named_and_is_not_reported_as_damage() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE event_log (pos INTEGER PRIMARY KEY)").unwrap();
        for how in ["ABORT", "FAIL", "ROLLBACK"] {
            let trigger = format!(
                "CREATE TRIGGER theirs BEFORE INSERT ON event_log BEGIN SELECT RAISE({how}, 'not today'); END"
            );
            connection.execute_batch(&trigger).unwrap();
            let error = StoreError::of_sqlite(
                connection.execute("INSERT INTO event_log VALUES (1)", []).unwrap_err(),
            );
            assert_eq!(error.kind(), "foreign_trigger", "{how}: {error}");
            assert!(error.to_string().contains("not today"), "{how}: {error}");
            connection.execute_batch("DROP TRIGGER theirs").unwrap();
        }
        // Only a damaged file refuses what the program writes.
        connection.execute("INSERT INTO event_log VALUES (1)", []).unwrap();
        let error =
            StoreError::of_sqlite(connection.execute("INSERT INTO event_log VALUES (1)", []).unwrap_err());
        assert_eq!(error.kind(), "corrupt");
    }

    #[test]
    fn no_description_names_an_index_of_the_statement() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let read = |sql: &str, as_text: bool| match as_text {
            true => connection.query_row(sql, [], |row| row.get::<_, String>(0)).map(drop),
            false => connection.query_row(sql, [], |row| row.get::<_, u32>(0)).map(drop),
        };
        for (sql, as_text, expected) in [
            ("SELECT -1", false, "a number is -1, which is out of range"),
            (
                "SELECT 'x' AS mark",
                false,
                "the column mark has a value of the type Text, which it cannot have",
            ),
            ("SELECT CAST(x'ff' AS TEXT)", true, "a text is not valid UTF-8"),
            ("SELECT 1 WHERE false", false, "a row is missing"),
        ] {
            let error = StoreError::of_sqlite(read(sql, as_text).unwrap_err());
            assert_eq!(error.to_string(), format!("the database is damaged: {expected}"), "{sql}");
        }
    }

    #[test]
    fn only_what_cannot_be_read_from_the_device_counts_as_damage() {
        for (code, is_damage) in [
            (ffi::SQLITE_CORRUPT, true),
            (ffi::SQLITE_NOTADB, true),
            (ffi::SQLITE_IOERR_READ, true),
            (ffi::SQLITE_IOERR_CORRUPTFS, true),
            (ffi::SQLITE_IOERR_WRITE, false),
            (ffi::SQLITE_IOERR_FSYNC, false),
            (ffi::SQLITE_IOERR_NOMEM, false),
            (ffi::SQLITE_CANTOPEN, false),
            (ffi::SQLITE_NOMEM, false),
            (ffi::SQLITE_PERM, false),
            (ffi::SQLITE_INTERRUPT, false),
            (ffi::SQLITE_BUSY, false),
        ] {
            let error = StoreError::of_sqlite(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
            assert_eq!(error.is_damage(), is_damage, "{code}: {error}");
        }
    }

    #[test]
    fn every_kind_of_lock_conflict_is_reported_as_busy() {
        for code in [ffi::SQLITE_BUSY, ffi::SQLITE_LOCKED, ffi::SQLITE_PROTOCOL] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(StoreError::of_sqlite(error).kind(), "busy", "{code}");
        }
    }
}
