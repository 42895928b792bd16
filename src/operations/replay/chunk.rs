//! Events passed from a reading thread to the folding one.

use std::mem;

use crate::error::{ReplayError, Result};
use crate::event::{Event, SpaceSequence};
use crate::event_store::{EventStore, PageRow};
use crate::space::SpaceId;

/// The most events of a chunk.
pub(super) const EVENTS: usize = 1000;
/// About the most bytes of payloads and metadata in a chunk.
const BYTES: usize = 1 << 20;
/// The largest size of an event whose allocations are reused.
const KEPT: usize = 4096;

/// Events in reused allocations.
#[derive(Default)]
pub(in crate::operations) struct Chunk {
    events: Vec<Event>,
    used: usize,
    bytes: usize,
}

impl Chunk {
    /// Fills the chunk with a space's events after `after` up to `last`. Returns true if their size was the
    /// limit.
    ///
    /// The statement is finished afterwards. An open one would prevent checkpoints of the WAL, block other
    /// users of the connection, and refuse writes through it after another connection has written.
    pub(in crate::operations) fn fill(
        &mut self,
        events: &dyn EventStore,
        space_id: SpaceId,
        after: SpaceSequence,
        last: SpaceSequence,
    ) -> Result<bool> {
        let left = usize::try_from(last.0.saturating_sub(after.0)).unwrap_or(usize::MAX);
        let mut is_heavy = false;
        let read = events.replay(space_id, after, left.min(EVENTS), &mut |event| {
            let at = event.space_sequence;
            // After a gap, events above the last may come.
            if at > last {
                return Ok(());
            }
            self.push(event);
            is_heavy = self.bytes >= BYTES && self.used < EVENTS && at < last;
            if is_heavy { Err(ReplayError::cancelled().into()) } else { Ok(()) }
        });
        if is_heavy { Ok(true) } else { read.map(|_| false) }
    }

    /// Takes an event, and leaves a spent one in its place.
    fn push(&mut self, event: &mut Event) {
        self.bytes += event.bytes();
        match self.events.get_mut(self.used) {
            Some(spent) => mem::swap(spent, event),
            None => self.events.push(mem::replace(event, Event::blank())),
        }
        self.used += 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.used == 0
    }

    pub(in crate::operations) fn events(&self) -> &[Event] {
        &self.events[..self.used]
    }

    /// Returns the sequence of its last event.
    pub(in crate::operations) fn last(&self) -> Option<SpaceSequence> {
        self.events().last().map(|event| event.space_sequence)
    }

    /// Empties the chunk, keeping its allocations except those of large events, which would add up.
    pub(in crate::operations) fn emptied(mut self) -> Self {
        for event in &mut self.events[..self.used] {
            if event.bytes() > KEPT {
                *event = Event::blank();
            }
        }
        Self { used: 0, bytes: 0, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    #[test]
    fn an_emptied_chunk_keeps_no_large_event() {
        let mut chunk = Chunk::default();
        for bytes in [KEPT, KEPT + 1] {
            let mut event = Event::blank();
            event.payload = Json::from_stored("x".repeat(bytes));
            chunk.push(&mut event);
        }
        let chunk = chunk.emptied();
        let kept: Vec<usize> = chunk.events.iter().map(|event| event.payload.as_str().len()).collect();
        assert!(chunk.is_empty() && kept[0] == KEPT && kept[1] < 10, "{kept:?}");
    }
}
