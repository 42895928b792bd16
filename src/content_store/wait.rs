//! Waiting until a projection contains an event, to read one's own writes.

use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, ReplayError, Result, StoreError};
use crate::event::SpaceSequence;
use crate::space::Checkpoint;

use super::{ContentStore, DeclaredProjection};

/// The shortest and the longest pause between two looks at the checkpoint.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

impl ContentStore {
    /// Waits until a projection contains the event with this sequence, such as that of a command that was just executed,
    /// and returns its checkpoint. Catches the projection up itself, unless the store is read-only: then another process
    /// has to.
    ///
    /// # Errors
    /// [`StoreError::ProjectionLags`] after the timeout; as [`ContentStore::catch_up_projection`].
    pub fn wait_for(
        &self,
        projection: &str,
        sequence: SpaceSequence,
        timeout: Duration,
    ) -> Result<Checkpoint> {
        let projection = self.declared_projection(projection)?;
        let started = Instant::now();
        let (mut pause, longest) = PAUSES;
        loop {
            let checkpoint = self.store.pstate().checkpoint(projection.id(self.space_id()))?;
            if checkpoint.sequence >= sequence {
                return Ok(checkpoint);
            }
            if started.elapsed() >= timeout {
                let (projection, checkpoint) = (projection.name().to_owned(), checkpoint.sequence);
                return Err(StoreError::ProjectionLags { projection, checkpoint, sequence }.into());
            }
            if self.store.is_read_only() || self.head()?.last_sequence <= checkpoint.sequence {
                thread::sleep(pause);
                pause = longest.min(pause * 2);
            } else {
                self.catch_up_until(projection, started, timeout)?;
            }
        }
    }

    /// Catches a projection up, but not for longer than the timeout.
    fn catch_up_until(
        &self,
        projection: &DeclaredProjection,
        started: Instant,
        timeout: Duration,
    ) -> Result<()> {
        let caught_up = self.catch_up_projection(projection.name(), &mut |_, _| {
            if started.elapsed() < timeout { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        match caught_up {
            Err(Error::Replay(ReplayError::Cancelled { .. })) => Ok(()),
            result => result.map(|_| ()),
        }
    }
}
