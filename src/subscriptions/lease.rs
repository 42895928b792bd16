//! Leases: the right to run a subscription.

use crate::timestamp::Timestamp;

use super::SubscriptionId;

/// The number of a lease. Each new holder of a subscription raises it, and a holder can write only while its own is the
/// current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Epoch(pub u64);

/// The lease of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The subscription.
    pub subscription_id: SubscriptionId,
    /// The number of this lease.
    pub epoch: Epoch,
    /// The time from which another process may take it over.
    pub until: Timestamp,
}

/// The process that holds a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseHolder {
    /// Identifies the process, so that another one on the same machine can tell if it is still running.
    pub operator: String,
    /// The time from which another process may take the lease over.
    pub until: Timestamp,
}
