//! Checking the positions of subscriptions.

use crate::error::{Remedy, Result};
use crate::subscriptions::SubscriptionRecord;

use super::Checking;
use super::damage::Damage;

/// Positions read at once.
const PAGE: usize = 1000;

impl Checking<'_> {
    /// Checks that every position belongs to a subscription, and lies within its space.
    pub(super) fn subscriptions(&mut self) -> Result<()> {
        let events = self.store.events();
        let rows =
            self.found.attempt("the positions of subscriptions", Remedy::Restore, events.stray_progress())?;
        if let Some(rows) = rows.filter(|rows| *rows > 0) {
            self.found.add(Damage::NoSubscription { rows });
        }
        let records = self.found.attempt("the subscriptions", Remedy::Restore, events.subscriptions())?;
        records.into_iter().flatten().try_for_each(|record| self.positions(&record))
    }

    fn positions(&mut self, record: &SubscriptionRecord) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.store.events().positions(record.subscription_id, after, PAGE);
            let page = self.found.attempt("the positions of a subscription", Remedy::Restore, page)?;
            let page = page.unwrap_or_default();
            for at in page.iter().filter(|at| at.is_ahead()) {
                let subscription = record.name.clone();
                let (position, last_sequence) = (at.position.sequence, at.last_sequence);
                self.found.begin(at.space_id, at.space_name.clone());
                self.found.add(Damage::SubscriptionAhead { subscription, position, last_sequence });
                self.found.end();
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.space_id),
                _ => return Ok(()),
            }
        }
    }
}
