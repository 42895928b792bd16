//! Progress of a fold, and stopping it in time.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::PageRow;
use crate::operations::{Handled, Phase, Progress, Watch, report};

/// The number of events after which the clock is looked at.
const EVENTS: u32 = 32;

/// The time after which the watch is asked again.
const PAUSE: Duration = Duration::from_millis(10);

/// Reports the progress of a fold to its watch, often enough to stop it within a few milliseconds.
pub(super) struct Pace<'w, 'a> {
    watch: &'w mut Watch<'a>,
    from: SpaceSequence,
    progress: Progress,
    asked: Instant,
    events: u32,
    handled: Handled,
}

impl<'w, 'a> Pace<'w, 'a> {
    pub fn new(watch: &'w mut Watch<'a>) -> Self {
        let progress =
            Progress { phase: Phase::Replay, done: 0, total: 0, last_event: None::<EventId>, skipped: 0 };
        Self {
            watch,
            from: SpaceSequence::START,
            progress,
            asked: Instant::now(),
            events: 0,
            handled: Handled::default(),
        }
    }

    /// Begins to apply the events after `from` up to `to`.
    pub fn start(&mut self, from: SpaceSequence, to: SpaceSequence) -> Result<()> {
        self.from = from;
        self.progress = Progress { done: 0, total: to.0 - from.0, ..self.progress };
        self.ask()
    }

    /// Notes an event that was applied, and the bytes of the values that it handled.
    pub fn step(&mut self, event: &Event, skipped: u64, bytes: usize) -> Result<()> {
        self.progress.done = event.space_sequence.0 - self.from.0;
        self.progress.last_event = Some(event.event_id);
        self.progress.skipped = skipped;
        if self.handled.add(event.bytes() + bytes) { self.ask() } else { self.check() }
    }

    /// Asks the watch, if it is time.
    pub fn check(&mut self) -> Result<()> {
        self.events += 1;
        if self.events < EVENTS || self.asked.elapsed() < PAUSE {
            return Ok(());
        }
        self.ask()
    }

    /// Asks the watch now: between the pieces of a large value.
    pub fn ask(&mut self) -> Result<()> {
        (self.events, self.asked) = (0, Instant::now());
        report(self.watch, self.progress)
    }
}
