//! Erasing fields of stored events, on every event store.

use crate::delivery::BoxError;
use crate::event_store::{Access, Redaction, RequestDigest, WriteSet};
use crate::subscriptions::{OnError, Retry, Subscription};
use crate::{Event, Json, Page, SpaceId, Store};
use serde_json::json;

use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{append, numbered, remember, remembered};

/// Returns the event without its payload's only field, as a redaction stores it.
fn erased(event: &Event) -> Event {
    Event {
        payload: Json::of(&json!({"n": {"redacted": true}})),
        metadata: Some(Json::of(&json!({"$redacted": {"fields": ["n"], "at": 1}}))),
        ..event.clone()
    }
}

fn redact(store: &Store, space_id: SpaceId, events: &[Event], keys: &[String]) -> crate::Result<()> {
    let redacted = Some(Redaction { known_as: None, events, keys });
    let unit = store.begin(space_id, Access::Open)?;
    unit.commit(&WriteSet { redacted, ..WriteSet::default() }).map(drop)
}

fn read(store: &Store, space_id: SpaceId) -> Vec<Event> {
    store.events().read_space(space_id, Page::forward(None, 10)).unwrap()
}

pub fn a_redacted_event_replaces_the_stored_one_and_no_other_changes(fixture: &Fixture) {
    let (store, a, b) = (&fixture.store, fixture.space("a").space_id, fixture.space("b").space_id);
    let before = append(store.events(), a, &numbered(3));
    let elsewhere = append(store.events(), b, &numbered(1));
    redact(store, a, &[erased(&before[1])], &[]).unwrap();
    let again = fixture.other_process();
    assert_eq!(read(&again, a), [before[0].clone(), erased(&before[1]), before[2].clone()]);
    assert!(read(&again, a).iter().all(|event| event.intact), "the new checksum matches");
    assert_eq!(read(&again, b), elsewhere);
    let of_entity = again.events().read_entity(a, &before[1].entity_id, Page::forward(None, 10)).unwrap();
    assert_eq!(of_entity, [erased(&before[1])]);
    let bytes =
        |events: &[Event]| events.iter().map(|event| event.payload.as_str().len() as u64).sum::<u64>();
    let head = again.events().space(a).unwrap().unwrap().head;
    assert_eq!(head.payload_bytes, bytes(&read(&again, a)));
    assert_eq!((head.last_sequence.0, head.last_event_id), (3, before[2].event_id));
    let next = append(store.events(), a, &numbered(1)).remove(0);
    assert_eq!(next.space_sequence.0, 4);
}

pub fn a_redaction_erases_the_digests_of_its_keys_only(fixture: &Fixture) {
    let (store, a, b) = (&fixture.store, fixture.space("a").space_id, fixture.space("b").space_id);
    let events = append(store.events(), a, &numbered(2));
    for (space, key) in [(a, "erased"), (a, "kept"), (b, "erased")] {
        remember(store.events(), space, key, &remembered(&[1], 1));
    }
    redact(store, a, &[erased(&events[0])], &["erased".to_owned()]).unwrap();
    let again = fixture.other_process();
    let outcome = |space, key| again.events().remembered(space, key).unwrap().unwrap();
    let without = outcome(a, "erased");
    assert_eq!(without.request, RequestDigest::ERASED);
    assert_eq!(
        (without.event_ids, without.space_sequence),
        (vec![events[0].event_id], events[0].space_sequence)
    );
    assert_eq!(outcome(a, "kept"), remembered(&[1], 1));
    assert_eq!(outcome(b, "erased"), remembered(&[1], 1));
}

pub fn a_redaction_of_an_event_that_is_not_stored_leaves_nothing(fixture: &Fixture) {
    let (store, a) = (&fixture.store, fixture.space("a").space_id);
    let before = append(store.events(), a, &numbered(2));
    let elsewhere = append(store.events(), fixture.space("b").space_id, &numbered(3)).remove(2);
    let missing = Event { space_id: a, ..erased(&elsewhere) };
    let redactions = store.events().redactions(Some(a)).unwrap();
    let refused = redact(store, a, &[erased(&before[0]), missing], &[]);
    assert_eq!(refused.unwrap_err().kind(), "corrupt");
    assert_eq!(read(store, a), before);
    assert_eq!(store.events().redactions(Some(a)).unwrap(), redactions);
}

pub fn a_redaction_is_counted_and_one_under_way_is_odd(fixture: &Fixture) {
    let (store, a, b) = (&fixture.store, fixture.space("a").space_id, fixture.space("b").space_id);
    let events = append(store.events(), a, &numbered(1));
    let count = |space| fixture.other_process().events().redactions(space).unwrap();
    let (first, other) = (count(Some(a)), count(Some(b)));
    assert_eq!(first % 2, 0);
    store.events().set_redacting(a, true).unwrap();
    assert_eq!(count(Some(a)) % 2, 1, "readers notice that it is under way");
    store.events().set_redacting(a, false).unwrap();
    let given_up = count(Some(a));
    assert!(given_up % 2 == 0 && given_up > first);
    let of_all = count(None);
    store.events().set_redacting(a, true).unwrap();
    redact(store, a, &[erased(&events[0])], &[]).unwrap();
    let done = count(Some(a));
    assert!(done % 2 == 0 && done > given_up);
    assert!(count(None) > of_all);
    assert_eq!(count(Some(b)), other);
}

pub fn a_redaction_forgets_the_errors_of_subscriptions_in_its_space(fixture: &Fixture) {
    let (store, a, b) = (&fixture.store, fixture.space("a").space_id, fixture.space("b").space_id);
    let events = append(store.events(), a, &numbered(1));
    append(store.events(), b, &numbered(1));
    let quoting = |_: &crate::delivery::Delivery<'_>| Err(BoxError::from("n is 0"));
    let subscription =
        |name: &str, on_error| Subscription::all_spaces(name).on_error(on_error).retrying(Retry::at_once(1));
    for (name, on_error) in [("parks", OnError::Park), ("stops", OnError::Stop)] {
        store.subscribe(&subscription(name, on_error)).unwrap().deliver_pending(quoting).unwrap();
    }
    redact(store, a, &[erased(&events[0])], &[]).unwrap();
    for name in ["parks", "stops"] {
        let id = store.events().subscription(name).unwrap().unwrap().subscription_id;
        let error = |space| store.events().parked(id, Some(space), 9).unwrap().remove(0).error;
        assert!(!error(a).contains("n is 0"), "{name} still quotes the value: {}", error(a));
        assert_eq!(error(b), "n is 0");
    }
}
