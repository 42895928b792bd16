//! Reading events on one core while the other folds them.

use std::mem;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use crate::content_store::Store;
use crate::error::{ReplayError, Result};
use crate::event::{Event, SpaceSequence};
use crate::event_store::EventStore;
use crate::space::SpaceId;

/// Events read in one go.
const READ: usize = 5000;
/// The most events of a chunk, and about the most bytes of their payloads.
const CHUNK: (usize, usize) = (1000, 1 << 20);
/// Chunks that may wait to be folded.
const AHEAD: usize = 2;

/// Shows `visit` a space's events after `after` in order, a chunk at a time, until there are no more. The
/// chunks to come are read meanwhile, through a connection of their own; only a few are held in memory.
///
/// # Errors
/// What `visit` returned; failures of the storage.
pub(super) fn read_ahead(
    store: &Store,
    space_id: SpaceId,
    after: SpaceSequence,
    visit: &mut dyn FnMut(&[Event]) -> Result<()>,
) -> Result<()> {
    let store = store.reconnect()?;
    let (full, chunks) = mpsc::sync_channel(AHEAD);
    let (spent, empty) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut reader = Reader { full, empty, chunk: Chunk::default() };
            if let Err(error) = reader.read(store.events(), space_id, after) {
                // Nobody waits for it where the folding has stopped.
                let _ = reader.full.send(Err(error));
            }
        });
        for chunk in chunks {
            let chunk: Chunk = chunk?;
            visit(&chunk.events[..chunk.used])?;
            let _ = spent.send(chunk);
        }
        Ok(())
    })
}

/// Events in allocations that are used again.
#[derive(Default)]
struct Chunk {
    events: Vec<Event>,
    used: usize,
    bytes: usize,
}

impl Chunk {
    fn push(&mut self, event: &Event) {
        match self.events.get_mut(self.used) {
            Some(spent) => spent.refill(event),
            None => self.events.push(event.clone()),
        }
        self.used += 1;
        self.bytes += event.payload.as_str().len();
    }

    fn is_full(&self) -> bool {
        self.used >= CHUNK.0 || self.bytes >= CHUNK.1
    }
}

struct Reader {
    full: SyncSender<Result<Chunk>>,
    empty: Receiver<Chunk>,
    chunk: Chunk,
}

impl Reader {
    fn read(&mut self, events: &dyn EventStore, space_id: SpaceId, mut after: SpaceSequence) -> Result<()> {
        while events.replay(space_id, after, READ, &mut |event| {
            after = event.space_sequence;
            self.chunk.push(event);
            if self.chunk.is_full() { self.hand_over() } else { Ok(()) }
        })? > 0
        {}
        self.hand_over()
    }

    fn hand_over(&mut self) -> Result<()> {
        let empty = self.empty.try_recv().unwrap_or_default();
        let full = mem::replace(&mut self.chunk, Chunk { used: 0, bytes: 0, ..empty });
        self.full.send(Ok(full)).map_err(|_| ReplayError::Cancelled.into())
    }
}
