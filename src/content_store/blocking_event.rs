//! Finding the event that blocks a projection from catching up.

use serde::Serialize;

use crate::error::{Error, ReplayError, Result};
use crate::event::{EventId, SpaceSequence};

use super::ContentStore;
use super::catch_up::{CaughtUp, STEP};
use super::fold;

/// The size of changed values, in bytes, after which no further event is tried.
const MEMORY: usize = 64 << 20;

/// An event that blocks a projection from catching up, and thereby every command of its space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockingEvent {
    /// Its id.
    pub event_id: EventId,
    /// Its position in the space.
    pub space_sequence: SpaceSequence,
    /// Its type.
    pub event_type: String,
    /// The reason why it cannot be applied.
    pub reason: String,
    /// True if the event is damaged. A backup may still hold it intact.
    #[serde(skip)]
    pub damaged: bool,
}

impl ContentStore {
    /// Returns the first of the next `limit` events after the checkpoint that cannot be applied to the stored
    /// projection. Stops after 64 MiB of changes. Writes nothing.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if events are missing.
    pub fn blocking_event(&self, limit: u64) -> Result<Option<BlockingEvent>> {
        let mut found = None;
        // One snapshot, so that the checkpoint matches the values.
        self.store.snapshot(&mut || {
            found = self.try_tail(limit)?;
            Ok(())
        })?;
        Ok(found)
    }

    fn try_tail(&self, limit: u64) -> Result<Option<BlockingEvent>> {
        let mut at = self.store.pstate().checkpoint(self.space_id())?;
        let last = at.sequence.0.saturating_add(limit);
        let mut state = self.state();
        while at.sequence.0 < last && state.bytes() <= MEMORY {
            let (mut done, after) = (CaughtUp::default(), at.sequence);
            let left = usize::try_from(last - after.0).unwrap_or(STEP).min(STEP);
            match self.replay_into(&mut state, after, left, &mut done, &mut at, fold::try_apply) {
                Ok(()) if done.events == 0 => break,
                Ok(()) => {}
                Err(Error::Replay(ReplayError::BadEvent {
                    event_id,
                    sequence,
                    event_type,
                    reason,
                    damaged,
                })) => {
                    let space_sequence = sequence;
                    return Ok(Some(BlockingEvent { event_id, space_sequence, event_type, reason, damaged }));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}
