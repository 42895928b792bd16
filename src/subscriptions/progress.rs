//! The writes of a unit of work on behalf of a subscription.

use crate::id::{SpaceId, SpaceSequence};
use crate::timestamp::Timestamp;

use super::{Lease, SubscriptionId};

/// A step of a subscription in the space of the unit of work. It requires that the lease is the current one and that the
/// position has not moved, and renews the lease.
#[derive(Debug, Clone, Copy)]
pub struct SubscriptionProgress<'a> {
    /// The lease, with the time up to which it is renewed.
    pub lease: Lease,
    /// The position in the space before the step.
    pub from: SpaceSequence,
    /// The current time.
    pub now: Timestamp,
    /// The step.
    pub step: ProgressStep<'a>,
}

/// A step of a subscription in a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressStep<'a> {
    /// Every event up to here was delivered or does not match.
    Delivered {
        /// The next position.
        to: SpaceSequence,
        /// The number of events delivered.
        events: u64,
    },
    /// An attempt to deliver the next event failed, and another one will follow.
    Failed {
        /// The error of the handler.
        error: &'a str,
    },
    /// The last attempt to deliver an event failed.
    Parked {
        /// The event.
        sequence: SpaceSequence,
        /// The error of the handler.
        error: &'a str,
        /// True if the subscription continues after it.
        continues: bool,
    },
    /// A parked event was tried again. The position does not move.
    Retried {
        /// The event.
        sequence: SpaceSequence,
        /// The error of the handler, or `None` if it was delivered.
        error: Option<&'a str>,
    },
}

/// A mark that an event of a subscription has had its effect in the space of the unit of work. It never expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectMark {
    /// The lease of the subscription, which must be the current one.
    pub lease: Lease,
    /// The space of the event.
    pub source_space_id: SpaceId,
    /// The event's sequence.
    pub source_sequence: SpaceSequence,
}

impl EffectMark {
    /// Returns the subscription.
    pub fn subscription_id(&self) -> SubscriptionId {
        self.lease.subscription_id
    }
}
