//! Time and chance, handed in: the store never reads a clock or rolls a die by itself.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

pub use crate::timestamp::Timestamp;

use crate::id::CorrelationId;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// Gives correlation ids to undertakings that come without one.
pub trait IdSource: Send + Sync {
    /// An id that was not given before.
    fn correlation_id(&self) -> CorrelationId;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Random version 4 UUIDs.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn correlation_id(&self) -> CorrelationId {
        uuid::Uuid::new_v4()
    }
}

/// A clock that moves on by a fixed step each time it is asked, so that a run can be repeated.
#[derive(Debug)]
pub struct SteppingClock {
    next: AtomicI64,
    step: i64,
}

impl SteppingClock {
    /// Starts at `start` and moves on by `step` milliseconds.
    #[must_use]
    pub fn new(start: Timestamp, step: i64) -> Self {
        Self { next: AtomicI64::new(start.0), step }
    }
}

impl Clock for SteppingClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.next.fetch_add(self.step, Ordering::Relaxed))
    }
}

/// Ids counted up from 1, so that a run can be repeated.
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn correlation_id(&self) -> CorrelationId {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        uuid::Builder::from_random_bytes(u128::from(count).to_be_bytes()).into_uuid()
    }
}
