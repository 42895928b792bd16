//! The files of a store, of any engine that keeps files.

use std::path::PathBuf;

use crate::error::{Result, StoreError};

use super::elixir::OriginalStore;
use super::sqlite::{CreateFiles, Location, OpenOptions, SqliteStore, Stop, WatchMigration};

/// The open files of a store.
#[derive(Clone)]
pub(crate) enum StoreFiles {
    /// Files of this program.
    Sqlite(SqliteStore),
    /// Files of the Elixir original.
    Original(OriginalStore),
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

    /// Opens the same files with new connections.
    pub(crate) fn reconnect(&self, stop: &Stop) -> Result<Self> {
        Ok(match self {
            Self::Sqlite(files) => Self::Sqlite(files.reconnect(stop)?),
            Self::Original(files) => Self::Original(files.reconnect(stop)?),
        })
    }

    /// Opens the same files to read many pages once each.
    pub(crate) fn reconnect_to_scan(&self, stop: &Stop) -> Result<Self> {
        Ok(match self {
            Self::Sqlite(files) => Self::Sqlite(files.reconnect_to_scan(stop)?),
            Self::Original(files) => Self::Original(files.reconnect(stop)?),
        })
    }

    /// Returns the last known paths of projections files that were missing and have been replaced.
    pub(crate) fn lost_projections(&self) -> Result<Vec<PathBuf>> {
        match self {
            Self::Sqlite(files) => files.lost_projections(),
            Self::Original(_) => Ok(Vec::new()),
        }
    }

    /// Returns where the files are.
    pub(crate) fn location(&self) -> &Location {
        match self {
            Self::Sqlite(files) => files.location(),
            Self::Original(files) => files.location(),
        }
    }

    /// Returns the error of every write, if the files are only read.
    pub(crate) fn refusal(&self) -> Option<StoreError> {
        match self {
            Self::Sqlite(files) => files.is_read_only().then_some(StoreError::ReadOnly),
            Self::Original(files) => Some(files.refusal()),
        }
    }
}
