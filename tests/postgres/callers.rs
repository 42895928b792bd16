//! Callers that share a handle: their commits, and their connections.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use ramax::apps::Crm;
use ramax::engines::postgres::DatabaseUrl;
use ramax::event_store::Access;
use ramax::testing::conformance::samples::{START, add_contact, append, numbered};
use ramax::{Conditions, ContentStore, Executed, OpenOptions, Request, Store};

use crate::faults::{behind_proxy, options, sequences};
use crate::proxy::{Cut, Proxy};
use crate::server::{administer, new_address, shared};

const CALLERS: u64 = 8;
/// Callers whose statements are cut one after the other.
const FEW: u64 = 4;

fn keyed(id: &str) -> Request {
    let conditions = Conditions { idempotency_key: Some(id.to_owned()), ..Conditions::default() };
    Request { command: add_contact(id), conditions }
}

/// Lets callers work at once, each with its number.
fn at_once<T: Send>(callers: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let together = Barrier::new(callers as usize);
    thread::scope(|scope| {
        let callers = (0..callers).map(|number| {
            let (work, together) = (&work, &together);
            scope.spawn(move || {
                together.wait();
                work(number)
            })
        });
        let callers: Vec<_> = callers.collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    })
}

/// Returns the numbers of commits and of events.
fn commits(url: &DatabaseUrl) -> (i64, i64) {
    let sql = format!("SELECT count(DISTINCT commit_order), count(*) FROM {}.event_log", url.schema());
    let row = shared().connect().query_one(&sql, &[]).unwrap();
    (row.get(0), row.get(1))
}

fn assert_sound(store: &Store, crm: &ContentStore, events: u64) {
    assert_eq!(sequences(store, crm.space_id()), (1..=events).collect::<Vec<_>>());
    assert_eq!(Crm::contact_count(crm).unwrap(), events);
}

#[test]
fn callers_of_one_space_share_commits() {
    let url = new_address();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    at_once(CALLERS, |caller| {
        for number in 0..20 {
            crm.execute(add_contact(&format!("c{caller}-{number}"))).unwrap();
        }
    });
    let (commits, events) = commits(&url);
    assert!(events == 160 && commits < events, "{events} events in {commits} commits");
    assert_sound(&store, &crm, 160);
}

#[test]
fn commits_of_one_caller_and_those_of_different_spaces_are_not_shared() {
    let url = new_address();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    at_once(CALLERS, |caller| {
        let crm = ContentStore::open(&store, &format!("crm_{caller}"), Arc::new(Crm)).unwrap();
        for number in 0..5 {
            crm.execute(add_contact(&format!("c{number}"))).unwrap();
        }
    });
    assert_eq!(commits(&url), (40, 40));
}

#[test]
fn a_caller_whose_write_the_server_refuses_does_not_fail_those_that_share_its_commit() {
    let url = new_address();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let schema = url.schema();
    administer(&format!(
        "CREATE FUNCTION {schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN IF new.entity_id LIKE ''refused%'' THEN
              RAISE EXCEPTION USING ERRCODE = ''53100'', MESSAGE = ''could not extend file''; END IF; RETURN NEW; END'"
    ));
    administer(&format!(
        "CREATE TRIGGER refuse BEFORE INSERT ON {schema}.event_log FOR EACH ROW EXECUTE FUNCTION {schema}.refuse()"
    ));
    at_once(CALLERS, |caller| {
        for number in 0..10 {
            let kind = if caller % 4 == 0 { "refused" } else { "c" };
            let done = crm.execute(add_contact(&format!("{kind}{caller}-{number}")));
            match kind {
                "refused" => assert_eq!(done.unwrap_err().kind(), "disk_full"),
                _ => drop(done.unwrap()),
            }
        }
    });
    assert_sound(&store, &crm, 60);
}

#[test]
fn a_key_that_callers_send_at_once_is_executed_once() {
    let store = Store::connect_or_create(&new_address(), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    for round in 1..=5 {
        let answers = at_once(CALLERS, |_| crm.execute(keyed(&format!("c{round}"))).unwrap());
        let first: BTreeSet<_> = answers.iter().map(|answer| answer.event_ids.clone()).collect();
        assert_eq!((first.len(), answers.iter().filter(|answer| !answer.repeated).count()), (1, 1));
    }
    assert_sound(&store, &crm, 5);
}

#[test]
fn every_caller_is_answered_once_wherever_the_connection_of_a_shared_commit_is_cut() {
    let (proxy, store, direct) = behind_proxy();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("first")).unwrap();
    let mut events = 1;
    for cut in [Cut::Before, Cut::After] {
        for statement in 1.. {
            proxy.cut_at(statement, cut);
            let answers: Vec<Executed> = at_once(FEW, |caller| {
                let id = format!("{cut:?}-{statement}-{caller}");
                crm.execute(keyed(&id)).unwrap_or_else(|error| panic!("{id}: {error}"))
            });
            events += FEW;
            let places: BTreeSet<u64> = answers.iter().map(|answer| answer.space_sequence.0).collect();
            assert_eq!(places, (events - FEW + 1..=events).collect(), "{cut:?} {statement}");
            assert!(answers.iter().all(|answer| answer.event_ids.len() == 1 && !answer.repeated));
            if !proxy.was_cut() {
                break;
            }
        }
    }
    assert_sound(&direct, &ContentStore::open(&direct, "crm_acme", Arc::new(Crm)).unwrap(), events);
}

/// Lets callers send keys at once, and again when the server can be reached. Returns true if the connection was cut, and how
/// many of the callers did not learn the outcome at first.
fn send_twice(proxy: &Proxy, crm: &ContentStore, round: &str) -> (bool, u64) {
    let unknown = AtomicU64::new(0);
    let request = |caller: u64| keyed(&format!("{round}-{caller}"));
    at_once(FEW, |caller| match crm.execute(request(caller)) {
        Err(error) if error.kind() == "outcome_unknown" => drop(unknown.fetch_add(1, Ordering::Relaxed)),
        _ => {}
    });
    let was_cut = proxy.was_cut();
    proxy.refuse_after_cut(false);
    at_once(FEW, |caller| crm.execute(request(caller)).unwrap());
    (was_cut, unknown.into_inner())
}

#[test]
fn callers_whose_shared_outcome_is_unknown_are_answered_when_they_send_their_keys_again() {
    let (proxy, store, direct) = behind_proxy();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("first")).unwrap();
    let mut events = 1;
    for statement in 1.. {
        proxy.refuse_after_cut(true);
        proxy.cut_at(statement, Cut::After);
        events += FEW;
        let (was_cut, _) = send_twice(&proxy, &crm, &format!("statement-{statement}"));
        if !was_cut {
            break;
        }
    }
    // Which callers share a commit is up to chance.
    let is_shared = (1..=100).any(|round| {
        proxy.refuse_after_cut(true);
        proxy.cut_at_commit(Cut::After);
        events += FEW;
        let (_, unknown) = send_twice(&proxy, &crm, &format!("commit-{round}"));
        unknown > 1
    });
    assert!(is_shared, "several callers do not learn the outcome of one commit");
    let direct_crm = ContentStore::open(&direct, "crm_acme", Arc::new(Crm)).unwrap();
    assert_sound(&direct, &direct_crm, events);
}

#[test]
fn readers_do_not_wait_for_a_writer_of_their_handle() {
    let url = new_address();
    let store = Store::connect_or_create(&url, options()).unwrap();
    let space = store.events().get_or_create_space("a", None, START).unwrap().space_id;
    append(store.events(), space, &numbered(2));
    let unit = store.begin(space, Access::Open).unwrap();
    let read = || sequences(&store, space);
    let seen: Vec<_> = at_once(CALLERS, |_| read());
    assert!(seen.iter().all(|seen| *seen == [1, 2]), "{seen:?}");
    assert_eq!(read(), [1, 2], "with the connection of the unit");
    drop(unit);
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1";
    let connections: i64 = shared().connect().query_one(sql, &[&url.schema()]).unwrap().get(0);
    assert!((2..=5).contains(&connections), "{connections}");
}

#[test]
fn readers_wait_for_the_writer_if_the_server_accepts_no_further_connection() {
    let (proxy, store, _) = behind_proxy();
    let space = store.events().get_or_create_space("a", None, START).unwrap().space_id;
    append(store.events(), space, &numbered(2));
    proxy.refuse_now();
    let unit = store.begin(space, Access::Open).unwrap();
    let has_read = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let seen = sequences(&store, space);
            has_read.store(true, Ordering::SeqCst);
            seen
        });
        proxy.await_refusal();
        assert!(!has_read.load(Ordering::SeqCst));
        drop(unit);
        assert_eq!(reader.join().unwrap(), [1, 2]);
    });
    proxy.refuse_after_cut(false);
}
