//! A log and its projections, opened together.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use uuid::Uuid;

use crate::audit::{AuditLog, Operator};
use crate::clock::{Clock, IdSource, RandomIds, SystemClock};
use crate::engines::memory::MemoryAuditLog;
use crate::engines::memory::MemoryEventStore;
use crate::engines::memory::MemoryPState;
use crate::engines::sqlite::SqliteAuditLog;
use crate::engines::sqlite::SqliteEventStore;
use crate::engines::sqlite::SqlitePState;
use crate::error::{Error, OpenError, Result, StoreError};
use crate::event_store::EventStore;
use crate::pstate::PState;
use crate::sqlite::{Database, FileRole, OpenOptions, Stop, binding, is_file_of};

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
        Error::Store(StoreError::Corrupt { detail })
        | Error::Open(OpenError::Altered { reason: detail, removed_by: None, .. }) => {
            OpenError::ProjectionsDamaged { events, projections, detail }.into()
        }
        other => other,
    }
}

fn is_empty(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.len() == 0)
}

/// Called with the error when an operation cannot be recorded in the audit log.
type Unwritten = dyn Fn(&Error) + Send + Sync;

/// An event store and its projections, with the clock and ids that its content stores use. It is cheap to clone and can
/// be shared between threads.
#[derive(Clone)]
pub struct Store {
    events: Arc<dyn EventStore>,
    pstate: Arc<dyn PState>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    audit_log: Arc<dyn AuditLog>,
    operator: Arc<Operator>,
    unwritten: Arc<Unwritten>,
    /// The tokens of this process's running operations that have closed a space.
    at_work: Arc<Mutex<HashSet<Uuid>>>,
    files: Option<(Location, OpenOptions)>,
    databases: Vec<Arc<Database>>,
    stop: Stop,
}

impl Store {
    /// Creates a store on any two adapters, each with its own transactions, and an audit log in memory.
    pub fn new(events: Arc<dyn EventStore>, pstate: Arc<dyn PState>) -> Self {
        Self {
            events,
            pstate,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            audit_log: Arc::<MemoryAuditLog>::default(),
            operator: Arc::default(),
            unwritten: Arc::new(|_| {}),
            at_work: Arc::default(),
            files: None,
            databases: Vec::new(),
            stop: Stop::default(),
        }
    }

    /// Creates a store in memory. It is gone when the last clone is dropped.
    pub fn memory() -> Self {
        Self::new(Arc::new(MemoryEventStore::default()), Arc::new(MemoryPState::default()))
    }

    /// Opens existing files.
    ///
    /// # Errors
    /// [`OpenError`](crate::OpenError) if they are missing, foreign, newer, not writable or do not belong together. The
    /// files are then unchanged.
    pub fn open(location: &Location, options: OpenOptions) -> Result<Self> {
        Self::with_files(location, options, Stop::default(), Database::open)
    }

    /// Opens files, and creates missing ones.
    pub fn open_or_create(location: &Location, options: OpenOptions) -> Result<Self> {
        Self::with_files(location, options, Stop::default(), Database::open_or_create)
    }

    /// Opens files to rebuild projections. A missing or empty projections file is created.
    pub fn open_to_rebuild(location: &Location, options: OpenOptions) -> Result<Self> {
        Self::with_files(location, options, Stop::default(), |path, role, options| match role {
            FileRole::Projections { .. } => Database::open_or_create(path, role, options),
            FileRole::Whole | FileRole::Events => Database::open(path, role, options),
        })
    }

    fn with_files(
        location: &Location,
        options: OpenOptions,
        stop: Stop,
        open: fn(&Path, FileRole, &OpenOptions) -> Result<Database>,
    ) -> Result<Self> {
        let files = Some((location.clone(), options));
        let open = |path: &Path, role| Ok::<_, Error>(open(path, role, &options)?.stopped_by(&stop));
        let Some(projections) = &location.projections else {
            let database = Arc::new(open(&location.database, FileRole::Whole)?);
            let events = Arc::new(SqliteEventStore::new(Arc::clone(&database)));
            let audit_log = Arc::new(SqliteAuditLog::new(Arc::clone(&database)));
            let databases = vec![Arc::clone(&database)];
            let pstate = Arc::new(SqlitePState::new(database));
            return Ok(Self { files, databases, stop, audit_log, ..Self::new(events, pstate) });
        };
        if Location::file(&location.database).owns(projections) {
            let (database, projections) = (location.database.clone(), projections.clone());
            return Err(OpenError::SameFile { database, projections }.into());
        }
        let database = Arc::new(open(&location.database, FileRole::Events)?);
        if binding::is_to_be_created(projections) {
            // Checked before as well, so that no file is created only to be refused.
            binding::check_free(&database, projections)?;
        }
        let second = open(projections, FileRole::Projections { store_id: database.store_id() })
            .map_err(|error| of_projections(error, location, projections))?;
        binding::check_free(&database, projections)?;
        if !options.read_only {
            binding::bind(&database, &second)?;
        }
        let audit_log = Arc::new(SqliteAuditLog::new(Arc::clone(&database)));
        let second = Arc::new(second);
        let databases = vec![Arc::clone(&database), Arc::clone(&second)];
        let events = Arc::new(SqliteEventStore::new(database));
        let pstate = Arc::new(SqlitePState::new(second));
        Ok(Self { files, databases, stop, audit_log, ..Self::new(events, pstate) })
    }

    /// Opens the same store with new connections, so that a long operation on one thread does not block another.
    /// Returns a clone of a store in memory.
    pub fn reconnect(&self) -> Result<Self> {
        self.reconnected(|options| options)
    }

    /// Returns true if the store can open another connection. In-memory stores cannot.
    pub(crate) fn is_in_files(&self) -> bool {
        self.files.is_some()
    }

    /// As [`Store::reconnect`], for reading many pages once each. With a small cache, its pages stay in the processor's
    /// cache.
    pub(crate) fn reconnect_to_scan(&self) -> Result<Self> {
        self.reconnected(|options| OpenOptions { cache_kib: SCAN_CACHE_KIB, ..options })
    }

    fn reconnected(&self, with: impl FnOnce(OpenOptions) -> OpenOptions) -> Result<Self> {
        let Some((location, options)) = &self.files else {
            return Ok(self.clone());
        };
        self.databases.iter().try_for_each(|database| database.check_place())?;
        let fresh = Self::with_files(location, with(*options), self.stop.clone(), Database::open)?;
        for (database, fresh) in self.databases.iter().zip(&fresh.databases) {
            database.check_same(fresh)?;
        }
        let (clock, ids) = (Arc::clone(&self.clock), Arc::clone(&self.ids));
        let (operator, unwritten) = (Arc::clone(&self.operator), Arc::clone(&self.unwritten));
        let at_work = Arc::clone(&self.at_work);
        Ok(Self { clock, ids, operator, unwritten, at_work, ..fresh })
    }

    /// Replaces the clock and the source of ids.
    pub fn with_origin(mut self, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        self.clock = clock;
        self.ids = ids;
        self
    }

    /// Sets the operator that the audit log records.
    pub fn with_operator(mut self, operator: Operator) -> Self {
        self.operator = Arc::new(operator);
        self
    }

    /// Sets a callback for the error when an operation cannot be recorded in the audit log.
    pub fn on_audit_error(mut self, unwritten: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.unwritten = Arc::new(unwritten);
        self
    }

    /// Reports that an operation could not be recorded in the audit log.
    pub(crate) fn report_audit_error(&self, error: &Error) {
        (self.unwritten)(error);
    }

    /// Returns the last known paths of projections files that were missing and have been replaced. Their contents are
    /// out of reach.
    pub fn lost_projections(&self) -> Result<Vec<PathBuf>> {
        match &self.databases[..] {
            [events, _] => binding::lost(events),
            _ => Ok(Vec::new()),
        }
    }

    /// Returns the tokens of this process's running operations that have closed a space.
    pub(crate) fn operations_at_work(&self) -> &Arc<Mutex<HashSet<Uuid>>> {
        &self.at_work
    }

    /// Returns the audit log.
    pub fn audit_log(&self) -> &dyn AuditLog {
        &*self.audit_log
    }

    /// Returns the operator.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// Returns the event log.
    pub fn events(&self) -> &dyn EventStore {
        &*self.events
    }

    /// Returns the projections.
    pub fn pstate(&self) -> &dyn PState {
        &*self.pstate
    }

    /// Returns the clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Returns the source of ids.
    pub fn ids(&self) -> &dyn IdSource {
        &*self.ids
    }

    /// Returns the handle that stops work on this store and on all stores reconnected from it.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Returns true if one commit covers events and projections.
    pub fn is_shared(&self) -> bool {
        self.events.holds_projections()
    }

    /// Returns true if the store was opened read-only.
    pub fn is_read_only(&self) -> bool {
        self.files.as_ref().is_some_and(|(_, options)| options.read_only)
    }

    /// Returns the size on disk in bytes. `None` for a store in memory.
    pub fn storage_bytes(&self) -> Result<Option<u64>> {
        let events = self.events.storage_bytes()?;
        if self.is_shared() {
            return Ok(events);
        }
        let projections = self.pstate.storage_bytes()?;
        Ok(events.map(|events| events + projections.unwrap_or(0)))
    }

    /// Returns the files. `None` for a store in memory.
    pub fn location(&self) -> Option<&Location> {
        self.files.as_ref().map(|(location, _)| location)
    }
}
