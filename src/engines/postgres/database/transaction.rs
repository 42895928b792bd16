//! Write transactions as values.

use parking_lot::ReentrantMutexGuard;

use crate::engines::postgres::log::read;
use crate::engines::postgres::schema;
use crate::error::{self, StoreError};
use crate::event::Event;

use super::turn::Reserved;
use super::{Acknowledged, Database, Result, Session, Shared, Use, lost};

/// A transaction that writes. Unless it is committed, it is rolled back when it is dropped, even by a panic.
pub(in crate::engines::postgres) struct Transaction<'a> {
    database: &'a Database,
    shared: ReentrantMutexGuard<'a, Shared>,
    /// Its number, once it is known.
    number: Option<i64>,
    last: Option<Acknowledged>,
    has_ended: bool,
}

impl<'a> Transaction<'a> {
    pub(super) fn begin(database: &'a Database, shared: ReentrantMutexGuard<'a, Shared>) -> Result<Self> {
        // Before the transaction gets its number, so that a follower knows that a writer is on its way.
        let begin = format!("BEGIN; SELECT begin_writing({})", schema::VERSION);
        database.on_any(&shared, &mut |session| {
            session.run(&begin).inspect_err(|_| {
                let _ = session.run("ROLLBACK");
            })
        })?;
        shared.in_use.set(Use::Transaction);
        Ok(Self { database, shared, number: None, last: None, has_ended: false })
    }

    /// Runs statements in the transaction.
    pub(in crate::engines::postgres) fn run<T>(
        &mut self,
        work: impl FnOnce(&mut Session) -> Result<T>,
    ) -> Result<T> {
        self.database.on(&self.shared, work)
    }

    /// Notes the number of the transaction.
    pub(in crate::engines::postgres) fn is_numbered(&mut self, number: i64) {
        self.number = Some(number);
    }

    /// Returns the ids that the handle has reserved.
    pub(in crate::engines::postgres) fn reserved(&self) -> Reserved {
        self.shared.reserved.get()
    }

    /// Notes which ids are reserved, and which of them are used.
    pub(in crate::engines::postgres) fn reserve(&mut self, reserved: Reserved) {
        self.shared.reserved.set(reserved);
    }

    /// Notes the events that the transaction appends.
    pub(in crate::engines::postgres) fn appends(&mut self, events: &[Event]) {
        self.last = Acknowledged::of(events);
    }

    /// Commits. If the connection is lost, asks the server on another one whether the transaction was committed.
    ///
    /// # Errors
    /// Nothing was changed, unless the error is [`StoreError::OutcomeUnknown`].
    pub(in crate::engines::postgres) fn commit(mut self) -> error::Result<()> {
        self.has_ended = true;
        self.database.commit(&self.shared, self.number, self.last)?;
        if self.last.is_some() {
            *self.database.acknowledged.lock() = self.last;
        }
        Ok(())
    }
}

impl Database {
    /// Commits the transaction of a connection, which has appended events up to `last`. If the connection is lost, asks the
    /// server on another one whether the transaction was committed.
    ///
    /// # Errors
    /// Nothing was changed, unless the error is [`StoreError::OutcomeUnknown`].
    pub(super) fn commit(
        &self,
        shared: &Shared,
        number: Option<i64>,
        last: Option<Acknowledged>,
    ) -> error::Result<()> {
        let number = match number {
            Some(number) => Some(number),
            None => self.number(shared).inspect_err(|_| shared.roll_back())?,
        };
        let before =
            shared.session.borrow().as_ref().map(|session| (session.backend(), session.server().clone()));
        let committed = match &mut *shared.session.borrow_mut() {
            Some(session) => session.run("SELECT nextval('commits'); COMMIT"),
            None => Err(lost().into()),
        };
        shared.in_use.set(Use::Free);
        let Err(failure) = committed else { return Ok(()) };
        if !failure.is_unanswered() {
            // The server is still in the transaction.
            shared.roll_back();
            return Err(failure.into());
        }
        shared.session.replace(None);
        let (Some((backend, server)), Some(number)) = (before, number) else { return Err(failure.into()) };
        let asked = self.on(shared, |session| {
            session.end(backend)?;
            match last {
                // What is stored tells, whichever server answers.
                Some(last) => read::is_committed(session, &last).map(Some),
                None if session.server().is_same(&server) => is_transaction_committed(session, number),
                // A replica has taken over, and may have given the number to another transaction.
                None => Ok(None),
            }
        });
        match asked {
            Ok(Some(true)) => Ok(()),
            Ok(Some(false)) => Err(lost().into()),
            _ => Err(StoreError::OutcomeUnknown { detail: failure.in_words() }.into()),
        }
    }

    /// Returns the number of the transaction of a connection, if it has one.
    fn number(&self, shared: &Shared) -> Result<Option<i64>> {
        let sql = "SELECT pg_current_xact_id_if_assigned()::text::bigint";
        self.on(shared, |session| Ok(session.one(sql, &[])?.get(0)))
    }
}

/// Returns true if the transaction with this number was committed, or `None` if the server does not know any more.
fn is_transaction_committed(session: &mut Session, number: i64) -> Result<Option<bool>> {
    let row = session.one("SELECT pg_xact_status($1::bigint::text::xid8)", &[&number])?;
    Ok(match row.get(0) {
        Some("committed") => Some(true),
        Some("aborted") => Some(false),
        _ => None,
    })
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.shared.roll_back();
        }
    }
}
