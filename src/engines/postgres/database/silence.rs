//! Remembers that a server has not answered, so that the next steps of an operation do not wait for it as long again.
//!
//! A lost operation has steps left that also need its server: it removes what it has built, and records its end. They follow at
//! once, while a caller who waits for the server pauses between its attempts (`content_store/outage.rs`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How long after a wait an attempt counts as one of these steps. Then the server has its usual time again.
const SOON: Duration = Duration::from_secs(3);

/// How long the server has to answer then.
pub(super) const PROBE: Duration = Duration::from_millis(100);

/// The last wait for a server that was in vain. The connections to it share it.
#[derive(Clone, Default)]
pub(super) struct Silence(Arc<Mutex<Option<Wait>>>);

/// A wait in vain.
#[derive(Clone, Copy)]
struct Wait {
    lasted: Duration,
    ended: Instant,
}

impl Wait {
    fn is_recent(&self) -> bool {
        self.ended.elapsed() < SOON
    }
}

impl Silence {
    /// Notes that the server has not answered for this long. The attempts that follow soon do not count.
    pub(super) fn note(&self, lasted: Duration) {
        let mut wait = self.0.lock();
        if wait.filter(Wait::is_recent).is_none() {
            *wait = Some(Wait { lasted, ended: Instant::now() });
        }
    }

    /// Notes that the server has answered.
    pub(super) fn ends(&self) {
        *self.0.lock() = None;
    }

    /// Returns the duration of a wait in vain that has just ended.
    pub(super) fn just_now(&self) -> Option<Duration> {
        self.0.lock().filter(Wait::is_recent).map(|wait| wait.lasted)
    }
}
