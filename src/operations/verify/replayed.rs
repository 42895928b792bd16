//! Replaying a space's events into a temporary projection.

use std::collections::BTreeMap;

use crate::content_store::{Applied, ContentStore, DeclaredProjection, State, apply};
use crate::error::{Error, ReplayError, Result};
use crate::event::{Event, SpaceSequence};
use crate::event_store::PageRow;
use crate::operations::replay::replay;
use crate::operations::{Handled, Phase, Progress, Skipped, Watch, report};
use crate::space::Checkpoint;

use super::temporary_projection::{MEMORY, TemporaryProjection};
use super::{Difference, Verified};

/// The most event types that are told apart.
const TYPES: usize = 1000;

/// The types of events that had no effect.
#[derive(Debug, Default)]
pub(in crate::operations) struct EventTypes {
    /// Those that the app does not know.
    pub unknown: TypeCounts,
    /// Those with events that cannot be applied.
    pub unreadable: TypeCounts,
}

/// Events counted by type.
#[derive(Debug, Default)]
pub(in crate::operations) struct TypeCounts(pub BTreeMap<String, TypeCount>);

/// The events of one type.
#[derive(Debug, Clone)]
pub(in crate::operations) struct TypeCount {
    /// Their number.
    pub count: u64,
    /// The first of them, with the reason why it cannot be applied.
    pub first: Skipped,
}

impl TypeCounts {
    fn count(&mut self, event: &Event, reason: &str) {
        if let Some(counted) = self.0.get_mut(&*event.event_type) {
            counted.count += 1;
            return;
        }
        let is_full = self.0.len() >= TYPES;
        let name = if is_full { "further types" } else { &*event.event_type };
        let first = Skipped {
            event_id: event.event_id,
            space_sequence: event.space_sequence,
            reason: reason.to_owned(),
            projections: Vec::new(),
        };
        self.0.entry(name.to_owned()).or_insert(TypeCount { count: 0, first }).count += 1;
    }
}

/// A replay of events into a temporary projection.
pub(in crate::operations) struct Replayed<'a> {
    pub(super) content: &'a ContentStore,
    pub(super) projection: &'a DeclaredProjection,
    pub(super) temporary: &'a TemporaryProjection,
    pub at: Checkpoint,
    pub(super) bad: u64,
    /// The faults of the log itself.
    pub found: Verified,
    /// The types of events that had no effect.
    pub types: EventTypes,
    handled: Handled,
}

impl<'a> Replayed<'a> {
    pub fn new(
        content: &'a ContentStore,
        projection: &'a DeclaredProjection,
        temporary: &'a TemporaryProjection,
    ) -> Self {
        let (at, found, types) = (Checkpoint::default(), Verified::default(), EventTypes::default());
        let handled = Handled::default();
        Self { content, projection, temporary, at, bad: 0, found, types, handled }
    }
}

impl Replayed<'_> {
    /// Applies the events up to `last`.
    pub fn replay_to(
        &mut self,
        last: SpaceSequence,
        state: &mut State<'_>,
        phase: Phase,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let temporary = self.temporary;
        replay(self.content, self.at.sequence, last, &mut |events| {
            for event in events {
                self.take(state, event, &mut |replayed| {
                    let progress = replayed.progress_to(last, phase);
                    report(watch, progress)
                })?;
            }
            if state.bytes() > MEMORY {
                temporary.put_aside(state.drain_changes())?;
            }
            report(watch, self.progress_to(last, phase))
        })
    }

    /// Returns the progress of a replay. The comparison counts keys, not the few events that are still to come.
    fn progress_to(&self, last: SpaceSequence, phase: Phase) -> Progress {
        let (done, total) = if phase == Phase::Compare { (0, 0) } else { (self.at.sequence.0, last.0) };
        self.progress(phase, done, total)
    }

    /// Returns the progress, including the number of events that cannot be applied.
    pub fn progress(&self, phase: Phase, done: u64, total: u64) -> Progress {
        Progress { phase, done, total, last_event: Some(self.at.event_id), skipped: self.bad }
    }

    /// Applies an event. Calls `pause` after a large one, and between its pieces.
    fn take(
        &mut self,
        state: &mut State<'_>,
        event: &Event,
        pause: &mut dyn FnMut(&Self) -> Result<()>,
    ) -> Result<()> {
        if event.space_sequence != self.at.sequence.next() {
            self.found.add(Difference::Gap { after: self.at.sequence, next: event.space_sequence });
        }
        match apply(&self.content.projector(self.projection), state, event) {
            Ok(Applied::Yes) => {}
            Ok(Applied::UnknownType) => self.types.unknown.count(event, ""),
            Err(Error::Replay(ReplayError::BadEvent { event_id, sequence, reason, .. })) => {
                self.types.unreadable.count(event, &reason);
                let skipped = Skipped { event_id, space_sequence: sequence, reason, projections: Vec::new() };
                self.bad += 1;
                // A backup may still have the original of a damaged event, so skipping it would lose data.
                let is_damaged = !event.intact || event.payload.fault_between(&mut || pause(self))?.is_some();
                let difference = if is_damaged { Difference::DamagedEvent } else { Difference::BadEvent };
                self.found.add(difference(skipped));
            }
            Err(error) => return Err(error),
        }
        self.at.sequence = event.space_sequence;
        self.at.event_id = event.event_id;
        if self.handled.add(event.bytes() + state.take_work()) { pause(self) } else { Ok(()) }
    }
}
