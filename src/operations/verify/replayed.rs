//! A space's events, replayed into a projection on one side.

use crate::content_store::{Applied, ContentStore, State, apply};
use crate::error::{Error, ReplayError, Result};
use crate::event::SpaceSequence;
use crate::operations::{Phase, Progress, Skipped, Watch, report};
use crate::pstate::{PState, SqlitePState};
use crate::space::Checkpoint;

use super::{Difference, Verified};

const READ: usize = 5000;
const MEMORY: usize = 32 << 20;

pub(super) struct Replayed<'a> {
    pub(super) content: &'a ContentStore,
    pub(super) beside: &'a SqlitePState,
    pub(super) at: Checkpoint,
    pub(super) bad: u64,
    /// What the log itself is at fault in.
    pub(super) found: Verified,
}

impl Replayed<'_> {
    pub(super) fn replay_to(
        &mut self,
        last: SpaceSequence,
        phase: Phase,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let space_id = self.content.space_id();
        let beside = self.beside;
        let mut state = State::new(self.content.app().schema(), move |key| beside.get(space_id, key));
        while self.at.sequence < last {
            let left = usize::try_from(last.0 - self.at.sequence.0).unwrap_or(usize::MAX);
            if self.replay_some(&mut state, left.min(READ))? == 0 {
                break;
            }
            if state.bytes() > MEMORY {
                beside.write(space_id, &state.drain_changes())?;
            }
            // The comparison counts keys, and the few events that are still to come are none of them.
            let (done, total) = if phase == Phase::Compare { (0, 0) } else { (self.at.sequence.0, last.0) };
            report(watch, self.progress(phase, done, total))?;
        }
        beside.write(space_id, &state.drain_changes())
    }

    /// How far it has come, with how many events it could not apply.
    pub(super) fn progress(&self, phase: Phase, done: u64, total: u64) -> Progress {
        Progress { phase, done, total, last_event: Some(self.at.event_id), skipped: self.bad }
    }

    fn replay_some(&mut self, state: &mut State<'_>, limit: usize) -> Result<usize> {
        let Self { content, at, bad, found, .. } = self;
        content.store().events().replay(content.space_id(), at.sequence, limit, &mut |event| {
            if event.space_sequence != at.sequence.next() {
                found.add(Difference::Gap { after: at.sequence, next: event.space_sequence });
            }
            match apply(content.app(), state, event) {
                Ok(Applied::Yes | Applied::UnknownType) => {}
                Err(Error::Replay(ReplayError::BadEvent { event_id, sequence, reason, .. })) => {
                    let skipped = Skipped { event_id, space_sequence: sequence, reason };
                    *bad += 1;
                    found.add(Difference::BadEvent(skipped));
                }
                Err(error) => return Err(error),
            }
            at.sequence = event.space_sequence;
            at.event_id = event.event_id;
            Ok(())
        })
    }
}
