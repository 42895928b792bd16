//! Write transactions as values.

use parking_lot::ReentrantMutexGuard;

use crate::error::{self, StoreError};

use super::failure::in_words;
use super::{Database, Failure, Result, Session, Shared, Use, lost};

/// A transaction that writes. Unless it is committed, it is rolled back when it is dropped, even by a panic.
pub(in crate::engines::postgres) struct Transaction<'a> {
    database: &'a Database,
    shared: ReentrantMutexGuard<'a, Shared>,
    /// The ids that a unit of work has reserved, to be given back at its end.
    reserved: Option<Reserved>,
    has_ended: bool,
}

/// Reserved event ids: the last one, and the last one that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engines::postgres) struct Reserved {
    pub(in crate::engines::postgres) last: i64,
    pub(in crate::engines::postgres) used: i64,
}

impl<'a> Transaction<'a> {
    pub(super) fn begin(database: &'a Database, shared: ReentrantMutexGuard<'a, Shared>) -> Result<Self> {
        // Before the transaction gets its number, so that a follower knows that a writer is on its way.
        let begin = "BEGIN; SELECT pg_advisory_xact_lock_shared(hashtext('ramax writes'), hashtext(current_schema()))";
        database.on_any(&shared, &mut |session| session.run(begin))?;
        shared.in_use.set(Use::Transaction);
        Ok(Self { database, shared, reserved: None, has_ended: false })
    }

    /// Runs statements in the transaction.
    pub(in crate::engines::postgres) fn run<T>(
        &mut self,
        work: impl FnOnce(&mut Session) -> Result<T>,
    ) -> Result<T> {
        self.database.on(&self.shared, work)
    }

    /// Notes which ids are reserved, and which of them are used.
    pub(in crate::engines::postgres) fn reserve(&mut self, reserved: Reserved) {
        self.reserved = Some(reserved);
    }

    /// Commits.
    ///
    /// # Errors
    /// Nothing was changed, unless the error is [`StoreError::OutcomeUnknown`].
    pub(in crate::engines::postgres) fn commit(mut self) -> error::Result<()> {
        self.has_ended = true;
        let sql = format!("COMMIT; {ASYNC}, nextval('commits'){}", self.ids_given_back());
        let committed = match &mut *self.shared.session.borrow_mut() {
            Some(session) => session.run(&sql),
            None => Err(lost().into()),
        };
        self.shared.in_use.set(Use::Free);
        match committed {
            Ok(()) => Ok(()),
            Err(Failure::Server(error)) if is_unknown(&error) => {
                Err(StoreError::OutcomeUnknown { detail: in_words(&error) }.into())
            }
            Err(failure) => Err(failure.into()),
        }
    }

    fn ids_given_back(&self) -> String {
        let given = |Reserved { last, used }| format!(", give_back_ids({last}, {used})");
        self.reserved.map(given).unwrap_or_default()
    }
}

/// Begins a statement whose changes need not be on disk before it is answered.
const ASYNC: &str = "SELECT set_config('synchronous_commit', 'off', true)";

/// Returns true if the server may have committed: it did not answer, or it was interrupted.
fn is_unknown(error: &postgres::Error) -> bool {
    error.code().is_none_or(|code| code.code().starts_with("57"))
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            let ids = self.ids_given_back();
            let then = if ids.is_empty() { ids } else { format!("; {ASYNC}{ids}") };
            self.shared.roll_back(&then);
        }
    }
}
