//! The connections of a store, of any engine that can open another one: to files, or to a server.

use std::path::PathBuf;

use crate::error::{Result, StoreError};

use super::elixir::OriginalStore;
#[cfg(feature = "postgres")]
use super::postgres::{DatabaseUrl, PostgresStore};
use super::sqlite::{CreateFiles, Location, OpenOptions, SqliteStore, Stop, WatchMigration};

/// The open files of a store, or its database on a server.
#[derive(Clone)]
pub(crate) enum StoreFiles {
    /// Files of this program.
    Sqlite(SqliteStore),
    /// Files of the Elixir original.
    Original(OriginalStore),
    /// A database on a PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres(PostgresStore),
}

impl StoreFiles {
    /// Opens files, and creates missing ones as requested.
    pub(crate) fn open(
        location: &Location,
        options: OpenOptions,
        create: CreateFiles,
        stop: &Stop,
        watch: &mut WatchMigration<'_>,
    ) -> Result<Self> {
        match SqliteStore::open(location, options, create, stop, watch) {
            Ok(files) => Ok(Self::Sqlite(files)),
            Err(error) => OriginalStore::open_instead(location, options, stop, error).map(Self::Original),
        }
    }

    /// Opens only the events file, for reading, since the projections file has this damage.
    pub(crate) fn open_events(
        location: &Location,
        options: OpenOptions,
        stop: &Stop,
        damage: String,
    ) -> Result<Self> {
        SqliteStore::open_events(location, options, stop, damage).map(Self::Sqlite)
    }

    /// Connects to a server, and creates missing tables as requested.
    #[cfg(feature = "postgres")]
    pub(crate) fn connect(
        url: &DatabaseUrl,
        options: OpenOptions,
        create: bool,
        stop: &Stop,
    ) -> Result<Self> {
        Ok(Self::Postgres(PostgresStore::open(url, options, create, stop)?))
    }

    /// Opens the same files with new connections.
    pub(crate) fn reconnect(&self, stop: &Stop) -> Result<Self> {
        Ok(match self {
            Self::Sqlite(files) => Self::Sqlite(files.reconnect(stop)?),
            Self::Original(files) => Self::Original(files.reconnect(stop)?),
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => Self::Postgres(database.reconnect(stop)?),
        })
    }

    /// Opens the same files to read many pages once each.
    pub(crate) fn reconnect_to_scan(&self, stop: &Stop) -> Result<Self> {
        Ok(match self {
            Self::Sqlite(files) => Self::Sqlite(files.reconnect_to_scan(stop)?),
            Self::Original(files) => Self::Original(files.reconnect(stop)?),
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => Self::Postgres(database.reconnect(stop)?),
        })
    }

    /// Returns the last known paths of projections files that were missing and have been replaced.
    pub(crate) fn lost_projections(&self) -> Result<Vec<PathBuf>> {
        match self {
            Self::Sqlite(files) => files.lost_projections(),
            Self::Original(_) => Ok(Vec::new()),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// Returns where the files are, or `None` on a server.
    pub(crate) fn location(&self) -> Option<&Location> {
        match self {
            Self::Sqlite(files) => Some(files.location()),
            Self::Original(files) => Some(files.location()),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// Returns the address of a database on a server, without its password.
    pub(crate) fn address(&self) -> Option<String> {
        match self {
            Self::Sqlite(_) | Self::Original(_) => None,
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => Some(database.url().to_string()),
        }
    }

    /// Returns true if they are only read because they cannot be written, without a request.
    pub(crate) fn cannot_write(&self) -> bool {
        match self {
            Self::Sqlite(_) | Self::Original(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.cannot_write(),
        }
    }

    /// Returns the error of every write, if the files are only read.
    pub(crate) fn refusal(&self) -> Option<StoreError> {
        match self {
            Self::Sqlite(files) => files.is_read_only().then_some(StoreError::ReadOnly),
            Self::Original(files) => Some(files.refusal()),
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.refusal(),
        }
    }
}
