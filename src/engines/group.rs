//! Threads that share a handle and whose writes are in one transaction, and what becomes of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::error::StoreError;

/// How long a thread waits for those after it before it looks whether any of them is left. On a busy machine, a thread of
/// a test may take long to come.
const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 1_000 } else { 10 });

/// How long the first thread in line stays awake: its turn usually comes sooner than it could be woken.
const AWAKE: Duration = Duration::from_micros(300);

/// The threads that wait to write.
#[derive(Default)]
pub(crate) struct Line {
    waiting: AtomicUsize,
    /// Held by the first in line.
    first: Mutex<()>,
}

impl Line {
    /// Waits in line for a lock. `lock` tries to take it, for some time or, with zero, just once.
    ///
    /// # Errors
    /// [`StoreError::HandleBusy`] after `longest`.
    pub(crate) fn wait<T>(
        &self,
        longest: Duration,
        lock: impl Fn(Duration) -> Option<T>,
    ) -> Result<T, StoreError> {
        if let Some(locked) = lock(Duration::ZERO) {
            return Ok(locked);
        }
        let started = Instant::now();
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let locked = self.wait_for_turn(started, longest, lock);
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        locked.ok_or_else(|| StoreError::HandleBusy { waited: started.elapsed() })
    }

    fn wait_for_turn<T>(
        &self,
        started: Instant,
        longest: Duration,
        lock: impl Fn(Duration) -> Option<T>,
    ) -> Option<T> {
        let _first = self.first.try_lock_for(longest)?;
        let first_since = Instant::now();
        while first_since.elapsed() < AWAKE {
            if let Some(locked) = lock(Duration::ZERO) {
                return Some(locked);
            }
            thread::yield_now();
        }
        lock(longest.saturating_sub(started.elapsed()))
    }

    /// Runs `work` while a thread seems to wait.
    #[cfg(test)]
    pub(crate) fn seem_to_wait<T>(&self, work: impl FnOnce() -> T) -> T {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let done = work();
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        done
    }

    pub(crate) fn is_anyone_waiting(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }
}

/// The outcome of a transaction that several threads share.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    Committed,
    /// Nothing was changed.
    Undone,
    Unknown(String),
}

/// The state of a transaction that several threads share.
#[derive(Debug, Default)]
enum Phase {
    /// A thread is in it.
    #[default]
    Joined,
    /// It was left open for the next thread in line.
    Left,
    /// A thread gave up waiting for the one in it, so it must not be committed.
    Withdrawn,
    Ending,
    Known(Verdict),
}

/// The threads whose writes are in one transaction, and what became of it.
#[derive(Default)]
pub(crate) struct Companions {
    phase: Mutex<Phase>,
    known: Condvar,
}

impl Companions {
    /// A thread leaves the transaction open. Returns false if it must not, because another one has given up waiting.
    pub(crate) fn leave(&self) -> bool {
        let mut phase = self.phase.lock();
        let may_leave = !matches!(*phase, Phase::Withdrawn);
        if may_leave {
            *phase = Phase::Left;
        }
        may_leave
    }

    /// A thread joins the transaction that was left open.
    pub(crate) fn join(&self) {
        *self.phase.lock() = Phase::Joined;
    }

    /// A thread gives up waiting for the one in the transaction: its application code may be waiting for this thread.
    /// Returns false if no application code is running, so that the verdict will come.
    fn withdraw(&self) -> bool {
        let mut phase = self.phase.lock();
        let is_joined = matches!(*phase, Phase::Joined | Phase::Withdrawn);
        if is_joined {
            *phase = Phase::Withdrawn;
        }
        is_joined
    }

    /// The transaction is about to be committed. Returns false if it must not be, because a thread has given up waiting.
    pub(crate) fn end(&self) -> bool {
        let mut phase = self.phase.lock();
        let may_commit = !matches!(*phase, Phase::Withdrawn);
        *phase = Phase::Ending;
        may_commit
    }

    pub(crate) fn announce(&self, verdict: Verdict) {
        *self.phase.lock() = Phase::Known(verdict);
        self.known.notify_all();
    }

    /// Waits until the transaction has ended. Returns false if nothing was changed. `end_if_left` ends it if it is still open
    /// for others.
    ///
    /// # Errors
    /// [`StoreError::OutcomeUnknown`]; [`StoreError::HandleBusy`] if the next thread does not finish within `longest`.
    pub(crate) fn outcome(&self, longest: Duration, end_if_left: impl Fn()) -> Result<bool, StoreError> {
        let started = Instant::now();
        loop {
            match self.wait() {
                Some(Verdict::Committed) => return Ok(true),
                Some(Verdict::Undone) => return Ok(false),
                Some(Verdict::Unknown(detail)) => return Err(StoreError::OutcomeUnknown { detail }),
                None => end_if_left(),
            }
            let waited = started.elapsed();
            if waited >= longest && self.withdraw() {
                return Err(StoreError::HandleBusy { waited });
            }
        }
    }

    /// Waits for the verdict. Returns `None` if it is still unknown after a while.
    fn wait(&self) -> Option<Verdict> {
        let mut phase = self.phase.lock();
        if !matches!(*phase, Phase::Known(_)) {
            self.known.wait_for(&mut phase, PATIENCE);
        }
        match &*phase {
            Phase::Known(verdict) => Some(verdict.clone()),
            _ => None,
        }
    }
}
