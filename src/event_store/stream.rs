//! A lazy stream of a space's events that holds one batch at a time.

use std::collections::VecDeque;

use crate::error::Result;
use crate::event::{Event, SpaceSequence};
use crate::space::SpaceId;

use super::{EventStore, Page, is_last_page};

/// Yields a space's events one by one, and reads the next batch when one is used up. Memory use is constant however
/// large the space is.
pub struct EventStream<'a> {
    store: &'a dyn EventStore,
    space_id: SpaceId,
    after: SpaceSequence,
    batch: usize,
    buffer: VecDeque<Event>,
    ended: bool,
}

impl<'a> EventStream<'a> {
    /// Creates a stream of the events after `after`, read `batch` at a time.
    pub fn new(store: &'a dyn EventStore, space_id: SpaceId, after: SpaceSequence, batch: usize) -> Self {
        Self { store, space_id, after, batch: batch.max(1), buffer: VecDeque::new(), ended: false }
    }

    fn fill(&mut self) -> Result<()> {
        let page = Page::forward(Some(self.after), self.batch);
        let events = self.store.read_space(self.space_id, page)?;
        self.ended = is_last_page(&events, self.batch);
        if let Some(last) = events.last() {
            self.after = last.space_sequence;
        }
        self.buffer = events.into();
        Ok(())
    }
}

impl Iterator for EventStream<'_> {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.buffer.is_empty()
            && !self.ended
            && let Err(error) = self.fill()
        {
            self.ended = true;
            return Some(Err(error));
        }
        self.buffer.pop_front().map(Ok)
    }
}
