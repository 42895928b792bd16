//! Time and chance, handed in: the store never reads a clock or rolls a die by itself.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use crate::event::CorrelationId;

/// A point in time, in UTC milliseconds since 1970. Shown as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Whole seconds since 1970.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    fn instant(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_millisecond(self.0).ok()
    }

    /// The time of day in UTC, as `12:01:07.533`.
    #[must_use]
    pub fn time_of_day(self) -> String {
        self.instant()
            .map_or_else(|| self.0.to_string(), |instant| instant.strftime("%H:%M:%S%.3f").to_string())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instant() {
            Some(instant) => write!(f, "{instant:.3}"),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>().map(|instant| Self(instant.as_millisecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

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
