//! The contract of subscriptions: named, durable consumers of a store's events.
//!
//! A [`Subscription`] is declared by a program and registered in the store, which keeps a position per space. The
//! [runner](crate::delivery) delivers events at least once, in their order within each space, and checkpoints after
//! the handler has succeeded. [`Subscriptions`] is the part of an engine that stores them; a unit of work writes
//! [`SubscriptionProgress`] and [`EffectMark`]s together with its events.
//!
//! **A holder leases the subscription.** Each new holder raises the epoch of the [`Lease`], and everything that a
//! holder writes requires its own epoch. A process that was suspended while another one took over can thus write
//! nothing, whatever it still believes.

mod change;
mod lease;
mod names;
mod progress;
mod record;
mod retry;
mod step;
mod store;
mod subscription;

pub use change::SubscriptionChange;
pub use lease::{Epoch, Lease, LeaseHolder};
pub use progress::{EffectMark, ProgressStep, SubscriptionProgress};
pub use record::{
    Activity, Lag, Parked, SpacePosition, SubscriptionId, SubscriptionPosition, SubscriptionRecord,
};
pub use retry::Retry;
pub use store::Subscriptions;
pub use subscription::{OnError, Start, Subscription, SubscriptionScope};

pub(crate) use names::check_name;
pub(crate) use record::FORGOTTEN_ERROR;
pub(crate) use step::StepRows;
