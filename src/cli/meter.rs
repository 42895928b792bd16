//! The progress of a long operation, shown on standard error.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::operations::{Phases, Progress};
use crate::text::grouped;

use super::interrupt::Interrupt;
use super::messages::{Messages, rate, time_taken};

/// The minimum time between two redraws of the line.
const REDRAW: Duration = Duration::from_millis(100);

/// The minimum time between two lines if standard error is not a terminal.
const REPORT: Duration = Duration::from_secs(10);

const SECOND: Duration = Duration::from_secs(1);

/// Shows the progress of one operation, and stops it after a signal. A terminal gets a line that is redrawn;
/// otherwise a line is written now and then, if requested.
pub struct ProgressMeter<'a> {
    messages: Messages,
    interrupt: &'a Interrupt,
    title: String,
    course: Course,
    drawn: Instant,
    to_clear: bool,
}

/// The progress of an operation, and its start.
struct Course {
    phases: Phases,
    started: Instant,
    /// The last progress, and when its phase started.
    at: Option<(Progress, Instant)>,
    /// The largest share of the whole reached so far.
    furthest: f64,
}

impl<'a> ProgressMeter<'a> {
    /// Starts to watch an operation of these phases.
    pub fn start(messages: Messages, interrupt: &'a Interrupt, title: String, phases: Phases) -> Self {
        messages.report(&format!("{title} …"));
        let now = Instant::now();
        // A very short operation draws no line.
        Self { messages, interrupt, title, course: Course::start(phases, now), drawn: now, to_clear: false }
    }

    /// Notes progress. Breaks if the operation should stop.
    pub fn watch(&mut self, progress: Progress) -> ControlFlow<()> {
        if self.interrupt.is_interrupted() {
            return ControlFlow::Break(());
        }
        let now = Instant::now();
        let is_new_phase = self.course.note(progress, now);
        // A phase may be one long step that reports nothing more.
        let since = if is_new_phase { self.course.started } else { self.drawn };
        if self.messages.is_terminal() && now - since >= REDRAW {
            self.drawn = now;
            self.to_clear = true;
            self.messages.redraw(&self.line(now));
        } else if !self.messages.is_terminal() && now - self.drawn >= REPORT {
            self.drawn = now;
            self.messages.report(&self.line(now));
        }
        ControlFlow::Continue(())
    }

    fn line(&self, now: Instant) -> String {
        format!("{}: {}", self.title, self.course.described(now))
    }

    /// Stops watching. Returns the duration.
    pub fn end(self) -> Duration {
        if self.to_clear {
            self.messages.redraw("");
        }
        self.course.started.elapsed()
    }
}

impl Course {
    fn start(phases: Phases, started: Instant) -> Self {
        Self { phases, started, at: None, furthest: 0.0 }
    }

    /// Notes progress. Returns true if it is the first of its phase.
    fn note(&mut self, progress: Progress, now: Instant) -> bool {
        let same = self.at.filter(|(before, _)| before.phase == progress.phase);
        self.at = Some((progress, same.map_or(now, |(_, since)| since)));
        self.furthest =
            self.phases.fraction(progress).map_or(self.furthest, |share| share.max(self.furthest));
        same.is_none()
    }

    /// Describes the share of the whole, the phase with its progress and rate, and the time left.
    fn described(&self, now: Instant) -> String {
        let Some((progress, since)) = self.at else { return "starting".to_owned() };
        let share = self.phases.fraction(progress).map(|_| self.furthest);
        let mut parts = Vec::new();
        parts.extend(share.map(|share| format!("{} %", (share * 100.0) as u64)));
        let phase = progress.phase.title();
        let counts = self.phases.counts_steps() && (progress.done, progress.total) != (0, 0);
        parts.push(match progress.total {
            _ if !counts => phase.to_owned(),
            0 => format!("{phase} {}", grouped(progress.done)),
            total => format!("{phase} {} of {}", grouped(progress.done), grouped(total)),
        });
        if counts && progress.total > 0 && progress.done > 0 && now - since >= REDRAW {
            parts.push(rate(progress.done, now - since));
        }
        let taken = now - self.started;
        if let Some(share) = share.filter(|share| *share > 0.0 && *share < 1.0 && taken >= REDRAW) {
            let left = taken.mul_f64((1.0 - share) / share);
            let left =
                if left < SECOND { "less than 1 s".to_owned() } else { format!("~{}", time_taken(left)) };
            parts.push(format!("{left} left"));
        }
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::{Operation, Phase, Rebuild, Verify};

    fn described(phases: Phases, steps: &[(u64, Phase, u64, u64)]) -> Vec<String> {
        let started = Instant::now();
        let mut course = Course::start(phases, started);
        let described = |(second, phase, done, total): &(u64, Phase, u64, u64)| {
            let now = started + Duration::from_secs(*second);
            course.note(
                Progress { phase: *phase, done: *done, total: *total, last_event: None, skipped: 0 },
                now,
            );
            course.described(now)
        };
        steps.iter().map(described).collect()
    }

    #[test]
    fn the_share_of_a_rebuild_is_not_a_number_of_events() {
        let steps =
            [(1, Phase::Replay, 0, 1000), (2, Phase::Replay, 100, 1000), (8, Phase::Write, 400, 1000)];
        let expected =
            ["0 % · replaying", "10 % · replaying · ~18.0 s left", "40 % · writing · ~12.0 s left"];
        assert_eq!(described(Rebuild::default().phases(), &steps), expected);
    }

    #[test]
    fn one_share_grows_through_all_phases() {
        let steps = [
            (0, Phase::Replay, 0, 9000),
            (9, Phase::Replay, 9000, 9000),
            (9, Phase::Compare, 0, 3000),
            (10, Phase::Compare, 1500, 3000),
            (11, Phase::Sweep, 0, 0),
        ];
        let expected = [
            "0 % · replaying 0 of 9,000",
            "50 % · replaying 9,000 of 9,000 · 1,000/s · ~9.0 s left",
            "50 % · comparing 0 of 3,000 · ~9.0 s left",
            "75 % · comparing 1,500 of 3,000 · 1,500/s · ~3.3 s left",
            "sweeping",
        ];
        assert_eq!(described(Verify::default().phases(), &steps), expected);
    }

    #[test]
    fn an_unknown_number_of_keys_is_counted_without_a_share() {
        let steps = [(1, Phase::SetAside, 1200, 0), (2, Phase::Export, 500, 1000)];
        let expected = ["setting keys aside 1,200", "50 % · exporting 500 of 1,000 · ~2.0 s left"];
        assert_eq!(described(Phases::ONE, &steps), expected);
    }
}
