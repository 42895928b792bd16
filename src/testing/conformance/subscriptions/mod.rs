//! Subscriptions, on every event store.

pub mod delivery;
pub mod effects;
pub mod failures;
pub mod history;
pub mod leases;

use crate::delivery::{BoxError, Delivery, Effects, Subscriber};
use crate::subscriptions::{Retry, Subscription};
use crate::{SpaceId, Store};

/// Declares a subscription of all spaces that tries each event twice, at once.
fn of_all(name: &str) -> Subscription {
    Subscription::all_spaces(name).retrying(Retry::at_once(2))
}

/// Declares a subscription of one space that tries each event twice, at once.
fn of_one(name: &str, space_id: SpaceId) -> Subscription {
    Subscription::of_space(name, space_id).retrying(Retry::at_once(2))
}

/// Delivers what is pending, and returns the space and sequence of each event.
fn received(subscriber: &mut Subscriber) -> Vec<(u32, u64)> {
    let mut received = Vec::new();
    let done = subscriber.deliver_pending(|delivery| {
        received.push(place(delivery));
        Ok(Effects::none())
    });
    assert_eq!(done.unwrap().delivered, received.len() as u64);
    received
}

/// As [`received`], for a subscriber that is used once.
fn received_by(store: &Store, subscription: &Subscription) -> Vec<(u32, u64)> {
    received(&mut store.subscribe(subscription).unwrap())
}

fn place(delivery: &Delivery<'_>) -> (u32, u64) {
    (delivery.event().space_id.0, delivery.event().space_sequence.0)
}

/// A handler that fails for one sequence of every space.
fn failing_at(sequence: u64) -> impl FnMut(&Delivery<'_>) -> Result<Effects, BoxError> {
    move |delivery| match delivery.event().space_sequence.0 == sequence {
        true => Err("not today".into()),
        false => Ok(Effects::none()),
    }
}
