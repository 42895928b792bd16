//! A log and its projections, opened together.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use uuid::Uuid;

use crate::clock::{Clock, IdSource, RandomIds, SystemClock};
use crate::error::{Error, OpenError, Result, StoreError};
use crate::event_store::{EventStore, MemoryEventStore, SqliteEventStore};
use crate::operator_log::{MemoryOperatorLog, Operator, OperatorLog, SqliteOperatorLog};
use crate::pstate::{MemoryPState, PState, SqlitePState};
use crate::sqlite::{Database, OpenOptions, Role, Stop, binding, is_file_of};

/// What a connection keeps that reads each page once: about as much as a core has for itself.
const SCAN_CACHE_KIB: u32 = 256;

/// The files of a store: one, or two where the projections are kept apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The database file, with the events.
    pub database: PathBuf,
    /// The second file, for the projections; in the first one where there is none.
    pub projections: Option<PathBuf>,
}

impl Location {
    /// One file for everything.
    pub fn file(database: impl Into<PathBuf>) -> Self {
        Self { database: database.into(), projections: None }
    }

    /// Events and projections in two files.
    pub fn two_files(database: impl Into<PathBuf>, projections: impl Into<PathBuf>) -> Self {
        Self { database: database.into(), projections: Some(projections.into()) }
    }

    /// Whether a path leads to one of these files, or to one that SQLite keeps beside them (`-wal`, `-shm`,
    /// `-journal`), be that there now or not: whatever else is written there is taken for the database's own.
    #[must_use]
    pub fn owns(&self, path: &Path) -> bool {
        let mut files = std::iter::once(&self.database).chain(&self.projections);
        files.any(|file| is_file_of(file, path))
    }
}

/// Why a projections file cannot be opened, which can be made again from its events.
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

/// Is told why something is not in the log of operations.
type Unwritten = dyn Fn(&Error) + Send + Sync;

/// An event store and the projections made from it, with the clock and ids that its content stores
/// use. Cheap to clone; may be used from several threads.
#[derive(Clone)]
pub struct Store {
    events: Arc<dyn EventStore>,
    pstate: Arc<dyn PState>,
    /// Both live in one file, so that one transaction covers them.
    shared: bool,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    operator_log: Arc<dyn OperatorLog>,
    operator: Arc<Operator>,
    unwritten: Arc<Unwritten>,
    /// Operations of this process that have closed a space, by their tokens.
    at_work: Arc<Mutex<HashSet<Uuid>>>,
    files: Option<(Location, OpenOptions)>,
    databases: Vec<Arc<Database>>,
    stop: Stop,
}

impl Store {
    /// A store on any two adapters, each with transactions of its own, and a log of operations in memory.
    #[must_use]
    pub fn new(events: Arc<dyn EventStore>, pstate: Arc<dyn PState>) -> Self {
        Self {
            events,
            pstate,
            shared: false,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            operator_log: Arc::<MemoryOperatorLog>::default(),
            operator: Arc::default(),
            unwritten: Arc::new(|_| {}),
            at_work: Arc::default(),
            files: None,
            databases: Vec::new(),
            stop: Stop::default(),
        }
    }

    /// A store in memory, gone when the last clone is dropped.
    #[must_use]
    pub fn memory() -> Self {
        Self::new(Arc::new(MemoryEventStore::default()), Arc::new(MemoryPState::default()))
    }

    /// Opens files that exist.
    ///
    /// # Errors
    /// [`OpenError`](crate::OpenError) if they are missing, not ours, newer, not writable or do not
    /// belong together. They are then left as they were.
    pub fn open(location: &Location, options: OpenOptions) -> Result<Self> {
        Self::with_files(location, options, Stop::default(), Database::open)
    }

    /// Opens files, and creates those that are missing.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_or_create(location: &Location, options: OpenOptions) -> Result<Self> {
        Self::with_files(location, options, Stop::default(), Database::open_or_create)
    }

    /// Opens files to rebuild projections: a projections file that is missing or empty is created again.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_to_rebuild(location: &Location, options: OpenOptions) -> Result<Self> {
        Self::with_files(location, options, Stop::default(), |path, role, options| match role {
            Role::Projections { .. } => Database::open_or_create(path, role, options),
            Role::Whole | Role::Events => Database::open(path, role, options),
        })
    }

    fn with_files(
        location: &Location,
        options: OpenOptions,
        stop: Stop,
        open: fn(&Path, Role, &OpenOptions) -> Result<Database>,
    ) -> Result<Self> {
        let files = Some((location.clone(), options));
        let open = |path: &Path, role| Ok::<_, Error>(open(path, role, &options)?.stopped_by(&stop));
        let Some(projections) = &location.projections else {
            let database = Arc::new(open(&location.database, Role::Whole)?);
            let events = Arc::new(SqliteEventStore::new(Arc::clone(&database)));
            let operator_log = Arc::new(SqliteOperatorLog::new(Arc::clone(&database)));
            let databases = vec![Arc::clone(&database)];
            let pstate = Arc::new(SqlitePState::new(database));
            return Ok(Self {
                shared: true,
                files,
                databases,
                stop,
                operator_log,
                ..Self::new(events, pstate)
            });
        };
        if Location::file(&location.database).owns(projections) {
            let (database, projections) = (location.database.clone(), projections.clone());
            return Err(OpenError::SameFile { database, projections }.into());
        }
        let database = Arc::new(open(&location.database, Role::Events)?);
        if binding::is_to_be_created(projections) {
            // Nothing is created that would then be refused.
            binding::check_free(&database, projections)?;
        }
        let second = open(projections, Role::Projections { store_id: database.store_id() })
            .map_err(|error| of_projections(error, location, projections))?;
        binding::check_free(&database, projections)?;
        if !options.read_only {
            binding::bind(&database, &second)?;
        }
        let operator_log = Arc::new(SqliteOperatorLog::new(Arc::clone(&database)));
        let second = Arc::new(second);
        let databases = vec![Arc::clone(&database), Arc::clone(&second)];
        let events = Arc::new(SqliteEventStore::new(database));
        let pstate = Arc::new(SqlitePState::new(second));
        Ok(Self { files, databases, stop, operator_log, ..Self::new(events, pstate) })
    }

    /// The same store over connections of its own, so that a long operation on one thread does not
    /// hold up another. In memory there is nothing to hold up, and it is a clone.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn reconnect(&self) -> Result<Self> {
        self.reconnected(|options| options)
    }

    /// Whether there are connections of its own to be had. Where there are none, whoever waited for another thread that
    /// reads would hold it up.
    pub(crate) fn is_in_files(&self) -> bool {
        self.files.is_some()
    }

    /// As [`Store::reconnect`], to read much, and each page once: with few of them in memory, they are used again while
    /// the processor has them at hand.
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

    /// The same store with another clock and other ids.
    #[must_use]
    pub fn with_origin(mut self, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        self.clock = clock;
        self.ids = ids;
        self
    }

    /// The same store, operated by somebody, which the log of operations then says.
    #[must_use]
    pub fn with_operator(mut self, operator: Operator) -> Self {
        self.operator = Arc::new(operator);
        self
    }

    /// The same store, which tells somebody why what is done to it is not in the log of operations.
    #[must_use]
    pub fn telling(mut self, unwritten: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.unwritten = Arc::new(unwritten);
        self
    }

    /// Tells that something is not in the log of operations, because of this.
    pub(crate) fn tell_unwritten(&self, error: &Error) {
        (self.unwritten)(error);
    }

    /// The projections files of this store that others replaced while they were gone, where they were last seen. What
    /// they hold is out of reach.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn lost_projections(&self) -> Result<Vec<PathBuf>> {
        match &self.databases[..] {
            [events, _] => binding::lost(events),
            _ => Ok(Vec::new()),
        }
    }

    /// The operations of this process that have closed a space and are still at work, by the tokens of their marks.
    pub(crate) fn operations_at_work(&self) -> &Arc<Mutex<HashSet<Uuid>>> {
        &self.at_work
    }

    /// The log of operations.
    #[must_use]
    pub fn operator_log(&self) -> &dyn OperatorLog {
        &*self.operator_log
    }

    /// Who operates.
    #[must_use]
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// The log.
    #[must_use]
    pub fn events(&self) -> &dyn EventStore {
        &*self.events
    }

    /// The projections.
    #[must_use]
    pub fn pstate(&self) -> &dyn PState {
        &*self.pstate
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// The ids.
    #[must_use]
    pub fn ids(&self) -> &dyn IdSource {
        &*self.ids
    }

    /// Stops what is done with this store, and with all that were reconnected from it.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Whether one transaction covers events and projections.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Whether it was opened read-only.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.files.as_ref().is_some_and(|(_, options)| options.read_only)
    }

    /// Bytes that the data takes on disk, if it is on disk. One file is counted once.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn storage_bytes(&self) -> Result<Option<u64>> {
        let events = self.events.storage_bytes()?;
        if self.shared {
            return Ok(events);
        }
        let projections = self.pstate.storage_bytes()?;
        Ok(events.map(|events| events + projections.unwrap_or(0)))
    }

    /// Its files, if it has any.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        self.files.as_ref().map(|(location, _)| location)
    }
}
