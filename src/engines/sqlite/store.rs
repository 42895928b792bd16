//! The files of a store, opened together: one, or two if the projections are in their own file.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, OpenError, Result, StoreError};

use super::file::{
    Database, FileRole, OpenOptions, Stop, WatchMigration, binding, companion_of, is_file_of,
    share_with_group_of,
};
use super::{SqliteAuditLog, SqliteEventStore, SqlitePState};

/// The cache of a connection that reads each page once: about the size of a core's own cache.
const SCAN_CACHE_KIB: u32 = 256;

/// The files of a store: one, or two if the projections are in their own file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The database file, with the events.
    pub database: PathBuf,
    /// The projections file. `None` if the projections are in the database file.
    pub projections: Option<PathBuf>,
}

impl Location {
    /// Creates a location with one file for everything.
    pub fn file(database: impl Into<PathBuf>) -> Self {
        Self { database: database.into(), projections: None }
    }

    /// Creates a location with one file for events and one for projections.
    pub fn two_files(database: impl Into<PathBuf>, projections: impl Into<PathBuf>) -> Self {
        Self { database: database.into(), projections: Some(projections.into()) }
    }

    /// Returns true if the path is one of these files or of SQLite's files next to them (`-wal`, `-shm`, `-journal`),
    /// existing or not. Any other content written to such a path would be taken for part of the database.
    pub fn owns(&self, path: &Path) -> bool {
        let mut files = std::iter::once(&self.database).chain(&self.projections);
        files.any(|file| is_file_of(file, path))
    }
}

/// The files that opening a store creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateFiles {
    /// None: a missing file is an error.
    Never,
    /// Those that are missing or empty.
    IfMissing,
    /// The projections file if it is missing or empty, to rebuild projections in it.
    ProjectionsIfMissing,
}

impl CreateFiles {
    fn creates(self, role: FileRole) -> bool {
        match self {
            Self::Never => false,
            Self::IfMissing => true,
            Self::ProjectionsIfMissing => matches!(role, FileRole::Projections { .. }),
        }
    }
}

/// The files of a store, opened together.
#[derive(Clone)]
pub(crate) struct SqliteStore {
    location: Location,
    options: OpenOptions,
    events: Arc<Database>,
    /// `None` if the projections are in the same file as the events.
    projections: Option<Arc<Database>>,
    /// The damage because of which the projections file was not opened.
    damage: Option<String>,
}

impl SqliteStore {
    /// Opens files, and creates missing ones as requested.
    pub(crate) fn open(
        location: &Location,
        options: OpenOptions,
        create: CreateFiles,
        stop: &Stop,
        watch: &mut WatchMigration<'_>,
    ) -> Result<Self> {
        let location = location.clone();
        let mut open = |path: &Path, role| {
            if create.creates(role) {
                Database::create_missing(path, role, &options)?;
            }
            Ok::<_, Error>(Database::open_watched(path, role, &options, watch)?.stopped_by(stop))
        };
        let Some(projections) = &location.projections else {
            let events = Arc::new(open(&location.database, FileRole::Whole)?);
            return Ok(Self { location, options, events, projections: None, damage: None });
        };
        if Location::file(&location.database).owns(projections) {
            let (database, projections) = (location.database.clone(), projections.clone());
            return Err(OpenError::SameFile { database, projections }.into());
        }
        if binding::is_to_be_created(&location.database) && !binding::is_to_be_created(projections) {
            let (events, projections) = (location.database.clone(), projections.clone());
            return Err(OpenError::EventsLost { events, projections }.into());
        }
        let events = open(&location.database, FileRole::Events)?;
        let is_new = binding::is_to_be_created(projections);
        if is_new {
            // Checked before as well, so that no file is created only to be refused.
            binding::check_free(&events, projections)?;
        }
        let of_projections = |error| of_projections(error, &location, projections);
        let second = open(projections, FileRole::Projections { store_id: events.store_id() })
            .map_err(of_projections)?;
        if is_new {
            share_with_group_of(&location.database, projections);
        }
        binding::check_free(&events, projections)?;
        if !options.read_only {
            let notes = binding::Notes::of(&second).map_err(of_projections)?;
            binding::bind(&events, &second, &notes)?;
            notes.keep_path_of(&events, &second).map_err(of_projections)?;
        }
        let (events, projections) = (Arc::new(events), Some(Arc::new(second)));
        Ok(Self { location, options, events, projections, damage: None })
    }

    /// Opens only the events file, for reading, since the projections file has this damage.
    pub(crate) fn open_events(
        location: &Location,
        options: OpenOptions,
        stop: &Stop,
        damage: String,
    ) -> Result<Self> {
        let options = OpenOptions { read_only: true, without_companions: true, ..options };
        let events = Database::open(&location.database, FileRole::Events, &options)?.stopped_by(stop);
        let (events, projections) = (Arc::new(events), Some(Arc::new(Database::temporary()?)));
        Ok(Self { location: location.clone(), options, events, projections, damage: Some(damage) })
    }

    /// Returns the error if the projections file was too damaged to be opened.
    pub(crate) fn check_projections(&self) -> Result<(), OpenError> {
        let (Some(detail), Some(projections)) = (&self.damage, &self.location.projections) else {
            return Ok(());
        };
        let (events, projections, detail) =
            (self.location.database.clone(), projections.clone(), detail.clone());
        Err(projections_damaged(events, projections, detail))
    }

    /// Opens the same files with new connections.
    pub(crate) fn reconnect(&self, stop: &Stop) -> Result<Self> {
        self.reconnect_with(self.options, stop)
    }

    /// Opens the same files to read many pages once each. With a small cache, its pages stay in the processor's cache.
    pub(crate) fn reconnect_to_scan(&self, stop: &Stop) -> Result<Self> {
        self.reconnect_with(OpenOptions { cache_kib: SCAN_CACHE_KIB, ..self.options }, stop)
    }

    fn reconnect_with(&self, options: OpenOptions, stop: &Stop) -> Result<Self> {
        self.databases().try_for_each(|database| database.check_identity())?;
        let fresh = match &self.damage {
            Some(damage) => Self::open_events(&self.location, options, stop, damage.clone())?,
            None => {
                let ignore = &mut |_| ControlFlow::Continue(());
                Self::open(&self.location, options, CreateFiles::Never, stop, ignore)?
            }
        };
        for (database, fresh) in self.databases().zip(fresh.databases()) {
            database.check_same(fresh)?;
        }
        Ok(fresh)
    }

    fn databases(&self) -> impl Iterator<Item = &Arc<Database>> {
        std::iter::once(&self.events).chain(&self.projections)
    }

    /// Returns the event log.
    pub(crate) fn events(&self) -> SqliteEventStore {
        SqliteEventStore::new(Arc::clone(&self.events))
    }

    /// Returns the projections.
    pub(crate) fn projections(&self) -> SqlitePState {
        SqlitePState::new(Arc::clone(self.projections.as_ref().unwrap_or(&self.events)))
    }

    /// Returns the audit log.
    pub(crate) fn audit_log(&self) -> SqliteAuditLog {
        SqliteAuditLog::new(Arc::clone(&self.events))
    }

    /// Returns the last known paths of projections files that were missing and have been replaced.
    pub(crate) fn lost_projections(&self) -> Result<Vec<PathBuf>> {
        if self.projections.is_some() { binding::lost(&self.events) } else { Ok(Vec::new()) }
    }

    /// Returns the files.
    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// Returns true if the files were opened read-only.
    pub(crate) fn is_read_only(&self) -> bool {
        self.options.read_only
    }
}

/// Converts an error about a projections file, which can be rebuilt from its events.
fn of_projections(error: Error, location: &Location, projections: &Path) -> Error {
    let (events, projections) = (location.database.clone(), projections.to_owned());
    match error {
        Error::Open(OpenError::Missing { .. }) => OpenError::ProjectionsLost { events, projections }.into(),
        Error::Open(OpenError::NotADatabase { .. }) if is_empty(&projections) => {
            OpenError::ProjectionsLost { events, projections }.into()
        }
        Error::Open(
            OpenError::NotADatabase { .. } | OpenError::Foreign { .. } | OpenError::NotItsProjections { .. },
        ) => OpenError::NotItsProjections { events: Some(events), projections }.into(),
        Error::Store(StoreError::Corrupt { detail } | StoreError::ProjectionsCorrupt { detail })
        | Error::Open(OpenError::Altered { reason: detail, removed_by: None, .. }) => {
            projections_damaged(events, projections, detail).into()
        }
        other => other,
    }
}

/// Returns the error of a projections file that is too damaged to be opened.
fn projections_damaged(events: PathBuf, projections: PathBuf, detail: String) -> OpenError {
    let [has_wal, has_shm] = ["-wal", "-shm"].map(|ending| companion_of(&projections, ending).exists());
    OpenError::ProjectionsDamaged { events, projections, has_wal, has_shm, detail }
}

fn is_empty(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.len() == 0)
}
