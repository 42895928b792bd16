//! Comparing two projections key by key.

use std::cmp::Ordering;
use std::collections::VecDeque;

use crate::error::Result;
use crate::event_store::{Page, is_last_page};
use crate::pstate::{Entry, PState, ProjectionId, Schema};
use crate::space::Checkpoint;

use super::Verified;
use super::difference::difference;

const COMPARE: usize = 1000;

/// Walks through both projections by key, and tells `step` the number of keys done and in total. Returns the
/// number of stored keys.
pub(super) fn compare(
    (expected, stored): (&dyn PState, &dyn PState),
    (id, checkpoint): (ProjectionId<'_>, Checkpoint),
    schema: Schema,
    verified: &mut Verified,
    step: &mut dyn FnMut(u64, u64) -> Result<()>,
) -> Result<u64> {
    // The temporary store holds one projection of the space.
    let mut expected = Walk::new(expected, id.space_id.into());
    let mut stored = Walk::new(stored, id);
    let mut count = 0;
    loop {
        let order = match (expected.peek()?, stored.peek()?) {
            (None, None) => return step(count, count).map(|()| count),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(expected), Some(stored)) => expected.key.cmp(&stored.key),
        };
        let expected = if order.is_le() { expected.next()? } else { None };
        let stored = if order.is_ge() { stored.next()? } else { None };
        // Readers migrate values stored in an older form.
        let stored = stored.map(|entry| schema.migrated_entry(entry));
        count += u64::from(stored.is_some());
        if let Some(difference) = difference(expected, stored) {
            verified.add(difference);
        }
        if count % COMPARE as u64 == 0 {
            let total = checkpoint.entities.max(count);
            step(count, total)?;
        }
    }
}

/// A projection's entries in the order of their keys, a page at a time.
struct Walk<'a> {
    pstate: &'a dyn PState,
    id: ProjectionId<'a>,
    page: VecDeque<Entry>,
    after: Option<String>,
    ended: bool,
}

impl<'a> Walk<'a> {
    fn new(pstate: &'a dyn PState, id: ProjectionId<'a>) -> Self {
        Self { pstate, id, page: VecDeque::new(), after: None, ended: false }
    }

    fn peek(&mut self) -> Result<Option<&Entry>> {
        if self.page.is_empty() && !self.ended {
            let entries = self.pstate.scan(self.id, "", Page::forward(self.after.take(), COMPARE))?;
            self.ended = is_last_page(&entries, COMPARE);
            self.after = entries.last().map(|entry| entry.key.clone());
            self.page = entries.into();
        }
        Ok(self.page.front())
    }

    fn next(&mut self) -> Result<Option<Entry>> {
        self.peek()?;
        Ok(self.page.pop_front())
    }
}
