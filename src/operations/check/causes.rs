//! Checking the index of causes.

use crate::error::{Remedy, Result};
use crate::event::EventId;
use crate::operations::Watch;

use super::super::interruptible::run_interruptible;
use super::Checking;
use super::damage::Damage;
use super::fault::Fault;

impl Checking<'_> {
    /// Checks that the index leads to all effects, and only to them.
    pub(super) fn causes(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let events = self.store.events();
        let after =
            self.found.attempt("the index of causes", Remedy::Restore, events.effects_indexed_after())?;
        let last = events.last_event_id().unwrap_or_default();
        if let Some(up_to) = after.map(|after| after.min(last)).filter(|after| *after > EventId(0)) {
            self.found.note(Fault::Damaged(Damage::CausesNotIndexed { up_to }));
        }
        if !self.options.deep {
            return Ok(());
        }
        let faults = run_interruptible(events, self.tally.progress(), watch, || events.cause_faults());
        match self.found.attempt("the index of causes", Remedy::Restore, faults)? {
            Some(entries) if entries > 0 => self.found.add(Damage::CauseIndex { entries }),
            _ => {}
        }
        Ok(())
    }
}
