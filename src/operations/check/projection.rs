//! Checking the projections of one space.

use std::collections::{BTreeSet, HashSet};

use crate::content_store::{ContentStore, DeclaredProjection, is_on_log};
use crate::error::{CommandError, Error, Remedy, Result, StoreError};
use crate::event::{EventId, SpaceSequence};
use crate::event_store::{Page, RepairedNumber, is_last_page};
use crate::operations::blocking_event::events_to_try;
use crate::operations::find_space::open_space;
use crate::operations::verify::{leftovers, verify_each};
use crate::operations::{Difference, Handled, Verified, Watch};
use crate::pstate::{Compatibility, Leftover, ProjectionId};
use crate::space::{Checkpoint, Space, SpaceId};

use super::super::interruptible::run_interruptible;
use super::Checking;
use super::damage::Damage;
use super::fault::Fault;
use super::log::Scan;

/// Rows read at once.
const READ: usize = 1000;

impl Checking<'_> {
    /// Checks the checkpoints, the live projections and their values, and looks for other projections of the space.
    pub(super) fn projections(&mut self, space: &Space, scan: &Scan, watch: &mut Watch<'_>) -> Result<()> {
        let space_id = space.space_id;
        if self.store.check_projections().is_err() {
            return Ok(());
        }
        let content = match open_space(self.store, self.apps, space.clone()) {
            Err(Error::Command(CommandError::UnknownApp { app, .. })) => {
                self.found.unknown_app = Some(app);
                None
            }
            content => content.ok(),
        };
        self.found.newer = content.as_ref().map(ContentStore::newer_projections).unwrap_or_default();
        let stored = self.store.pstate().names(space_id);
        let stored = self.found.attempt("the checkpoints", REBUILD, stored)?.unwrap_or_default();
        let declared = content.iter().flat_map(|content| content.projections());
        let names: BTreeSet<String> =
            stored.into_iter().chain(declared.map(|one| one.name().to_owned())).collect();
        for name in &names {
            self.found.begin_projection(name.clone(), by_rebuild(content.as_ref(), name));
            let checked = self.projection(content.as_ref(), ProjectionId::new(space_id, name), scan, watch);
            self.found.end_projection();
            checked?;
        }
        self.lost(content.as_ref(), space_id)?;
        self.leftovers(content.as_ref(), space_id)?;
        self.counts(content.as_ref(), space_id, watch)
    }

    fn projection(
        &mut self,
        content: Option<&ContentStore>,
        id: ProjectionId<'_>,
        scan: &Scan,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let checkpoint = self.store.pstate().checkpoint(id);
        let Some(checkpoint) = self.found.attempt("the checkpoint", REBUILD, checkpoint)? else {
            return Ok(());
        };
        self.checkpoint(id.space_id, checkpoint, scan)?;
        self.values(id, scan, watch)?;
        let Some(content) = content else { return self.lag(None, id, checkpoint, watch) };
        let Ok(projection) = content.declared_projection(id.name) else {
            let projection = id.name.to_owned();
            self.found.note(Fault::Differs(Difference::Undeclared { projection }));
            return Ok(());
        };
        // A deep check also tries the events on the rebuilt projection. In a file of the original, it ignores the checkpoint.
        if self.options.deep && !self.store.is_original() {
            return Ok(());
        }
        let definition = self.store.pstate().open(id)?.definition;
        // One of another version is not caught up before it is rebuilt.
        match projection.compare(definition.as_deref()) {
            Compatibility::Current | Compatibility::Adopted(_) => {
                self.lag(Some((content, projection)), id, checkpoint, watch)
            }
            Compatibility::Outdated => {
                self.found.add_fault(Fault::Differs(Difference::Outdated));
                Ok(())
            }
            Compatibility::Newer => {
                self.found.note(Fault::Differs(Difference::Newer));
                Ok(())
            }
        }
    }

    /// Finds checkpoints that lead to no projection.
    fn lost(&mut self, content: Option<&ContentStore>, space_id: SpaceId) -> Result<()> {
        let lost = self.store.pstate().lost(space_id);
        for name in self.found.attempt("the checkpoints", REBUILD, lost)?.into_iter().flatten() {
            self.found.begin_projection(name.clone(), by_rebuild(content, &name));
            self.found.add_fault(Fault::Differs(Difference::ProjectionLost));
            self.found.end_projection();
        }
        Ok(())
    }

    /// Finds projections that no reader sees.
    fn leftovers(&mut self, content: Option<&ContentStore>, space_id: SpaceId) -> Result<()> {
        for leftover in leftovers(self.store, space_id, &|| self.is_worked_on(space_id))? {
            let Leftover { name, number, is_live, owner } = leftover;
            self.found.begin_projection(name.clone(), by_rebuild(content, &name));
            if is_live {
                self.found.add_fault(Fault::Differs(Difference::Unreachable { number }));
            } else if owner.is_none_or(|owner| !(self.options.is_running)(&owner)) {
                self.found.note(Fault::Differs(Difference::Leftover { number }));
            }
            self.found.end_projection();
        }
        Ok(())
    }

    /// Finds projections that lack entries or have additional ones.
    fn counts(
        &mut self,
        content: Option<&ContentStore>,
        space_id: SpaceId,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let (pstate, progress) = (self.store.pstate(), self.tally.progress());
        let counts = run_interruptible(pstate, progress, watch, || pstate.counts(space_id));
        let counts = self.found.attempt("the projections", REBUILD, counts)?;
        for (name, count) in counts.into_iter().flatten().filter(|(_, count)| count.stored != count.found) {
            let (expected, stored) = (count.found, count.stored);
            let is_rebuilt = by_rebuild(content, &name);
            let by = match content.filter(|_| is_rebuilt) {
                Some(content) => self.replacing(content, &name, watch)?,
                None => REBUILD,
            };
            self.found.begin_projection(name, is_rebuilt);
            self.found.add_with(Fault::Differs(Difference::Count { expected, stored }), by);
            self.found.end_projection();
        }
        Ok(())
    }

    /// Tries the events that the projection lags behind, if its app is known.
    fn lag(
        &mut self,
        declared: Option<(&ContentStore, &DeclaredProjection)>,
        id: ProjectionId<'_>,
        checkpoint: Checkpoint,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let record = self.store.events().space(id.space_id)?;
        let last = record.map_or(0, |record| record.head.last_sequence.0);
        let lag = last.saturating_sub(checkpoint.sequence.0);
        if lag == 0 {
            return Ok(());
        }
        let is_inline = declared.is_some_and(|(_, projection)| projection.is_inline());
        let blocking = declared.map_or(Ok(None), |(content, projection)| {
            content.blocking_event(id.name, events_to_try(projection, lag))
        });
        match blocking {
            Ok(Some(event)) => {
                let by = match declared {
                    Some((content, _)) if !event.damaged => self.unblocking(content, id.name, watch)?,
                    _ => Remedy::Restore,
                };
                // A damaged event was reported when the log was read.
                if is_inline || !event.damaged {
                    let blocked = Difference::Blocked { lag, event, blocks_commands: is_inline, by };
                    self.found.add_fault(Fault::Differs(blocked));
                }
            }
            // Expected: it is caught up when it is read.
            Ok(None) if declared.is_some() && !is_inline => {}
            Ok(None) => self.found.note(Fault::Differs(Difference::Lag { events: lag })),
            // Missing events were reported when the log was read.
            Err(Error::Store(
                StoreError::Corrupt { .. }
                | StoreError::ProjectionsCorrupt { .. }
                | StoreError::SpaceDamaged { .. },
            )) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Returns the rebuild that gets past an event which the stored projection cannot apply: only a replay tells whether the
    /// event is at fault, or the projection.
    fn unblocking(&self, content: &ContentStore, name: &str, watch: &mut Watch<'_>) -> Result<Remedy> {
        let verified = self.verified(content, name, watch)?;
        let by = verified.differences.into_iter().find_map(|difference| match difference {
            Difference::Blocked { by, .. } => Some(by),
            _ => None,
        });
        Ok(by.unwrap_or(Remedy::Rebuild { skip_errors: true }))
    }

    /// Returns the operation that replaces a stored projection with wrong entries: only a replay tells whether events prevent it.
    fn replacing(&self, content: &ContentStore, name: &str, watch: &mut Watch<'_>) -> Result<Remedy> {
        let verified = self.verified(content, name, watch)?;
        let remedies =
            verified.differences.iter().map(|difference| verified.remedy_of(&verified, difference));
        Ok(remedies.max().unwrap_or(REBUILD))
    }

    /// Compares a projection with its events. What cannot be read is reported otherwise.
    fn verified(&self, content: &ContentStore, name: &str, watch: &mut Watch<'_>) -> Result<Verified> {
        let progress = self.tally.progress();
        let verified = verify_each(content, (Some(name), &|_| true), &mut |_, _| watch(progress));
        match verified {
            Err(error) if error.is_cancelled() => Err(error),
            verified => Ok(verified.unwrap_or_default()),
        }
    }

    fn checkpoint(&mut self, space_id: SpaceId, checkpoint: Checkpoint, scan: &Scan) -> Result<()> {
        // In this order, because others may append and apply in between.
        let Some(record) = self.store.events().space(space_id).ok().flatten() else { return Ok(()) };
        let last_sequence = record.head.last_sequence.max(scan.head.last_sequence);
        if checkpoint.sequence > last_sequence {
            let checkpoint = checkpoint.sequence;
            self.found.add_fault(Fault::Differs(Difference::CheckpointAhead { checkpoint, last_sequence }));
        } else if scan.whole && !is_on_log(self.store, space_id, &checkpoint)? {
            let Checkpoint { sequence: checkpoint, event_id, .. } = checkpoint;
            self.found.add_fault(Fault::Differs(Difference::CheckpointOff { checkpoint, event_id }));
        }
        Ok(())
    }

    fn values(&mut self, id: ProjectionId<'_>, scan: &Scan, watch: &mut Watch<'_>) -> Result<()> {
        let (mut after, mut out_of_range) = (None, 0);
        loop {
            let page = self.store.pstate().scan(id, "", Page::forward(after, READ));
            let Some(page) = self.found.attempt("the projection", REBUILD, page)? else { return Ok(()) };
            let mut handled = Handled::default();
            for entry in &page {
                // Large values take a while, so a check can be stopped between them.
                if handled.add(entry.value.as_str().len()) {
                    self.tally.advance(0, None, watch)?;
                }
                let mut pause = || self.tally.advance(0, None, watch);
                // A value has the time of an event.
                out_of_range += u64::from(scan.is_dated && !entry.updated_at.has_date());
                if let Some(error) = entry.value.fault_between(&mut pause)? {
                    self.found.add(Damage::Value { key: entry.key.clone(), reason: error.to_string() });
                }
            }
            self.checked.keys += page.len() as u64;
            self.tally.advance(page.len() as u64, None, watch)?;
            after = page.last().map(|entry| entry.key.clone());
            if is_last_page(&page, READ) {
                break;
            }
        }
        if out_of_range > 0 {
            let (table, column) = ("projection_entities", "updated_at");
            let repaired = RepairedNumber::Lost;
            let damage = Damage::OutOfRange { table, column, rows: out_of_range, repaired };
            self.found.add_with(Fault::Damaged(damage), REBUILD);
        }
        Ok(())
    }

    /// Checks that the projections match their events, if the app is known.
    pub(super) fn fold(&mut self, space: &Space, scan: &Scan, watch: &mut Watch<'_>) -> Result<()> {
        if self.store.check_projections().is_err() {
            return Ok(());
        }
        let before = self.tally.done;
        let content = open_space(self.store, self.apps, space.clone());
        let unreadable = self.found.unreadable_projections();
        let is_compared = |projection: &DeclaredProjection| !unreadable.contains(projection.name());
        let verified = content.and_then(|content| {
            let counting = &mut self.tally.counting(watch);
            let mut verified = verify_each(&content, (None, &is_compared), counting)?;
            verified.others.iter_mut().for_each(|other| ignore_lag(&content, other));
            Ok(verified)
        });
        match &verified {
            Err(Error::Store(StoreError::RedactedMeanwhile { .. })) => return Ok(()),
            Err(Error::Command(CommandError::UnknownApp { app, .. }))
                if scan.head.last_sequence > SpaceSequence::START =>
            {
                self.found.note(Fault::Damaged(Damage::NotVerified { app: app.clone() }));
            }
            _ => {}
        }
        // A rebuild reads the same log.
        let by = if scan.whole { REBUILD } else { Remedy::Restore };
        let Some(verified) = self.found.attempt("the projections", by, verified)? else {
            return Ok(());
        };
        self.checked.verified += verified.compared();
        let compared = verified.each().map(|one| one.events.saturating_add(one.entities));
        self.tally.done = compared.fold(before, u64::saturating_add);
        self.drift(&verified, &scan.damaged);
        Ok(())
    }

    /// Adds the findings that only the comparison shows.
    fn drift(&mut self, verified: &Verified, damaged: &HashSet<EventId>) {
        for one in verified.each() {
            self.found.begin_projection(one.projection.to_owned(), true);
            for difference in one.differences.iter().filter(|difference| is_new(difference, damaged)) {
                self.found.add_with(Fault::Differs(difference.clone()), verified.remedy_of(one, difference));
            }
            self.found.more += one.more;
            let is_new = |note: &&Difference| {
                matches!(note, Difference::Lag { .. } | Difference::SkippedEvent(_) | Difference::Newer)
            };
            one.notes.iter().filter(is_new).for_each(|note| self.found.note(Fault::Differs(note.clone())));
            self.found.end_projection();
        }
    }
}

/// The remedy of what cannot be read in a projection: the events are elsewhere.
pub(super) const REBUILD: Remedy = Remedy::Rebuild { skip_errors: false };

/// Returns true if a rebuild replaces the projection of this name: its app declares it, or is unknown.
fn by_rebuild(content: Option<&ContentStore>, name: &str) -> bool {
    content.is_none_or(|content| content.declared_projection(name).is_ok())
}

/// Returns true if only a comparison with the events finds this difference.
fn is_new(difference: &Difference, damaged: &HashSet<EventId>) -> bool {
    match difference {
        Difference::Missing { .. }
        | Difference::Impossible { .. }
        | Difference::Altered { .. }
        | Difference::Outdated => true,
        Difference::Blocked { event, blocks_commands, .. } => *blocks_commands || !event.damaged,
        Difference::BadEvent(skipped) | Difference::DamagedEvent(skipped) => {
            !damaged.contains(&skipped.event_id)
        }
        _ => false,
    }
}

/// Removes the note that an async projection lags, which is expected: it is caught up when it is read.
fn ignore_lag(content: &ContentStore, verified: &mut Verified) {
    let is_async = |declared: &DeclaredProjection| !declared.is_inline();
    if content.declared_projection(verified.projection).is_ok_and(is_async) {
        verified.notes.retain(|note| !matches!(note, Difference::Lag { .. }));
    }
}
