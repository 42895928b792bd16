//! A connection to a PostgreSQL server that threads share, and further ones for its readers.

mod client;
mod connect;
mod encryption;
mod environment;
mod failure;
mod group;
mod readers;
mod server;
mod session;
mod silence;
mod text;
mod transaction;
mod turn;
mod url;
mod watch;

pub(super) use failure::{Failure, Result};
pub(super) use session::Session;
pub(super) use text::{decoded, encoded, limit};
pub(super) use transaction::Transaction;
pub(super) use turn::{Reserved, Turn, Unwritten};
pub use url::DatabaseUrl;

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, ReentrantMutex, ReentrantMutexGuard};
use uuid::Uuid;

use crate::engines::handle_lock::lock_handle;
use crate::engines::readers::Readers;
use crate::error::{self, StoreError};
use crate::event::Event;
use crate::event_store::nesting;
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::sqlite::{OpenOptions, Stop, Sync};
use crate::timestamp::Timestamp;

use super::foreseen::Foreseen;
use super::log::read;
use super::log::row::column;
use super::schema::{self, Prepared, Purpose};
use group::{Group, Lines};
use silence::Silence;

/// How often a transaction runs if the server rolls it back on account of others.
const ATTEMPTS: u32 = 4;

/// A database on a server, through one connection that writes and some that only read. A lost connection is replaced by the
/// next use.
pub(super) struct Database {
    url: DatabaseUrl,
    options: OpenOptions,
    /// True if it is read-only although the caller did not ask for that.
    cannot_write: bool,
    stop: Stop,
    silence: Silence,
    store_id: Uuid,
    shared: ReentrantMutex<Shared>,
    readers: Readers<Self>,
    acknowledged: Acknowledgement,
    lines: Lines,
}

/// The last event that the server has acknowledged to a handle, or to those that were reconnected from it.
type Acknowledgement = Arc<Mutex<Option<Acknowledged>>>;

/// The connection that the threads of a handle share.
struct Shared {
    session: RefCell<Option<Session>>,
    in_use: Cell<Use>,
    /// The ids that this handle has reserved for events.
    reserved: Cell<Reserved>,
    /// The state that the optimistic unit of work in progress has read.
    foreseen: RefCell<Option<Foreseen>>,
    /// The transaction that threads share, if there is one.
    group: RefCell<Option<Group>>,
}

/// The use of the connection by the thread that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Free,
    /// Statements of one unit of work, each in its own transaction.
    Turn,
    Transaction,
    /// A transaction that callers of one space share.
    Group,
    /// Such a transaction, left open for the next thread in line.
    Left,
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
        Self::open_after(url, options, create, (stop, Silence::default()))
    }

    /// Does the same after a server may have shown its silence.
    fn open_after(
        url: &DatabaseUrl,
        options: OpenOptions,
        create: bool,
        (stop, silence): (&Stop, Silence),
    ) -> error::Result<Self> {
        let refused = |failure: Failure| match failure.is_cancelled() && stop.check_asked().is_err() {
            true => StoreError::Stopped.into(),
            false => url.refused(failure),
        };
        let mut session = connect::connect(url, &options, stop, &silence).map_err(refused)?;
        let purpose = Purpose { creates: create, reads_only: options.read_only };
        let prepared = schema::prepare(&mut session, url, purpose);
        let Prepared { store_id, reads_only } = prepared.map_err(refused)?;
        let reads_only = reads_only || schema::is_read_only(&mut session).map_err(refused)?;
        let cannot_write = reads_only && !options.read_only;
        let options = OpenOptions { read_only: reads_only, ..options };
        let shared = Shared {
            session: RefCell::new(Some(session)),
            in_use: Cell::new(Use::Free),
            reserved: Cell::new(Reserved::NONE),
            foreseen: RefCell::default(),
            group: RefCell::default(),
        };
        let (url, stop) = (url.clone(), stop.clone());
        Ok(Self {
            url,
            options,
            cannot_write,
            stop,
            silence,
            store_id,
            shared: ReentrantMutex::new(shared),
            readers: Readers::default(),
            acknowledged: Acknowledgement::default(),
            lines: Lines::default(),
        })
    }

    pub(super) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    pub(super) fn options(&self) -> OpenOptions {
        self.options
    }

    /// Returns true if it is read-only although the caller did not ask for that.
    pub(super) fn cannot_write(&self) -> bool {
        self.cannot_write
    }

    pub(super) fn store_id(&self) -> Uuid {
        self.store_id
    }

    /// Reads. Within a unit of work or a snapshot of this thread, reads its state.
    pub(super) fn read<T>(&self, mut read: impl FnMut(&mut Session) -> Result<T>) -> error::Result<T> {
        let (database, shared) = self.for_reading()?;
        Ok(database.on_any(&shared, &mut read)?)
    }

    /// Writes in a transaction of its own. Runs it again if the server has rolled it back on account of others.
    ///
    /// # Errors
    /// [`StoreError::NestedUnit`] within a unit of work of this thread.
    pub(super) fn write<T>(&self, mut write: impl FnMut(&mut Session) -> Result<T>) -> error::Result<T> {
        let mut attempts = 1;
        loop {
            let mut transaction = self.begin()?;
            match transaction.run(&mut write) {
                Err(failure) if failure.is_transient() && attempts < ATTEMPTS => attempts += 1,
                done => {
                    let done = done?;
                    transaction.commit()?;
                    return Ok(done);
                }
            }
        }
    }

    /// Begins a transaction, which ends when it is dropped.
    pub(super) fn begin(&self) -> error::Result<Transaction<'_>> {
        Ok(Transaction::begin(self, self.turn_to_write()?)?)
    }

    /// Takes the connection for statements that are transactions of their own, until the result is dropped.
    pub(super) fn take_turn(&self) -> error::Result<Turn<'_>> {
        Ok(Turn::take(self, self.turn_to_write()?))
    }

    fn turn_to_write(&self) -> error::Result<ReentrantMutexGuard<'_, Shared>> {
        nesting::check()?;
        self.check_no_snapshot()?;
        self.to_write(self.turn()?)
    }

    /// Refuses a write by a thread that is in a snapshot on a further connection.
    fn check_no_snapshot(&self) -> Result<(), StoreError> {
        match self.is_in_snapshot() {
            true => Err(within_snapshot()),
            false => Ok(()),
        }
    }

    /// Checks that the connection can be used to write.
    fn to_write<'a>(
        &self,
        shared: ReentrantMutexGuard<'a, Shared>,
    ) -> error::Result<ReentrantMutexGuard<'a, Shared>> {
        match shared.in_use.get() {
            Use::Free => {}
            Use::Turn | Use::Transaction | Use::Group | Use::Left => {
                return Err(StoreError::NestedUnit.into());
            }
            Use::Snapshot => return Err(within_snapshot().into()),
        }
        match self.refusal() {
            Some(refusal) => Err(refusal.into()),
            None => Ok(shared),
        }
    }

    /// Returns the error of every write, if it is only read.
    pub(super) fn refusal(&self) -> Option<StoreError> {
        match (self.options.read_only, self.cannot_write) {
            (false, _) => None,
            (true, false) => Some(StoreError::ReadOnly),
            (true, true) => Some(StoreError::ReadOnlyServer),
        }
    }

    /// Returns what the optimistic unit of work of this thread has read of a space, if it is in progress.
    pub(super) fn foreseen<T>(&self, space_id: SpaceId, find: impl FnOnce(&Foreseen) -> T) -> Option<T> {
        let shared = self.shared.try_lock()?;
        let foreseen = shared.foreseen.borrow();
        foreseen.as_ref().filter(|seen| seen.space_id == space_id).map(find)
    }

    /// Runs `work` in a snapshot: all reads of this thread see the same state.
    pub(super) fn snapshot(&self, work: &mut dyn FnMut() -> error::Result<()>) -> error::Result<()> {
        let (database, shared) = self.for_reading()?;
        if shared.in_use.get() != Use::Free {
            return work();
        }
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        database.on_any(&shared, &mut |session| session.run(begin))?;
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
        if shared.in_use.get() != Use::Free || self.is_in_snapshot() {
            return Err(StoreError::NestedUnit.into());
        }
        Ok(self.on(&shared, work)?)
    }

    /// Waits for the connection that writes, at most for the busy timeout. Ends a transaction that others left open on it.
    fn turn(&self) -> error::Result<ReentrantMutexGuard<'_, Shared>> {
        self.stop.check_asked()?;
        let shared = lock_handle(&self.shared, self.options.busy_timeout)?;
        if shared.in_use.get() == Use::Left {
            self.end_group(&shared);
        }
        Ok(shared)
    }

    /// Uses the connection for work that can be repeated. Between two transactions, the server may have closed it since
    /// it was last used: then the work runs again on another one.
    fn on_any<T>(&self, shared: &Shared, work: &mut impl FnMut(&mut Session) -> Result<T>) -> Result<T> {
        let done = self.on(shared, &mut *work);
        let is_away = done.as_ref().is_err_and(Failure::is_away);
        let is_lost = done.is_err() && !is_away && shared.session.borrow().is_none();
        match is_lost && shared.in_use.get().is_between_transactions() {
            true => self.on(shared, work),
            false => done,
        }
    }

    /// Uses the connection. If there is none, opens one, unless a transaction was lost with it.
    fn on<T>(&self, shared: &Shared, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let mut held = shared.session.borrow_mut();
        let may_connect = shared.in_use.get().is_between_transactions();
        if may_connect && held.as_ref().is_none_or(Session::is_closed) {
            let connected = connect::connect(&self.url, &self.options, &self.stop, &self.silence);
            let mut session = connected.map_err(|failure| self.url.refused(failure))?;
            self.check_store(&mut session)?;
            self.check_acknowledged(&mut session)?;
            *held = Some(session);
        }
        let session = held.as_mut().ok_or_else(lost)?;
        let done = work(session).map_err(|failure| match failure.is_of_other_tables() && may_connect {
            true => self.explained(session, failure),
            false => failure,
        });
        if done.as_ref().is_err_and(Failure::is_lost) {
            *held = None;
        }
        done.map_err(|failure| match failure.is_cancelled() && self.stop.check_asked().is_err() {
            true => StoreError::Stopped.into(),
            false => failure.waited(self.options.busy_timeout),
        })
    }
}

impl Database {
    /// Checks that a new connection leads to the same store, whose tables may have been migrated or restored meanwhile.
    fn check_store(&self, session: &mut Session) -> Result<()> {
        let purpose = Purpose { creates: false, reads_only: self.options.read_only };
        match schema::prepare(session, &self.url, purpose)?.store_id == self.store_id {
            true => Ok(()),
            false => Err(self.url.unusable("another store has taken its place").into()),
        }
    }

    /// Returns the reason for a failure, if it is that another program has migrated the tables.
    fn explained(&self, session: &mut Session, failure: Failure) -> Failure {
        match schema::migrated(session, &self.url) {
            Ok(Some(newer)) => newer.into(),
            _ => failure,
        }
    }

    /// Checks that the server still has the last event that it acknowledged: an older copy may have taken its place.
    fn check_acknowledged(&self, session: &mut Session) -> Result<()> {
        let known = self.acknowledged.lock().filter(|_| self.options.sync == Sync::Full);
        let Some(last) = known else { return Ok(()) };
        let Acknowledged { space_id, sequence, event_id, .. } = last;
        let sql = "SELECT 1 FROM store WHERE deleted_event_id >= $1";
        let is_there =
            read::is_stored(session, &last)? || session.find(sql, &[&column(event_id.0)])?.is_some();
        match is_there {
            true => Ok(()),
            false => Err(StoreError::FellBack { space_id, sequence }.into()),
        }
    }
}

impl Drop for Database {
    /// Gives back the ids that were not used, so that a single writer leaves no gaps.
    fn drop(&mut self) {
        let shared = self.shared.get_mut();
        let Reserved { last, used } = shared.reserved.get();
        if let Some(session) = shared.session.get_mut().as_mut().filter(|_| used < last) {
            let give_back = format!(
                "SELECT set_config('synchronous_commit', 'off', true), give_back_ids({last}, {used})"
            );
            let _ = session.run(&give_back);
        }
    }
}

impl Use {
    fn is_between_transactions(self) -> bool {
        matches!(self, Self::Free | Self::Turn)
    }
}

/// An event that the server has acknowledged, or is to. A server that has not received it may give its place and its id to another
/// one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Acknowledged {
    pub(super) space_id: SpaceId,
    pub(super) sequence: SpaceSequence,
    pub(super) event_id: EventId,
    pub(super) timestamp: Timestamp,
    pub(super) checksum: u32,
}

impl Acknowledged {
    /// Returns the last of these events.
    pub(super) fn of(events: &[Event]) -> Option<Self> {
        events.last().map(|last| Self {
            space_id: last.space_id,
            sequence: last.space_sequence,
            event_id: last.event_id,
            timestamp: last.timestamp,
            checksum: last.checksum(),
        })
    }
}

impl Shared {
    /// Rolls back, as far as the connection still works. Without it, the server has rolled back.
    fn roll_back(&self) {
        if let Some(session) = &mut *self.session.borrow_mut() {
            let _ = session.run("ROLLBACK");
        }
        self.in_use.set(Use::Free);
    }
}

/// A snapshot in progress, which ends when it is dropped.
struct Snapshot<'a>(&'a Shared);

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        self.0.roll_back();
    }
}

/// Returns the error of a transaction whose connection was lost.
fn lost() -> StoreError {
    StoreError::ConnectionLost { detail: "its transaction was not committed".to_owned() }
}

fn within_snapshot() -> StoreError {
    StoreError::Engine { detail: "a snapshot is read-only".to_owned() }
}

/// Returns a duration in the form of a server's setting.
fn milliseconds(duration: Duration) -> u128 {
    duration.as_millis().clamp(1, i32::MAX as u128)
}
