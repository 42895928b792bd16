//! Events that go from the thread that reads them to the one that folds them.

use std::mem;

use crate::error::Result;
use crate::event::{Event, SpaceSequence};

/// The most events of a chunk.
pub(super) const EVENTS: usize = 1000;
/// About the most bytes of their payloads.
const BYTES: usize = 1 << 20;
/// Bytes of a payload whose allocation is used again.
const KEPT: usize = 4096;

/// Events in allocations that are used again.
#[derive(Default)]
pub(super) struct Chunk {
    events: Vec<Event>,
    used: usize,
    bytes: usize,
}

impl Chunk {
    /// Takes an event in, and leaves a spent one in its place.
    pub(super) fn push(&mut self, event: &mut Event) {
        self.bytes += event.payload.as_str().len();
        match self.events.get_mut(self.used) {
            Some(spent) => mem::swap(spent, event),
            None => self.events.push(mem::replace(event, Event::blank())),
        }
        self.used += 1;
    }

    pub(super) fn is_full(&self) -> bool {
        self.used >= EVENTS || self.bytes >= BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.used == 0
    }

    pub(super) fn events(&self) -> &[Event] {
        &self.events[..self.used]
    }

    /// The place of its last event.
    pub(super) fn last(&self) -> Option<SpaceSequence> {
        self.events().last().map(|event| event.space_sequence)
    }

    /// Shows its events, if there are any, and empties it.
    pub(super) fn hand_over(&mut self, visit: &mut dyn FnMut(&[Event]) -> Result<()>) -> Result<()> {
        if !self.is_empty() {
            visit(self.events())?;
            *self = mem::take(self).emptied();
        }
        Ok(())
    }

    /// An empty one with its allocations, but for those of large payloads: of each place, these would add up.
    pub(super) fn emptied(mut self) -> Self {
        for event in &mut self.events[..self.used] {
            if event.payload.as_str().len() > KEPT {
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
    fn an_emptied_chunk_keeps_no_large_payload() {
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
