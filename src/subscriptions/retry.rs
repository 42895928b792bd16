//! When to try again after a handler has failed.

use std::time::Duration;

/// How often an event is tried, and how long to wait in between. Each wait is twice as long as the one before.
///
/// ```
/// use std::time::Duration;
/// use ramax::subscriptions::Retry;
/// let retry = Retry::new(5, Duration::from_millis(100), Duration::from_secs(1));
/// let waits: Vec<u128> = (1..5).map(|failures| retry.wait_after(failures).as_millis()).collect();
/// assert_eq!(waits, [100, 200, 400, 800]);
/// assert_eq!(retry.wait_after(9), Duration::from_secs(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    attempts: u32,
    first: Duration,
    longest: Duration,
}

impl Retry {
    /// Tries an event up to `attempts` times, at least once, and waits `first` after the first failure. No wait is longer
    /// than `longest`.
    pub fn new(attempts: u32, first: Duration, longest: Duration) -> Self {
        Self { attempts: attempts.max(1), first, longest }
    }

    /// Tries an event up to `attempts` times without waiting, for tests.
    pub fn at_once(attempts: u32) -> Self {
        Self::new(attempts, Duration::ZERO, Duration::ZERO)
    }

    /// Returns the number of attempts.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the wait after this many failures.
    pub fn wait_after(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }
}

/// Eight attempts within 13 seconds: waits from 100 ms to 6.4 s.
impl Default for Retry {
    fn default() -> Self {
        Self::new(8, Duration::from_millis(100), Duration::from_secs(30))
    }
}
