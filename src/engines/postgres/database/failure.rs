//! Errors of a server, as errors of a store.

use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;

use postgres::error::{Severity, SqlState};

use rustls::{CertificateError, Error as TlsError};

use crate::error::{Error, OpenError, ServerObstacle, ServerRefusal, StoreError, SubscriptionError};

/// A result of this engine.
pub(in crate::engines::postgres) type Result<T, E = Failure> = std::result::Result<T, E>;

/// An error of the server, or of this program.
#[derive(Debug)]
pub(in crate::engines::postgres) enum Failure {
    Server(postgres::Error),
    Store(Error),
    /// The program has to end, and the server does not answer.
    Silent,
    /// The server has not answered a statement: because it is away, or because its process has not received it.
    Unanswered {
        waited: Duration,
        is_away: bool,
    },
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
            Failure::Silent => StoreError::Stopped.into(),
            Failure::Unanswered { .. } => StoreError::ConnectionLost { detail: failure.in_words() }.into(),
        }
    }
}

impl Failure {
    /// Returns true if the connection is closed or about to be, by the server or by the network.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::Server(error) => is_connection_lost(error),
            Self::Store(_) => false,
            Self::Silent | Self::Unanswered { .. } => true,
        }
    }

    /// Returns true if the server did not answer on another connection either.
    pub(super) fn is_away(&self) -> bool {
        matches!(self, Self::Unanswered { is_away: true, .. })
    }

    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Server(error) => error.code(),
            Self::Store(_) | Self::Silent | Self::Unanswered { .. } => None,
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

    /// Returns true if a table or a sequence of this name exists.
    pub(in crate::engines::postgres) fn is_taken_name(&self) -> bool {
        self.code() == Some(&SqlState::DUPLICATE_TABLE)
    }

    /// Returns the obstacle to opening a database.
    pub(super) fn obstacle(&self) -> ServerObstacle {
        match self {
            Self::Server(error) => obstacle(error),
            Self::Store(_) | Self::Silent | Self::Unanswered { .. } => ServerObstacle::Address,
        }
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

    /// Returns true if this user, or this server, only reads.
    pub(in crate::engines::postgres) fn forbids_writing(&self) -> bool {
        self.is_forbidden() || self.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
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
            Self::Silent | Self::Unanswered { .. } => true,
        }
    }

    /// Returns what the server or the connection says.
    pub(in crate::engines::postgres) fn in_words(&self) -> String {
        match self {
            Self::Server(error) => in_words(error),
            Self::Store(Error::Store(StoreError::Engine { detail })) => detail.clone(),
            Self::Store(error) => error.to_string(),
            Self::Silent => "the server does not answer".to_owned(),
            Self::Unanswered { waited, .. } => {
                format!("the server has not answered for {} s", waited.as_secs().max(1))
            }
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
    let detail = in_words(error);
    let Some(code) = error.code() else {
        return match is_connection_lost(error) {
            true => StoreError::ConnectionLost { detail },
            false => StoreError::Engine { detail },
        };
    };
    if is_connection_lost(error) || is_of_connection(code) {
        return StoreError::ConnectionLost { detail };
    }
    of_code(code, detail)
}

/// Converts an error of a statement. Only the last classes say that something is wrong with what is stored.
fn of_code(code: &SqlState, detail: String) -> StoreError {
    let (class, _) = code.code().split_at_checked(2).unwrap_or_default();
    match *code {
        SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::LOCK_NOT_AVAILABLE => StoreError::Busy { waited: Duration::ZERO },
        SqlState::DISK_FULL => StoreError::Refused { refusal: ServerRefusal::DiskFull, detail },
        SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnlyServer,
        SqlState::QUERY_CANCELED => StoreError::Refused { refusal: ServerRefusal::Cancelled, detail },
        SqlState::INSUFFICIENT_PRIVILEGE => {
            StoreError::Refused { refusal: ServerRefusal::MissingRight, detail }
        }
        _ if matches!(class, "53" | "54") => {
            StoreError::Refused { refusal: ServerRefusal::OutOfResources, detail }
        }
        // Our statements keep every constraint of intact tables.
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => StoreError::Corrupt { detail },
        _ if class == "23" => StoreError::Corrupt { detail },
        _ if matches!(class, "58" | "XX") => StoreError::Unreadable { detail },
        _ => StoreError::Refused { refusal: ServerRefusal::Other, detail },
    }
}

/// Returns true if the server or the network has closed the connection, or is about to.
fn is_connection_lost(error: &postgres::Error) -> bool {
    let is_end = error.as_db_error().is_some_and(|error| match error.parsed_severity() {
        Some(severity) => matches!(severity, Severity::Fatal | Severity::Panic),
        None => ENDS.contains(error.code()),
    });
    is_end || error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>())
}

/// The errors that end a connection, of a server that does not say how severe an error is.
const ENDS: [SqlState; 4] = [
    SqlState::ADMIN_SHUTDOWN,
    SqlState::CRASH_SHUTDOWN,
    SqlState::CANNOT_CONNECT_NOW,
    SqlState::IDLE_SESSION_TIMEOUT,
];

/// Returns true if a server, or a node behind it, cannot be reached: it starts, ends, or is gone.
fn is_of_connection(code: &SqlState) -> bool {
    code.code().starts_with("08") || ENDS.contains(code)
}

/// The settings by which a server ends connections, with their errors.
const ENDING_SETTINGS: [(&str, &str); 3] = [
    ("25P03", "idle_in_transaction_session_timeout"),
    ("25P04", "transaction_timeout"),
    ("57P05", "idle_session_timeout"),
];

/// Returns the setting by which the server has ended the connection.
fn ending_setting(code: &SqlState) -> Option<&'static str> {
    ENDING_SETTINGS.iter().find(|(of, _)| *of == code.code()).map(|(_, setting)| *setting)
}

/// Returns true if a server that refused a connection may accept one in a moment.
pub(super) fn is_away(error: &postgres::Error) -> bool {
    match error.code() {
        Some(code) => is_of_connection(code) || *code == SqlState::TOO_MANY_CONNECTIONS,
        // Anything else is about encryption or the address.
        None => is_connection_lost(error) && tls_error(error).is_none(),
    }
}

/// Returns the obstacle that an error of the server means for opening a database.
pub(super) fn obstacle(error: &postgres::Error) -> ServerObstacle {
    let Some(code) = error.code() else {
        return match tls_error(error) {
            Some(_) => ServerObstacle::Certificate,
            None if is_without_encryption(error) => ServerObstacle::NoEncryption,
            None => ServerObstacle::Address,
        };
    };
    match of_code(code, String::new()) {
        _ if *code == SqlState::UNDEFINED_DATABASE => ServerObstacle::MissingDatabase,
        StoreError::Refused { refusal, .. } if refusal != ServerRefusal::Other => {
            ServerObstacle::Statement(refusal)
        }
        _ => ServerObstacle::Address,
    }
}

/// Returns the error of an encrypted connection that could not be made.
fn tls_error(error: &postgres::Error) -> Option<&TlsError> {
    let cause = error.source()?.downcast_ref::<std::io::Error>()?;
    cause.get_ref()?.downcast_ref()
}

/// Returns true if the server does not encrypt connections. The client's library says so only in words.
fn is_without_encryption(error: &postgres::Error) -> bool {
    error.source().is_some_and(|cause| cause.to_string() == "server does not support TLS")
}

/// Says what is wrong with a certificate.
fn about_certificate(error: &CertificateError) -> String {
    match error {
        // The second, if another authority has the name of its issuer.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "no trusted authority has signed it".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet".to_owned()
        }
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "it is that of an authority, and not of a server: a new one needs basicConstraints=CA:FALSE"
                .to_owned()
        }
        other => other.to_string(),
    }
}

/// Returns what the server or the connection says. It never contains a password: parameters are not repeated in it.
pub(super) fn in_words(error: &postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(error), _) => match ending_setting(error.code()) {
            Some(setting) => format!("the server's setting {setting} has ended it; raise it for this user"),
            None => error.message().to_owned(),
        },
        (None, _) if is_without_encryption(error) => "the server does not encrypt connections".to_owned(),
        (None, _) if error.is_closed() => "the server closed the connection".to_owned(),
        (None, Some(cause)) if is_nowhere(cause) => format!("no server listens there: {cause}"),
        (None, Some(cause)) => match tls_error(error) {
            Some(TlsError::InvalidCertificate(invalid)) => {
                format!("the server's certificate is not accepted: {}", about_certificate(invalid))
            }
            Some(other) => other.to_string(),
            None => cause.to_string(),
        },
        (None, None) => error.to_string(),
    }
}

/// Returns true if nothing answered at an address, not even that no server is there.
pub(super) fn is_unreachable(error: &postgres::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>());
    let unreachable = [ErrorKind::HostUnreachable, ErrorKind::NetworkUnreachable, ErrorKind::TimedOut];
    cause.is_some_and(|cause| unreachable.contains(&cause.kind()))
}

/// Returns true if nothing was at an address.
fn is_nowhere(cause: &(dyn std::error::Error + 'static)) -> bool {
    let kind = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    matches!(kind, Some(ErrorKind::NotFound | ErrorKind::ConnectionRefused))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_about_what_is_stored_count_as_damage() {
        let kinds = [
            ("57014", "statement_cancelled", false),
            ("42501", "missing_right", false),
            ("53200", "out_of_resources", false),
            ("53300", "out_of_resources", false),
            ("54001", "out_of_resources", false),
            ("53100", "disk_full", false),
            ("25006", "read_only", false),
            ("40001", "busy", false),
            ("55P03", "busy", false),
            ("42P01", "server_refused", false),
            ("22003", "server_refused", false),
            ("0A000", "server_refused", false),
            ("23505", "corrupt", true),
            ("XX001", "corrupt", true),
            ("XX002", "corrupt", true),
            ("XX000", "unreadable", true),
            ("58030", "unreadable", true),
            ("58P01", "unreadable", true),
        ];
        for (code, kind, is_damage) in kinds {
            let error = of_code(&SqlState::from_code(code), "reason".to_owned());
            assert_eq!((error.kind(), error.is_damage()), (kind, is_damage), "{code}");
            assert!(error.advice().is_some(), "{code}");
        }
    }

    #[test]
    fn a_node_that_is_gone_is_not_a_refusal() {
        for code in ["08006", "08001", "57P01", "57P03", "57P05"] {
            assert!(is_of_connection(&SqlState::from_code(code)), "{code}");
        }
        assert!(!is_of_connection(&SqlState::from_code("42501")));
    }
}
