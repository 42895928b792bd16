//! Building a projection in a shadow, up to the switch.

use std::ops::Deref;

use crate::content_store::{
    Applied, ContentStore, DeclaredProjection, Projector, State, apply, ends, follows,
};
use crate::error::{Error, RedactionError, ReplayError, Result, StoreError};
use crate::event::{Event, SpaceSequence};
use crate::event_store::{Page, PageRow, ProjectionChange, ProjectionWrite, ReadyShadow};
use crate::model::changes::Changes;
use crate::operations::replay::{replay, replay_here};
use crate::operations::verify::{Sides, compare, is_of_another_log};
use crate::operations::{DifferenceGroups, DifferencePlace, Handled, Phase, Progress, Watch, report};
use crate::pstate::{Entries, Entry, NoEntries, ProjectionId, Shadow};
use crate::redaction::Erasure;
use crate::space::Checkpoint;

use super::{FirstBuild, RebuildReview, Rebuilt, Skipped};

/// Keys written in one transaction, which blocks other writers for some milliseconds.
pub(in crate::operations) const WRITE: usize = 1000;
/// Bytes of state kept in memory before they are written to the shadow.
const MEMORY: usize = 64 << 20;
/// The most events left for the switch, which blocks all other writers.
const TAIL: u64 = 500;

/// The time for writing a key and removing the old one, relative to folding an event.
pub(in crate::operations) const KEY: f64 = 4.0;

/// A sequence above that of any event.
const EVERYTHING: SpaceSequence = SpaceSequence(u64::MAX);

/// The entries of a shadow.
pub(in crate::operations) struct ShadowEntries<S>(pub S);

impl<'s, S: Deref<Target = dyn Shadow + 's>> Entries for ShadowEntries<S> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        Ok(self.0.multi_get(&[key])?.pop().flatten())
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.0.scan(prefix, page)
    }
}

/// The way in which a projection is built.
#[derive(Clone, Copy)]
pub(in crate::operations) struct BuildOptions<'a> {
    /// Skip events that cannot be applied.
    pub skip_errors: bool,
    /// Build the projection as if these fields were erased.
    pub erasure: Option<&'a Erasure>,
}

/// A projection that is being built in a shadow.
pub(in crate::operations) struct Builder<'a> {
    content: &'a ContentStore,
    projector: Projector<'a>,
    shadow: &'a dyn Shadow,
    options: BuildOptions<'a>,
    state: State<'a>,
    at: Checkpoint,
    /// The number of events in the shadow. Those between it and `at` are folded but not written.
    written: u64,
    /// The time for writing the changes of an event, relative to folding it.
    writing: f64,
    rebuilt: Rebuilt,
    handled: Handled,
}

impl<'a> Builder<'a> {
    pub fn new(
        content: &'a ContentStore,
        projection: &'a DeclaredProjection,
        shadow: &'a dyn Shadow,
        options: BuildOptions<'a>,
    ) -> Self {
        let projector = content.projector(projection);
        let state = projector.projection.state(ShadowEntries(shadow));
        Self {
            content,
            projector,
            shadow,
            options,
            state,
            at: Checkpoint::default(),
            written: 0,
            writing: KEY,
            rebuilt: Rebuilt { projections: vec![projection.name()], ..Rebuilt::default() },
            handled: Handled::default(),
        }
    }

    /// Builds the projection, in short transactions, until few events are left for the switch.
    pub fn prepare(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        self.writing = self.keys_of_an_event()? * KEY;
        self.report(Phase::Replay, 0.0, watch)?;
        self.replay(Phase::Replay, watch)?;
        self.write(watch)?;
        self.catch_up(watch)
    }

    /// Applies events that were appended meanwhile, until few are left.
    pub fn catch_up(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        while self.left()? > TAIL {
            let before = self.at.sequence;
            self.replay(Phase::CatchUp, watch)?;
            if self.at.sequence == before {
                self.check_end()?;
            }
            self.write(watch)?;
        }
        Ok(())
    }

    /// Checks that no later rebuild and no delete has removed the shadow.
    pub fn check(&self) -> Result<()> {
        self.shadow.check()
    }

    /// Compares the stored projection with the one in the shadow, at one moment: events that are not in the shadow yet are applied
    /// in memory. Adds the result to a review.
    pub fn review(
        &mut self,
        review: &mut RebuildReview,
        groups: &mut DifferenceGroups,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let (content, projection, id) = (self.content, self.projector.projection, self.id());
        let pstate = content.store().pstate();
        let (mut lag, mut first_keys) = (0, 0);
        content.store().snapshot(&mut || {
            let pause = &mut |builder: &Self| builder.report(Phase::Compare, 0.0, watch);
            replay_here(content, self.at.sequence, EVERYTHING, &mut |events| self.take(events, pause))?;
            let (checkpoint, definition) = match pstate.open(id) {
                // A rebuild replaces an unreadable checkpoint.
                Err(Error::Store(StoreError::Corrupt { .. } | StoreError::ProjectionsCorrupt { .. })) => {
                    (Checkpoint::default(), None)
                }
                found => found.map(|live| (live.checkpoint, live.definition))?,
            };
            let mut step = |_, _| self.report(Phase::Compare, 0.0, watch);
            if checkpoint.sequence == SpaceSequence::START {
                // It was never built, so there is nothing to compare.
                let sides = Sides {
                    expected: &&self.state,
                    stored: &NoEntries,
                    migrated_to: None,
                    of_original: None,
                    keys: 0,
                };
                return compare(&sides, &mut |_| first_keys += 1, &mut step).map(drop);
            }
            lag = self.at.sequence.0.saturating_sub(checkpoint.sequence.0);
            // Its entries may be another tenant's.
            let is_readable = !is_of_another_log(content, &checkpoint)?;
            let stored: &dyn Entries = if is_readable { &(pstate, id) } else { &NoEntries };
            // Values of an earlier version are compared as that stored them: that is what changes.
            let is_current = projection.compare(definition.as_deref()).is_writable();
            let sides = Sides {
                expected: &&self.state,
                stored,
                migrated_to: is_current.then(|| projection.schema()),
                of_original: None,
                keys: checkpoint.entities,
            };
            let (app, space_name) = (content.app().name(), content.space().space_name.as_str());
            let place = DifferencePlace { app, projection: projection.name(), space_name };
            compare(&sides, &mut |difference| groups.add(place, &difference), &mut step).map(drop)
        })?;
        review.events = review.events.max(self.at.sequence.0);
        review.lag = review.lag.max(lag);
        review.skipped = review.skipped.max(self.rebuilt.skipped.len() as u64);
        let first =
            [review.first_skipped.take(), self.rebuilt.skipped.first().cloned()].into_iter().flatten();
        review.first_skipped = first.min_by_key(|skipped| skipped.space_sequence);
        if first_keys > 0 {
            review.first_builds.push(FirstBuild { projection: projection.name(), keys: first_keys });
        }
        Ok(())
    }

    /// Applies the last few events, within the unit of work that switches. Returns their changes.
    pub fn finish(&mut self) -> Result<Changes> {
        replay_here(self.content, self.at.sequence, EVERYTHING, &mut |events| {
            // The switch is stopped before or after it.
            self.take(events, &mut |_| Ok(()))
        })?;
        self.check_end()?;
        Ok(self.state.drain_changes())
    }

    /// Returns the write that puts the shadow, with the last changes, in the place of the old projection.
    pub fn switch<'c>(&self, changes: &'c Changes) -> ProjectionWrite<'c> {
        let rebuilt_at = Some(self.content.store().clock().now());
        let shadow = ReadyShadow { rebuilt_at, ..self.shadow.ready() };
        let change = ProjectionChange::Activate { shadow, changes, at: self.at };
        ProjectionWrite { name: self.projector.projection.name(), change }
    }

    /// Returns the last event that was applied.
    pub fn sequence(&self) -> SpaceSequence {
        self.at.sequence
    }

    /// Returns the result, for a projection with this number of keys.
    pub fn into_rebuilt(self, entities: u64) -> Rebuilt {
        Rebuilt { entities, ..self.rebuilt }
    }

    fn id(&self) -> ProjectionId<'static> {
        self.projector.projection.id(self.content.space_id())
    }

    /// Returns the number of keys per event in the old projection, or one if there is none.
    fn keys_of_an_event(&self) -> Result<f64> {
        let old = match self.content.store().pstate().checkpoint(self.id()) {
            // A rebuild replaces an unreadable checkpoint.
            Err(Error::Store(StoreError::Corrupt { .. } | StoreError::ProjectionsCorrupt { .. })) => {
                Checkpoint::default()
            }
            found => found?,
        };
        let is_known = old.entities > 0 && old.sequence.0 > 0;
        Ok(if is_known { old.entities as f64 / old.sequence.0 as f64 } else { 1.0 })
    }

    fn last_sequence(&self) -> Result<u64> {
        self.content.event_count()
    }

    fn left(&self) -> Result<u64> {
        Ok(self.last_sequence()?.saturating_sub(self.at.sequence.0))
    }

    /// Folds the existing events into memory, and into the shadow if memory runs out.
    fn replay(&mut self, phase: Phase, watch: &mut Watch<'_>) -> Result<()> {
        replay(self.content, self.at.sequence, EVERYTHING, &mut |events| {
            let taken = self.apply_together(events, &mut |builder| builder.report(phase, 0.0, watch));
            // After a failure the events before it are complete: report them as such.
            let reported = self.report(phase, if taken.is_ok() { 0.0 } else { 1.0 }, watch);
            taken.and(reported)?;
            if self.state.bytes() > MEMORY { self.write(watch) } else { Ok(()) }
        })
    }

    /// Checks that the log really ends where reading found no more events.
    fn check_end(&self) -> Result<()> {
        ends(self.content.space_id(), self.at.sequence, SpaceSequence(self.last_sequence()?))
    }

    /// Folds events on top of the shadow, which is locked once for all reads. Calls `pause` after each large value.
    fn apply_together(&mut self, events: &[Event], pause: &mut dyn FnMut(&Self) -> Result<()>) -> Result<()> {
        if self.written == 0 {
            return self.take(events, pause);
        }
        let pstate = self.content.store().pstate();
        pstate.snapshot(&mut || self.take(events, pause))
    }

    fn take(&mut self, events: &[Event], pause: &mut dyn FnMut(&Self) -> Result<()>) -> Result<()> {
        for event in events {
            follows(self.at.sequence, event)?;
            let erased = self.options.erasure.and_then(|erasure| erasure.of(event, &mut |_| {}));
            let applied = erased.as_ref().unwrap_or(event);
            let skip_errors = self.options.skip_errors;
            let folded = fold(&self.projector, skip_errors, &mut self.state, &mut self.rebuilt, applied);
            folded.map_err(|error| {
                let mut is_needed =
                    || erased.is_some() && apply(&self.projector, &mut self.state, event).is_ok();
                let error = match self.options.erasure {
                    Some(_) => in_redaction(error, is_needed()),
                    None => error,
                };
                self.content.with_rebuild(self.projector.projection, error)
            })?;
            self.rebuilt.events += 1;
            self.at.sequence = event.space_sequence;
            self.at.event_id = event.event_id;
            self.at.updated_at = Some(event.timestamp);
            if self.handled.add(event.bytes() + self.state.take_work()) {
                pause(self)?;
            }
        }
        Ok(())
    }

    /// Writes the changes to the shadow in short transactions.
    fn write(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let changes = self.state.drain_changes();
        let (mut written, keys) = (0, changes.len());
        for piece in changes.split(WRITE) {
            self.shadow.write(&piece)?;
            written += piece.len();
            self.report(Phase::Write, written as f64 / keys as f64, watch)?;
        }
        self.written = self.at.sequence.0;
        Ok(())
    }

    pub fn report(&self, phase: Phase, part: f64, watch: &mut Watch<'_>) -> Result<()> {
        report(watch, self.progress(phase, part, self.last_sequence()?))
    }

    /// Returns the progress towards `last`: the events in the shadow, plus a share of the folded ones that
    /// corresponds to the time for folding them and for writing `part` of their changes.
    pub fn progress(&self, phase: Phase, part: f64, last: u64) -> Progress {
        let folded = (self.at.sequence.0 - self.written) as f64;
        let done = self.written + (folded * (1.0 + self.writing * part) / (1.0 + self.writing)) as u64;
        let skipped = self.rebuilt.skipped.len() as u64;
        Progress { phase, done, total: last.max(done), last_event: Some(self.at.event_id), skipped }
    }
}

fn fold(
    projector: &Projector<'_>,
    skip_errors: bool,
    state: &mut State<'_>,
    rebuilt: &mut Rebuilt,
    event: &Event,
) -> Result<()> {
    match apply(projector, state, event) {
        Ok(Applied::Yes) => {}
        Ok(Applied::UnknownType) => rebuilt.unknown += 1,
        Err(Error::Replay(ReplayError::BadEvent { reason, .. })) if skip_errors => {
            rebuilt.skipped.push(Skipped {
                event_id: event.event_id,
                space_sequence: event.space_sequence,
                reason,
                projections: Vec::new(),
            });
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Says that an event cannot be applied, because fields of it are to be erased or for another reason.
fn in_redaction(error: Error, is_needed: bool) -> Error {
    match error {
        Error::Replay(ReplayError::BadEvent {
            event_id,
            sequence,
            event_type,
            reason,
            damaged: false,
            ..
        }) => {
            let error = match is_needed {
                true => RedactionError::NeededField { event_id, sequence, event_type, reason },
                false => RedactionError::BadEvent { event_id, sequence, event_type, reason },
            };
            error.into()
        }
        error => error,
    }
}
