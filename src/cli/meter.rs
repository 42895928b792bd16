//! The progress of a long operation, told on standard error.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::operations::{Phase, Progress};
use crate::text::grouped;

use super::interrupt::Interrupt;
use super::narration::{Narration, rate, time_taken};

/// How often the line is drawn again at most.
const REDRAW: Duration = Duration::from_millis(100);

/// How often a line is written at most where it cannot be drawn again.
const REPORT: Duration = Duration::from_secs(10);

const SECOND: Duration = Duration::from_secs(1);

/// Watches one operation: draws a line on a terminal, and stops it when asked to. Elsewhere it reports now and then,
/// if that was requested.
pub struct Meter<'a> {
    narration: Narration,
    interrupt: &'a Interrupt,
    title: String,
    started: Instant,
    phase: Option<Phase>,
    drawn: Instant,
    to_clear: bool,
}

impl<'a> Meter<'a> {
    /// Begins to watch.
    #[must_use]
    pub fn start(narration: Narration, interrupt: &'a Interrupt, title: String) -> Self {
        narration.report(&format!("{title} …"));
        let now = Instant::now();
        // What is done in no time draws no line at all.
        Self { narration, interrupt, title, started: now, phase: None, drawn: now, to_clear: false }
    }

    /// Takes note of progress; answers whether to go on.
    pub fn watch(&mut self, progress: Progress) -> ControlFlow<()> {
        if self.interrupt.is_asked() {
            return ControlFlow::Break(());
        }
        let now = Instant::now();
        let is_new_phase = self.phase.replace(progress.phase) != Some(progress.phase);
        // A phase may be one long step, of which nothing more is heard.
        let since = if is_new_phase { self.started } else { self.drawn };
        if self.narration.is_terminal() && now - since >= REDRAW {
            self.drawn = now;
            self.to_clear = true;
            self.narration.redraw(&self.line(progress, now));
        } else if !self.narration.is_terminal() && now - self.drawn >= REPORT {
            self.drawn = now;
            self.narration.report(&self.line(progress, now));
        }
        ControlFlow::Continue(())
    }

    fn line(&self, progress: Progress, now: Instant) -> String {
        let Progress { phase, done, total, .. } = progress;
        if (done, total) == (0, 0) {
            return format!("{}: {}", self.title, phase.title());
        }
        if total == 0 {
            return format!("{}: {} {}", self.title, phase.title(), grouped(done));
        }
        let percent = (done * 100).checked_div(total).unwrap_or(0);
        let mut line =
            format!("{}: {} {}/{} {percent} %", self.title, phase.title(), grouped(done), grouped(total));
        let taken = now - self.started;
        if done > 0 && taken >= REDRAW {
            let left = taken.mul_f64(total.saturating_sub(done) as f64 / done as f64);
            let left = if left < SECOND { "less than 1 s".to_owned() } else { time_taken(left) };
            line.push_str(&format!(" · {} · {left} left", rate(done, taken)));
        }
        line
    }

    /// Ends watching. Returns how long it took.
    pub fn end(self) -> Duration {
        if self.to_clear {
            self.narration.redraw("");
        }
        self.started.elapsed()
    }
}
