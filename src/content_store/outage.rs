//! A server that is away: whatever waits for it says so once, and tries again after pauses that grow.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The pause after the first failure.
const FIRST: Duration = Duration::from_millis(250);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(2);

/// How often a wait looks whether it was stopped.
const LOOK: Duration = Duration::from_millis(50);

/// The attempts that failed since the server was last reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Outage {
    failures: u32,
}

impl Outage {
    /// Notes that an attempt failed. Returns true if it was the first one, which is to be reported.
    #[must_use]
    pub(crate) fn begins(&mut self) -> bool {
        self.failures = self.failures.saturating_add(1);
        self.failures == 1
    }

    /// Notes that an attempt succeeded. Returns true if one had failed before.
    pub(crate) fn ends(&mut self) -> bool {
        std::mem::take(&mut self.failures) > 0
    }

    /// Returns the pause before the next attempt.
    pub(crate) fn pause(self) -> Duration {
        match self.failures {
            0 => Duration::ZERO,
            failures => (FIRST * 2_u32.saturating_pow(failures - 1).min(8)).min(LONGEST),
        }
    }

    /// Waits for the next attempt, or until `stop` is set.
    pub(crate) fn wait(self, stop: &AtomicBool) {
        let started = Instant::now();
        while !stop.load(Ordering::Relaxed) && started.elapsed() < self.pause() {
            thread::sleep(LOOK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_reported_once_and_its_pauses_grow() {
        let mut outage = Outage::default();
        assert_eq!((outage.pause(), outage.ends()), (Duration::ZERO, false));
        assert!(outage.begins());
        let pauses: Vec<u128> = (0..6)
            .map(|_| {
                let pause = outage.pause().as_millis();
                assert!(!outage.begins());
                pause
            })
            .collect();
        assert_eq!(pauses, [250, 500, 1000, 2000, 2000, 2000]);
        assert!(outage.ends() && outage.begins(), "another outage is reported again");
    }
}
