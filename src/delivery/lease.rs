//! Holding the lease of a subscription.

use crate::clock::Timestamp;
use crate::error::{Result, SubscriptionError};
use crate::operator::Operator;
use crate::subscriptions::{LeaseHolder, SubscriptionRecord};

use super::news::DeliveryNews;
use super::subscriber::Subscriber;

impl Subscriber {
    /// Takes the lease, or renews it before it ends. Notices what operators and other processes have done since.
    ///
    /// # Errors
    /// [`SubscriptionError::Held`]; [`SubscriptionError::Suspended`]; [`SubscriptionError::NotFound`].
    pub(super) fn hold(&mut self) -> Result<()> {
        let name = self.subscription.name().to_owned();
        let found = self.store.events().subscription(&name)?;
        let found = found.filter(|record| record.subscription_id == self.subscription_id);
        let Some(record) = found else {
            self.forget();
            return Err(SubscriptionError::NotFound { name, nearest: None }.into());
        };
        if record.suspended {
            self.release()?;
            return Err(SubscriptionError::Suspended { name: record.name }.into());
        }
        let now = self.store.clock().now();
        match self.lease.filter(|lease| lease.epoch == record.epoch) {
            None => {
                self.forget();
                self.take(&record, now)?;
            }
            Some(lease) if self.is_due(now, lease.until) => {
                let lease = self.renewed(lease, now);
                self.store.events().renew_lease(&lease)?;
                self.lease = Some(lease);
            }
            Some(_) => {}
        }
        self.notice(record.revision)
    }

    fn take(&mut self, record: &SubscriptionRecord, now: Timestamp) -> Result<()> {
        let held = |by| SubscriptionError::Held { name: record.name.clone(), by };
        if let Some(by) = record.holder.as_ref().and_then(|holder| holds(holder, now)) {
            return Err(held(by.to_string()).into());
        }
        let operator = serde_json::json!(self.store.operator().in_this_process()).to_string();
        let until = now.after(self.subscription.lease_time());
        let holder = LeaseHolder { operator, until };
        let lease = self.store.events().take_lease(self.subscription_id, record.epoch, &holder)?;
        self.lease = Some(lease.ok_or_else(|| held("another process".to_owned()))?);
        self.report(|| DeliveryNews::Started);
        Ok(())
    }

    /// Releases the lease, so that another process can take it at once.
    ///
    /// # Errors
    /// If the store cannot be written. The lease then ends by itself.
    pub fn release(&mut self) -> Result<()> {
        match self.forget() {
            Some(lease) => self.store.events().release_lease(&lease),
            None => Ok(()),
        }
    }
}

/// A subscriber that is dropped lets another one take over at once.
impl Drop for Subscriber {
    fn drop(&mut self) {
        // If this fails, the lease ends by itself.
        let _ = self.release();
    }
}

/// Returns the operator that holds a lease, unless its time is over or its process has ended.
pub(super) fn holds(holder: &LeaseHolder, now: Timestamp) -> Option<Operator> {
    let operator: Operator = serde_json::from_str(&holder.operator).unwrap_or_default();
    (holder.until > now && operator.is_running()).then_some(operator)
}
