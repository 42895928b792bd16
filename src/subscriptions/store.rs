//! The part of an engine that stores subscriptions.

use crate::error::Result;
use crate::id::SpaceId;
use crate::timestamp::Timestamp;

use super::{
    EffectMark, Epoch, Lag, Lease, LeaseHolder, Parked, SpacePosition, Subscription, SubscriptionChange,
    SubscriptionId, SubscriptionPosition, SubscriptionRecord,
};

/// The subscriptions of a store, kept with its events. A unit of work writes their progress.
pub trait Subscriptions: Send + Sync {
    /// Registers a subscription, with positions according to its start. An existing one keeps its positions, and gets
    /// the query and the action on errors of this declaration.
    ///
    /// # Errors
    /// [`SubscriptionError::OtherScope`](crate::SubscriptionError::OtherScope) if it exists for other spaces;
    /// [`SubscriptionError::InvalidStart`](crate::SubscriptionError::InvalidStart);
    /// [`StoreError::UnknownSpace`](crate::StoreError::UnknownSpace).
    fn register(&self, subscription: &Subscription, now: Timestamp) -> Result<SubscriptionRecord>;

    /// Finds a subscription by its name.
    fn subscription(&self, name: &str) -> Result<Option<SubscriptionRecord>>;

    /// Returns all subscriptions, ordered by name.
    fn subscriptions(&self) -> Result<Vec<SubscriptionRecord>>;

    /// Takes the lease over from the holder with the epoch `over`, and raises the epoch. Returns `None` if another process
    /// was faster.
    fn take_lease(
        &self,
        subscription_id: SubscriptionId,
        over: Epoch,
        holder: &LeaseHolder,
    ) -> Result<Option<Lease>>;

    /// Renews the lease up to its new end.
    ///
    /// # Errors
    /// [`SubscriptionError::LeaseLost`](crate::SubscriptionError::LeaseLost).
    fn renew_lease(&self, lease: &Lease) -> Result<()>;

    /// Releases the lease, unless another process has taken it over.
    fn release_lease(&self, lease: &Lease) -> Result<()>;

    /// Returns the position in a space.
    fn position(&self, subscription_id: SubscriptionId, space_id: SpaceId) -> Result<SubscriptionPosition>;

    /// Returns a page of the open spaces of a subscription with their positions, ordered by id.
    fn positions(
        &self,
        subscription_id: SubscriptionId,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<SpacePosition>>;

    /// Returns the spaces with events after the position, or with parked events to retry, ordered by id. This reads the
    /// positions of all spaces, so a runner calls it only when it starts and after an operation.
    fn pending(&self, subscription_id: SubscriptionId) -> Result<Vec<SpaceId>>;

    /// Sums up the positions of all spaces.
    fn lag(&self, subscription_id: SubscriptionId) -> Result<Lag>;

    /// Returns up to `limit` parked events, of one space or of all, ordered by space and sequence.
    fn parked(
        &self,
        subscription_id: SubscriptionId,
        space_id: Option<SpaceId>,
        limit: usize,
    ) -> Result<Vec<Parked>>;

    /// Returns true if the effect in this space was committed before.
    fn is_marked(&self, space_id: SpaceId, effect: &EffectMark) -> Result<bool>;

    /// Applies an operation, and returns the number of affected positions and parked events.
    ///
    /// # Errors
    /// [`SubscriptionError::NotFound`](crate::SubscriptionError::NotFound);
    /// [`SubscriptionError::InvalidStart`](crate::SubscriptionError::InvalidStart) for a sequence that does not exist.
    fn change_subscription(&self, name: &str, change: &SubscriptionChange) -> Result<u64>;
}
