//! Runs subscriptions: delivers events to a handler, commits the effects that it returns, and checkpoints.
//!
//! [`Store::subscribe`] registers a [`Subscription`] and returns its [`Subscriber`].
//! `guides/subscriptions.md` explains what is guaranteed.
//!
//! ```
//! use std::sync::Arc;
//! use ramax::delivery::Effects;
//! use ramax::subscriptions::Subscription;
//! use ramax::{Command, ContentStore, Store, apps::Crm};
//!
//! # fn main() -> ramax::Result<()> {
//! let store = Store::memory();
//! let acme = ContentStore::open(&store, "crm_acme", Arc::new(Crm))?;
//! acme.execute(Command::new("add-contact").with("contact_id", "c1").with("name", "Ada").with("email", "a@b.c"))?;
//!
//! let emails = Subscription::all_spaces("emails").matching("type:contact.added".parse()?);
//! let mut sent = Vec::new();
//! let done = store.subscribe(&emails)?.deliver_pending(|delivery| {
//!     sent.push((delivery.event().entity_id.clone(), delivery.idempotency_key()));
//!     Ok(Effects::none())
//! })?;
//! assert_eq!((done.delivered, sent[0].0.as_str()), (1, "c1"));
//! # Ok(())
//! # }
//! ```

mod attempt;
mod delivered;
mod effects;
mod lease;
mod news;
mod queue;
mod status;
mod subscriber;
mod turn;
mod unsaved;

pub use delivered::Delivery;
pub use effects::Effects;
pub use news::DeliveryNews;
pub use status::{SubscriptionState, SubscriptionStatus, subscription_status, subscription_statuses};
pub use subscriber::{Delivered, Subscriber};

/// An error of a handler.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

use crate::content_store::Store;
use crate::error::Result;
use crate::subscriptions::Subscription;

impl Store {
    /// Registers a subscription, if there is none of this name yet, and returns its subscriber. An existing one keeps its
    /// positions, and gets the query and the action on errors of this declaration.
    ///
    /// # Errors
    /// [`SubscriptionError::OtherScope`](crate::SubscriptionError::OtherScope) if it exists for other spaces;
    /// [`SubscriptionError::InvalidName`](crate::SubscriptionError::InvalidName);
    /// [`SubscriptionError::InvalidStart`](crate::SubscriptionError::InvalidStart);
    /// [`StoreError::UnknownSpace`](crate::StoreError::UnknownSpace).
    pub fn subscribe(&self, subscription: &Subscription) -> Result<Subscriber> {
        let record = self.events().register(subscription, self.clock().now())?;
        Ok(Subscriber::new(self.clone(), subscription.clone(), record.subscription_id))
    }
}
