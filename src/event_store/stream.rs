//! A lazy stream of a space's events that holds one batch at a time.

use crate::error::Result;
use crate::event::{Event, SpaceSequence};
use crate::space::SpaceId;

use super::batches::Batches;
use super::{EventStore, Page, is_last_page};

/// Yields a space's events one by one, and reads the next batch when one is used up. Memory use is constant however
/// large the space is.
pub struct EventStream<'a> {
    store: &'a dyn EventStore,
    space_id: SpaceId,
    after: SpaceSequence,
    batch: usize,
    batches: Batches,
}

impl<'a> EventStream<'a> {
    /// Creates a stream of the events after `after`, read `batch` at a time.
    pub fn new(store: &'a dyn EventStore, space_id: SpaceId, after: SpaceSequence, batch: usize) -> Self {
        Self { store, space_id, after, batch: batch.max(1), batches: Batches::default() }
    }
}

impl Iterator for EventStream<'_> {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { store, space_id, after, batch, batches } = self;
        batches.next(|| {
            let events = store.read_space(*space_id, Page::forward(Some(*after), *batch))?;
            if let Some(last) = events.last() {
                *after = last.space_sequence;
            }
            let is_last = is_last_page(&events, *batch);
            Ok((events, is_last))
        })
    }
}
