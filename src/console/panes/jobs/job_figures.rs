//! The figures of a job's phases, kept after a phase ends.

use crate::event::EventId;
use crate::operations::{Phase, Progress};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
