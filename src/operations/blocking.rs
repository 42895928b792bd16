//! The event that blocks a space, looked for among the few that a catch-up would apply next.

use crate::apps::Apps;
use crate::content_store::{BlockingEvent, Store};
use crate::error::{CommandError, Error, Result, StoreError};
use crate::event::SpaceSequence;
use crate::space::SpaceState;

use super::{SpaceOverview, open_space};

/// The most events that are tried: a catch-up applies as many at once, and so stops before the first of them.
const TRIED: u64 = 1000;

/// The events that are tried to find the one that blocks a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextEvents {
    /// The sequence after which they begin.
    pub after: SpaceSequence,
    /// How many they are.
    pub events: u64,
}

impl SpaceOverview {
    /// Returns the events that [`find_blocking_event`] tries: none of a space that is up to date, has no known app, or
    /// is not open for commands anyway.
    #[must_use]
    pub fn next_to_try(&self) -> Option<NextEvents> {
        let is_behind = self.lag() > 0 && !self.ahead && self.space.state == SpaceState::Open;
        let next = NextEvents { after: self.checkpoint.sequence, events: self.lag().min(TRIED) };
        (is_behind && self.app.is_some()).then_some(next)
    }
}

/// Returns the event that keeps a space's projection from being caught up, if it is among the next 1,000. It reads and
/// applies them, so it is meant for the few spaces that somebody looks at. A damaged file is for a check to report.
///
/// # Errors
/// Failures of the storage.
pub fn find_blocking_event(
    store: &Store,
    apps: &Apps,
    overview: &SpaceOverview,
) -> Result<Option<BlockingEvent>> {
    let Some(NextEvents { events, .. }) = overview.next_to_try() else { return Ok(None) };
    let content = open_space(store, apps, overview.space.clone());
    match content.and_then(|content| content.blocking_event(events)) {
        Err(Error::Command(CommandError::WrongApp { .. } | CommandError::UnknownApp { .. })) => Ok(None),
        Err(Error::Store(StoreError::Corrupt { .. } | StoreError::Engine { .. })) => Ok(None),
        found => found,
    }
}
