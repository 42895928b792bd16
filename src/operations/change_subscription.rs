//! Retrying, skipping, resetting, resuming and removing a subscription, with an entry in the audit log.

use serde_json::{Map, Value};

use crate::delivery::subscription_status;
use crate::error::{Error, Result};
use crate::subscriptions::SubscriptionChange;
use crate::text::counted;

use super::{Operation, OperationContext, Summary, Target, Watch};

/// A change of a subscription. A running subscriber notices it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSubscription {
    /// The subscription's name.
    pub subscription: String,
    /// The change.
    pub change: SubscriptionChange,
}

impl Operation for ChangeSubscription {
    /// The number of affected positions or parked events.
    type Done = u64;
    type Error = Error;

    fn name(&self) -> &'static str {
        match self.change {
            SubscriptionChange::Retry { .. } => "retry-subscription",
            SubscriptionChange::Skip { .. } => "skip-subscription",
            SubscriptionChange::Reset { .. } => "reset-subscription",
            SubscriptionChange::Resume => "resume-subscription",
            SubscriptionChange::Remove => "remove-subscription",
        }
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = Map::from_iter([("subscription".to_owned(), self.subscription.clone().into())]);
        if let SubscriptionChange::Reset { to, .. } = self.change {
            parameters.insert("to".to_owned(), to.text().into());
        }
        parameters
    }

    fn is_recorded_at_end(&self) -> bool {
        true
    }

    fn perform(
        &mut self,
        _target: Target<'_>,
        context: OperationContext<'_>,
        _watch: &mut Watch<'_>,
    ) -> Result<u64> {
        // Suggests the nearest name.
        match subscription_status(context.store, &self.subscription) {
            // Its positions, or the registration itself, can be replaced even if they cannot be read.
            Err(Error::Store(error))
                if error.is_damage()
                    && matches!(
                        self.change,
                        SubscriptionChange::Reset { .. } | SubscriptionChange::Remove
                    ) => {}
            status => drop(status?),
        }
        context.store.events().change_subscription(&self.subscription, &self.change)
    }

    fn summary(&self, done: &u64) -> Summary {
        let parked = counted(*done, "parked event", "parked events");
        Summary::done(match self.change {
            SubscriptionChange::Retry { .. } => format!("{parked} to be tried once more"),
            SubscriptionChange::Skip { .. } => format!("{parked} skipped"),
            SubscriptionChange::Reset { .. } => {
                format!("{} moved", counted(*done, "position", "positions"))
            }
            SubscriptionChange::Resume => "it continues at its positions".to_owned(),
            SubscriptionChange::Remove => {
                format!("removed with {}", counted(*done, "position", "positions"))
            }
        })
    }
}
