//! Which events are delivered, and from where.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::SpaceSequence;
use crate::delivery::Effects;
use crate::subscriptions::Start;
use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{append, event, numbered};

use super::{of_all, of_one, received, received_by};

pub fn every_event_is_delivered_once_and_in_the_order_of_its_space(fixture: &Fixture) {
    let (store, events) = (&fixture.store, fixture.store.events());
    let (a, b) = (fixture.space("a").space_id, fixture.space("b").space_id);
    append(events, a, &numbered(300));
    append(events, b, &numbered(2));
    let mut all = store.subscribe(&of_all("all")).unwrap();
    let got = received(&mut all);
    let of = |space: u32| {
        got.iter().filter(|(of, _)| *of == space).map(|(_, sequence)| *sequence).collect::<Vec<_>>()
    };
    assert_eq!(of(a.0), (1..=300).collect::<Vec<_>>());
    assert_eq!(of(b.0), [1, 2]);
    assert_eq!(received(&mut all), []);
    append(events, b, &numbered(1));
    append(events, a, &numbered(1));
    assert_eq!(received(&mut all).into_iter().collect::<HashSet<_>>(), HashSet::from([(a.0, 301), (b.0, 3)]));
    assert_eq!(received_by(store, &of_one("one", b)), [(b.0, 1), (b.0, 2), (b.0, 3)]);
}

pub fn a_subscription_continues_at_its_position_in_another_process(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(2));
    assert_eq!(received_by(store, &of_all("all")), [(a.0, 1), (a.0, 2)]);
    append(store.events(), a, &numbered(1));
    let other = fixture.other_process();
    assert_eq!(received_by(&other, &of_all("all")), [(a.0, 3)]);
    assert_eq!(received_by(store, &of_all("all")), []);
}

pub fn only_matching_events_are_delivered_and_the_others_leave_no_lag(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &[event("x", "other", 1.into())]);
    append(store.events(), a, &[event("x", "taken", 2.into())]);
    append(store.events(), a, &[event("x", "other", 3.into())]);
    let some = of_all("some").matching("type:taken".parse().unwrap());
    let mut subscriber = store.subscribe(&some).unwrap();
    assert_eq!(subscriber.status().unwrap().lag.lag, 3);
    assert_eq!(received(&mut subscriber), [(a.0, 2)]);
    let status = subscriber.status().unwrap();
    assert_eq!((status.lag.lag, status.lag.lagging_spaces, status.delivered), (0, 0, 1));
}

pub fn a_start_decides_which_event_is_the_first(fixture: &Fixture) {
    let (store, events, a) = (&fixture.store, fixture.store.events(), fixture.space("a").space_id);
    append(events, a, &numbered(3));
    let now = of_all("now").starting(Start::Now);
    store.subscribe(&now).unwrap();
    let after = of_one("after", a).starting(Start::After(SpaceSequence(2)));
    store.subscribe(&after).unwrap();
    let b = fixture.space("b").space_id;
    append(events, b, &numbered(1));
    append(events, a, &numbered(1));
    // A space that is created later is delivered from its first event.
    assert_eq!(
        received_by(store, &now).into_iter().collect::<HashSet<_>>(),
        HashSet::from([(a.0, 4), (b.0, 1)])
    );
    assert_eq!(received_by(store, &after), [(a.0, 3), (a.0, 4)]);
    let refused = |start| store.subscribe(&of_one("refused", a).starting(start)).err().unwrap().kind();
    assert_eq!(refused(Start::After(SpaceSequence(5))), "invalid_start");
    let refused = store.subscribe(&of_all("refused").starting(Start::After(SpaceSequence(1))));
    assert_eq!(refused.err().unwrap().kind(), "invalid_start");
}

pub fn a_declaration_changes_the_query_but_not_the_spaces(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(1));
    assert_eq!(received_by(store, &of_all("all")), [(a.0, 1)]);
    append(store.events(), a, &[event("x", "other", 1.into()), event("x", "wanted", 2.into())]);
    let changed = of_all("all").matching("type:wanted".parse().unwrap());
    assert_eq!(received_by(store, &changed), [(a.0, 3)]);
    let record = store.events().subscription("all").unwrap().unwrap();
    assert_eq!(record.query, "type:wanted");
    assert_eq!(store.subscribe(&of_one("all", a)).err().unwrap().kind(), "other_scope");
    for name in ["", " x", "x\n"] {
        assert_eq!(store.subscribe(&of_all(name)).err().unwrap().kind(), "invalid_subscription_name");
    }
    assert_eq!(store.events().subscriptions().unwrap().len(), 1);
}

pub fn a_key_is_the_same_for_each_delivery_of_an_event_and_for_no_other(fixture: &Fixture) {
    let (store, a, b) = (&fixture.store, fixture.space("a").space_id, fixture.space("b").space_id);
    append(store.events(), a, &numbered(3));
    append(store.events(), b, &numbered(3));
    let keys_of = |name: &str, fails: bool| {
        let mut keys = Vec::new();
        let mut subscriber = store.subscribe(&of_all(name)).unwrap();
        let delivered = subscriber.deliver_pending(|delivery| {
            keys.push(delivery.idempotency_key());
            if fails && delivery.attempt() == 1 { Err("once more".into()) } else { Ok(Effects::none()) }
        });
        assert_eq!(delivered.unwrap().delivered, 6);
        keys
    };
    let twice = keys_of("one", true);
    assert_eq!(twice.len(), 12);
    let once: HashSet<&String> = twice.iter().collect();
    assert_eq!(once.len(), 6);
    assert!(keys_of("other", false).iter().all(|key| !once.contains(key)));
}

pub fn a_run_ends_after_the_current_event_when_it_is_stopped(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(5));
    let stop = AtomicBool::new(false);
    let mut count = 0;
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    let handler = |_: &crate::delivery::Delivery<'_>| {
        count += 1;
        stop.store(count == 2, Ordering::Relaxed);
        Ok(Effects::none())
    };
    subscriber.run(handler, &stop).unwrap();
    assert_eq!(count, 2);
    assert_eq!(received_by(store, &of_all("all")), [(a.0, 3), (a.0, 4), (a.0, 5)]);
}
