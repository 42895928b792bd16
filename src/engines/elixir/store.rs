//! The files of the original, opened together.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::engines::sqlite::{Location, OpenOptions, Stop, is_database};
use crate::error::{Error, OpenError, Result, StoreError};

use super::file::{OriginalFile, damage_in};
use super::{OriginalEventStore, OriginalPState, OriginalSource};

/// A store of the original: one file, or two if the projections are in their own file.
#[derive(Clone)]
pub(crate) struct OriginalStore {
    location: Location,
    options: OpenOptions,
    store_id: Uuid,
    events: Arc<OriginalFile>,
    projections: Arc<OriginalFile>,
}

impl OriginalStore {
    /// Opens the files if the original wrote the first one. `error` is the reason why it is not one of ours.
    ///
    /// # Errors
    /// `error` if the original did not write it either.
    pub(crate) fn open_instead(
        location: &Location,
        options: OpenOptions,
        stop: &Stop,
        error: Error,
    ) -> Result<Self> {
        let path = match &error {
            Error::Open(OpenError::Foreign { path, application_id: 0 }) if *path == followed(location) => {
                path
            }
            _ => return Err(error),
        };
        let events = match OriginalFile::open(path, options, stop) {
            Ok(events) if events.layout.has_events => Arc::new(events),
            Ok(file) if file.layout.is_of_projections => {
                return Err(OpenError::HoldsNoEvents { path: path.clone() }.into());
            }
            Ok(_) => return Err(error),
            // Such as a file that is cut off: nothing tells which program wrote it.
            Err(Error::Store(StoreError::Corrupt { .. })) if !is_database(path) => return Err(error),
            Err(Error::Store(StoreError::Corrupt { detail })) => {
                return Err(OpenError::DamagedOriginal { path: path.clone(), detail }.into());
            }
            Err(other) => return Err(other),
        };
        let projections = match &location.projections {
            Some(path) => Arc::new(open_projections(path, options, stop)?),
            None => Arc::clone(&events),
        };
        let store_id = identity(&location.database);
        Ok(Self { location: location.clone(), options, store_id, events, projections })
    }

    /// Opens the same files with new connections.
    pub(crate) fn reconnect(&self, stop: &Stop) -> Result<Self> {
        let events = Arc::new(self.events.reopen(&self.location.database, self.options, stop)?);
        let projections = match &self.location.projections {
            Some(path) => Arc::new(self.projections.reopen(path, self.options, stop)?),
            None => Arc::clone(&events),
        };
        Ok(Self { events, projections, ..self.clone() })
    }

    /// Returns the event log.
    pub(crate) fn events(&self) -> OriginalEventStore {
        let holds_projections = self.location.projections.is_none();
        OriginalEventStore::new(Arc::clone(&self.events), self.log_path(), self.store_id, holds_projections)
    }

    /// Returns the projections.
    pub(crate) fn projections(&self) -> OriginalPState {
        OriginalPState::new(Arc::clone(&self.projections), Arc::clone(&self.events), self.log_path())
    }

    /// Returns the rows of the files.
    pub(crate) fn source(&self) -> OriginalSource {
        OriginalSource::new(Arc::clone(&self.events), Arc::clone(&self.projections))
    }

    /// Returns the files.
    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// Returns true if there is a table of projections.
    pub(crate) fn has_projections(&self) -> bool {
        self.projections.layout.entities.is_some()
    }

    /// Returns the error of every write.
    pub(crate) fn refusal(&self) -> StoreError {
        refusal(&self.log_path())
    }

    fn log_path(&self) -> PathBuf {
        self.location.database.clone()
    }
}

/// Returns the error of every write to a file of the original.
pub(super) fn refusal(path: &Path) -> StoreError {
    StoreError::WrittenByOriginal { path: path.to_owned() }
}

fn followed(location: &Location) -> PathBuf {
    crate::engines::sqlite::followed(&location.database)
}

fn open_projections(path: &Path, options: OpenOptions, stop: &Stop) -> Result<OriginalFile> {
    let not_its = || OpenError::NotItsProjections { events: None, projections: path.to_owned() };
    let projections = match OriginalFile::open(path, options, stop) {
        Err(Error::Store(StoreError::Corrupt { .. })) if !is_database(path) => {
            return Err(OpenError::NotADatabase { path: path.to_owned() }.into());
        }
        Err(Error::Open(OpenError::Missing { path })) => {
            return Err(OpenError::MissingOriginal { path, is_of_projections: true }.into());
        }
        opened => opened.map_err(|error| damage_in(path, error))?,
    };
    if projections.layout.entities.is_none() {
        return Err(not_its().into());
    }
    Ok(projections)
}

/// Returns an id for the store, which has none: the same whenever the same path is opened.
fn identity(path: &Path) -> Uuid {
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    derived_id(real.as_os_str().as_encoded_bytes())
}

/// Derives a UUID from bytes.
pub(crate) fn derived_id(bytes: &[u8]) -> Uuid {
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(bytes)[..16]);
    uuid::Builder::from_custom_bytes(id).into_uuid()
}
