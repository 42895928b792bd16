//! Several hosts on one database: each handle is a connection of its own.

use std::time::Duration;

use ramax::event_store::{Access, FeedStream, WriteSet};
use ramax::testing::conformance::samples::{START, append, numbered};
use ramax::{Event, EventId, OpenOptions, SpaceId, Store};

use crate::server::{administer, new_address};

/// Two handles on a new store with two spaces.
fn two_hosts() -> (Store, Store, [SpaceId; 2]) {
    let url = new_address();
    let options = OpenOptions { busy_timeout: Duration::from_millis(200), ..OpenOptions::default() };
    let one = Store::connect_or_create(&url, options).unwrap();
    let other = Store::connect(&url, options).unwrap();
    let spaces = ["a", "b"].map(|name| one.events().get_or_create_space(name, None, START).unwrap().space_id);
    (one, other, spaces)
}

fn ids(events: &[Event]) -> Vec<(SpaceId, u64)> {
    events.iter().map(|event| (event.space_id, event.event_id.0)).collect()
}

#[test]
fn writers_of_different_spaces_do_not_wait_for_each_other() {
    let (one, other, [a, b]) = two_hosts();
    let unit = one.begin(a, Access::Open).unwrap();
    append(other.events(), b, &numbered(1));
    let busy = other.begin(a, Access::Open).map(drop).unwrap_err();
    assert_eq!(busy.kind(), "busy", "{busy}");
    drop(unit);
    append(other.events(), a, &numbered(1));
}

#[test]
fn a_follower_waits_for_events_that_are_still_being_committed() {
    let (one, other, [a, b]) = two_hosts();
    let start = other.events().start().unwrap();
    // The events in `a` get the lower ids, and are committed after that in `b`.
    let unit = one.begin(a, Access::Open).unwrap();
    let mut tail = unit.tail();
    let late: Vec<Event> = numbered(2).into_iter().map(|new| tail.place(a, new, START)).collect();
    let early = append(other.events(), b, &numbered(1));
    assert!(early[0].event_id > late[1].event_id);
    let (found, cursor) = other.events().read_after(&start, 9).unwrap();
    assert_eq!((ids(&found), &cursor), (vec![], &start));
    assert_eq!(other.events().end().unwrap(), start);
    unit.commit(&WriteSet { events: &late, ..WriteSet::default() }).unwrap();
    for batch in [1, 2, 9] {
        let mut streamed: Vec<Event> =
            FeedStream::new(other.events(), start.clone(), batch).map(Result::unwrap).collect();
        assert_eq!(streamed.iter().filter(|event| event.space_id == a).cloned().collect::<Vec<_>>(), late);
        streamed.sort_by_key(|event| event.event_id);
        assert_eq!(ids(&streamed), ids(&[late.clone(), early.clone()].concat()));
    }
}

#[test]
fn ids_rise_within_a_space_whoever_writes_and_a_single_writer_leaves_no_gaps() {
    let (one, other, [a, b]) = two_hosts();
    let held = one.begin(b, Access::Open).unwrap();
    let first = append(other.events(), a, &numbered(1))[0].event_id;
    drop(held);
    let second = append(one.events(), a, &numbered(1))[0].event_id;
    let third = append(other.events(), a, &numbered(1))[0].event_id;
    assert!(first < second && second < third);
    assert_eq!(third, EventId(second.0 + 1), "no other unit was in progress");
}

#[test]
fn a_lost_connection_rolls_the_unit_back_and_the_next_use_opens_another_one() {
    let (one, other, [a, _]) = two_hosts();
    let name = one.address().unwrap().rsplit('=').next().unwrap().to_owned();
    let kill = || {
        administer(&format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '{name}'"
        ));
    };
    let unit = one.begin(a, Access::Open).unwrap();
    let mut tail = unit.tail();
    let events: Vec<Event> = numbered(1).into_iter().map(|new| tail.place(a, new, START)).collect();
    kill();
    unit.commit(&WriteSet { events: &events, ..WriteSet::default() }).unwrap_err();
    assert_eq!(one.events().last_event_id().unwrap(), EventId(0));
    append(one.events(), a, &numbered(1));
    kill();
    append(other.events(), a, &numbered(1));
    let sequences = one.events().read_space(a, ramax::Page::forward(None, 9)).unwrap();
    assert_eq!(sequences.iter().map(|event| event.space_sequence.0).collect::<Vec<_>>(), [1, 2]);
}
