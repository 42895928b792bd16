//! Events that are read in batches and yielded one by one.

use std::collections::VecDeque;

use crate::error::Result;
use crate::event::Event;

/// One batch of events at a time.
#[derive(Default)]
pub(super) struct Batches {
    buffer: VecDeque<Event>,
    ended: bool,
}

impl Batches {
    /// Returns true if every event that was read has been yielded.
    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Yields the next event. If the batch is used up, `read` reads the next one, and tells whether it is the last.
    pub(super) fn next(
        &mut self,
        read: impl FnOnce() -> Result<(Vec<Event>, bool)>,
    ) -> Option<Result<Event>> {
        if self.buffer.is_empty() && !self.ended {
            match read() {
                Ok((events, is_last)) => (self.buffer, self.ended) = (events.into(), is_last),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        self.buffer.pop_front().map(Ok)
    }
}
