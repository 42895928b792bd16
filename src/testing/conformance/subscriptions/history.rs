//! History that was not appended here, and spaces that are deleted.

use crate::delivery::Effects;
use crate::event_store::{Page, Storage};
use crate::subscriptions::{Start, SubscriptionChange};
use crate::testing::conformance::Fixture;
use crate::testing::conformance::event_store::delete_all;
use crate::testing::conformance::samples::{START, append, mark_owner, numbered};
use crate::{SpaceId, SpaceSequence, Store};

use super::{failing_at, of_all, of_one, received, received_by};

/// Imports a space with three events.
fn import(store: &Store, source: SpaceId) -> SpaceId {
    let events = store.events();
    let owner = mark_owner(1);
    let space_id = events.begin_import("imported", None, START, &owner).unwrap().space_id;
    let history = events.read_space(source, Page::forward(None, 3)).unwrap();
    events.import(space_id, owner.token, &history).unwrap();
    events.end_import(space_id, owner.token).unwrap();
    space_id
}

pub fn an_imported_history_is_not_delivered_unless_it_is_requested(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(3));
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    assert_eq!(received(&mut subscriber).len(), 3);
    let imported = import(store, a);
    assert_eq!(received(&mut subscriber), []);
    append(store.events(), imported, &numbered(1));
    assert_eq!(received(&mut subscriber), [(imported.0, 4)]);
    let reset = SubscriptionChange::Reset { space_id: Some(imported), to: Start::After(SpaceSequence(2)) };
    store.events().change_subscription("all", &reset).unwrap();
    assert_eq!(received(&mut subscriber), [(imported.0, 3), (imported.0, 4)]);
    // A subscription that is registered later receives what exists then.
    assert_eq!(received_by(store, &of_one("later", imported)).len(), 4);
}

pub fn a_reset_moves_the_positions_of_a_running_subscriber(fixture: &Fixture) {
    let (store, a, b) = (&fixture.store, fixture.space("a").space_id, fixture.space("b").space_id);
    append(store.events(), a, &numbered(2));
    append(store.events(), b, &numbered(1));
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    subscriber.deliver_pending(failing_at(1)).unwrap();
    let change =
        |space_id, to| store.events().change_subscription("all", &SubscriptionChange::Reset { space_id, to });
    assert_eq!(change(Some(b), Start::Beginning).unwrap(), 1);
    assert_eq!(received(&mut subscriber), [(b.0, 1)]);
    assert_eq!(change(None, Start::Beginning).unwrap(), 2);
    assert_eq!(subscriber.status().unwrap().lag.parked, 0);
    assert_eq!(received(&mut subscriber).len(), 3);
    append(store.events(), a, &numbered(1));
    change(None, Start::Now).unwrap();
    assert_eq!(received(&mut subscriber), []);
    assert_eq!(change(None, Start::After(SpaceSequence(1))).unwrap_err().kind(), "invalid_start");
    assert_eq!(change(Some(b), Start::After(SpaceSequence(2))).unwrap_err().kind(), "invalid_start");
    let unknown = store.events().change_subscription("none", &SubscriptionChange::Resume).unwrap_err();
    assert_eq!(unknown.kind(), "unknown_subscription");
}

pub fn a_reset_during_a_delivery_is_not_overwritten(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(3));
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    let mut seen = Vec::new();
    let delivered = subscriber.deliver_pending(|delivery| {
        seen.push(delivery.event().space_sequence.0);
        if seen.len() == 2 {
            let to = Start::Beginning;
            store.events().change_subscription("all", &SubscriptionChange::Reset { space_id: None, to })?;
        }
        Ok(Effects::none())
    });
    delivered.unwrap();
    assert_eq!(seen, [1, 2, 1, 2, 3]);
}

pub fn a_deleted_space_leaves_nothing_of_its_subscriptions(fixture: &Fixture) {
    let (store, events) = (&fixture.store, fixture.store.events());
    let (a, b) = (fixture.crm("crm_a"), fixture.crm("crm_b"));
    for space in [&a, &b] {
        append(events, space.space_id(), &numbered(2));
    }
    let target = a.clone();
    let mut all = store.subscribe(&of_all("all")).unwrap();
    let done = all.deliver_pending(|delivery| match delivery.event().space_sequence.0 {
        2 => Err("no".into()),
        _ => Ok(Effects::none().append(&target, Vec::new())),
    });
    assert_eq!((done.as_ref().unwrap().delivered, done.unwrap().parked), (2, 2));
    received_by(store, &of_one("one", a.space_id()));
    let rows = |space_id| {
        let rows = Storage::rows_by_table(events, space_id).unwrap();
        let of = |name: &str| rows.iter().find(|(table, _)| table == name).unwrap().1;
        ["subscriptions", "subscription_positions", "parked_events", "subscription_effects"].map(of)
    };
    assert_eq!(rows(a.space_id()), [1, 2, 1, 2]);
    assert_eq!(rows(b.space_id()), [0, 1, 1, 0]);
    delete_all(events, a.space_id());
    assert_eq!(events.residue(a.space_id()).unwrap(), []);
    assert_eq!(rows(b.space_id()), [0, 1, 1, 0]);
    // The subscription of the space is gone with it, and the other one continues.
    assert!(events.subscription("one").unwrap().is_none());
    append(events, b.space_id(), &numbered(1));
    assert_eq!(received(&mut all), [(b.space_id().0, 3)]);
}

pub fn a_removed_subscription_can_be_registered_again_and_its_subscriber_ends(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(1));
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    assert_eq!(received(&mut subscriber), [(a.0, 1)]);
    let remove = || store.events().change_subscription("all", &SubscriptionChange::Remove);
    assert_eq!(remove().unwrap(), 1);
    assert_eq!(remove().unwrap_err().kind(), "unknown_subscription");
    let ended = subscriber.deliver_pending(|_| Ok(Effects::none())).unwrap_err();
    assert_eq!(ended.kind(), "unknown_subscription");
    assert_eq!(received_by(store, &of_all("all")), [(a.0, 1)]);
}
