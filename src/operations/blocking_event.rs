//! Finding the event that blocks a space among the next few events to be applied.

use crate::content_store::{Apps, DeclaredProjection, STEP, Store};
use crate::error::{CommandError, Error, Result};
use crate::event::SpaceSequence;
use crate::pstate::{BlockingEvent, STATE};
use crate::space::SpaceState;

use super::{SpaceOverview, open_space};

/// The most events tried for a list, and on an async projection, which may lag behind by a whole log. A catch-up writes the
/// effect of as many at once, or of all events before the one that fails. It therefore leaves that event among them.
const TRIED: u64 = STEP as u64;

/// Returns the number of events that a check or a verification tries, of those that a projection lags behind.
pub(super) fn events_to_try(projection: &DeclaredProjection, lag: u64) -> u64 {
    if projection.is_inline() { lag } else { lag.min(TRIED) }
}

/// The events that are tried to find the one that blocks a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextEvents {
    /// The sequence before the first of them.
    pub after: SpaceSequence,
    /// Their number.
    pub events: u64,
}

impl SpaceOverview {
    /// Returns the events that [`find_blocking_event`] tries, or none if the space is up to date, has no
    /// known app, or is not open for commands.
    pub fn next_to_try(&self) -> Option<NextEvents> {
        let is_behind = self.state_lag() > 0 && !self.ahead && self.space.state == SpaceState::Open;
        let next = NextEvents { after: self.checkpoint.sequence, events: self.state_lag().min(TRIED) };
        (is_behind && self.app.is_some()).then_some(next)
    }
}

/// Returns the event that keeps a space's projection from being caught up, if it is among the next 1,000. It
/// reads and applies them, so call it only for the few spaces on display. Damaged files are left to a check.
pub fn find_blocking_event(
    store: &Store,
    apps: &Apps,
    overview: &SpaceOverview,
) -> Result<Option<BlockingEvent>> {
    // The original applies each event when it appends it, whatever its checkpoint says.
    let next = overview.next_to_try().filter(|_| !store.is_original());
    let Some(NextEvents { events, .. }) = next else { return Ok(None) };
    let content = open_space(store, apps, overview.space.clone());
    match content.and_then(|content| content.blocking_event(STATE, events)) {
        Err(Error::Command(CommandError::WrongApp { .. } | CommandError::UnknownApp { .. })) => Ok(None),
        Err(Error::Store(error)) if error.is_damage() => Ok(None),
        found => found,
    }
}
