//! Writing the position while the console runs and when it ends.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::console::app::memory::{self, MemoryCommand};
use crate::console::app::message::Message;
use crate::console::runtime::threads::Incoming;
use crate::state_files::LastPosition;

use super::Console;

/// The time between a change and the moment at which the position is written: what a killed console loses.
pub(super) const REMEMBER_AFTER: Duration = Duration::from_secs(2);

/// How long the console waits for the state files when it ends.
const MEMORY_PATIENCE: Duration = Duration::from_millis(300);

/// The state of the memory's files.
#[derive(Default)]
pub(super) struct Remembered {
    /// The number of answers that are outstanding.
    pub(super) unanswered: usize,
    /// The latest position that was sent.
    position: Option<LastPosition>,
    /// The time since when the position may be another one.
    pub(super) changed: Option<Instant>,
}

impl Console {
    /// Returns true if the position is to be written soon.
    pub(super) fn is_position_due(&self) -> bool {
        self.file.memory.is_some() && self.state.memory.is_kept && self.remembered.changed.is_some()
    }

    /// Has the position written, if it is another one.
    pub(super) fn remember(&mut self) -> Result<()> {
        let Some(memory) = self.file.memory.as_ref().filter(|_| self.state.memory.is_kept) else {
            return Ok(());
        };
        self.remembered.changed = None;
        let position = memory::position(&self.state);
        if self.remembered.position.as_ref() != Some(&position) {
            self.remembered.position = Some(position.clone());
            memory.ask(MemoryCommand::Keep(position.into()))?;
            self.remembered.unanswered += 1;
        }
        Ok(())
    }

    /// Writes the position at the end, and waits a moment for it.
    pub(in crate::console::runtime) fn remember_at_end(&mut self) {
        if self.remember().is_err() {
            return;
        }
        let since = Instant::now();
        while self.remembered.unanswered > 0 {
            match self.receive(Some(MEMORY_PATIENCE.saturating_sub(since.elapsed()))) {
                Ok(Incoming::Message(Message::Memory(_))) => self.remembered.unanswered -= 1,
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}
