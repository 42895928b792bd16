//! Content stores: what depends on the clock, on threads or on files. The rest is in the conformance suite.

use std::sync::{Arc, Barrier};
use std::time::Duration;
use std::{fs, thread};

use ramax::apps::Crm;
use ramax::clock::{CountingIds, SteppingClock};
use ramax::engines::memory::{MemoryEventStore, MemoryPState};
use ramax::event_store::Access;
use ramax::{ContentStore, OpenOptions, Page, SpaceSequence, Store, Timestamp};

use crate::on_every_store;
use crate::support::{Fixture, add_contact, event};

on_every_store![a_command_on_a_thread_that_the_outer_command_waits_for_is_refused_as_busy];

const THREADS: usize = 16;
const COMMANDS: usize = 20;

#[test]
fn a_different_command_with_the_same_crc_32_is_not_a_retry() {
    for fixture in [Fixture::memory(), Fixture::one_file()] {
        let crm = fixture.crm("crm_acme");
        let add = |id: &str, name: &str| {
            let command = ramax::Command::new("add-contact")
                .with("contact_id", id)
                .with("name", name)
                .with("email", "e");
            crm.execute(ramax::Request {
                conditions: ramax::Conditions {
                    idempotency_key: Some("key".to_owned()),
                    ..ramax::Conditions::default()
                },
                ..command.into()
            })
        };
        let first = add("p788676", "Name 003004").unwrap();
        assert_eq!(add("p788566", "Name 058314").unwrap_err().kind(), "invalid_field");
        let again = add("p788676", "Name 003004").unwrap();
        assert_eq!((again.repeated, again.event_ids), (true, first.event_ids));
    }
}

#[test]
fn a_time_ahead_of_the_clock_is_reported_on_every_write() {
    for fixture in [Fixture::memory(), Fixture::one_file()] {
        let crm = fixture.crm("crm_acme");
        assert_eq!(crm.execute(add_contact("c1")).unwrap().ahead_of_clock, None);
        let ahead = ramax::Timestamp(7_258_118_400_000);
        let new = [event("e", "note.taken", serde_json::json!({}))];
        let append = ramax::Append { expected: ramax::Expected::Any, now: ahead, events: &new };
        fixture.store.events().append(crm.space_id(), append).unwrap();
        assert_eq!(crm.execute(add_contact("c2")).unwrap().ahead_of_clock, Some(ahead));
    }
}

/// Returns the fixture's store with a short busy timeout.
fn impatient(fixture: &Fixture) -> Store {
    const SHORT: Duration = Duration::from_millis(5);
    let Some(location) = fixture.store.location() else {
        let events = MemoryEventStore::default().with_busy_timeout(SHORT);
        let pstate = MemoryPState::default().with_busy_timeout(SHORT);
        let store = Store::new(Arc::new(events), Arc::new(pstate));
        let clock = SteppingClock::new(Timestamp(0), 1000);
        return store.with_origin(Arc::new(clock), Arc::new(CountingIds::default()));
    };
    Store::open(location, OpenOptions { busy_timeout: SHORT, ..OpenOptions::default() }).unwrap()
}

fn a_command_on_a_thread_that_the_outer_command_waits_for_is_refused_as_busy(fixture: &Fixture) {
    let store = impatient(fixture);
    let a = ContentStore::open(&store, "crm_a", Arc::new(Crm)).unwrap();
    let b = ContentStore::open(&store, "crm_b", Arc::new(Crm)).unwrap();
    let other_handle = store.reconnect().unwrap();
    let b_elsewhere = ContentStore::open(&other_handle, "crm_b", Arc::new(Crm)).unwrap();
    for content in [&a, &b, &b_elsewhere] {
        a.commit(|_| {
            std::thread::scope(|scope| {
                let inner = scope.spawn(|| content.execute(add_contact("inner"))).join().unwrap();
                assert_eq!(inner.unwrap_err().kind(), "busy");
            });
            Ok(vec![event("n1", "note.taken", serde_json::json!("hi"))])
        })
        .unwrap();
    }
    assert_eq!((a.event_count().unwrap(), b.event_count().unwrap()), (3, 0));
    b.execute(add_contact("inner")).unwrap();
    assert_eq!(store.events().last_event_id().unwrap().0, 4);
}

#[test]
fn a_reader_does_not_wait_for_a_unit_of_work_and_sees_nothing_of_it() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_a");
    crm.execute(add_contact("c1")).unwrap();
    let unit = fixture.store.begin(crm.space_id(), Access::Open).unwrap();
    thread::scope(|scope| {
        let reads = scope.spawn(|| {
            let log = fixture.store.events().read_space(crm.space_id(), Page::forward(None, 9)).unwrap();
            let contact = fixture.store.pstate().get(crm.space_id().into(), "contact:c1").unwrap();
            (log.len(), contact.is_some(), crm.event_count().unwrap())
        });
        assert_eq!(reads.join().unwrap(), (1, true, 1));
    });
    drop(unit);
}

#[test]
fn commands_of_several_threads_share_commits() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_a");
    let before = commits(&fixture);
    let together = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (crm, together) = (&crm, &together);
            scope.spawn(move || {
                together.wait();
                for n in 0..COMMANDS {
                    crm.execute(add_contact(&format!("c{number}_{n}"))).unwrap();
                }
            });
        }
    });
    let commits = commits(&fixture) - before;
    assert!(commits < THREADS * COMMANDS * 3 / 4, "{commits} commits for {} commands", THREADS * COMMANDS);
    assert_eq!(
        crm.store().events().space(crm.space_id()).unwrap().unwrap().head.last_sequence,
        SpaceSequence(320)
    );
}

/// Counts the commits in the WAL: frames that state the size of the file after them.
fn commits(fixture: &Fixture) -> usize {
    const PAGE: usize = 4096;
    let mut wal = fixture.file().into_os_string();
    wal.push("-wal");
    let wal = fs::read(wal).unwrap();
    wal[32..].chunks_exact(24 + PAGE).filter(|frame| frame[4..8] != [0; 4]).count()
}
