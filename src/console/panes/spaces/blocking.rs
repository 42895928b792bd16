//! The search for the events that block spaces.

use std::collections::BTreeMap;

use crate::content_store::BlockingEvent;
use crate::operations::{NextEvents, SpaceOverview};
use crate::space::SpaceId;

use crate::console::app::state::RequestId;

/// The search for the events that block the spaces on screen, one space at a time.
#[derive(Debug, Clone, Default)]
pub struct Blocking {
    /// The request in flight, and its space.
    pub asked: Option<(RequestId, SpaceId)>,
    /// The events already tried, by space.
    tried: BTreeMap<SpaceId, NextEvents>,
}

impl Blocking {
    /// Returns true if a space has untried events that may block it.
    pub fn is_due(&self, space: &SpaceOverview) -> bool {
        let next = space.next_to_try().filter(|_| space.blocked.is_none());
        next.is_some_and(|next| self.tried.get(&space.space.space_id) != Some(&next))
    }

    /// Records that the space's next events are being tried.
    pub fn ask(&mut self, request: RequestId, space: &SpaceOverview) {
        let space_id = space.space.space_id;
        self.asked = Some((request, space_id));
        self.tried.extend(space.next_to_try().map(|next| (space_id, next)));
    }

    /// Stores the result in the space, unless its projection has advanced since.
    pub fn found(&self, event: Option<BlockingEvent>, space: &mut SpaceOverview) {
        let tried = self.tried.get(&space.space.space_id);
        let next = space.next_to_try();
        if next.zip(tried).is_some_and(|(next, tried)| next.after == tried.after) {
            space.blocked = event;
        }
    }
}

/// Carries the blocking event over to a reloaded space if its checkpoint is unchanged.
pub fn keep(before: Option<&SpaceOverview>, space: &mut SpaceOverview) {
    let same = before.filter(|before| before.checkpoint == space.checkpoint);
    if let Some(before) = same.filter(|_| space.next_to_try().is_some()) {
        space.blocked.clone_from(&before.blocked);
    }
}
