//! The history of a job: its log, the figures of its phases, and its rate of progress.

use std::collections::VecDeque;

use crate::clock::Timestamp;
use crate::event::EventId;
use crate::operations::{Phase, Progress, ReviewDecision};

/// The most entries kept. A job can change its phase any number of times.
const MOST: usize = 1000;

/// The history of a job, oldest entry first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobLog {
    entries: Vec<(Timestamp, JobEntry)>,
    /// The number of dropped entries. The first entry is always kept.
    pub dropped: u64,
}

/// An entry in the history of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEntry {
    /// The job started.
    Started,
    /// A phase started.
    Phase(Phase),
    /// The number of events skipped so far.
    Skipped(u64),
    /// The job paused.
    Paused,
    /// The job resumed.
    Resumed,
    /// The job waits for a decision about its differences.
    Review,
    /// The decision was taken.
    Reviewed(ReviewDecision),
    /// The job ended; its status says how.
    Ended,
}

impl JobLog {
    /// Adds an entry. Consecutive skips are merged into one.
    pub fn note(&mut self, at: Timestamp, entry: JobEntry) {
        if let (JobEntry::Skipped(_), Some(last @ (_, JobEntry::Skipped(_)))) =
            (entry, self.entries.last_mut())
        {
            *last = (at, entry);
            return;
        }
        if self.entries.len() == MOST {
            self.entries.remove(1);
            self.dropped += 1;
        }
        self.entries.push((at, entry));
    }

    /// Returns the entries, latest first.
    pub fn latest_first(&self) -> impl Iterator<Item = (Timestamp, JobEntry)> {
        self.entries.iter().rev().copied()
    }
}

/// The figures of a job's phases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobFigures {
    /// The last progress of each phase that counts anything, latest phase last.
    phases: Vec<Progress>,
    /// The last event handled.
    pub last_event: Option<EventId>,
    /// The number of events that could not be applied.
    pub skipped: u64,
}

impl JobFigures {
    /// Records progress.
    pub(crate) fn note(&mut self, progress: Progress) {
        self.last_event = self.last_event.max(progress.last_event.filter(|event| event.0 > 0));
        self.skipped = self.skipped.max(progress.skipped);
        if (progress.done, progress.total) != (0, 0) {
            self.phases.retain(|before| before.phase != progress.phase);
            self.phases.push(progress);
        }
    }

    /// Returns the last progress of the latest phase that satisfies `is_wanted`.
    pub fn of(&self, is_wanted: impl Fn(Phase) -> bool) -> Option<Progress> {
        self.phases.iter().rev().copied().find(|progress| is_wanted(progress.phase))
    }
}

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
    use super::*;

    #[test]
    fn a_long_log_keeps_its_first_and_its_latest_entries() {
        let mut log = JobLog::default();
        log.note(Timestamp(0), JobEntry::Started);
        for at in 1..=2 * MOST as i64 {
            let phase = if at % 2 == 0 { Phase::Replay } else { Phase::Write };
            log.note(Timestamp(at), JobEntry::Phase(phase));
        }
        let kept: Vec<_> = log.latest_first().collect();
        assert_eq!((kept.len(), log.dropped), (MOST, MOST as u64 + 1));
        assert_eq!(kept.first().map(|(at, _)| at.0), Some(2 * MOST as i64));
        assert_eq!(kept.last(), Some(&(Timestamp(0), JobEntry::Started)));
    }

    #[test]
    fn consecutive_skipped_events_are_counted_in_one_entry() {
        let mut log = JobLog::default();
        for (at, entry) in [
            (0, JobEntry::Skipped(1)),
            (1, JobEntry::Skipped(7)),
            (2, JobEntry::Phase(Phase::Write)),
            (3, JobEntry::Skipped(8)),
        ] {
            log.note(Timestamp(at), entry);
        }
        let kept: Vec<_> = log.latest_first().map(|(_, entry)| entry).collect();
        assert_eq!(kept, [JobEntry::Skipped(8), JobEntry::Phase(Phase::Write), JobEntry::Skipped(7)]);
    }

    #[test]
    fn figures_of_a_phase_are_kept_when_later_phases_count_something_else() {
        let step = |phase, done, total, last: u64, skipped| Progress {
            phase,
            done,
            total,
            last_event: (last > 0).then_some(EventId(last)),
            skipped,
        };
        let mut figures = JobFigures::default();
        for progress in [
            step(Phase::Replay, 500, 700, 500, 1),
            step(Phase::Replay, 700, 700, 700, 1),
            step(Phase::Compare, 0, 0, 0, 1),
            step(Phase::Compare, 30, 30, 700, 1),
            step(Phase::Sweep, 0, 0, 0, 0),
        ] {
            figures.note(progress);
        }
        let events = figures.of(|phase| phase == Phase::Replay).unwrap();
        let keys = figures.of(|phase| phase == Phase::Compare).unwrap();
        assert_eq!((events.done, keys.done), (700, 30));
        assert_eq!(figures.of(|phase| phase == Phase::Sweep), None);
        assert_eq!((figures.last_event, figures.skipped), (Some(EventId(700)), 1));
    }

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
