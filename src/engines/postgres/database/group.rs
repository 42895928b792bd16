//! A transaction that callers of one space share, so that one commit covers the writes of all.
//!
//! A caller whose space others of this handle wait for leaves its transaction open for the next one in line, and waits until
//! its outcome is known (`engines/group.rs`). If a statement in it fails, nothing of it is committed, and each caller runs
//! again by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engines::group::{Companions, Line, Verdict};
use crate::error::{self, Error, StoreError};
use crate::event::Event;
use crate::event_store::nesting;
use crate::id::SpaceId;

use super::{Acknowledged, Database, Result, Session, Shared, Turn, Use};

/// How long a transaction may be left open for others in line, so that other programs get their turn.
const LONGEST: Duration = Duration::from_millis(20);

/// The number of lines in which callers wait, each for some of the spaces.
const LINES: usize = 16;

/// The lines of a handle.
pub(super) type Lines = [Line; LINES];

/// A transaction that callers of one space share.
pub(super) struct Group {
    space_id: SpaceId,
    companions: Arc<Companions>,
    began_at: Instant,
    /// The number of the transaction, once it is known.
    number: Option<i64>,
    last: Option<Acknowledged>,
}

impl Database {
    /// Takes the connection for a unit on a space, like [`Database::take_turn`]. If a transaction of others on this space was
    /// left open, joins it.
    pub(in crate::engines::postgres) fn take_turn_with_others(
        &self,
        space_id: SpaceId,
    ) -> error::Result<Turn<'_>> {
        nesting::check()?;
        self.check_no_snapshot()?;
        self.stop.check_asked()?;
        let longest = self.options.busy_timeout;
        let shared = self.line(space_id).wait(longest, |longest| self.shared.try_lock_for(longest))?;
        if shared.in_use.get() == Use::Left {
            let left = shared.companions(space_id);
            if let Some(companions) = left {
                companions.join();
                shared.in_use.set(Use::Group);
                return Ok(Turn::join(self, shared));
            }
            self.end_group(&shared);
        }
        Ok(Turn::take(self, self.to_write(shared)?))
    }

    fn line(&self, space_id: SpaceId) -> &Line {
        let [first, ..] = &self.lines;
        usize::try_from(space_id.0).ok().and_then(|id| self.lines.get(id % LINES)).unwrap_or(first)
    }

    /// Ends the transaction that threads share. All of them learn its outcome.
    pub(super) fn end_group(&self, shared: &Shared) -> Verdict {
        let Some(Group { companions, number, last, .. }) = shared.group.take() else {
            return Verdict::Undone;
        };
        let verdict = if companions.end() {
            match self.commit(shared, number, last) {
                Ok(()) => {
                    *self.acknowledged.lock() = last;
                    Verdict::Committed
                }
                Err(Error::Store(StoreError::OutcomeUnknown { detail })) => Verdict::Unknown(detail),
                Err(_) => Verdict::Undone,
            }
        } else {
            shared.roll_back();
            Verdict::Undone
        };
        companions.announce(verdict.clone());
        verdict
    }

    /// Ends a transaction if it is still open for others, because none of them came.
    fn end_if_left(&self, companions: &Arc<Companions>) {
        let Some(shared) = self.shared.try_lock() else { return };
        let is_this =
            shared.group.borrow().as_ref().is_some_and(|of| Arc::ptr_eq(&of.companions, companions));
        if is_this && shared.in_use.get() == Use::Left {
            self.end_group(&shared);
        }
    }
}

impl Shared {
    /// Returns the threads that share the transaction, if it is of this space.
    fn companions(&self, space_id: SpaceId) -> Option<Arc<Companions>> {
        let group = self.group.borrow();
        group.as_ref().filter(|group| group.space_id == space_id).map(|group| Arc::clone(&group.companions))
    }

    /// Returns true if the transaction may be left open for others.
    fn is_group_young(&self) -> bool {
        self.group.borrow().as_ref().is_some_and(|group| group.began_at.elapsed() < LONGEST)
    }
}

impl Turn<'_> {
    /// Returns true if its statements are in a transaction that others share.
    pub(in crate::engines::postgres) fn is_in_group(&self) -> bool {
        self.shared.as_ref().is_some_and(|shared| shared.in_use.get() == Use::Group)
    }

    /// Returns true if other callers of a space are waiting.
    pub(in crate::engines::postgres) fn is_anyone_waiting(&self, space_id: SpaceId) -> bool {
        self.database.line(space_id).is_anyone_waiting()
    }

    /// Begins a transaction that others may join.
    pub(in crate::engines::postgres) fn begin_group(&self, space_id: SpaceId) -> error::Result<()> {
        self.read(|session| session.run("BEGIN"))?;
        let shared = self.shared()?;
        shared.in_use.set(Use::Group);
        shared.group.replace(Some(Group {
            space_id,
            companions: Arc::default(),
            began_at: Instant::now(),
            number: None,
            last: None,
        }));
        Ok(())
    }

    /// Runs a statement in the transaction.
    pub(in crate::engines::postgres) fn run_in_group<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T>,
    ) -> Result<T> {
        match &self.shared {
            Some(shared) => self.database.on(shared, work),
            None => Err(super::lost().into()),
        }
    }

    /// Notes the events that the transaction has appended, and its number.
    pub(in crate::engines::postgres) fn appended_in_group(&self, events: &[Event], number: Option<i64>) {
        let Some(shared) = &self.shared else { return };
        if let Some(group) = &mut *shared.group.borrow_mut() {
            group.last = Acknowledged::of(events).or(group.last);
            group.number = number.or(group.number);
        }
    }

    /// Commits the transaction, at once or with the threads that are waiting. Returns false if nothing was changed, because a
    /// thread failed or gave up waiting.
    ///
    /// # Errors
    /// [`StoreError::OutcomeUnknown`]; [`StoreError::HandleBusy`] if the next thread does not finish.
    pub(in crate::engines::postgres) fn commit_group(mut self, space_id: SpaceId) -> error::Result<bool> {
        let database = self.database;
        let Some(shared) = self.shared.take() else { return Ok(false) };
        let Some(companions) = shared.companions(space_id) else { return Ok(false) };
        shared.foreseen.replace(None);
        let is_awaited = shared.is_group_young() && database.line(space_id).is_anyone_waiting();
        if !is_awaited || !companions.leave() {
            return is_committed(database.end_group(&shared));
        }
        shared.in_use.set(Use::Left);
        drop(shared);
        let longest = database.options.busy_timeout;
        Ok(companions.outcome(longest, || database.end_if_left(&companions))?)
    }

    /// Commits the transaction at once, and keeps the connection. Returns false if nothing was changed.
    ///
    /// # Errors
    /// [`StoreError::OutcomeUnknown`].
    pub(in crate::engines::postgres) fn leave_group(&self) -> error::Result<bool> {
        let shared = self.shared()?;
        let verdict = self.database.end_group(shared);
        shared.in_use.set(Use::Turn);
        is_committed(verdict)
    }

    /// Rolls the transaction back. The other threads learn that nothing was changed.
    pub(in crate::engines::postgres) fn undo_group(&self) {
        let Some(shared) = &self.shared else { return };
        shared.roll_back();
        if let Some(group) = shared.group.take() {
            group.companions.announce(Verdict::Undone);
        }
        shared.in_use.set(Use::Turn);
    }
}

fn is_committed(verdict: Verdict) -> error::Result<bool> {
    match verdict {
        Verdict::Committed => Ok(true),
        Verdict::Undone => Ok(false),
        Verdict::Unknown(detail) => Err(StoreError::OutcomeUnknown { detail }.into()),
    }
}
