//! Checking the projection of one space.

use std::collections::HashSet;

use serde::de::IgnoredAny;

use crate::content_store::{ContentStore, DeclaredProjection, is_on_log};
use crate::error::{CommandError, Error, Remedy, Result, StoreError};
use crate::event::EventId;
use crate::event_store::{Page, is_last_page};
use crate::operations::overview::open_space;
use crate::operations::verify::{leftovers, verify_each};
use crate::operations::{Difference, Verified, Watch};
use crate::pstate::{Leftover, ProjectionId, STATE};
use crate::space::{Checkpoint, Space, SpaceId};

use super::super::interruptible::run_interruptible;
use super::Checking;
use super::fault::{Damage, Fault};
use super::log::Scan;

/// Rows read at once.
const READ: usize = 1000;

impl Checking<'_> {
    /// Checks the checkpoint, the live projection and its values, and looks for other projections of the space.
    pub(super) fn projection(
        &mut self,
        space: &Space,
        scan: &Scan,
        is_counted: bool,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let (pstate, space_id) = (self.store.pstate(), space.space_id);
        let checkpoint = pstate.checkpoint(space_id.into());
        let Some(checkpoint) =
            self.found.attempt("the checkpoint", Remedy::Rebuild { skip_errors: false }, checkpoint)?
        else {
            return Ok(());
        };
        if is_counted {
            self.checkpoint(space_id, checkpoint, scan)?;
        }
        if !pstate.is_in_place(space_id)? {
            self.found.add_fault(Fault::Differs(Difference::ProjectionLost));
        }
        for leftover in leftovers(self.store, space_id, &|| self.is_worked_on(space_id))? {
            let Leftover { projection, is_live, owner } = leftover;
            if is_live {
                self.found.add_fault(Fault::Differs(Difference::Unreachable { projection }));
            } else if owner.is_none_or(|owner| !(self.options.is_running)(&owner)) {
                self.found.note(Fault::Differs(Difference::Leftover { projection }));
            }
        }
        // Those that cannot be read are reported otherwise.
        let stored = pstate.stored(&[space_id]).unwrap_or_default();
        let names = stored.into_iter().flatten().map(|stored| stored.name.into_owned());
        let mut names: Vec<String> = names.collect();
        self.undeclared(space, &names);
        let progress = self.tally.progress();
        let counts = run_interruptible(pstate, progress, watch, || pstate.counts(space_id));
        let counts = self.found.attempt("the projection", Remedy::Rebuild { skip_errors: false }, counts)?;
        for (_, count) in counts.into_iter().flatten().filter(|(_, count)| count.stored != count.found) {
            let (expected, stored) = (count.found, count.stored);
            self.found.add_fault(Fault::Differs(Difference::Count { expected, stored }));
        }
        if names.is_empty() {
            names.push(STATE.to_owned());
        }
        for name in &names {
            self.values(ProjectionId::new(space_id, name), watch)?;
        }
        // A deep check also tries the events on the rebuilt projection.
        if self.options.deep { Ok(()) } else { self.lag(space, checkpoint) }
    }

    /// Notes projections that the space's app does not declare, if the app is known.
    fn undeclared(&mut self, space: &Space, names: &[String]) {
        let Ok(content) = open_space(self.store, self.apps, space.clone()) else { return };
        for projection in names.iter().filter(|name| content.declared_projection(name).is_err()) {
            self.found.note(Fault::Differs(Difference::Undeclared { projection: projection.clone() }));
        }
    }

    /// Tries the events that the projection lags behind.
    fn lag(&mut self, space: &Space, checkpoint: Checkpoint) -> Result<()> {
        let last = self.store.events().space(space.space_id)?.map_or(0, |record| record.head.last_sequence.0);
        let lag = last.saturating_sub(checkpoint.sequence.0);
        if lag == 0 {
            return Ok(());
        }
        let content = open_space(self.store, self.apps, space.clone());
        let blocking = content.and_then(|content| content.blocking_event(STATE, lag));
        match blocking {
            Ok(Some(event)) => {
                let by = if event.damaged { Remedy::Restore } else { Remedy::Rebuild { skip_errors: true } };
                self.found.add_fault(Fault::Differs(Difference::Blocked { lag, event, by }));
            }
            Ok(None) | Err(Error::Command(CommandError::UnknownApp { .. })) => {
                self.found.note(Fault::Differs(Difference::Lag { events: lag }));
            }
            // Missing events were reported when the log was read.
            Err(Error::Store(StoreError::Corrupt { .. })) => {}
            Err(error) => return Err(error),
        }
        Ok(())
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

    fn values(&mut self, id: ProjectionId<'_>, watch: &mut Watch<'_>) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.store.pstate().scan(id, "", Page::forward(after, READ));
            let Some(page) =
                self.found.attempt("the projection", Remedy::Rebuild { skip_errors: false }, page)?
            else {
                return Ok(());
            };
            for entry in &page {
                if let Err(error) = entry.value.parse::<IgnoredAny>() {
                    self.found.add(Damage::Value { key: entry.key.clone(), reason: error.to_string() });
                }
            }
            self.checked.keys += page.len() as u64;
            self.tally.advance(page.len() as u64, None, watch)?;
            after = page.last().map(|entry| entry.key.clone());
            if is_last_page(&page, READ) {
                return Ok(());
            }
        }
    }

    /// Checks that the projection matches its events, if the app is known.
    pub(super) fn fold(&mut self, space: &Space, scan: &Scan, watch: &mut Watch<'_>) -> Result<()> {
        let before = self.tally.done;
        let content = open_space(self.store, self.apps, space.clone());
        let verified = content.and_then(|content| {
            let mut verified = verify_each(&content, None, &mut self.tally.counting(watch))?;
            verified.others.iter_mut().for_each(|other| ignore_lag(&content, other));
            Ok(verified)
        });
        // A rebuild reads the same log.
        let by = if scan.whole { Remedy::Rebuild { skip_errors: false } } else { Remedy::Restore };
        let Some(verified) = self.found.attempt("the projection", by, verified)? else {
            return Ok(());
        };
        self.checked.verified += verified.each().count() as u64;
        let events = verified.each().map(|one| one.events).fold(before, u64::saturating_add);
        self.tally.done = events.saturating_add(verified.keys());
        self.drift(&verified, &scan.damaged);
        Ok(())
    }

    /// Adds the findings that only the comparison shows.
    fn drift(&mut self, verified: &Verified, damaged: &HashSet<EventId>) {
        for difference in verified.each().flat_map(|one| &one.differences) {
            let is_new = match difference {
                Difference::Missing { .. } | Difference::Impossible { .. } | Difference::Altered { .. } => {
                    true
                }
                Difference::BadEvent(skipped) | Difference::DamagedEvent(skipped) => {
                    !damaged.contains(&skipped.event_id)
                }
                Difference::Blocked { .. } | Difference::Outdated => true,
                _ => false,
            };
            if is_new {
                self.found.add_with(Fault::Differs(difference.clone()), verified.remedy_of(difference));
            }
        }
        self.found.more += verified.each().map(|one| one.more).sum::<u64>();
        for note in verified.each().flat_map(|one| &one.notes) {
            if matches!(note, Difference::Lag { .. } | Difference::SkippedEvent(_) | Difference::Newer) {
                self.found.note(Fault::Differs(note.clone()));
            }
        }
    }
}

/// Removes the note that an async projection lags, which is expected: it is caught up when it is read.
fn ignore_lag(content: &ContentStore, verified: &mut Verified) {
    let is_async = |declared: &DeclaredProjection| !declared.is_inline();
    if content.declared_projection(verified.projection).is_ok_and(is_async) {
        verified.notes.retain(|note| !matches!(note, Difference::Lag { .. }));
    }
}
