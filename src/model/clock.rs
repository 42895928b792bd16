//! Sources of event times and correlation ids. They are passed in, so that a test can reproduce the events of a run.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

pub use crate::timestamp::Timestamp;

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// Returns the current time.
    fn now(&self) -> Timestamp;
}

/// A source of ids: of correlations, for commands that are sent without one, and of entities.
pub trait IdSource: Send + Sync {
    /// Returns an id that it never returned before.
    fn new_id(&self) -> Uuid;
}

/// The system clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The time at which tests start: 2026-01-01T00:00:00Z.
pub(crate) const START_OF_TESTS: Timestamp = Timestamp(1_767_225_600_000);

/// Generates random version 4 UUIDs.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn new_id(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// A clock that advances by a fixed step on each reading, so that a run is reproducible.
#[derive(Debug)]
pub struct SteppingClock {
    next: AtomicI64,
    step: i64,
}

impl SteppingClock {
    /// Creates a clock that starts at `start` and advances by `step` milliseconds.
    pub fn new(start: Timestamp, step: i64) -> Self {
        Self { next: AtomicI64::new(start.0), step }
    }
}

impl Clock for SteppingClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.next.fetch_add(self.step, Ordering::Relaxed))
    }
}

impl Clone for SteppingClock {
    /// Returns a clock whose next time is the same.
    fn clone(&self) -> Self {
        Self { next: AtomicI64::new(self.next.load(Ordering::Relaxed)), step: self.step }
    }
}

/// Generates ids from a counter that starts at 1, so that a run is reproducible.
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn new_id(&self) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        uuid::Builder::from_random_bytes(u128::from(count).to_be_bytes()).into_uuid()
    }
}

impl Clone for CountingIds {
    /// Returns a source whose next id is the same.
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }
}
