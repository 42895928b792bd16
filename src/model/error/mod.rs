//! Errors that say what happened, why, and what to do next.

mod advice;
mod backup;
mod command;
mod event;
mod export;
mod fork;
mod import;
mod no_room;
mod open;
mod projection;
mod query;
mod redaction;
mod remedy;
mod replay;
mod store;
mod subscription;

pub use advice::Advice;
pub use backup::BackupError;
pub(crate) use command::KEY_OF_ANOTHER_COMMAND;
pub use command::{CommandError, Rejection};
pub use event::InvalidEvent;
pub use export::ExportError;
pub use fork::ForkError;
pub use import::ImportError;
pub use no_room::NoRoom;
pub(crate) use no_room::{file_size_limit, reason_of};
pub use open::{AccessFault, AccessRefusal, DatabasePart, DatabaseUse, OpenError, ServerObstacle};
pub use projection::{PathError, ProjectionError};
pub use query::{QueryError, QueryProblem};
pub use redaction::RedactionError;
pub use remedy::Remedy;
pub use replay::ReplayError;
pub use store::{NearestSpace, ServerRefusal, StoreError};
pub use subscription::SubscriptionError;

use thiserror::Error;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this crate, by family.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A command cannot be executed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A projection's values cannot be resolved or changed.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// A path into a value is malformed, or leads nowhere.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Events cannot be applied to a projection.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A space cannot be exported.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A file cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A space cannot be forked.
    #[error(transparent)]
    Fork(#[from] ForkError),
    /// A backup cannot be made.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Fields cannot be erased.
    #[error(transparent)]
    Redaction(#[from] RedactionError),
    /// A subscription cannot be run or changed.
    #[error(transparent)]
    Subscription(#[from] SubscriptionError),
    /// A query cannot be read.
    #[error(transparent)]
    Query(Box<QueryError>),
}

impl From<QueryError> for Error {
    fn from(error: QueryError) -> Self {
        Self::Query(Box::new(error))
    }
}

impl Error {
    /// Returns true if the operation was stopped on request.
    pub fn is_cancelled(&self) -> bool {
        matches!(
            self,
            Self::Replay(
                ReplayError::Cancelled { .. }
                    | ReplayError::DeleteInterrupted
                    | ReplayError::PurgeInterrupted
            ) | Self::Store(StoreError::Stopped)
        )
    }

    /// Returns true if the server of the database, or a node behind it, cannot be reached: the same call may succeed when it is
    /// back.
    pub fn is_server_away(&self) -> bool {
        matches!(
            self,
            Self::Open(OpenError::Unreachable { .. }) | Self::Store(StoreError::ConnectionLost { .. })
        )
    }

    /// Returns true if the engine failed or gave up, whatever was asked of it.
    pub(crate) fn is_of_engine(&self) -> bool {
        self.is_server_away() || matches!(self, Self::Store(error) if error.is_of_engine())
    }

    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Open(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Command(error) => error.kind(),
            Self::Projection(error) => error.kind(),
            Self::Path(error) => error.kind(),
            Self::Replay(error) => error.kind(),
            Self::Export(error) => error.kind(),
            Self::Import(error) => error.kind(),
            Self::Fork(error) => error.kind(),
            Self::Backup(error) => error.kind(),
            Self::Redaction(error) => error.kind(),
            Self::Subscription(error) => error.kind(),
            Self::Query(error) => error.kind(),
        }
    }

    /// Says what to do next, if anything can be done. Each client puts its steps into its own words.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::Open(error) => Some(error.advice()),
            Self::Store(error) => error.advice(),
            Self::Command(error) => error.advice(),
            Self::Projection(error) => error.advice(),
            Self::Path(_) => None,
            Self::Replay(error) => error.advice(),
            Self::Export(error) => error.advice(),
            Self::Import(error) => Some(error.advice()),
            Self::Fork(error) => Some(error.advice()),
            Self::Backup(error) => Some(error.advice()),
            Self::Redaction(error) => error.advice(),
            Self::Subscription(error) => error.advice(),
            Self::Query(error) => Some(error.hint().into()),
        }
    }

    /// Returns the first step that the advice names, if any.
    pub fn remedy(&self) -> Option<Remedy> {
        self.advice()?.remedies().next().cloned()
    }

    /// Returns the advice in plain words, for users of the library.
    pub fn hint(&self) -> Option<String> {
        self.advice().map(|advice| advice.to_string())
    }
}
