//! Who may run a subscription.

use crate::delivery::Effects;
use crate::event_store::{Access, WriteSet};
use crate::operator::Operator;
use crate::subscriptions::{
    EffectMark, Lease, LeaseHolder, ProgressStep, SubscriptionId, SubscriptionProgress,
};
use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{START, append, numbered};
use crate::{SpaceSequence, Store, Timestamp};

use super::{of_all, place, received, received_by};

const FOR_EVER: Timestamp = Timestamp(i64::MAX);

/// Lets a process take over the lease.
fn taken_by(store: &Store, operator: &Operator, until: Timestamp) -> Lease {
    let record = store.events().subscription("all").unwrap().unwrap();
    let holder = LeaseHolder { operator: serde_json::json!(operator).to_string(), until };
    store.events().take_lease(record.subscription_id, record.epoch, &holder).unwrap().unwrap()
}

fn id_of(store: &Store) -> SubscriptionId {
    store.events().subscription("all").unwrap().unwrap().subscription_id
}

pub fn only_one_subscriber_delivers_at_a_time(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(1));
    let mut first = store.subscribe(&of_all("all")).unwrap();
    let other = fixture.other_process();
    let mut second = other.subscribe(&of_all("all")).unwrap();
    assert_eq!(received(&mut first), [(a.0, 1)]);
    append(store.events(), a, &numbered(1));
    let refused = second.deliver_pending(|_| Ok(Effects::none())).unwrap_err();
    assert_eq!(refused.kind(), "subscription_held");
    assert_eq!(second.status().unwrap().status.name(), "running");
    first.release().unwrap();
    assert_eq!(received(&mut second), [(a.0, 2)]);
    assert_eq!(first.deliver_pending(|_| Ok(Effects::none())).unwrap_err().kind(), "subscription_held");
    drop(second);
    assert_eq!(first.status().unwrap().status.name(), "idle");
    assert_eq!(received(&mut first), []);
}

pub fn the_lease_of_a_process_that_has_ended_is_taken_at_once(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(1));
    store.subscribe(&of_all("all")).unwrap();
    let here = Operator::default().in_this_process();
    taken_by(store, &Operator { since: Some("before".to_owned()), ..here }, FOR_EVER);
    assert_eq!(received_by(store, &of_all("all")), [(a.0, 1)]);
}

pub fn the_lease_of_another_machine_is_taken_when_its_time_is_over(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(1));
    store.subscribe(&of_all("all")).unwrap();
    let elsewhere = Operator { host: "elsewhere".to_owned(), ..Operator::default() };
    taken_by(store, &elsewhere, FOR_EVER);
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    assert_eq!(subscriber.deliver_pending(|_| Ok(Effects::none())).unwrap_err().kind(), "subscription_held");
    taken_by(store, &elsewhere, START);
    assert_eq!(received(&mut subscriber), [(a.0, 1)]);
}

pub fn a_holder_that_lost_its_lease_can_write_nothing(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(2));
    store.subscribe(&of_all("all")).unwrap();
    let here = Operator::default().in_this_process();
    let old = taken_by(store, &here, FOR_EVER);
    let new = taken_by(store, &here, FOR_EVER);
    let commit = |lease: Lease, step: ProgressStep<'_>| {
        let progress = SubscriptionProgress { lease, from: SpaceSequence(0), now: START, step };
        let unit = store.events().begin(a, Access::Open).unwrap();
        unit.commit(&WriteSet { progress: Some(progress), ..WriteSet::default() })
    };
    let step = ProgressStep::Delivered { to: SpaceSequence(1), events: 1 };
    for step in [
        step,
        ProgressStep::Failed { error: "x" },
        ProgressStep::Parked { sequence: SpaceSequence(1), error: "x", continues: true },
        ProgressStep::Retried { sequence: SpaceSequence(1), error: None },
    ] {
        assert_eq!(commit(old, step).unwrap_err().kind(), "lease_lost");
    }
    let effect = EffectMark { lease: old, source_space_id: a, source_sequence: SpaceSequence(1) };
    let unit = store.events().begin(a, Access::Open).unwrap();
    let mut tail = unit.tail();
    let event = [tail.place(a, numbered(1).remove(0), START)];
    let written = unit.commit(&WriteSet { events: &event, effect: Some(effect), ..WriteSet::default() });
    assert_eq!(written.unwrap_err().kind(), "lease_lost");
    assert_eq!(store.events().renew_lease(&old).unwrap_err().kind(), "lease_lost");
    store.events().release_lease(&old).unwrap();
    assert!(store.events().subscription("all").unwrap().unwrap().holder.is_some());
    // Nothing of it was written.
    assert_eq!(store.events().space(a).unwrap().unwrap().head.last_sequence, SpaceSequence(2));
    assert_eq!(store.events().position(id_of(store), a).unwrap().sequence, SpaceSequence(0));
    commit(new, step).unwrap();
    // A step from another position is refused as well.
    assert_eq!(commit(new, step).unwrap_err().kind(), "position_moved");
}

pub fn a_holder_that_is_overtaken_while_it_delivers_commits_nothing(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(3));
    let here = Operator::default().in_this_process();
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    let mut seen = Vec::new();
    let lost = subscriber.deliver_pending(|delivery| {
        seen.push(place(delivery));
        if delivery.event().space_sequence.0 == 2 {
            taken_by(store, &here, START);
        }
        Ok(Effects::none())
    });
    assert_eq!(lost.unwrap_err().kind(), "lease_lost");
    assert_eq!(store.events().position(id_of(store), a).unwrap().sequence, SpaceSequence(1));
    assert_eq!(seen, [(a.0, 1), (a.0, 2)]);
    // The other one's time is over, so it is this one's turn again.
    assert_eq!(received(&mut subscriber), [(a.0, 2), (a.0, 3)]);
}
