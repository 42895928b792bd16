//! The state of subscriptions, for people.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::error::{Advice, Result, SubscriptionError};
use crate::operator::Operator;
use crate::space::SpaceId;
use crate::subscriptions::{Lag, SubscriptionId, SubscriptionRecord};
use crate::text::nearest;

use super::lease::holds;

/// The state of a subscription.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubscriptionStatus {
    /// Its name.
    pub subscription: String,
    /// Its id.
    pub subscription_id: SubscriptionId,
    /// The one space whose events it receives, or `None` for all.
    pub space_id: Option<SpaceId>,
    /// The query that the events match. Empty for all events.
    pub query: String,
    /// Its start when it was registered: `beginning`, `now`, or a sequence.
    pub start: String,
    /// The action after the last attempt: `park` or `stop`.
    pub on_error: &'static str,
    /// The time of its registration.
    pub created_at: Timestamp,
    /// The state, `running` if a process runs it.
    pub status: SubscriptionState,
    /// The process that runs it.
    pub holder: Option<Operator>,
    /// The time from which another process may take over.
    pub leased_until: Option<Timestamp>,
    /// The distance to the ends of its spaces.
    #[serde(flatten)]
    pub lag: Lag,
    /// The number of events delivered since the registration.
    pub delivered: u64,
    /// The number of events delivered in the last 60 seconds, estimated.
    pub per_minute: u64,
}

/// The state in which a subscription is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SubscriptionState {
    /// A process runs it.
    Running,
    /// No process runs it.
    Idle,
    /// It delivers nothing in this copy of its store until it is resumed or reset.
    Suspended,
    /// Its position in a space is beyond the last event. It cannot run until it is reset to an existing event.
    Ahead,
}

impl SubscriptionState {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Idle => "idle",
            Self::Suspended => "suspended",
            Self::Ahead => "ahead",
        }
    }
}

impl SubscriptionStatus {
    /// Says what to do before it can run again, if it cannot run.
    pub fn advice(&self) -> Option<Advice> {
        match self.status {
            SubscriptionState::Suspended => Some(SubscriptionError::suspended_advice(&self.subscription)),
            SubscriptionState::Ahead => Some(SubscriptionError::ahead_advice(&self.subscription)),
            SubscriptionState::Running | SubscriptionState::Idle => None,
        }
    }
}

/// Returns the state of a subscription.
///
/// # Errors
/// [`SubscriptionError::NotFound`], with the most similar name.
pub fn subscription_status(store: &Store, name: &str) -> Result<SubscriptionStatus> {
    match store.events().subscription(name)? {
        Some(record) => status_of(store, record),
        None => Err(unknown(store, name)?.into()),
    }
}

/// Returns the state of all subscriptions, ordered by name.
pub fn subscription_statuses(store: &Store) -> Result<Vec<SubscriptionStatus>> {
    store.events().subscriptions()?.into_iter().map(|record| status_of(store, record)).collect()
}

fn unknown(store: &Store, name: &str) -> Result<SubscriptionError> {
    let known = store.events().subscriptions()?;
    let nearest = nearest(name, known.iter().map(|record| record.name.as_str())).map(str::to_owned);
    Ok(SubscriptionError::NotFound { name: name.to_owned(), nearest })
}

fn status_of(store: &Store, record: SubscriptionRecord) -> Result<SubscriptionStatus> {
    let now = store.clock().now();
    let holder = record.holder.as_ref().and_then(|holder| holds(holder, now));
    let lag = store.events().lag(record.subscription_id)?;
    let status = match &holder {
        _ if record.suspended => SubscriptionState::Suspended,
        _ if lag.spaces_ahead > 0 => SubscriptionState::Ahead,
        Some(_) => SubscriptionState::Running,
        None => SubscriptionState::Idle,
    };
    let leased_until = record.holder.filter(|_| holder.is_some()).map(|holder| holder.until);
    Ok(SubscriptionStatus {
        lag,
        subscription: record.name,
        subscription_id: record.subscription_id,
        space_id: record.scope.space_id(),
        query: record.query,
        start: record.start.text(),
        on_error: record.on_error.name(),
        created_at: record.created_at,
        status,
        holder,
        leased_until,
        delivered: record.activity.delivered,
        per_minute: record.activity.per_minute(now),
    })
}
