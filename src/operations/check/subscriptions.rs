//! Checking the positions of subscriptions.

use std::time::Duration;

use crate::error::{Error, Remedy, Result};
use crate::event_store::{ChangedColumn, ChangedRow, SubscriptionFault, SubscriptionRows};
use crate::subscriptions::SubscriptionRecord;

use super::Checking;
use super::damage::Damage;

/// No subscription takes its lease for so long: it is renewed while the subscription runs.
const LONGEST_LEASE: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The column with the id.
const ID: &str = "subscription_id";

/// Positions read at once.
const PAGE: usize = 1000;

impl Checking<'_> {
    /// Checks that every subscription and its rows are those that were stored, that every position belongs to a
    /// subscription, and lies within its space.
    pub(super) fn subscriptions(&mut self) -> Result<()> {
        let events = self.store.events();
        let rows =
            self.found.attempt("the positions of subscriptions", Remedy::Restore, events.stray_progress())?;
        let lost = self.found.attempt(
            "the number of subscriptions",
            Remedy::Restore,
            events.lost_subscriptions(),
        )?;
        let lost = lost.flatten();
        if let Some(lost) = lost {
            self.found.add(Damage::LostSubscriptions { lost });
        }
        let uncounted = self.found.attempt(
            "the number of subscriptions",
            Remedy::Restore,
            events.uncounted_subscriptions(),
        )?;
        if let Some((stored, found)) = uncounted.flatten() {
            self.found.add(Damage::SubscriptionCount { stored, found });
        }
        if let Some(rows) = rows.filter(|rows| *rows > 0) {
            let damage = Damage::NoSubscription { rows };
            if lost.is_some() { self.found.add_lost(damage) } else { self.found.add(damage) }
        }
        let faults =
            self.found.attempt("the subscriptions", Remedy::Restore, events.subscription_faults())?;
        let mut is_readable = true;
        for fault in faults.into_iter().flatten() {
            is_readable &= fault.is_readable;
            self.spaces_of_subscriptions.extend(fault.space_id.filter(|_| fault.reason.is_some()));
            self.registration(fault);
        }
        // Numbers out of range were reported with the ranges.
        if !is_readable {
            return Ok(());
        }
        let records = self.found.attempt("the subscriptions", Remedy::Restore, events.subscriptions())?;
        for record in records.into_iter().flatten() {
            self.lease(&record);
            self.positions(&record)?;
        }
        Ok(())
    }

    /// Adds what is wrong with a subscription and its rows.
    fn registration(&mut self, fault: SubscriptionFault) {
        let SubscriptionFault { name: subscription, mut reason, is_possible, rows, changed, .. } = fault;
        let is_other_id = changed.iter().any(|changed| changed.column == ID);
        for ChangedColumn { column, stored, expected } in changed {
            reason = None;
            let of_column = subscription.clone();
            self.found.add(Damage::SubscriptionColumn { subscription: of_column, column, stored, expected });
        }
        // Its rows are found under its id.
        if is_other_id {
            return;
        }
        let is_lost = rows == SubscriptionRows::Lost;
        if let Some(reason) = reason {
            // Its remedy is about the rows, too.
            let is_lost = is_lost || !is_possible;
            self.found.add(Damage::Subscription { subscription, reason, is_lost });
            return;
        }
        match rows {
            SubscriptionRows::Intact => {}
            SubscriptionRows::Known(ChangedRow { table, stored, expected }) => {
                self.found.add(Damage::SubscriptionRow { subscription, table, stored, expected });
            }
            SubscriptionRows::Changed | SubscriptionRows::Lost => {
                self.found.add(Damage::SubscriptionRows { subscription, is_lost });
            }
        }
    }

    fn lease(&mut self, record: &SubscriptionRecord) {
        let Some(until) = record.holder.as_ref().map(|holder| holder.until) else { return };
        if until > self.store.clock().now().after(LONGEST_LEASE) {
            let (subscription, subscription_id) = (record.name.clone(), record.subscription_id);
            self.found.add(Damage::SubscriptionLease { subscription, subscription_id, until });
        }
    }

    fn positions(&mut self, record: &SubscriptionRecord) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.store.events().positions(record.subscription_id, after, PAGE);
            let page = match page {
                // The counters of a space cannot be read, which is reported with the space.
                Err(Error::Store(error)) if error.is_damage() => return Ok(()),
                page => page?,
            };
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
