//! What a job has been through: the figures of each of its phases, which outlast the phase.

use crate::event::EventId;
use crate::operations::{Phase, Progress};

/// What a job has been through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobFigures {
    /// As far as each phase came that counts anything, the latest one last.
    phases: Vec<Progress>,
    /// The last event that was handled.
    pub last_event: Option<EventId>,
    /// Events that could not be applied.
    pub skipped: u64,
}

impl JobFigures {
    /// Takes in how far the job has come.
    pub(super) fn note(&mut self, progress: Progress) {
        self.last_event = self.last_event.max(progress.last_event.filter(|event| event.0 > 0));
        self.skipped = self.skipped.max(progress.skipped);
        if (progress.done, progress.total) != (0, 0) {
            self.phases.retain(|before| before.phase != progress.phase);
            self.phases.push(progress);
        }
    }

    /// How far it came with what phases of this kind count, as the latest of them says.
    #[must_use]
    pub fn of(&self, is_wanted: impl Fn(Phase) -> bool) -> Option<Progress> {
        self.phases.iter().rev().copied().find(|progress| is_wanted(progress.phase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_outlast_the_phases_that_count_something_else_or_nothing() {
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
