//! Idempotency keys, imports and cancelled deletes.

use crate::event_store::{BeforeDelete, Remembered, RequestDigest};
use crate::{
    Append, Event, EventId, Expected, Page, SpaceId, SpaceMetadata, SpaceSequence, Store, Timestamp,
};

use super::sequences;
use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{START, append, mark_owner, numbered, remember};

pub fn idempotency_keys_are_paged_in_byte_order_in_both_directions(fixture: &Fixture) {
    let events = fixture.store.events();
    let (a, b) = (fixture.space("a").space_id, fixture.space("b").space_id);
    let names = ["", "Z", "a", "a\u{0}b", "aa", "é", "\u{ffff}", "🦀"];
    let remembered = |number: usize| Remembered {
        request: if number.is_multiple_of(2) {
            RequestDigest::Sha256([number as u8; 32])
        } else {
            RequestDigest::Crc32(u32::MAX - number as u32)
        },
        stored_at: (number != 3).then_some(Timestamp(number as i64)),
        event_ids: (0..number as u64).map(EventId).collect(),
        space_sequence: SpaceSequence(number as u64),
    };
    for (number, name) in names.iter().enumerate().rev() {
        remember(events, a, name, &remembered(number));
    }
    remember(events, b, "of another space", &remembered(1));
    let page = |page| -> Vec<String> {
        events.remembered_page(a, page).unwrap().into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(page(Page::forward(None, 99)), names);
    assert_eq!(page(Page::forward(Some("a".to_owned()), 2)), names[3..5]);
    assert_eq!(page(Page::backward(None, 2)), ["🦀", "\u{ffff}"]);
    assert_eq!(page(Page::backward(Some("a".to_owned()), 9)), ["Z", ""]);
    let (name, third) = events.remembered_page(a, Page::forward(Some("Z".to_owned()), 1)).unwrap().remove(0);
    assert_eq!((name.as_str(), third), ("a", remembered(2)));
}

pub fn a_store_has_a_unique_and_stable_id(fixture: &Fixture) {
    let id = fixture.store.events().store_id().unwrap();
    assert_eq!(fixture.other_process().events().store_id().unwrap(), id);
    assert_ne!(fixture.another().store.events().store_id().unwrap(), id);
}

/// Events of another log, with these ids.
fn foreign(ids: &[u64]) -> Vec<Event> {
    let elsewhere = Fixture::new(|| (Store::memory(), ()));
    let space = elsewhere.space("elsewhere").space_id;
    let mut events = append(elsewhere.store.events(), space, &numbered(ids.len()));
    for (event, id) in events.iter_mut().zip(ids) {
        event.event_id = EventId(*id);
        event.timestamp = Timestamp(*id as i64 * 10);
        event.correlation_id = Some(elsewhere.store.ids().new_id());
    }
    events
}

fn ids(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.event_id.0).collect()
}

pub fn an_imported_event_is_unchanged_and_keeps_its_id_if_that_is_free(fixture: &Fixture) {
    let events = fixture.store.events();
    let metadata = SpaceMetadata::of_app("crm");
    let space = events.begin_import("a", Some(&metadata), Timestamp(7), &mark_owner(1)).unwrap();
    let mut brought = foreign(&[3, 4, 900]);
    brought[2].causation_id = Some(EventId(3));
    assert_eq!(
        events.import(space.space_id, mark_owner(1).token, &brought[..2]).unwrap(),
        [EventId(3), EventId(4)]
    );
    assert_eq!(events.import(space.space_id, mark_owner(1).token, &brought[2..]).unwrap(), [EventId(900)]);
    events.end_import(space.space_id, mark_owner(1).token).unwrap();
    for event in &mut brought {
        event.space_id = space.space_id;
    }
    assert_eq!(events.read_space(space.space_id, Page::forward(None, 9)).unwrap(), brought);
    assert_eq!(events.event(EventId(900)).unwrap().as_ref(), Some(&brought[2]));
    let record = events.find_space("a").unwrap().unwrap();
    assert_eq!((record.space.metadata.as_ref(), record.space.created_at), (Some(&metadata), Timestamp(7)));
    assert_eq!((record.head.last_sequence.0, record.head.last_event_id.0), (3, 900));
    assert_eq!(record.head.last_timestamp, Some(Timestamp(9000)));
    assert_eq!(events.event_types(space.space_id).unwrap(), ["thing.happened"]);
    assert_eq!(append(events, space.space_id, &numbered(1))[0].event_id, EventId(901));
    assert_eq!(sequences(&events.read_entity(space.space_id, "e0", Page::forward(None, 9)).unwrap()), [1, 4]);
}

pub fn ids_in_use_are_replaced_in_the_same_order(fixture: &Fixture) {
    let events = fixture.store.events();
    append(events, fixture.space("b").space_id, &numbered(5));
    let space = events.begin_import("a", None, START, &mark_owner(1)).unwrap().space_id;
    let given = events.import(space, mark_owner(1).token, &foreign(&[2, 5, 6, 40])).unwrap();
    assert_eq!(given, [6, 7, 8, 40].map(EventId));
    assert_eq!(ids(&events.read_space(space, Page::forward(None, 9)).unwrap()), [6, 7, 8, 40]);
    assert!(events.read_all(Page::forward(None, 99)).unwrap().iter().all(|event| event.intact));
}

pub fn an_import_continues_the_log_or_changes_nothing(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = events.begin_import("a", None, START, &mark_owner(1)).unwrap().space_id;
    let brought = foreign(&[1, 2, 3, 4]);
    let gap = [brought[0].clone(), brought[2].clone()];
    assert_eq!(events.import(space, mark_owner(1).token, &gap).unwrap_err().kind(), "conflict");
    assert_eq!(events.import(space, mark_owner(1).token, &brought[1..]).unwrap_err().kind(), "conflict");
    assert_eq!(events.read_space(space, Page::forward(None, 9)).unwrap(), []);
    events.import(space, mark_owner(1).token, &brought[..2]).unwrap();
    assert_eq!(events.import(space, mark_owner(1).token, &brought[..2]).unwrap_err().kind(), "conflict");
    assert_eq!(events.import(space, mark_owner(1).token, &[]).unwrap(), []);
    assert_eq!(events.space(space).unwrap().unwrap().head.last_sequence, SpaceSequence(2));
    assert_eq!(
        events.import(SpaceId(99), mark_owner(1).token, &brought).unwrap_err().kind(),
        "unknown_space"
    );
}

pub fn a_space_being_imported_accepts_nothing_else_until_it_is_opened(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = events.begin_import("a", None, START, &mark_owner(1)).unwrap();
    assert_eq!(space.state, crate::space::SpaceState::Importing);
    assert_eq!(events.find_space("a").unwrap().unwrap().space, space);
    assert_eq!(events.begin_import("a", None, START, &mark_owner(1)).unwrap_err().kind(), "space_importing");
    assert_eq!(
        events.begin_import("", None, START, &mark_owner(1)).unwrap_err().kind(),
        "invalid_space_name"
    );
    let new = numbered(1);
    let one = Append { expected: Expected::Any, now: START, events: &new };
    assert_eq!(events.append(space.space_id, one).unwrap_err().kind(), "space_importing");
    events.end_import(space.space_id, mark_owner(1).token).unwrap();
    events.append(space.space_id, one).unwrap();
}

pub fn only_a_space_being_imported_accepts_an_import(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    assert_eq!(
        events.import(space, mark_owner(1).token, &foreign(&[1])).unwrap_err().kind(),
        "not_importing"
    );
    assert_eq!(events.end_import(space, mark_owner(1).token).unwrap_err().kind(), "not_importing");
    let begun = events.begin_import("b", None, START, &mark_owner(1)).unwrap().space_id;
    events.begin_delete(begun, &mark_owner(1), Some(mark_owner(1).token)).unwrap();
    assert_eq!(
        events.import(begun, mark_owner(1).token, &foreign(&[1])).unwrap_err().kind(),
        "not_importing"
    );
    assert_eq!(events.end_import(begun, mark_owner(1).token).unwrap_err().kind(), "not_importing");
    events.cancel_delete(begun, mark_owner(1).token).unwrap();
    let state = events.space(begun).unwrap().unwrap().space.state;
    assert_eq!(state, crate::space::SpaceState::Importing, "an incomplete import is not opened");
    assert_eq!(events.begin_import("b", None, START, &mark_owner(1)).unwrap_err().kind(), "space_importing");
}

pub fn a_cancelled_delete_leaves_the_space_unchanged(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a");
    let appended = append(events, space.space_id, &numbered(2));
    events.begin_delete(space.space_id, &mark_owner(1), None).unwrap();
    events.cancel_delete(space.space_id, mark_owner(1).token).unwrap();
    assert_eq!(events.find_space("a").unwrap().unwrap().space, space);
    assert_eq!(events.read_space(space.space_id, Page::forward(None, 9)).unwrap(), appended);
    assert_eq!(append(events, space.space_id, &numbered(1))[0].space_sequence, SpaceSequence(3));
    let importing = events.begin_import("b", None, START, &mark_owner(1)).unwrap();
    events.cancel_delete(importing.space_id, mark_owner(1).token).unwrap();
    assert_eq!(events.find_space("b").unwrap().unwrap().space, importing, "there was no delete to cancel");
}

pub fn only_the_operation_that_set_a_mark_acts_on_it(fixture: &Fixture) {
    let events = fixture.store.events();
    let (mine, other) = (mark_owner(1), mark_owner(2).token);
    let space = events.begin_import("a", None, START, &mine).unwrap().space_id;
    assert_eq!(events.mark_owner(space).unwrap(), Some(mine.clone()));
    assert_eq!(events.import(space, other, &foreign(&[1])).unwrap_err().kind(), "mark_lost");
    assert_eq!(events.end_import(space, other).unwrap_err().kind(), "mark_lost");
    assert_eq!(events.delete_some(space, other, 9).unwrap_err().kind(), "mark_lost");
    assert_eq!(events.end_delete(space, other, false).unwrap_err().kind(), "mark_lost");
    assert!(!events.cancel_delete(space, other).unwrap());
    events.import(space, mine.token, &foreign(&[1])).unwrap();
    events.end_import(space, mine.token).unwrap();
    assert_eq!(events.mark_owner(space).unwrap(), None);
    // An open space has no mark to act on.
    assert_eq!(events.delete_some(space, mine.token, 9).unwrap_err().kind(), "mark_lost");
    assert_eq!(events.end_delete(space, mine.token, false).unwrap_err().kind(), "mark_lost");
    assert_eq!(ids(&events.read_space(space, Page::forward(None, 9)).unwrap()), [1]);
}

pub fn a_mark_is_taken_over_only_if_it_is_unchanged(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    append(events, space, &numbered(3));
    let [first, second, third] = [1, 2, 3].map(mark_owner);
    assert_eq!(events.begin_delete(space, &first, None).unwrap(), BeforeDelete::Open);
    assert_eq!(events.begin_delete(space, &second, None).unwrap_err().kind(), "space_deleting");
    let over = Some(first.token);
    assert_eq!(events.begin_delete(space, &second, over).unwrap(), BeforeDelete::Marked);
    // Two operations saw the first one's mark, and one of them was faster.
    assert_eq!(events.begin_delete(space, &third, over).unwrap_err().kind(), "space_deleting");
    assert!(!events.cancel_delete(space, first.token).unwrap(), "the first operation has lost its mark");
    assert_eq!(events.delete_some(space, first.token, 9).unwrap_err().kind(), "mark_lost");
    assert_eq!(events.delete_some(space, second.token, 1).unwrap(), Some(2));
    let over = Some(second.token);
    assert_eq!(events.begin_delete(space, &third, over).unwrap(), BeforeDelete::Removing);
    assert_eq!(events.begin_delete(SpaceId(99), &first, None).unwrap_err().kind(), "unknown_space");
}

pub fn a_delete_cannot_be_cancelled_once_a_row_is_gone(fixture: &Fixture) {
    let events = fixture.store.events();
    let space = fixture.space("a").space_id;
    let owner = mark_owner(1);
    let remembered = Remembered {
        request: RequestDigest::Crc32(1),
        event_ids: Vec::new(),
        space_sequence: SpaceSequence(0),
        stored_at: None,
    };
    // A key without an event, so that no gap in the events reveals the removal.
    remember(events, space, "key", &remembered);
    events.begin_delete(space, &owner, None).unwrap();
    events.delete_some(space, owner.token, 9).unwrap();
    assert!(!events.cancel_delete(space, owner.token).unwrap());
    let state = events.space(space).unwrap().unwrap().space.state;
    assert_eq!(state, crate::space::SpaceState::Deleting);
}
