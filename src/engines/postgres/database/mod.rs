//! A connection to a PostgreSQL server that threads share.

mod connect;
mod failure;
mod session;
mod text;
mod transaction;
mod url;

pub(super) use failure::{Failure, Result};
pub(super) use session::Session;
pub(super) use text::{decoded, encoded, limit};
pub(super) use transaction::{Reserved, Transaction};
pub use url::DatabaseUrl;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use parking_lot::{ReentrantMutex, ReentrantMutexGuard};
use uuid::Uuid;

use crate::engines::handle_lock::lock_handle;
use crate::error::{self, StoreError};
use crate::event_store::nesting;
use crate::sqlite::{OpenOptions, Stop};

use super::schema;

/// A database on a server, through one connection at a time. A lost connection is replaced by the next use.
pub(super) struct Database {
    url: DatabaseUrl,
    options: OpenOptions,
    stop: Stop,
    store_id: Uuid,
    shared: ReentrantMutex<Shared>,
}

/// The connection that the threads of a handle share.
struct Shared {
    session: RefCell<Option<Session>>,
    in_use: Cell<Use>,
}

/// The use of the connection by the thread that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Free,
    Transaction,
    Snapshot,
}

impl Database {
    /// Connects to a database, and creates or migrates the tables unless it is opened read-only.
    pub(super) fn open(
        url: &DatabaseUrl,
        options: OpenOptions,
        create: bool,
        stop: &Stop,
    ) -> error::Result<Self> {
        let mut session = connect::connect(url, &options).map_err(|error| url.refused(&error))?;
        let store_id = schema::prepare(&mut session, url, create && !options.read_only)?;
        let shared = Shared { session: RefCell::new(Some(session)), in_use: Cell::new(Use::Free) };
        let (url, stop) = (url.clone(), stop.clone());
        Ok(Self { url, options, stop, store_id, shared: ReentrantMutex::new(shared) })
    }

    pub(super) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    pub(super) fn options(&self) -> OpenOptions {
        self.options
    }

    pub(super) fn store_id(&self) -> Uuid {
        self.store_id
    }

    /// Reads. Within a unit of work or a snapshot of this thread, reads its state.
    pub(super) fn read<T>(&self, mut read: impl FnMut(&mut Session) -> Result<T>) -> error::Result<T> {
        let shared = self.turn()?;
        Ok(self.on_any(&shared, &mut read)?)
    }

    /// Writes in a transaction of its own.
    ///
    /// # Errors
    /// [`StoreError::NestedUnit`] within a unit of work of this thread.
    pub(super) fn write<T>(&self, write: impl FnOnce(&mut Session) -> Result<T>) -> error::Result<T> {
        let mut transaction = self.begin()?;
        let done = transaction.run(write)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Begins a transaction, which ends when it is dropped.
    pub(super) fn begin(&self) -> error::Result<Transaction<'_>> {
        nesting::check()?;
        let shared = self.turn()?;
        match shared.in_use.get() {
            Use::Free => {}
            Use::Transaction => return Err(StoreError::NestedUnit.into()),
            Use::Snapshot => return Err(within_snapshot().into()),
        }
        if self.options.read_only {
            return Err(StoreError::ReadOnly.into());
        }
        Ok(Transaction::begin(self, shared)?)
    }

    /// Runs `work` in a snapshot: all reads of this thread see the same state.
    pub(super) fn snapshot(&self, work: &mut dyn FnMut() -> error::Result<()>) -> error::Result<()> {
        let shared = self.turn()?;
        if shared.in_use.get() != Use::Free {
            return work();
        }
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        self.on_any(&shared, &mut |session| session.run(begin))?;
        shared.in_use.set(Use::Snapshot);
        let _snapshot = Snapshot(&shared);
        work()
    }

    /// Runs a statement that no transaction may contain.
    ///
    /// # Errors
    /// [`StoreError::NestedUnit`] within a unit of work of this thread.
    pub(super) fn outside_transaction(
        &self,
        work: impl FnOnce(&mut Session) -> Result<()>,
    ) -> error::Result<()> {
        let shared = self.turn()?;
        if shared.in_use.get() != Use::Free {
            return Err(StoreError::NestedUnit.into());
        }
        Ok(self.on(&shared, work)?)
    }

    /// Waits for the connection, at most for the busy timeout.
    fn turn(&self) -> error::Result<ReentrantMutexGuard<'_, Shared>> {
        self.stop.check_asked()?;
        Ok(lock_handle(&self.shared, self.options.busy_timeout)?)
    }

    /// Uses the connection for work that can be repeated. Between two transactions, the server may have closed it since
    /// it was last used: then the work runs again on another one.
    fn on_any<T>(&self, shared: &Shared, work: &mut impl FnMut(&mut Session) -> Result<T>) -> Result<T> {
        let done = self.on(shared, &mut *work);
        let is_lost = done.is_err() && shared.session.borrow().is_none();
        match is_lost && shared.in_use.get() == Use::Free {
            true => self.on(shared, work),
            false => done,
        }
    }

    /// Uses the connection. If there is none, opens one, unless a transaction was lost with it.
    fn on<T>(&self, shared: &Shared, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let mut held = shared.session.borrow_mut();
        if shared.in_use.get() == Use::Free && held.as_ref().is_none_or(Session::is_closed) {
            *held = Some(connect::connect(&self.url, &self.options)?);
        }
        let done = work(held.as_mut().ok_or_else(lost)?);
        if done.as_ref().is_err_and(Failure::is_lost) {
            *held = None;
        }
        done.map_err(|failure| failure.waited(self.options.busy_timeout))
    }
}

impl Shared {
    /// Rolls back, as far as the connection still works. Without it, the server has rolled back.
    fn roll_back(&self, then: &str) {
        if let Some(session) = &mut *self.session.borrow_mut() {
            let _ = session.run(&format!("ROLLBACK{then}"));
        }
        self.in_use.set(Use::Free);
    }
}

/// A snapshot in progress, which ends when it is dropped.
struct Snapshot<'a>(&'a Shared);

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        self.0.roll_back("");
    }
}

/// Returns the error of a transaction whose connection was lost.
fn lost() -> StoreError {
    StoreError::Engine { detail: "the connection to the server was lost".to_owned() }
}

fn within_snapshot() -> StoreError {
    StoreError::Engine { detail: "a snapshot is read-only".to_owned() }
}

/// Returns a duration in the form of a server's setting.
fn milliseconds(duration: Duration) -> u128 {
    duration.as_millis().clamp(1, i32::MAX as u128)
}
