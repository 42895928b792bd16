//! A log and its projections, opened together.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use uuid::Uuid;

use crate::audit::{AuditEnd, AuditLog, OperationId};
use crate::clock::{Clock, IdSource, RandomIds, SystemClock, Timestamp};
use crate::engines::StoreFiles;
use crate::engines::elixir::OriginalSource;
use crate::engines::memory::{MemoryAuditLog, MemoryEventStore, MemoryPState};
#[cfg(feature = "postgres")]
use crate::engines::postgres::DatabaseUrl;
use crate::error::{Error, OpenError, Result, StoreError};
use crate::event_store::EventStore;
use crate::limits::KEY_RETENTION;
use crate::operator::Operator;
use crate::pstate::PState;
use crate::sqlite::{CreateFiles, Location, OpenOptions, Stop, WatchMigration};

use super::ClientMemory;

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
    key_retention: Duration,
    unwritten: Arc<Unwritten>,
    client_memory: Option<Arc<dyn ClientMemory>>,
    /// The tokens of this process's running operations that have closed a space.
    at_work: Arc<Mutex<HashSet<Uuid>>>,
    /// The ends of operations of this process that are still to be recorded.
    late_ends: Arc<Mutex<Vec<(OperationId, AuditEnd)>>>,
    files: Option<StoreFiles>,
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
            key_retention: KEY_RETENTION,
            unwritten: Arc::new(|_| {}),
            client_memory: None,
            at_work: Arc::default(),
            late_ends: Arc::default(),
            files: None,
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
        Self::open_watched(location, options, CreateFiles::Never, &mut |_| ControlFlow::Continue(()))
    }

    /// Opens files, and creates missing ones.
    pub fn open_or_create(location: &Location, options: OpenOptions) -> Result<Self> {
        Self::open_watched(location, options, CreateFiles::IfMissing, &mut |_| ControlFlow::Continue(()))
    }

    /// Opens files to rebuild projections. A missing or empty projections file is created.
    pub fn open_to_rebuild(location: &Location, options: OpenOptions) -> Result<Self> {
        let create = CreateFiles::ProjectionsIfMissing;
        Self::open_watched(location, options, create, &mut |_| ControlFlow::Continue(()))
    }

    /// Opens files, and creates missing ones as requested. If they are of an earlier version, `watch` receives the progress
    /// of their migration, which can take half a minute for ten million idempotency keys.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::Stopped`](crate::StoreError::Stopped) if `watch` breaks. The files are then of the
    /// earlier version still.
    pub fn open_watched(
        location: &Location,
        options: OpenOptions,
        create: CreateFiles,
        watch: &mut WatchMigration<'_>,
    ) -> Result<Self> {
        let stop = Stop::default();
        Ok(Self::in_files(StoreFiles::open(location, options, create, &stop, watch)?, stop))
    }

    /// Opens files to check them. If the projections file is too damaged to be opened, only the events are opened, and only
    /// for reading: a check then reports both.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_to_check(location: &Location, options: OpenOptions) -> Result<Self> {
        match Self::open(location, options) {
            Err(Error::Open(OpenError::ProjectionsDamaged { detail, .. })) => {
                let stop = Stop::default();
                Ok(Self::in_files(StoreFiles::open_events(location, options, &stop, detail)?, stop))
            }
            opened => opened,
        }
    }

    /// Connects to a store in a PostgreSQL database.
    ///
    /// # Errors
    /// [`OpenError::Server`](crate::OpenError::Server) if the server refuses, or if there is no store of this version;
    /// [`OpenError::Unreachable`](crate::OpenError::Unreachable) if it cannot be reached.
    #[cfg(feature = "postgres")]
    pub fn connect(url: &DatabaseUrl, options: OpenOptions) -> Result<Self> {
        Self::connect_stopped_by(Stop::default(), url, options, false)
    }

    /// Connects to a store in a PostgreSQL database, and creates its schema and tables if there are none.
    ///
    /// # Errors
    /// As [`Store::connect`].
    #[cfg(feature = "postgres")]
    pub fn connect_or_create(url: &DatabaseUrl, options: OpenOptions) -> Result<Self> {
        Self::connect_stopped_by(Stop::default(), url, options, true)
    }

    /// As [`Store::connect`], until `stop` is asked. Creates the schema and the tables if asked to.
    #[cfg(feature = "postgres")]
    pub(crate) fn connect_stopped_by(
        stop: Stop,
        url: &DatabaseUrl,
        options: OpenOptions,
        creates: bool,
    ) -> Result<Self> {
        Ok(Self::in_files(StoreFiles::connect(url, options, creates, &stop)?, stop))
    }

    fn in_files(files: StoreFiles, stop: Stop) -> Self {
        let store = match &files {
            StoreFiles::Sqlite(files) => {
                let audit_log = Arc::new(files.audit_log());
                Self { audit_log, ..Self::new(Arc::new(files.events()), Arc::new(files.projections())) }
            }
            StoreFiles::Original(files) => Self::new(Arc::new(files.events()), Arc::new(files.projections())),
            #[cfg(feature = "postgres")]
            StoreFiles::Postgres(database) => {
                let audit_log = Arc::new(database.audit_log());
                Self { audit_log, ..Self::new(Arc::new(database.events()), Arc::new(database.projections())) }
            }
        };
        Self { files: Some(files), stop, ..store }
    }

    /// Opens the same store with new connections, so that a long operation on one thread does not block another.
    /// Returns a clone of a store in memory.
    pub fn reconnect(&self) -> Result<Self> {
        self.reconnect_with(StoreFiles::reconnect)
    }

    /// Returns true if the store can open another connection. In-memory stores cannot.
    pub(crate) fn is_in_files(&self) -> bool {
        self.files.is_some()
    }

    /// As [`Store::reconnect`], for reading many pages once each.
    pub(crate) fn reconnect_to_scan(&self) -> Result<Self> {
        self.reconnect_with(StoreFiles::reconnect_to_scan)
    }

    fn reconnect_with(&self, reconnect: fn(&StoreFiles, &Stop) -> Result<StoreFiles>) -> Result<Self> {
        let Some(files) = &self.files else {
            return Ok(self.clone());
        };
        let fresh = Self::in_files(reconnect(files, &self.stop)?, self.stop.clone());
        let (clock, ids) = (Arc::clone(&self.clock), Arc::clone(&self.ids));
        let (operator, unwritten) = (Arc::clone(&self.operator), Arc::clone(&self.unwritten));
        let (at_work, key_retention) = (Arc::clone(&self.at_work), self.key_retention);
        let (client_memory, late_ends) = (self.client_memory.clone(), Arc::clone(&self.late_ends));
        Ok(Self {
            clock,
            ids,
            operator,
            key_retention,
            unwritten,
            client_memory,
            at_work,
            late_ends,
            ..fresh
        })
    }

    /// Sets the source of times.
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
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

    /// Sets how long an idempotency key is kept: within this time, a command sent again is answered, not executed. Later
    /// commands of the space remove older keys, a few at a time. The default is [`KEY_RETENTION`].
    pub fn with_key_retention(mut self, retention: Duration) -> Self {
        self.key_retention = retention;
        self
    }

    /// Returns the time before which idempotency keys have expired.
    pub(super) fn keys_expire_before(&self, now: Timestamp) -> Timestamp {
        let retention = i64::try_from(self.key_retention.as_millis()).unwrap_or(i64::MAX);
        Timestamp(now.0.saturating_sub(retention))
    }

    /// Sets a callback for the error when an operation cannot be recorded in the audit log.
    pub fn on_audit_error(mut self, unwritten: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.unwritten = Arc::new(unwritten);
        self
    }

    /// Names what clients remember of this store outside of it, so that deletes and redactions remove it there as well.
    pub fn with_client_memory(mut self, memory: Arc<dyn ClientMemory>) -> Self {
        self.client_memory = Some(memory);
        self
    }

    /// Returns what clients remember of this store outside of it, if this program knows.
    pub(crate) fn client_memory(&self) -> Option<&dyn ClientMemory> {
        self.client_memory.as_deref()
    }

    /// Reports that an operation could not be recorded in the audit log.
    pub(crate) fn report_audit_error(&self, error: &Error) {
        (self.unwritten)(error);
    }

    /// Returns the last known paths of projections files that were missing and have been replaced. Their contents are
    /// out of reach.
    pub fn lost_projections(&self) -> Result<Vec<PathBuf>> {
        self.files.as_ref().map_or_else(|| Ok(Vec::new()), StoreFiles::lost_projections)
    }

    /// Returns the tokens of this process's running operations that have closed a space.
    pub(crate) fn operations_at_work(&self) -> &Arc<Mutex<HashSet<Uuid>>> {
        &self.at_work
    }

    /// Returns the ends of operations of this process that are still to be recorded.
    pub(crate) fn late_ends(&self) -> &Mutex<Vec<(OperationId, AuditEnd)>> {
        &self.late_ends
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

    /// Refuses to continue with work outside of the store after a stop was requested.
    ///
    /// # Errors
    /// [`StoreError::Stopped`].
    pub(crate) fn check_stop(&self) -> Result<()> {
        Ok(self.stop.check_asked()?)
    }

    /// Returns true if one commit covers events and projections.
    pub fn is_shared(&self) -> bool {
        self.events.holds_projections()
    }

    /// Returns true if nothing can be written through this store.
    pub fn is_read_only(&self) -> bool {
        self.check_writable().is_err()
    }

    /// Returns true if it is read-only because this user or the server cannot write it, although that was not asked for.
    pub fn cannot_write(&self) -> bool {
        self.files.as_ref().is_some_and(StoreFiles::cannot_write)
    }

    /// Returns true if the Elixir original wrote the files.
    pub fn is_original(&self) -> bool {
        matches!(self.files, Some(StoreFiles::Original(_)))
    }

    /// Checks that there are projections to read. A file of the Elixir original has none if they are in a second one.
    pub(crate) fn check_projections(&self) -> Result<(), OpenError> {
        match &self.files {
            Some(StoreFiles::Original(files)) if !files.has_projections() => {
                Err(OpenError::ProjectionsElsewhere { path: files.location().database.clone() })
            }
            Some(StoreFiles::Sqlite(files)) => files.check_projections(),
            _ => Ok(()),
        }
    }

    /// Returns the rows of the files as they are stored, if the Elixir original wrote them.
    pub(crate) fn original_source(&self) -> Option<OriginalSource> {
        match &self.files {
            Some(StoreFiles::Original(files)) => Some(files.source()),
            _ => None,
        }
    }

    /// Checks that the store accepts writes.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`]; [`StoreError::WrittenByOriginal`].
    pub fn check_writable(&self) -> Result<(), StoreError> {
        self.files.as_ref().and_then(StoreFiles::refusal).map_or(Ok(()), Err)
    }

    /// Returns a number that rises whenever a change to events or projections is committed, by this process or another one.
    /// It is only comparable within one handle and its clones: a reconnected store counts differently.
    pub fn version(&self) -> Result<u64> {
        let events = self.events.version()?;
        if self.is_shared() {
            return Ok(events);
        }
        Ok(events.wrapping_add(self.pstate.version()?))
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

    /// Returns the address of the database, without its password. `None` for a store that is not on a server.
    pub fn address(&self) -> Option<String> {
        self.files.as_ref().and_then(StoreFiles::address)
    }

    /// Returns the files. `None` for a store in memory or on a server.
    pub fn location(&self) -> Option<&Location> {
        self.files.as_ref().and_then(StoreFiles::location)
    }
}
