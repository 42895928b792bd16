//! The racing operations of a subscription, and their invariants.
//!
//! Its lease ends as soon as it is taken, so that a rival takes over from a stopped holder, which then comes back.

use std::collections::BTreeMap;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::delivery::{BoxError, Delivery, Effects, subscription_status};
use ramax::operations::{ChangeSubscription, Target};
use ramax::subscriptions::{Retry, Start, Subscription, SubscriptionChange};
use ramax::{ContentStore, Json, NewEvent, Page, Result, SpaceId, Store};
use serde_json::json;

use super::operations::{Done, EXPORTED, Scene, TENANT_ID, run};

pub const NAME: &str = "notes";
/// The second tenant, which gets a note about every event.
pub const OTHER_ID: SpaceId = SpaceId(2);
/// The sequence of the tenant's event that the subscription has not received before the race.
const PENDING: u64 = EXPORTED + 1;

/// A subscription of the contacts of all spaces, from now on.
fn notes() -> Subscription {
    Subscription::all_spaces(NAME)
        .matching("type:contact.*".parse().unwrap())
        .starting(Start::Now)
        .retrying(Retry::at_once(1))
        .leased_for(std::time::Duration::ZERO)
}

/// Notes an event in its own space and in the second tenant.
fn note(delivery: &Delivery<'_>) -> Result<Effects, BoxError> {
    let event = delivery.event();
    let source = format!("{}/{}", event.space_id.0, event.space_sequence);
    let note = || vec![NewEvent::new("note", "note.taken", Json::of(&json!({"source": source})))];
    let mut effects = Effects::none().append(&delivery.open(Arc::new(Crm))?, note());
    if event.space_id != OTHER_ID {
        let other = delivery.store().events().space(OTHER_ID)?.ok_or("the second tenant is gone")?;
        effects = effects.append(&ContentStore::of(delivery.store(), other.space, Arc::new(Crm))?, note());
    }
    Ok(effects)
}

/// Registers the subscription.
pub fn register(store: &Store) {
    store.subscribe(&notes()).unwrap();
}

/// Parks every event that is pending.
pub fn park(store: &Store) {
    let parked = store.subscribe(&notes()).unwrap().deliver_pending(|_| Err("not now".into())).unwrap();
    assert_eq!(parked.parked, 1);
}

/// Takes the lease, delivers with effects in two spaces, checkpoints, and releases the lease.
pub fn deliver(store: &Store, _: &Scene) -> Result<Done> {
    let mut subscriber = store.subscribe(&notes())?;
    subscriber.deliver_pending(note)?;
    subscriber.release()?;
    Ok(Done::Brought)
}

pub fn retry(store: &Store, _: &Scene) -> Result<Done> {
    change(store, SubscriptionChange::Retry { space_id: None })
}

pub fn skip(store: &Store, _: &Scene) -> Result<Done> {
    change(store, SubscriptionChange::Skip { space_id: None })
}

pub fn reset(store: &Store, _: &Scene) -> Result<Done> {
    change(store, SubscriptionChange::Reset { space_id: None, to: Start::Beginning })
}

pub fn remove(store: &Store, _: &Scene) -> Result<Done> {
    change(store, SubscriptionChange::Remove)
}

fn change(store: &Store, change: SubscriptionChange) -> Result<Done> {
    run(store, Target::File, ChangeSubscription { subscription: NAME.to_owned(), change })?;
    Ok(Done::Changed(change))
}

/// Returns every broken promise of the subscription after a race, in words: once the rest is delivered, every event has
/// been noted once in each space, and imported history has not been noted.
pub fn broken(store: &Store, done: &[&Done]) -> Vec<String> {
    let did = |wanted: fn(&SubscriptionChange) -> bool| {
        done.iter().any(|done| matches!(done, Done::Changed(change) if wanted(change)))
    };
    let is_removed = did(|change| matches!(change, SubscriptionChange::Remove));
    let is_reset = did(|change| matches!(change, SubscriptionChange::Reset { .. }));
    let is_skipped = did(|change| matches!(change, SubscriptionChange::Skip { .. }));
    let mut subscriber = store.subscribe(&notes()).unwrap();
    store.events().change_subscription(NAME, &SubscriptionChange::Retry { space_id: None }).unwrap();
    let rest = subscriber.deliver_pending(note);
    let lag = subscription_status(store, NAME).unwrap().lag;
    let mut broken = Vec::new();
    if rest.as_ref().map_or(true, |rest| rest.failed > 0) || lag.lag > 0 || lag.parked > 0 {
        broken.push(format!("the rest is not delivered: {rest:?}, {lag:?}"));
    }
    // The subscription that is registered after a removal is another one, whose effects are its own.
    if is_removed {
        return broken;
    }
    let noted = noted(store);
    let twice: Vec<_> = noted.iter().filter(|(_, count)| **count > 1).collect();
    if !twice.is_empty() {
        broken.push(format!("noted more than once: {twice:?}"));
    }
    for space_id in [TENANT_ID, OTHER_ID] {
        let source = format!("{}/{PENDING}", TENANT_ID.0);
        let has_tenant = store.events().space(TENANT_ID).unwrap().is_some();
        let is_missing = has_tenant && !is_skipped && !noted.contains_key(&(space_id, source));
        if is_missing {
            broken.push(format!("the pending event is not noted in {space_id}"));
        }
    }
    for done in done {
        let Done::Imported(space_id, _) = done else { continue };
        let is_of_history = |(_, source): &&(SpaceId, String)| {
            let (of, sequence) = source.split_once('/').unwrap();
            of == space_id.0.to_string() && sequence.parse::<u64>().unwrap() <= EXPORTED
        };
        if !is_reset && noted.keys().any(|key| is_of_history(&key)) {
            broken.push("imported history was noted".to_owned());
        }
    }
    broken
}

/// Counts the notes in each space by the event that they are about.
fn noted(store: &Store) -> BTreeMap<(SpaceId, String), usize> {
    let mut noted = BTreeMap::new();
    for event in store.events().read_all(Page::forward(None, 1000)).unwrap() {
        if &*event.event_type == "note.taken" {
            let payload: serde_json::Value = event.payload.parse().unwrap();
            let source = payload["source"].as_str().unwrap().to_owned();
            *noted.entry((event.space_id, source)).or_default() += 1;
        }
    }
    noted
}
