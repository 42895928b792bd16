//! Replaying a space's events into a temporary projection.

use serde::de::IgnoredAny;

use crate::content_store::{Applied, ContentStore, DeclaredProjection, State, apply};
use crate::error::{Error, ReplayError, Result};
use crate::event::{Event, SpaceSequence};
use crate::operations::replay::replay;
use crate::operations::{Phase, Progress, Skipped, Watch, report};
use crate::space::Checkpoint;

use super::temporary_projection::{MEMORY, TemporaryProjection};
use super::{Difference, Verified};

pub(super) struct Replayed<'a> {
    pub(super) content: &'a ContentStore,
    pub(super) projection: &'a DeclaredProjection,
    pub(super) temporary: &'a TemporaryProjection,
    pub(super) at: Checkpoint,
    pub(super) bad: u64,
    /// The faults of the log itself.
    pub(super) found: Verified,
}

impl Replayed<'_> {
    pub(super) fn replay_to(
        &mut self,
        last: SpaceSequence,
        state: &mut State<'_>,
        phase: Phase,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let temporary = self.temporary;
        replay(self.content, self.at.sequence, last, &mut |events| {
            events.iter().try_for_each(|event| self.take(state, event))?;
            if state.bytes() > MEMORY {
                temporary.put_aside(state.drain_changes())?;
            }
            // The comparison counts keys, not the few events that are still to come.
            let (done, total) = if phase == Phase::Compare { (0, 0) } else { (self.at.sequence.0, last.0) };
            report(watch, self.progress(phase, done, total))
        })
    }

    /// Returns the progress, including the number of events that cannot be applied.
    pub(super) fn progress(&self, phase: Phase, done: u64, total: u64) -> Progress {
        Progress { phase, done, total, last_event: Some(self.at.event_id), skipped: self.bad }
    }

    fn take(&mut self, state: &mut State<'_>, event: &Event) -> Result<()> {
        if event.space_sequence != self.at.sequence.next() {
            self.found.add(Difference::Gap { after: self.at.sequence, next: event.space_sequence });
        }
        match apply(&self.content.projector(self.projection), state, event) {
            Ok(Applied::Yes | Applied::UnknownType) => {}
            Err(Error::Replay(ReplayError::BadEvent { event_id, sequence, reason, .. })) => {
                let skipped = Skipped { event_id, space_sequence: sequence, reason };
                self.bad += 1;
                // A backup may still have the original of a damaged event, so skipping it would lose data.
                let is_damaged = !event.intact || event.payload.parse::<IgnoredAny>().is_err();
                let difference = if is_damaged { Difference::DamagedEvent } else { Difference::BadEvent };
                self.found.add(difference(skipped));
            }
            Err(error) => return Err(error),
        }
        self.at.sequence = event.space_sequence;
        self.at.event_id = event.event_id;
        Ok(())
    }
}
