//! A store that yields the same events in every run.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::clock::{Clock, CountingIds};
use crate::{Store, Timestamp};

/// A clock that stands still until it is advanced. Clones show the same time.
///
/// ```
/// use std::time::Duration;
/// use ramax::{Timestamp, clock::Clock, testing::FixedClock};
///
/// let clock = FixedClock::at(Timestamp(1_000));
/// clock.advance(Duration::from_secs(2));
/// assert_eq!(clock.now(), Timestamp(3_000));
/// ```
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// Creates a clock that shows this time.
    pub fn at(time: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(time.0)))
    }

    /// Advances the clock, by whole milliseconds.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// Creates an empty store in memory with this clock and with numbered ids.
///
/// ```
/// use std::sync::Arc;
/// use ramax::testing::{FixedClock, store};
/// use ramax::{Command, ContentStore, Timestamp, apps::Crm};
///
/// # fn main() -> ramax::Result<()> {
/// let store = store(&FixedClock::at(Timestamp(5)));
/// let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm))?;
/// let add = Command::new("add-contact").with("contact_id", "c1").with("name", "Ada").with("email", "a@b.c");
/// let done = crm.execute(add)?;
/// let event = store.events().event(done.event_ids[0])?.unwrap();
/// assert_eq!(event.timestamp, Timestamp(5));
/// assert_eq!(event.correlation_id.unwrap().to_string(), "00000000-0000-4000-8000-000000000001");
/// # Ok(())
/// # }
/// ```
pub fn store(clock: &FixedClock) -> Store {
    Store::memory().with_origin(Arc::new(clock.clone()), Arc::new(CountingIds::default()))
}
