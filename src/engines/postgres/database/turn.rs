//! The use of a handle's connection by one thread, without a transaction of its own.

use std::cell::Ref;

use parking_lot::ReentrantMutexGuard;

use crate::engines::postgres::foreseen::Foreseen;
use crate::error::{self, StoreError};
use crate::event::Event;

use super::session::Backend;
use super::{Acknowledged, Database, Failure, Result, Session, Shared, Transaction, Use};

/// The use of the connection until the value is dropped. Each statement is a transaction of its own, unless it is in one
/// that callers share (`group.rs`).
pub(in crate::engines::postgres) struct Turn<'a> {
    pub(super) database: &'a Database,
    pub(super) shared: Option<ReentrantMutexGuard<'a, Shared>>,
}

/// Reserved event ids: the last one, and the last one that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engines::postgres) struct Reserved {
    pub(in crate::engines::postgres) last: i64,
    pub(in crate::engines::postgres) used: i64,
}

impl Reserved {
    /// No ids.
    pub(in crate::engines::postgres) const NONE: Self = Self { last: -1, used: -1 };
}

impl<'a> Turn<'a> {
    pub(super) fn take(database: &'a Database, shared: ReentrantMutexGuard<'a, Shared>) -> Self {
        shared.in_use.set(Use::Turn);
        Self { database, shared: Some(shared) }
    }

    /// Takes part in a transaction that others left open.
    pub(super) fn join(database: &'a Database, shared: ReentrantMutexGuard<'a, Shared>) -> Self {
        Self { database, shared: Some(shared) }
    }

    pub(super) fn shared(&self) -> error::Result<&Shared> {
        Ok(self.shared.as_deref().ok_or_else(super::lost)?)
    }

    /// Reads. A lost connection is replaced.
    pub(in crate::engines::postgres) fn read<T>(
        &self,
        mut read: impl FnMut(&mut Session) -> Result<T>,
    ) -> error::Result<T> {
        Ok(self.database.on_any(self.shared()?, &mut read)?)
    }

    /// Runs a statement that writes, once.
    ///
    /// # Errors
    /// [`Unanswered`] if the connection was lost, so that the outcome is unknown.
    pub(in crate::engines::postgres) fn write<T>(
        &self,
        write: impl FnOnce(&mut Session) -> Result<T>,
    ) -> error::Result<Result<T, Unwritten>> {
        let shared = self.shared()?;
        let backend = shared.session.borrow().as_ref().map(Session::backend);
        Ok(self.database.on(shared, write).map_err(|failure| match (failure.is_unanswered(), backend) {
            (true, Some(backend)) => Unwritten::Unknown(backend, failure),
            _ => Unwritten::Failed(failure),
        }))
    }

    /// Finds out on another connection whether a statement was committed, after the server has ended the one that ran it.
    ///
    /// # Errors
    /// [`StoreError::OutcomeUnknown`] if the server does not answer.
    pub(in crate::engines::postgres) fn outcome(
        &self,
        (backend, failure): (Backend, Failure),
        mut is_committed: impl FnMut(&mut Session) -> Result<bool>,
    ) -> error::Result<bool> {
        let asked = self.read(|session| {
            session.end(backend)?;
            is_committed(session)
        });
        asked.map_err(|_| StoreError::OutcomeUnknown { detail: failure.in_words() }.into())
    }

    /// Begins a transaction with the same use of the connection.
    pub(in crate::engines::postgres) fn begin(mut self) -> error::Result<Transaction<'a>> {
        let shared = self.shared.take().ok_or_else(super::lost)?;
        shared.end_turn();
        Ok(Transaction::begin(self.database, shared)?)
    }

    /// Returns the ids that the handle has reserved.
    pub(in crate::engines::postgres) fn reserved(&self) -> Reserved {
        self.shared.as_ref().map_or(Reserved::NONE, |shared| shared.reserved.get())
    }

    /// Notes which ids are reserved, and which of them are used.
    pub(in crate::engines::postgres) fn reserve(&self, reserved: Reserved) {
        if let Some(shared) = &self.shared {
            shared.reserved.set(reserved);
        }
    }

    /// Notes the last event of a commit.
    pub(in crate::engines::postgres) fn acknowledge(&self, events: &[Event]) {
        *self.database.acknowledged.lock() = Acknowledged::of(events);
    }

    /// Keeps what was read of a space, for the reads of this thread.
    pub(in crate::engines::postgres) fn foresee(&self, foreseen: Foreseen) {
        if let Some(shared) = &self.shared {
            shared.foreseen.replace(Some(foreseen));
        }
    }

    /// Returns what was read of the space.
    pub(in crate::engines::postgres) fn foreseen(&self) -> Option<Ref<'_, Foreseen>> {
        let foreseen = self.shared.as_ref()?.foreseen.borrow();
        Ref::filter_map(foreseen, Option::as_ref).ok()
    }
}

/// The reason why a statement has no result.
pub(in crate::engines::postgres) enum Unwritten {
    /// It failed, and nothing was written.
    Failed(Failure),
    /// The connection was lost before the answer.
    Unknown(Backend, Failure),
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            if shared.in_use.get() == Use::Group {
                self.database.end_group(shared);
            }
            shared.end_turn();
        }
    }
}

impl Shared {
    fn end_turn(&self) {
        self.foreseen.replace(None);
        self.in_use.set(Use::Free);
    }
}
