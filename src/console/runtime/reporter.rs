//! Limits how often a job reports its progress.

use std::time::{Duration, Instant};

use crate::console::app::message::JobNews;
use crate::operations::{Phase, Progress};

/// The shortest time between two reports of a phase.
const REPORT_EVERY: Duration = Duration::from_millis(50);

/// The time of the last report, and the progress since. The last step of each phase is always reported.
#[derive(Default)]
pub(super) struct Reporter {
    last: Option<(Instant, Phase)>,
    unreported: Option<Progress>,
}

impl Reporter {
    pub(super) fn tell(&mut self, step: Progress, news: &dyn Fn(JobNews)) {
        let now = Instant::now();
        if self.last.is_some_and(|(at, phase)| phase == step.phase && now - at < REPORT_EVERY) {
            self.unreported = Some(step);
            return;
        }
        if self.last.is_some_and(|(_, phase)| phase != step.phase) {
            self.tell_last(news);
        }
        (self.last, self.unreported) = (Some((now, step.phase)), None);
        news(JobNews::Progress(step));
    }

    /// Reports the remaining progress, so that an ended job shows how far it got.
    pub(super) fn tell_last(&mut self, news: &dyn Fn(JobNews)) {
        if let Some(step) = self.unreported.take() {
            news(JobNews::Progress(step));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_step_of_each_phase_is_reported() {
        let step = |phase, done| Progress { phase, done, total: 9, last_event: None, skipped: 0 };
        let heard = std::cell::RefCell::new(Vec::new());
        let news = |news| match news {
            JobNews::Progress(step) => heard.borrow_mut().push((step.phase, step.done)),
            news => panic!("{news:?}"),
        };
        let mut reporter = Reporter::default();
        for (phase, done) in [(Phase::Replay, 1), (Phase::Replay, 9), (Phase::Write, 2)] {
            reporter.tell(step(phase, done), &news);
        }
        assert_eq!(heard.into_inner(), [(Phase::Replay, 1), (Phase::Replay, 9), (Phase::Write, 2)]);
    }

    #[test]
    fn the_last_of_many_fast_steps_is_reported() {
        let steps = (0..100).map(|done| Progress {
            phase: Phase::Import,
            done,
            total: 99,
            last_event: None,
            skipped: 0,
        });
        let heard = std::cell::RefCell::new(Vec::new());
        let news = |news| match news {
            JobNews::Progress(step) => heard.borrow_mut().push(step.done),
            news => panic!("{news:?}"),
        };
        let mut reporter = Reporter::default();
        steps.for_each(|step| reporter.tell(step, &news));
        reporter.tell_last(&news);
        reporter.tell_last(&news);
        let heard = heard.into_inner();
        assert_eq!((heard[0], heard.last()), (0, Some(&99)));
        assert!(heard.is_sorted_by(|one, next| one < next), "{heard:?}");
    }
}
