//! The history of a job.

use crate::clock::Timestamp;
use crate::operations::Phase;

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
}
