//! The spaces whose events are to be delivered.
//!
//! When a subscriber starts, it compares the positions of all spaces with their ends. From then on the stream of all
//! spaces tells which of them have new events, so that nothing is read of the others.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use crate::content_store::Store;
use crate::error::{Error, Result, StoreError};
use crate::event_store::Cursor;
use crate::space::SpaceId;
use crate::subscriptions::{SubscriptionId, SubscriptionScope};

/// Events of the stream that are read at once.
const BATCH: usize = 1000;

#[derive(Default)]
pub(super) struct Queue {
    /// The end of what was discovered.
    at: Option<At>,
    /// The reason why events that may be there cannot be discovered yet.
    pub(super) held_back: Option<String>,
    ready: VecDeque<SpaceId>,
    queued: HashSet<SpaceId>,
    /// Spaces whose next event has failed, with the time of the next attempt.
    waiting: BTreeMap<SpaceId, Instant>,
}

/// The end of the events that were discovered.
enum At {
    Stream(Cursor),
    /// The last sequence of the only space.
    Space(u64),
}

impl Queue {
    /// Discovers spaces with events to deliver. Returns true if there are new events.
    pub(super) fn discover(
        &mut self,
        store: &Store,
        scope: SubscriptionScope,
        id: SubscriptionId,
    ) -> Result<bool> {
        self.held_back = None;
        let found = match (self.at.take(), scope) {
            (Some(At::Stream(cursor)), SubscriptionScope::AllSpaces) => match store
                .events()
                .read_after(&cursor, BATCH)
            {
                Ok((events, end)) => {
                    self.at = Some(At::Stream(end));
                    events.iter().map(|event| event.space_id).collect()
                }
                Err(Error::Store(StoreError::HeldBack { reason })) => {
                    self.at = Some(At::Stream(cursor));
                    self.held_back = Some(reason);
                    Vec::new()
                }
                Err(Error::Store(StoreError::InvalidCursor { .. })) => self.compare_all(store, scope, id)?,
                Err(error) => return Err(error),
            },
            (Some(At::Space(before)), SubscriptionScope::Space(space_id)) => {
                let last = last_sequence(store, space_id)?;
                self.at = Some(At::Space(last));
                if last == before { Vec::new() } else { vec![space_id] }
            }
            _ => self.compare_all(store, scope, id)?,
        };
        let any = !found.is_empty();
        for space_id in found {
            if !self.waiting.contains_key(&space_id) {
                self.push(space_id);
            }
        }
        Ok(any)
    }

    /// Returns the spaces whose positions are not at their ends. What is appended from here on is discovered in the stream.
    fn compare_all(
        &mut self,
        store: &Store,
        scope: SubscriptionScope,
        id: SubscriptionId,
    ) -> Result<Vec<SpaceId>> {
        self.at = Some(match scope {
            SubscriptionScope::AllSpaces => At::Stream(store.events().end()?),
            SubscriptionScope::Space(space_id) => At::Space(last_sequence(store, space_id)?),
        });
        store.events().pending(id)
    }

    pub(super) fn push(&mut self, space_id: SpaceId) {
        if self.queued.insert(space_id) {
            self.ready.push_back(space_id);
        }
    }

    /// Delivers a space again after a while.
    pub(super) fn wait(&mut self, space_id: SpaceId, time: Duration) {
        if time.is_zero() {
            return self.push(space_id);
        }
        self.waiting.insert(space_id, Instant::now() + time);
    }

    /// Returns the next space, including those that have waited long enough.
    pub(super) fn next(&mut self) -> Option<SpaceId> {
        if self.ready.is_empty() && !self.waiting.is_empty() {
            let now = Instant::now();
            let over: Vec<SpaceId> = self
                .waiting
                .iter()
                .filter(|(_, until)| **until <= now)
                .map(|(space_id, _)| *space_id)
                .collect();
            for space_id in over {
                self.waiting.remove(&space_id);
                self.push(space_id);
            }
        }
        let next = self.ready.pop_front()?;
        self.queued.remove(&next);
        Some(next)
    }

    /// Returns the time until the next attempt after a failure.
    pub(super) fn next_attempt(&self) -> Option<Duration> {
        let until = self.waiting.values().min()?;
        Some(until.saturating_duration_since(Instant::now()))
    }
}

/// Returns the last sequence of an open space.
fn last_sequence(store: &Store, space_id: SpaceId) -> Result<u64> {
    let record = store.events().space(space_id)?.ok_or_else(|| StoreError::unknown_space(space_id))?;
    record.space.check_open()?;
    Ok(record.head.last_sequence.0)
}
