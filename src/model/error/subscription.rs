//! Errors of subscriptions.

use thiserror::Error;

use crate::event::SpaceSequence;
use crate::id::SpaceId;

use super::{Advice, Remedy};

/// The reason why a subscription cannot be run or changed. Nothing was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// There is no such subscription.
    #[error("there is no subscription {name}")]
    NotFound {
        /// Its name.
        name: String,
        /// The name that was probably meant.
        nearest: Option<String>,
    },
    /// The name is not valid for a subscription.
    #[error("a subscription's name {reason}")]
    InvalidName {
        /// The rule that it breaks.
        reason: String,
    },
    /// The start is not valid.
    #[error("the subscription cannot start there: {reason}")]
    InvalidStart {
        /// The reason.
        reason: String,
    },
    /// A subscription of this name exists for other spaces.
    #[error("the subscription {name} is registered for {scope}")]
    OtherScope {
        /// Its name.
        name: String,
        /// Its spaces, as text.
        scope: String,
    },
    /// Another process runs the subscription.
    #[error("the subscription {name} is being run by {by}")]
    Held {
        /// Its name.
        name: String,
        /// The process, as text.
        by: String,
    },
    /// Another process has taken the subscription over, or it was removed.
    #[error("the lease of this subscription was lost to another process, or the subscription was removed")]
    LeaseLost,
    /// The position is not the expected one: an operator has moved it.
    #[error("the subscription's position in space {space_id} is {actual}, not {expected}")]
    PositionMoved {
        /// The space.
        space_id: SpaceId,
        /// The expected position.
        expected: SpaceSequence,
        /// The actual position.
        actual: SpaceSequence,
    },
    /// The store is a copy of that in which the subscription was registered.
    #[error("the subscription {name} is suspended, because this store is a copy of another one")]
    Suspended {
        /// Its name.
        name: String,
    },
    /// Positions or parked events are missing, added or impossible, so that it cannot continue there.
    #[error("the positions or parked events of the subscription {name} are not those that it stored")]
    RowsLost {
        /// Its name.
        name: String,
    },
    /// The position is beyond the last event of the space.
    #[error(
        "the subscription {name} is at sequence {position} of space {space_id}, which ends at {last_sequence}"
    )]
    Ahead {
        /// The subscription's name.
        name: String,
        /// The space.
        space_id: SpaceId,
        /// The position.
        position: SpaceSequence,
        /// The space's last sequence.
        last_sequence: SpaceSequence,
    },
}

impl SubscriptionError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "unknown_subscription",
            Self::InvalidName { .. } => "invalid_subscription_name",
            Self::InvalidStart { .. } => "invalid_start",
            Self::OtherScope { .. } => "other_scope",
            Self::Held { .. } => "subscription_held",
            Self::LeaseLost => "lease_lost",
            Self::PositionMoved { .. } => "position_moved",
            Self::Suspended { .. } => "subscription_suspended",
            Self::RowsLost { .. } => "subscription_rows_lost",
            Self::Ahead { .. } => "subscription_ahead",
        }
    }

    /// Says what to do next, if anything can be done.
    pub fn advice(&self) -> Option<Advice> {
        Some(match self {
            Self::NotFound { nearest: Some(name), .. } => {
                Advice::from(format!("did you mean {name}? ")).remedy(Remedy::ListSubscriptions)
            }
            Self::NotFound { nearest: None, .. } => Advice::default().remedy(Remedy::ListSubscriptions),
            Self::InvalidName { .. } => "choose another name".into(),
            Self::InvalidStart { .. } => "start at the beginning, now, or after an existing sequence".into(),
            Self::OtherScope { .. } => "choose another name, or declare it for the same spaces".into(),
            Self::Held { .. } => "stop that process, or wait until it has ended".into(),
            Self::LeaseLost => "nothing was written; run the subscription again to take over in turn".into(),
            Self::PositionMoved { .. } => "nothing was written; run the subscription again".into(),
            Self::Suspended { name } => Self::suspended_advice(name),
            Self::RowsLost { name } => Advice::from("it would deliver events again, or never: ")
                .remedy(Remedy::ResetSubscription { name: name.clone() })
                .text(" to continue at another position"),
            Self::Ahead { name, .. } => Self::ahead_advice(name),
        })
    }

    pub(crate) fn suspended_advice(name: &str) -> Advice {
        Advice::from("the original may have delivered the same events: ")
            .remedy(Remedy::ResumeSubscription { name: name.to_owned() })
            .text(" to continue at the stored positions, or ")
            .remedy(Remedy::ResetSubscription { name: name.to_owned() })
            .text(" to continue at others")
    }

    pub(crate) fn ahead_advice(name: &str) -> Advice {
        Advice::from("events that it has received are missing: ")
            .remedy(Remedy::ResetSubscription { name: name.to_owned() })
            .text(" to continue at an existing event")
    }
}
