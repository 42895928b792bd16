//! Finding the event at which a condition on a key first held.

use std::ops::ControlFlow;

use serde::Serialize;

use crate::error::Result;
use crate::event::SpaceSequence;
use crate::event_store::Direction;
use crate::json::Json;
use crate::operations::{Pause, Watch};
use crate::query::ValueQuery;

use super::Fold;
use super::changes::EventSummary;

/// An event at which a condition on a key began or ceased to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flip {
    /// The event.
    #[serde(flatten)]
    pub event: EventSummary,
    /// True if the condition holds after the event.
    pub holds: bool,
    /// The value of the key after the event. `None` if it was deleted.
    pub value: Option<Json>,
}

#[cfg(feature = "cli")]
impl Flip {
    /// Prepares its value to be serialised. Calls `pause` between the pieces of a large one.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn prepared<E>(&self, pause: &mut Pause<'_, E>) -> Result<Self, E> {
        let value = self.value.as_ref().map(|value| value.prepared(pause)).transpose()?;
        Ok(Self { event: self.event.clone(), holds: self.holds, value })
    }
}

impl Fold {
    /// Passes each event up to a sequence at which the condition on a key began or ceased to hold to `visit`, oldest first, until
    /// it breaks. The first one is the first match, since no condition holds before a key exists.
    ///
    /// # Errors
    /// As [`Fold::history`].
    pub fn bisect(
        &mut self,
        (projection, key): (&str, &str),
        condition: &ValueQuery,
        until: SpaceSequence,
        visit: &mut dyn FnMut(Flip) -> Result<ControlFlow<()>>,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let mut held = false;
        let mut each = |change: super::KeyChange, pause: &mut Pause<'_>| {
            let value = change.change.after;
            let holds = value.as_ref().map_or(Ok(false), |value| condition.matches_between(value, pause))?;
            if holds == held {
                return Ok(ControlFlow::Continue(()));
            }
            held = holds;
            visit(Flip { event: change.event, holds, value })
        };
        let range = (SpaceSequence::START, until);
        self.history((projection, key), range, Direction::Forward, &mut each, watch)
    }
}
