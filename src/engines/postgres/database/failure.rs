//! Errors of a server, as errors of a store.

use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;

use postgres::error::SqlState;

use crate::error::{Error, NoRoom, OpenError, StoreError, SubscriptionError};

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

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
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
            Failure::Server(error) => of_server(&error).into(),
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

    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Server(error) => error.code(),
            Self::Store(_) => None,
        }
    }

    /// Returns true if the server has rolled a transaction back on account of others, so that it can run again.
    pub(in crate::engines::postgres) fn is_transient(&self) -> bool {
        self.code().is_some_and(|code| TRANSIENT.contains(code))
    }

    /// Returns true if a rival has written the same rows: a projection has moved, or a key is already stored.
    pub(in crate::engines::postgres) fn is_rival(&self) -> bool {
        self.code().is_some_and(|code| *code == SqlState::UNIQUE_VIOLATION || code.code() == "RX001")
    }

    /// Returns true if a table has other columns than those of ours.
    pub(in crate::engines::postgres) fn is_other_table(&self) -> bool {
        let other = [SqlState::UNDEFINED_COLUMN, SqlState::DATATYPE_MISMATCH, SqlState::UNDEFINED_FUNCTION];
        self.code().is_some_and(|code| other.contains(code))
    }

    /// Returns true if tables may have changed since the program connected: another one has migrated them.
    pub(super) fn is_of_other_tables(&self) -> bool {
        let other = [SqlState::UNDEFINED_TABLE, SqlState::FEATURE_NOT_SUPPORTED];
        self.is_other_table()
            || self.code().is_some_and(|code| other.contains(code) || code.code() == "RX002")
    }

    /// Returns true if the user lacks a right.
    pub(in crate::engines::postgres) fn is_forbidden(&self) -> bool {
        self.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE)
    }

    /// Returns true if a statement was cancelled: by this program, or because it ran into a limit of the server.
    pub(super) fn is_cancelled(&self) -> bool {
        self.code() == Some(&SqlState::QUERY_CANCELED)
    }

    /// Returns true if the server may have committed: it did not answer, or ended the connection.
    pub(in crate::engines::postgres) fn is_unanswered(&self) -> bool {
        match self {
            Self::Server(error) => error.code().is_none() || self.is_lost(),
            Self::Store(_) => false,
        }
    }

    /// Returns what the server or the connection says.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Server(error) => in_words(error),
            Self::Store(Error::Store(StoreError::Engine { detail })) => detail.clone(),
            Self::Store(error) => error.to_string(),
        }
    }

    /// Notes how long a statement may have waited for a lock.
    pub(super) fn waited(self, longest: Duration) -> Self {
        match self {
            Self::Server(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                Self::Store(StoreError::Busy { waited: longest }.into())
            }
            failure => failure,
        }
    }
}

/// The errors after which a transaction can run again.
const TRANSIENT: [SqlState; 2] = [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];

/// Converts an error of the server.
fn of_server(error: &postgres::Error) -> StoreError {
    let Some(code) = error.code() else {
        return StoreError::Engine { detail: in_words(error) };
    };
    if TRANSIENT.contains(code) || *code == SqlState::LOCK_NOT_AVAILABLE {
        return StoreError::Busy { waited: Duration::ZERO };
    }
    match *code {
        SqlState::DISK_FULL => StoreError::NoRoom(NoRoom::Disk),
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
        (None, _) if error.is_closed() => "the server closed the connection".to_owned(),
        (None, Some(cause)) if is_nowhere(cause) => format!("no server listens there: {cause}"),
        (None, Some(cause)) => cause.to_string(),
        (None, None) => error.to_string(),
    }
}

/// Returns true if nothing was at an address.
fn is_nowhere(cause: &(dyn std::error::Error + 'static)) -> bool {
    let kind = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    matches!(kind, Some(ErrorKind::NotFound | ErrorKind::ConnectionRefused))
}
