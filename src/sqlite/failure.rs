//! SQLite's failures in our words.

use std::time::{Duration, Instant};

use rusqlite::ErrorCode;

use crate::error::{Error, StoreError};

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let detail = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Busy { waited: Duration::ZERO }
            }
            Some(ErrorCode::OperationInterrupted) => Self::Stopped,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            // Our statements are right for a file that is whole.
            Some(
                ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::Unknown,
            ) => Self::Corrupt { detail },
            _ => match error {
                // A column holds what it never holds in a file that is whole.
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

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Tells in a busy error how long this process waited.
pub(super) fn waited_since(started: Instant, error: Error) -> Error {
    match error {
        Error::Store(StoreError::Busy { .. }) => StoreError::Busy { waited: started.elapsed() }.into(),
        other => other,
    }
}
