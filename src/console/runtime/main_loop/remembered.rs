//! Reading the memory when the console opens, and writing the position while it runs and when it ends.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::console::app::memory::{self, MemoryCommand};
use crate::console::app::message::Message;
use crate::console::app::state::ConsoleState;
use crate::console::runtime::memory::Keeper;
use crate::console::runtime::threads::{self, Incoming};
use crate::console::runtime::workers::Questions;
use crate::content_store::Store;
use crate::state_files::{LastPosition, StateDirectory};

use super::Console;

/// The time between a change and the moment at which the position is written: what a killed console loses.
pub(super) const REMEMBER_AFTER: Duration = Duration::from_secs(2);

/// How long the console waits for the state files when it opens, and when it ends.
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

/// Reads the memory, and starts the thread that writes it. Returns none if there is nowhere to write it.
pub(super) fn open(
    state: &mut ConsoleState,
    store: &Store,
    directory: StateDirectory,
    tell: &Sender<Incoming>,
) -> Result<Option<Questions<MemoryCommand>>> {
    let Some(keeper) = Keeper::of(store, directory)? else { return Ok(None) };
    let keeper = Arc::new(keeper);
    let (read, reader) = (mpsc::channel(), Arc::clone(&keeper));
    threads::spawn("memory", tell, move |_| drop(read.0.send(reader.read())))?;
    let read = read.1.recv_timeout(MEMORY_PATIENCE).unwrap_or_else(|_| keeper.unread());
    let is_kept = read.is_kept;
    memory::open(state, keeper.with_current_space(store, read));
    let write = move |command| Message::Memory(keeper.write(command));
    // The disk of the state files may not respond, so the program ends without waiting for the thread.
    let writer = is_kept.then(|| Questions::unclosed("remembering", write, tell));
    Ok(writer.transpose()?)
}

impl Console {
    /// Returns true if the position is to be written soon.
    pub(super) fn is_position_due(&self) -> bool {
        self.memory.is_some() && self.state.memory.is_kept && self.remembered.changed.is_some()
    }

    /// Has the position written, if it is another one.
    pub(super) fn remember(&mut self) -> Result<()> {
        let Some(memory) = self.memory.as_ref().filter(|_| self.state.memory.is_kept) else { return Ok(()) };
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
    pub(in crate::console::runtime) fn remember_at_end(&mut self, incoming: &Receiver<Incoming>) {
        if self.remember().is_err() {
            return;
        }
        let since = Instant::now();
        while self.remembered.unanswered > 0 {
            match incoming.recv_timeout(MEMORY_PATIENCE.saturating_sub(since.elapsed())) {
                Ok(Incoming::Message(Message::Memory(_))) => self.remembered.unanswered -= 1,
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}
