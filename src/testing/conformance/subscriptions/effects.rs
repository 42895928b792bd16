//! Effects in the store.

use std::sync::Arc;

use crate::apps::Crm;
use crate::delivery::{Delivered, Effects};
use crate::event_store::Page;
use crate::subscriptions::{Start, SubscriptionChange};
use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{add_contact, event, publish};
use crate::{ContentStore, Event, SpaceId, Store};

use super::of_all;

fn events(store: &Store, space_id: SpaceId) -> Vec<Event> {
    store.events().read_space(space_id, Page::forward(None, 100)).unwrap()
}

fn again(store: &Store) {
    let reset = SubscriptionChange::Reset { space_id: None, to: Start::Beginning };
    store.events().change_subscription("all", &reset).unwrap();
}

pub fn an_effect_in_the_own_space_commits_with_the_checkpoint(fixture: &Fixture) {
    let (store, crm) = (&fixture.store, fixture.crm("crm_a"));
    crm.execute(add_contact("c1")).unwrap();
    let welcome = of_all("all").matching("type:contact.added entity:c1".parse().unwrap());
    let mut subscriber = store.subscribe(&welcome).unwrap();
    let mut deliver = || {
        subscriber.deliver_pending(|delivery| {
            let space = delivery.open(Arc::new(Crm))?;
            let noted = event("c1", "note.taken", "welcome".into());
            Ok(Effects::none().append(&space, vec![noted]).execute(&space, add_contact("c2")))
        })
    };
    assert_eq!(deliver().unwrap().delivered, 1);
    let stored = events(store, crm.space_id());
    assert_eq!(stored.len(), 3);
    // The effects have the event as their cause, and belong to its correlation.
    for effect in &stored[1..] {
        assert_eq!(effect.causation_id, Some(stored[0].event_id));
        assert_eq!(effect.correlation_id, stored[0].correlation_id);
    }
    assert!(crm.get::<serde_json::Value>("contact:c2").unwrap().is_some());
    assert_eq!(deliver().unwrap(), Delivered::default());
    // Even if the event is delivered again, its effect is not repeated.
    again(store);
    assert_eq!(deliver().unwrap().delivered, 1);
    assert_eq!(events(store, crm.space_id()).len(), 3);
}

pub fn an_effect_in_another_space_happens_once(fixture: &Fixture) {
    let (store, crm, cms) = (&fixture.store, fixture.crm("crm_a"), fixture.cms("cms_a"));
    crm.execute(add_contact("c1")).unwrap();
    let mut subscriber =
        store.subscribe(&of_all("all").matching("type:contact.added".parse().unwrap())).unwrap();
    let target: ContentStore = cms.clone();
    let mut deliver = move || {
        subscriber.deliver_pending(|delivery| {
            let article = publish(&delivery.event().entity_id, "Welcome");
            Ok(Effects::none().execute(&target, article))
        })
    };
    assert_eq!(deliver().unwrap().delivered, 1);
    let stored = events(store, cms.space_id());
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].causation_id, Some(events(store, crm.space_id())[0].event_id));
    again(store);
    assert_eq!(deliver().unwrap(), Delivered { delivered: 1, ..Delivered::default() });
    assert_eq!(events(store, cms.space_id()).len(), 1);
}

pub fn a_rejected_effect_fails_the_delivery_and_changes_nothing(fixture: &Fixture) {
    let (store, crm) = (&fixture.store, fixture.crm("crm_a"));
    crm.execute(add_contact("c1")).unwrap();
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    let done = subscriber.deliver_pending(|delivery| {
        let space = delivery.open(Arc::new(Crm))?;
        let noted = event("c1", "note.taken", "welcome".into());
        Ok(Effects::none().append(&space, vec![noted]).execute(&space, add_contact("c1")))
    });
    assert_eq!(done.unwrap(), Delivered { failed: 2, parked: 1, ..Delivered::default() });
    assert_eq!(events(store, crm.space_id()).len(), 1);
    let id = store.events().subscription("all").unwrap().unwrap().subscription_id;
    assert_eq!(store.events().parked(id, None, 9).unwrap()[0].error, "the contact c1 already exists");
}

pub fn an_effect_in_another_store_fails_the_delivery(fixture: &Fixture) {
    let (store, crm) = (&fixture.store, fixture.crm("crm_a"));
    crm.execute(add_contact("c1")).unwrap();
    let elsewhere = fixture.another();
    let other = elsewhere.crm("crm_a");
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    let done = subscriber.deliver_pending(|_| Ok(Effects::none().execute(&other, add_contact("c2"))));
    assert_eq!(done.unwrap().parked, 1);
    assert_eq!(other.event_count().unwrap(), 0);
}
