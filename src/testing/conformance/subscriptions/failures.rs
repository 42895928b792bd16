//! Events that cannot be delivered.

use std::collections::HashSet;

use crate::delivery::{Delivered, Effects};
use crate::subscriptions::{OnError, SubscriptionChange};
use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{append, numbered};

use super::{failing_at, of_all, place, received};

pub fn a_failing_event_is_tried_again_and_then_parked_with_its_error(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(3));
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    let done = subscriber.deliver_pending(failing_at(2)).unwrap();
    assert_eq!(done, Delivered { delivered: 2, failed: 2, parked: 1, next_attempt: None });
    let id = store.events().subscription("all").unwrap().unwrap().subscription_id;
    let parked = store.events().parked(id, None, 9).unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(
        (parked[0].space_sequence.0, parked[0].attempts, parked[0].error.as_str()),
        (2, 2, "not today")
    );
    assert_eq!(store.events().position(id, a).unwrap().sequence.0, 3);
    let lag = subscriber.status().unwrap().lag;
    assert_eq!((lag.lag, lag.parked, lag.failing_spaces), (0, 1, 0));
}

pub fn an_attempt_is_counted_even_if_the_next_one_is_made_by_another_process(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(1));
    let patient = of_all("all").retrying(crate::subscriptions::Retry::new(
        3,
        std::time::Duration::from_secs(1000),
        std::time::Duration::from_secs(1000),
    ));
    for failures in 1..=2 {
        let mut subscriber = store.subscribe(&patient).unwrap();
        let done = subscriber.deliver_pending(failing_at(1)).unwrap();
        assert_eq!((done.failed, done.parked), (1, 0));
        assert!(done.next_attempt.is_some());
        let id = store.events().subscription("all").unwrap().unwrap().subscription_id;
        let at = store.events().position(id, a).unwrap();
        assert_eq!((at.sequence.0, at.failures, at.error.as_deref()), (0, failures, Some("not today")));
        assert_eq!(subscriber.status().unwrap().lag.failing_spaces, 1);
    }
    let done = store.subscribe(&patient).unwrap().deliver_pending(failing_at(1)).unwrap();
    assert_eq!((done.failed, done.parked), (1, 1));
}

pub fn a_space_stops_at_a_failing_event_and_the_others_continue(fixture: &Fixture) {
    let (store, a, b) = (&fixture.store, fixture.space("a").space_id, fixture.space("b").space_id);
    append(store.events(), a, &numbered(3));
    append(store.events(), b, &numbered(1));
    let mut subscriber = store.subscribe(&of_all("all").on_error(OnError::Stop)).unwrap();
    let done = subscriber.deliver_pending(failing_at(2)).unwrap();
    assert_eq!((done.delivered, done.failed, done.parked), (2, 2, 1));
    append(store.events(), b, &numbered(2));
    // Sequence 2 of the other space stops that one, too.
    let done = subscriber.deliver_pending(failing_at(2)).unwrap();
    assert_eq!((done.delivered, done.parked), (0, 1));
    assert_eq!(received(&mut subscriber), []);
    // A retry is one attempt; after success the order is kept.
    assert_eq!(
        store.events().change_subscription("all", &SubscriptionChange::Retry { space_id: Some(a) }).unwrap(),
        1
    );
    let done = subscriber.deliver_pending(failing_at(2)).unwrap();
    assert_eq!((done.delivered, done.failed, done.parked), (0, 1, 1));
    store.events().change_subscription("all", &SubscriptionChange::Retry { space_id: None }).unwrap();
    let got = received(&mut subscriber);
    assert_eq!(got.iter().filter(|(of, _)| *of == a.0).collect::<Vec<_>>(), [&(a.0, 2), &(a.0, 3)]);
    assert_eq!(got.iter().filter(|(of, _)| *of == b.0).collect::<Vec<_>>(), [&(b.0, 2), &(b.0, 3)]);
    assert_eq!(subscriber.status().unwrap().lag.parked, 0);
}

pub fn a_skipped_event_is_never_delivered_and_a_stopped_space_continues_after_it(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(3));
    for (name, on_error, rest) in [("park", OnError::Park, &[][..]), ("stop", OnError::Stop, &[(a.0, 3)][..])]
    {
        let mut subscriber = store.subscribe(&of_all(name).on_error(on_error)).unwrap();
        assert_eq!(subscriber.deliver_pending(failing_at(2)).unwrap().parked, 1);
        assert_eq!(
            store.events().change_subscription(name, &SubscriptionChange::Skip { space_id: None }).unwrap(),
            1
        );
        assert_eq!(received(&mut subscriber), rest);
        let lag = subscriber.status().unwrap().lag;
        assert_eq!((lag.lag, lag.parked, lag.failing_spaces), (0, 0, 0));
    }
}

pub fn a_parked_event_is_delivered_at_the_request_of_an_operator(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(3));
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    subscriber.deliver_pending(failing_at(2)).unwrap();
    assert_eq!(received(&mut subscriber), []);
    store.events().change_subscription("all", &SubscriptionChange::Retry { space_id: None }).unwrap();
    let done = subscriber.deliver_pending(failing_at(2)).unwrap();
    assert_eq!((done.failed, done.parked), (1, 0));
    let id = store.events().subscription("all").unwrap().unwrap().subscription_id;
    assert_eq!(store.events().parked(id, Some(a), 9).unwrap()[0].attempts, 3);
    store.events().change_subscription("all", &SubscriptionChange::Retry { space_id: None }).unwrap();
    assert_eq!(received(&mut subscriber), [(a.0, 2)]);
    assert_eq!(store.events().parked(id, None, 9).unwrap(), []);
}

pub fn a_handler_that_panics_has_failed(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    append(store.events(), a, &numbered(2));
    let mut subscriber = store.subscribe(&of_all("all")).unwrap();
    let mut delivered = HashSet::new();
    let done = subscriber.deliver_pending(|delivery| {
        assert_ne!(delivery.event().space_sequence.0, 1, "cannot handle it");
        delivered.insert(place(delivery));
        Ok(Effects::none())
    });
    assert_eq!((done.unwrap().parked, delivered), (1, HashSet::from([(a.0, 2)])));
    let id = store.events().subscription("all").unwrap().unwrap().subscription_id;
    let error = &store.events().parked(id, None, 9).unwrap()[0].error;
    assert!(error.starts_with("the handler panicked") && error.contains("cannot handle it"), "{error}");
}
