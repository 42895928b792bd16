//! What happened to a job, and when.

use crate::clock::Timestamp;
use crate::operations::Phase;

/// The most entries kept: a job without end changes its phase without end.
const MOST: usize = 1000;

/// What happened to a job, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobLog {
    entries: Vec<(Timestamp, JobEntry)>,
    /// Entries that were dropped, the oldest after the first.
    pub dropped: u64,
}

/// One thing that happened to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEntry {
    /// It began.
    Started,
    /// It went on to a phase.
    Phase(Phase),
    /// It has left out so many events by now.
    Skipped(u64),
    /// It is held up.
    Paused,
    /// It goes on.
    Resumed,
    /// It came to an end, of which its status tells.
    Ended,
}

impl JobLog {
    /// Takes note of something. Events left out one after the other are one entry.
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

    /// The entries, the latest first.
    pub fn latest_first(&self) -> impl Iterator<Item = (Timestamp, JobEntry)> {
        self.entries.iter().rev().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_stays_small_and_keeps_its_beginning_and_its_end() {
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
    fn events_left_out_one_after_the_other_are_counted_in_one_entry() {
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
