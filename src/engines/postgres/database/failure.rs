//! Errors of a server, as errors of a store.

use std::error::Error as _;
use std::time::Duration;

use postgres::error::SqlState;

use crate::error::{Error, StoreError, SubscriptionError};

/// A result of this engine.
pub(in crate::engines::postgres) type Result<T, E = Failure> = std::result::Result<T, E>;

/// An error of the server, or of this program.
#[derive(Debug)]
pub(in crate::engines::postgres) enum Failure {
    Server(postgres::Error),
    Store(Error),
}

impl From<postgres::Error> for Failure {
    fn from(error: postgres::Error) -> Self {
        Self::Server(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

impl From<SubscriptionError> for Failure {
    fn from(error: SubscriptionError) -> Self {
        Self::Store(error.into())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Server(error) => of_server(&error, Duration::ZERO).into(),
            Failure::Store(error) => error,
        }
    }
}

impl Failure {
    /// Returns true if the connection is closed or about to be, by the server or by the network.
    pub(super) fn is_lost(&self) -> bool {
        let Self::Server(error) = self else { return false };
        let ends = [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::IDLE_SESSION_TIMEOUT,
        ];
        error.is_closed()
            || error.code().is_some_and(|code| ends.contains(code))
            || error.source().is_some_and(|cause| cause.is::<std::io::Error>())
    }

    /// Notes how long a statement may have waited for a lock.
    pub(super) fn waited(self, longest: Duration) -> Self {
        match self {
            Self::Server(error) => Self::Store(of_server(&error, longest).into()),
            Self::Store(error) => Self::Store(error),
        }
    }
}

/// Converts an error of the server.
fn of_server(error: &postgres::Error, waited: Duration) -> StoreError {
    let Some(code) = error.code() else {
        return StoreError::Engine { detail: in_words(error) };
    };
    let is_busy =
        [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];
    if is_busy.contains(code) {
        return StoreError::Busy { waited };
    }
    match *code {
        SqlState::DISK_FULL => StoreError::DiskFull,
        SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly,
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => {
            StoreError::Corrupt { detail: in_words(error) }
        }
        _ => StoreError::Engine { detail: in_words(error) },
    }
}

/// Returns what the server or the connection says. It never contains a password: parameters are not repeated in it.
pub(super) fn in_words(error: &postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(error), _) => error.message().to_owned(),
        (None, Some(cause)) => cause.to_string(),
        (None, None) => error.to_string(),
    }
}
