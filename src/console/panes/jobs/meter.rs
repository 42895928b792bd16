//! The rate of progress.

use std::collections::VecDeque;

use crate::clock::Timestamp;

/// Measures the rate over the last few seconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meter {
    samples: VecDeque<(Timestamp, u64)>,
}

impl Meter {
    const SPAN_MILLIS: i64 = 5000;

    /// Records the number of steps done so far. A smaller number than before starts a new phase.
    pub fn note(&mut self, at: Timestamp, done: u64) {
        if self.samples.back().is_some_and(|&(_, before)| done < before) {
            self.samples.clear();
        }
        self.samples.push_back((at, done));
        while self.samples.len() > 2 && at.0 - self.samples[0].0.0 > Self::SPAN_MILLIS {
            self.samples.pop_front();
        }
    }

    /// Returns the steps per second, once there are two samples.
    pub fn rate(&self) -> Option<f64> {
        let (&(first, before), &(last, now)) = (self.samples.front()?, self.samples.back()?);
        let millis = last.0 - first.0;
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
        (millis > 0).then(|| (now - before) as f64 * 1000.0 / millis as f64)
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Timestamp;
    use crate::console::panes::jobs::meter::Meter;

    #[test]
    fn the_rate_covers_the_last_seconds_and_restarts_with_a_phase() {
        let mut meter = Meter::default();
        assert_eq!(meter.rate(), None);
        meter.note(Timestamp(0), 0);
        meter.note(Timestamp(500), 1000);
        assert_eq!(meter.rate(), Some(2000.0));
        meter.note(Timestamp(600), 5);
        assert_eq!(meter.rate(), None);
    }
}
