//! Several hosts on one database: each handle is a connection of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use ramax::apps::Crm;
use ramax::delivery::{DeliveryNews, Effects};
use ramax::engines::postgres::DatabaseUrl;
use ramax::event_store::{Access, Cursor, FeedStream, WriteSet};
use ramax::operations::{ProjectionNews, ProjectionRunner};
use ramax::pstate::ProjectionId;
use ramax::subscriptions::Subscription;
use ramax::testing::conformance::samples::{START, add_contact, append, numbered};
use ramax::{
    Apps, Conditions, ContentStore, Error, Event, EventId, Json, NewEvent, OpenOptions, Page, Request,
    SpaceId, Store,
};

use crate::server::{Server, administer, new_address, new_name};

/// The time for which a handle of these tests waits.
const BUSY: Duration = Duration::from_millis(200);

/// Two handles on a new store with two spaces.
fn two_hosts() -> (Store, Store, [SpaceId; 2]) {
    let url = new_address();
    let options = OpenOptions { busy_timeout: BUSY, ..OpenOptions::default() };
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

/// Reads until it fails.
fn refused(store: &Store, cursor: &Cursor) -> Error {
    loop {
        match store.events().read_after(cursor, 9) {
            Ok((events, _)) => assert_eq!(events, []),
            Err(error) => return error,
        }
    }
}

#[test]
fn a_follower_learns_which_transaction_later_events_wait_for() {
    let (one, other, [a, b]) = two_hosts();
    let start = other.events().start().unwrap();
    let unit = one.begin(a, Access::Open).unwrap();
    append(other.events(), b, &numbered(1));
    let refused = refused(&other, &start);
    assert_eq!((refused.kind(), refused.hint().is_some()), ("held_back", true), "{refused}");
    let name = one.address().unwrap().rsplit('=').next().unwrap().to_owned();
    assert!(refused.to_string().contains(&format!("({name}) has not ended a transaction")), "{refused}");
    drop(unit);
    assert_eq!(other.events().read_after(&start, 9).unwrap().0.len(), 1);
    // Without later events, nothing waits.
    let end = other.events().end().unwrap();
    let _unit = one.begin(a, Access::Open).unwrap();
    let started = Instant::now();
    while started.elapsed() < BUSY * 2 {
        assert_eq!(other.events().read_after(&end, 9).unwrap().0, []);
    }
}

#[test]
fn subscriptions_and_projections_that_wait_for_a_transaction_say_so() {
    let (one, other, [a, b]) = two_hosts();
    let (sender, news) = mpsc::channel();
    let mut runner = ProjectionRunner::new(&other, Apps::standard()).unwrap().on_news(move |news| {
        sender.send(news).unwrap();
    });
    runner.round().unwrap();
    let (sender, delivered) = mpsc::channel();
    let subscriber = other.subscribe(&Subscription::all_spaces("emails")).unwrap();
    let mut subscriber = subscriber.on_news(move |news| sender.send(news).unwrap());
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| subscriber.run(|_| Ok(Effects::none()), &stop));
        append(other.events(), b, &numbered(1));
        while delivered.recv().unwrap() != (DeliveryNews::Delivered { events: 1 }) {}
        let unit = one.begin(a, Access::Open).unwrap();
        append(other.events(), b, &numbered(1));
        let of_transaction = |news| match news {
            DeliveryNews::Waiting { reason } => Some(reason).filter(|reason| reason.contains("transaction")),
            _ => None,
        };
        let reason = delivered.iter().find_map(of_transaction).unwrap();
        let waits = ProjectionNews::Waiting { reason };
        while !news.try_iter().any(|news| news == waits) {
            runner.round().unwrap();
        }
        drop(unit);
        while delivered.recv().unwrap() != (DeliveryNews::Delivered { events: 1 }) {}
        stop.store(true, Ordering::Relaxed);
        running.join().unwrap().unwrap();
    });
}

#[test]
fn ids_rise_within_a_space_whoever_writes() {
    let (one, other, [a, b]) = two_hosts();
    let held = one.begin(b, Access::Open).unwrap();
    let first = append(other.events(), a, &numbered(1))[0].event_id;
    drop(held);
    let second = append(one.events(), a, &numbered(1))[0].event_id;
    let third = append(other.events(), a, &numbered(1))[0].event_id;
    assert!(first < second && second < third);
}

#[test]
fn a_single_writer_leaves_no_gaps_in_the_ids() {
    let url = new_address();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
        let space = store.events().get_or_create_space("a", None, START).unwrap().space_id;
        ids.extend(append(store.events(), space, &numbered(2)).iter().map(|event| event.event_id.0));
        let note = NewEvent::new("n1", "note.taken", Json::of(&1.into()));
        let appended = store.append(space, &Conditions::default(), &[note]).unwrap();
        ids.extend(appended.event_ids.iter().map(|id| id.0));
    }
    assert_eq!(ids, (1..=9).collect::<Vec<_>>());
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

#[test]
fn commands_of_two_hosts_on_one_space_run_one_after_the_other() {
    let url = new_address();
    let options = OpenOptions { busy_timeout: Duration::from_secs(30), ..OpenOptions::default() };
    let store = Store::connect_or_create(&url, options).unwrap();
    ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let done: Vec<u64> = std::thread::scope(|scope| {
        let hosts: Vec<_> = (0..4)
            .map(|host| {
                let url = &url;
                scope.spawn(move || {
                    let store = Store::connect(url, options).unwrap();
                    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
                    let execute = |number| {
                        // Every id is wanted by two hosts, of which one is rejected.
                        let executed = crm.execute(add_contact(&format!("c{}-{number}", host % 2)));
                        u64::from(executed.is_ok())
                    };
                    (0..40).map(execute).sum()
                })
            })
            .collect();
        hosts.into_iter().map(|host| host.join().unwrap()).collect()
    });
    assert_eq!(done.iter().sum::<u64>(), 80);
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    assert_eq!((crm.event_count().unwrap(), Crm::contact_count(&crm).unwrap()), (80, 80));
    let events = store.events().read_space(crm.space_id(), Page::forward(None, 1000)).unwrap();
    assert_eq!(
        events.iter().map(|event| event.space_sequence.0).collect::<Vec<_>>(),
        (1..=80).collect::<Vec<_>>()
    );
    assert!(events.is_sorted_by(|a, b| a.event_id < b.event_id));
}

#[test]
fn keys_of_any_length_are_stored_found_and_listed_in_order() {
    let store = Store::connect_or_create(&new_address(), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    // Not compressible, as an index would otherwise hold it after all; and equal in the first 600 characters.
    let mut seed = fastrand::Rng::with_seed(1);
    let long: String = std::iter::repeat_with(|| seed.char('\u{10000}'..'\u{1ffff}')).take(980).collect();
    let ids = [format!("{long}b"), format!("{long}a"), "short".to_owned(), long.clone()];
    for id in &ids {
        let conditions =
            Conditions { idempotency_key: Some(format!("key of {id}")), ..Conditions::default() };
        let request = Request { command: add_contact(id), conditions };
        assert!(!crm.execute(request.clone()).unwrap().repeated);
        assert!(crm.execute(request).unwrap().repeated);
    }
    let id = ProjectionId::new(crm.space_id(), "state");
    let mut sorted: Vec<String> = ids.iter().map(|id| format!("contact:{id}")).collect();
    sorted.sort();
    for key in &sorted {
        assert!(store.pstate().get(id, key).unwrap().is_some());
    }
    let listed = |page| -> Vec<String> {
        let entries = store.pstate().scan(id, "contact:", page).unwrap();
        entries.into_iter().map(|entry| entry.key).collect()
    };
    assert_eq!(listed(Page::forward(None, 9)), sorted);
    assert_eq!(listed(Page::forward(Some(sorted[1].clone()), 9)), sorted[2..]);
    let reversed: Vec<String> = sorted.iter().rev().cloned().collect();
    assert_eq!(listed(Page::backward(None, 9)), reversed);
    assert_eq!(listed(Page::backward(Some(sorted[2].clone()), 1)), [sorted[1].clone()]);
    let prefix = format!("contact:{long}");
    assert_eq!(store.pstate().scan(id, &prefix, Page::forward(None, 9)).unwrap().len(), 3);
}

/// Returns the part of an address that names the host.
fn host(name: &str) -> String {
    name.split_once('@').unwrap().1.split_once('/').unwrap().0.to_owned()
}

#[test]
fn readers_of_several_hosts_take_turns_with_the_writer_so_that_none_reads_from_one_that_lags() {
    let name = new_name();
    let url: DatabaseUrl = name.replace(&host(&name), &[host(&name), host(&name)].join(",")).parse().unwrap();
    let options = OpenOptions { busy_timeout: Duration::from_millis(200), ..OpenOptions::default() };
    let store = Store::connect_or_create(&url, options).unwrap();
    let space = store.events().get_or_create_space("a", None, START).unwrap().space_id;
    let read = || store.events().read_space(space, Page::forward(None, 9));
    let unit = store.begin(space, Access::Open).unwrap();
    let while_writing = std::thread::scope(|scope| scope.spawn(read).join().unwrap());
    assert_eq!(while_writing.unwrap_err().kind(), "busy");
    drop(unit);
    assert_eq!(read().unwrap(), []);
}

#[test]
fn the_first_of_several_hosts_that_may_write_is_used() {
    let (one, other) = (Server::start(&[]), Server::start(&[]));
    one.administer("ALTER ROLE ramax SET default_transaction_read_only TO on");
    let (first, second) = (one.new_name(), other.new_name());
    let both = format!("{},{}", host(&first), host(&second));
    let name = format!("{}&target_session_attrs=read-write", second.replace(&host(&second), &both));
    let url: DatabaseUrl = name.parse().unwrap();
    let mut ends = Vec::new();
    for _ in 0..2 {
        let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
        let space = store.events().get_or_create_space("a", None, START).unwrap().space_id;
        ends.extend(append(store.events(), space, &numbered(1)).iter().map(|event| event.space_sequence.0));
        if ends.len() == 1 {
            one.end(rustix::process::Signal::INT);
        }
    }
    assert_eq!(ends, [1, 2]);
}
