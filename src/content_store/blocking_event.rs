//! Finding the event that blocks a projection from catching up.

use crate::error::{Error, ReplayError, Result};
use crate::pstate::BlockingEvent;

use super::catch_up::STEP;
use super::fold::ProjectionFold;
use super::{ContentStore, DeclaredProjection};

/// The size of changed values, in bytes, after which no further event is tried.
const MEMORY: usize = 64 << 20;

impl BlockingEvent {
    /// Returns the event that an error names, if it is about one.
    pub(crate) fn of(error: &Error) -> Option<Self> {
        let Error::Replay(ReplayError::BadEvent { event_id, sequence, event_type, reason, damaged, .. }) =
            error
        else {
            return None;
        };
        let (event_type, reason) = (event_type.clone(), reason.clone());
        Some(Self { event_id: *event_id, space_sequence: *sequence, event_type, reason, damaged: *damaged })
    }
}

impl ContentStore {
    /// Returns the first of the next `limit` events after the checkpoint of a projection that cannot be applied to it. Stops
    /// after 64 MiB of changes. Writes nothing.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if events are missing;
    /// [`CommandError::UnknownProjection`](crate::CommandError::UnknownProjection).
    pub fn blocking_event(&self, projection: &str, limit: u64) -> Result<Option<BlockingEvent>> {
        let projection = self.declared_projection(projection)?;
        if self.store.is_original() {
            // It applies its events itself, to values in its own form.
            return Ok(None);
        }
        let mut found = None;
        // One snapshot, so that the checkpoint matches the values.
        self.store.snapshot(&mut || {
            found = self.try_tail(projection, limit)?;
            Ok(())
        })?;
        Ok(found)
    }

    fn try_tail(&self, projection: &DeclaredProjection, limit: u64) -> Result<Option<BlockingEvent>> {
        let from = self.store.pstate().checkpoint(projection.id(self.space_id()))?;
        let mut fold = ProjectionFold::over(self, projection, self.live_state(projection), from);
        let last = from.sequence.0.saturating_add(limit);
        while fold.at.sequence.0 < last && fold.state.bytes() <= MEMORY {
            let before = fold.at.sequence.0;
            let left = usize::try_from(last - before).unwrap_or(STEP).min(STEP);
            if let Err(error) = self.replay_into(&mut fold, left) {
                return BlockingEvent::of(&error).map_or(Err(error), |event| Ok(Some(event)));
            }
            if fold.at.sequence.0 == before {
                break;
            }
        }
        Ok(None)
    }
}
