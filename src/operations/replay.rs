//! Reading events on one core while the other folds them.

use std::mem;
use std::sync::mpsc;
use std::thread;

use crate::content_store::ContentStore;
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

/// Shows `visit` a space's events after `after` up to `last`, in order, a chunk at a time. Where there are many
/// of them, the chunks to come are read, and their checksums checked, meanwhile on another thread, through a
/// connection of its own; only a few are held in memory.
///
/// ```
/// # use std::sync::Arc;
/// # use ramax::{Command, ContentStore, Event, SpaceSequence, Store, apps::Crm, operations};
/// # fn main() -> ramax::Result<()> {
/// # let crm = ContentStore::open(&Store::memory(), "crm_acme", Arc::new(Crm))?;
/// crm.execute(Command::new("add-contact").with("contact_id", "c1").with("name", "Ada").with("email", "a@b.c"))?;
/// let mut types = Vec::new();
/// operations::replay(&crm, SpaceSequence::START, SpaceSequence(1), &mut |events: &[Event]| {
///     types.extend(events.iter().map(|event| event.event_type.to_string()));
///     Ok(())
/// })?;
/// assert_eq!(types, ["contact.added"]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// What `visit` returned; failures of the storage.
pub fn replay(
    content: &ContentStore,
    after: SpaceSequence,
    last: SpaceSequence,
    visit: &mut dyn FnMut(&[Event]) -> Result<()>,
) -> Result<()> {
    let there_are = content.event_count()?.min(last.0);
    if there_are.saturating_sub(after.0) <= READ as u64 {
        return replay_here(content, after, last, visit);
    }
    let store = content.store().reconnect()?;
    let space_id = content.space_id();
    let (full, chunks) = mpsc::sync_channel::<Result<Chunk>>(AHEAD);
    let (spent, empty) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let read = read(store.events(), space_id, after, last, &mut |chunk| {
                let next = empty.try_recv().unwrap_or_default();
                let read = Ok(mem::replace(chunk, next));
                full.send(read).map_err(|_| ReplayError::Cancelled.into())
            });
            if let Err(error) = read {
                // Nobody waits for it where the folding has stopped.
                let _ = full.send(Err(error));
            }
        });
        for chunk in chunks {
            let chunk = chunk?;
            visit(chunk.events())?;
            let _ = spent.send(chunk.emptied());
        }
        Ok(())
    })
}

/// As [`replay`], on this thread and the content store's own connection: within a unit of work.
///
/// # Errors
/// As [`replay`].
pub(super) fn replay_here(
    content: &ContentStore,
    after: SpaceSequence,
    last: SpaceSequence,
    visit: &mut dyn FnMut(&[Event]) -> Result<()>,
) -> Result<()> {
    read(content.store().events(), content.space_id(), after, last, &mut |chunk| {
        visit(chunk.events())?;
        *chunk = mem::take(chunk).emptied();
        Ok(())
    })
}

/// Reads chunks, and has `hand_over` leave an empty one in the place of each.
fn read(
    events: &dyn EventStore,
    space_id: SpaceId,
    mut after: SpaceSequence,
    last: SpaceSequence,
    hand_over: &mut dyn FnMut(&mut Chunk) -> Result<()>,
) -> Result<()> {
    let mut chunk = Chunk::default();
    loop {
        let left = usize::try_from(last.0.saturating_sub(after.0)).unwrap_or(usize::MAX);
        let shown = events.replay(space_id, after, left.min(READ), &mut |event| {
            after = event.space_sequence;
            chunk.push(event);
            if chunk.is_full() { hand_over(&mut chunk) } else { Ok(()) }
        })?;
        if chunk.used > 0 {
            hand_over(&mut chunk)?;
        }
        if shown == 0 {
            return Ok(());
        }
    }
}

/// Events in allocations that are used again.
#[derive(Default)]
struct Chunk {
    events: Vec<Event>,
    used: usize,
    bytes: usize,
}

impl Chunk {
    /// Takes an event in, and leaves a spent one in its place.
    fn push(&mut self, event: &mut Event) {
        self.bytes += event.payload.as_str().len();
        match self.events.get_mut(self.used) {
            Some(spent) => mem::swap(spent, event),
            None => self.events.push(mem::replace(event, Event::blank())),
        }
        self.used += 1;
    }

    fn is_full(&self) -> bool {
        self.used >= CHUNK.0 || self.bytes >= CHUNK.1
    }

    fn events(&self) -> &[Event] {
        &self.events[..self.used]
    }

    fn emptied(self) -> Self {
        Self { used: 0, bytes: 0, ..self }
    }
}
