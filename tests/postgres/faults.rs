//! Connections that are cut, servers that stop, and servers that refuse.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use ramax::apps::Crm;
use ramax::engines::postgres::DatabaseUrl;
use ramax::event_store::{Access, WriteSet};
use ramax::testing::conformance::samples::{START, add_contact, append, numbered};
use ramax::{Conditions, ContentStore, Event, OpenOptions, Page, Request, SpaceSequence, Store};

use rustix::process::Signal;

use crate::proxy::{Cut, Proxy};
use crate::server::{Server, administer, is_sharded, new_address, new_name, shared};

pub fn options() -> OpenOptions {
    OpenOptions { busy_timeout: Duration::from_secs(2), ..OpenOptions::default() }
}

/// A store behind a proxy, and the same store without it.
pub fn behind_proxy() -> (Proxy, Store, Store) {
    let proxy = Proxy::start(&shared().socket());
    let direct = new_name();
    let parameters = direct.split_once('?').unwrap().1;
    // A trusting server does not ask for it over the network either, since the proxy uses the socket.
    let through: DatabaseUrl =
        format!("postgres://ramax@{}/postgres?sslmode=disable&{parameters}", proxy.address).parse().unwrap();
    let direct = Store::connect_or_create(&direct.parse().unwrap(), options()).unwrap();
    (proxy, Store::connect(&through, options()).unwrap(), direct)
}

pub fn sequences(store: &Store, space: ramax::SpaceId) -> Vec<u64> {
    let events = store.events().read_space(space, Page::forward(None, 1000)).unwrap();
    events.iter().map(|event| event.space_sequence.0).collect()
}

#[test]
fn a_command_is_answered_once_wherever_its_connection_is_cut() {
    let (proxy, store, direct) = behind_proxy();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("first")).unwrap();
    let mut done = 1;
    for cut in [Cut::Before, Cut::After] {
        for keyed in [false, true] {
            let mut cuts = 0;
            for statement in 1.. {
                let id = format!("{cut:?}-{keyed}-{statement}");
                let idempotency_key = keyed.then(|| id.clone());
                let conditions = Conditions { idempotency_key, ..Conditions::default() };
                proxy.cut_at(statement, cut);
                let answer = crm.execute(Request { command: add_contact(&id), conditions });
                let was_cut = proxy.was_cut();
                let answer = answer.unwrap_or_else(|error| panic!("{id}: {error}"));
                done += 1;
                assert_eq!(
                    (answer.space_sequence.0, answer.event_ids.len(), answer.repeated),
                    (done, 1, false)
                );
                cuts += i32::from(was_cut);
                if !was_cut {
                    break;
                }
            }
            assert!(cuts >= 2, "{cut:?}: {cuts}");
        }
    }
    let space = crm.space_id();
    assert_eq!(sequences(&direct, space), (1..=done).collect::<Vec<_>>());
    assert_eq!(Crm::contact_count(&crm).unwrap(), done);
}

#[test]
fn a_locked_unit_is_written_exactly_if_it_says_so_wherever_its_connection_is_cut() {
    let (proxy, store, direct) = behind_proxy();
    let space = store.events().get_or_create_space("a", None, START).unwrap().space_id;
    append(store.events(), space, &numbered(1));
    let mut errors = Vec::new();
    for cut in [Cut::Before, Cut::After] {
        for statement in 1.. {
            let before = sequences(&direct, space).len();
            proxy.cut_at(statement, cut);
            let write = || {
                let unit = store.begin(space, Access::Open)?;
                let mut tail = unit.tail();
                let events: Vec<Event> =
                    numbered(2).into_iter().map(|new| tail.place(space, new, START)).collect();
                unit.commit(&WriteSet { events: &events, ..WriteSet::default() })
            };
            let written = write();
            let was_cut = proxy.was_cut();
            let expected = before + if written.is_ok() { 2 } else { 0 };
            assert_eq!(
                sequences(&direct, space),
                (1..=expected as u64).collect::<Vec<_>>(),
                "{cut:?} {statement}"
            );
            errors.extend(written.err());
            if !was_cut {
                break;
            }
        }
    }
    for error in errors {
        assert_eq!(error.kind(), "connection_lost", "no outcome is unknown");
        assert!(error.hint().unwrap().contains("what was committed before it is stored"), "{error}");
    }
}

#[test]
fn an_outcome_is_unknown_only_while_the_server_cannot_be_asked() {
    let (proxy, store, direct) = behind_proxy();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("first")).unwrap();
    let mut unknown = 0;
    for statement in 1.. {
        let id = format!("c{statement}");
        let conditions = Conditions { idempotency_key: Some(id.clone()), ..Conditions::default() };
        let request = Request { command: add_contact(&id), conditions };
        proxy.refuse_after_cut(true);
        proxy.cut_at(statement, Cut::After);
        let answer = crm.execute(request.clone());
        let was_cut = proxy.was_cut();
        proxy.refuse_after_cut(false);
        unknown += i32::from(answer.is_err_and(|error| error.kind() == "outcome_unknown"));
        // The command is sent again under its key, and answered.
        crm.execute(request).unwrap();
        if !was_cut {
            break;
        }
    }
    assert!(unknown > 0);
    assert_eq!(sequences(&direct, crm.space_id()).len() as u64, Crm::contact_count(&crm).unwrap());
}

#[test]
fn a_server_that_is_stopped_or_crashes_and_starts_again_keeps_what_it_has_acknowledged() {
    let server = Server::start(&["fsync=on"]);
    let url: DatabaseUrl = server.new_name().parse().unwrap();
    let store = Store::connect_or_create(&url, options()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let mut acknowledged = 0;
    for (round, signal) in [Signal::INT, Signal::QUIT, Signal::QUIT].into_iter().enumerate() {
        let done = AtomicU64::new(0);
        let error = thread::scope(|scope| {
            let writer = scope.spawn(|| {
                loop {
                    let id = format!("{round}-{}", done.load(Ordering::SeqCst));
                    match crm.execute(add_contact(&id)) {
                        Ok(_) => done.fetch_add(1, Ordering::SeqCst),
                        Err(error) => return error,
                    };
                }
            });
            while done.load(Ordering::SeqCst) < 20 && !writer.is_finished() {
                thread::yield_now();
            }
            server.end(signal);
            writer.join().unwrap()
        });
        acknowledged += done.into_inner();
        let down = crm.execute(add_contact("down")).unwrap_err();
        assert!(matches!(down.kind(), "connection_lost" | "unreachable"), "{down}");
        server.revive();
        let stored = sequences(&store, crm.space_id()).len() as u64;
        let in_doubt = u64::from(error.kind() == "outcome_unknown");
        assert!(
            stored >= acknowledged && stored <= acknowledged + in_doubt,
            "{stored} {acknowledged} {error}"
        );
        acknowledged = stored;
    }
    assert!(acknowledged >= 60);
    assert_eq!(Crm::contact_count(&crm).unwrap(), acknowledged);
}

#[test]
fn a_stop_cancels_a_running_statement() {
    let url = new_address();
    let store = Store::connect_or_create(&url, options()).unwrap();
    let space = store.events().get_or_create_space("a", None, START).unwrap().space_id;
    slow_down(&url, "600");
    let stopped = thread::scope(|scope| {
        let works = scope.spawn(|| {
            let unit = store.begin(space, Access::Open).unwrap();
            let mut tail = unit.tail();
            let events: Vec<Event> =
                numbered(1).into_iter().map(|new| tail.place(space, new, START)).collect();
            unit.commit(&WriteSet { events: &events, ..WriteSet::default() })
        });
        let running = "SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event = 'PgSleep'";
        let mut administrator = shared().connect();
        while administrator.query_opt(running, &[&url.schema()]).unwrap().is_none() {
            thread::yield_now();
        }
        while !works.is_finished() {
            store.stop().ask();
        }
        works.join().unwrap().unwrap_err()
    });
    assert_eq!(stopped.kind(), "stopped", "{stopped}");
    let again = Store::connect(&url, options()).unwrap();
    assert_eq!(again.events().totals().unwrap().events, 0);
}

/// Makes every append of a store wait for some seconds.
fn slow_down(url: &DatabaseUrl, seconds: &str) {
    let schema = url.schema();
    administer(&format!(
        "CREATE FUNCTION {schema}.wait() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END';
         CREATE TRIGGER slow BEFORE UPDATE ON {schema}.{} FOR EACH ROW EXECUTE FUNCTION {schema}.wait()",
        ends()
    ));
}

/// Returns the table that every append updates, on the server or on the coordinator.
fn ends() -> &'static str {
    if is_sharded() { "space_ends" } else { "space_sequences" }
}

#[test]
fn a_command_that_runs_into_the_servers_timeout_changes_nothing() {
    let name = format!("{}&options=-c%20statement_timeout%3D300", new_name());
    let url: DatabaseUrl = name.parse().unwrap();
    let store = Store::connect_or_create(&url, options()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    slow_down(&url, "600");
    let late = crm.execute(add_contact("c2")).unwrap_err();
    assert!(late.to_string().contains("statement timeout"), "{late}");
    administer(&format!("DROP TRIGGER slow ON {}.{}", url.schema(), ends()));
    assert_eq!(crm.execute(add_contact("c2")).unwrap().space_sequence, SpaceSequence(2));
}

#[test]
fn a_server_that_only_reads_is_read_and_refuses_every_write() {
    let name = new_name();
    let store = Store::connect_or_create(&name.parse().unwrap(), options()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    let replica: DatabaseUrl =
        format!("{name}&options=-c%20default_transaction_read_only%3Don").parse().unwrap();
    let replica = Store::connect(&replica, options()).unwrap();
    let crm = ContentStore::open(&replica, "crm_acme", Arc::new(Crm)).unwrap();
    assert_eq!(Crm::contact_count(&crm).unwrap(), 1);
    let refused = [
        crm.execute(add_contact("c2")).unwrap_err(),
        replica.begin(crm.space_id(), Access::Open).map(drop).unwrap_err(),
        replica.events().get_or_create_space("b", None, START).unwrap_err(),
    ];
    for error in refused {
        let hint = error.hint().unwrap();
        assert_eq!(error.kind(), "read_only");
        assert!(hint.contains("default_transaction_read_only") && !hint.contains("open it"), "{hint}");
    }
    assert!(replica.cannot_write());
    assert_eq!(Crm::contact_count(&crm).unwrap(), 1);
}

#[test]
fn a_user_without_privileges_learns_which_are_missing() {
    let name = new_name();
    let url: DatabaseUrl = name.parse().unwrap();
    let store = Store::connect_or_create(&url, options()).unwrap();
    let space = store.events().get_or_create_space("a", None, START).unwrap().space_id;
    let (schema, guest) = (url.schema(), format!("guest_{}", url.schema()));
    administer(&format!("CREATE ROLE {guest} LOGIN"));
    let as_guest: DatabaseUrl = name.replace("ramax@", &format!("{guest}@")).parse().unwrap();
    let refused = Store::connect(&as_guest, options()).err().unwrap();
    assert!(refused.to_string().contains("permission denied for schema"), "{refused}");
    assert!(refused.hint().unwrap().contains("USAGE on the schema"), "{refused}");
    administer(&format!(
        "GRANT USAGE ON SCHEMA {schema} TO {guest}; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {guest};
         GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {guest}"
    ));
    let reader = Store::connect(&as_guest, options()).unwrap();
    assert_eq!(reader.events().totals().unwrap().spaces, 1);
    let refused = reader.begin(space, Access::Open).map(drop).unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
    assert_eq!(reader.events().totals().unwrap().spaces, 1, "the connection still works");
}

#[test]
fn the_tables_of_another_program_are_not_touched() {
    for table in ["store (id integer)", "spaces (id integer)"] {
        let url = new_address();
        administer(&format!("CREATE SCHEMA {0}; CREATE TABLE {0}.{table}", url.schema()));
        for open in [Store::connect_or_create, Store::connect] {
            let refused = open(&url, options()).err().unwrap();
            assert_eq!((refused.kind(), refused.hint().is_some()), ("server", true), "{refused}");
        }
        let refused = Store::connect_or_create(&url, options()).err().unwrap();
        assert!(refused.to_string().contains("belong to another program"), "{refused}");
        assert!(refused.hint().unwrap().contains("?schema=NAME"), "{refused}");
        // Nothing else is in the schema, or it could not be dropped.
        let name = table.split(' ').next().unwrap();
        administer(&format!("DROP TABLE {0}.{name}; DROP SCHEMA {0}", url.schema()));
    }
}

/// Takes the second event of the only space away, as if another server had taken over, which had not received it.
pub fn fall_back(url: &DatabaseUrl) {
    administer(&format!(
        "DELETE FROM {0}.event_log WHERE space_sequence = 2; UPDATE {0}.space_sequences SET last_sequence = 1;
         UPDATE {0}.{1} SET last_sequence = 1;
         SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '{0}'",
        url.schema(),
        ends()
    ));
}

#[test]
fn a_server_that_has_fallen_back_behind_what_it_acknowledged_is_reported() {
    let url = new_address();
    let store = Store::connect_or_create(&url, options()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    for id in ["c1", "c2"] {
        crm.execute(add_contact(id)).unwrap();
    }
    let reader = store.reconnect().unwrap();
    fall_back(&url);
    assert_eq!(reader.events().totals().unwrap_err().kind(), "fell_back");
    for _ in 0..2 {
        let lost = crm.execute(add_contact("c3")).unwrap_err();
        assert_eq!((lost.kind(), lost.hint().is_some()), ("fell_back", true), "{lost}");
        assert!(lost.to_string().contains("event 2 of the space #1"), "{lost}");
        assert_eq!(store.events().totals().unwrap_err().kind(), "fell_back");
        assert_eq!(store.reconnect().err().unwrap().kind(), "fell_back");
    }
    let again = Store::connect(&url, options()).unwrap();
    assert_eq!(again.events().totals().unwrap().events, 1);
}

#[test]
fn a_command_that_the_server_ends_as_a_deadlock_runs_again() {
    let url = new_address();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    // The command holds one lock when it waits for the other one, which the rival holds. The server grants such locks in the
    // order of the requests, so that the rival gets the first one before the command runs again.
    let schema = url.schema();
    administer(&format!(
        "CREATE FUNCTION {schema}.meet() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN PERFORM pg_advisory_xact_lock(1, hashtext(''{schema}''));
            PERFORM pg_advisory_xact_lock(2, hashtext(''{schema}'')); RETURN NEW; END';
         CREATE TRIGGER meet AFTER UPDATE ON {schema}.{} FOR EACH ROW EXECUTE FUNCTION {schema}.meet()",
        ends()
    ));
    let mut rival = shared().connect();
    // The one that looks for deadlocks ends itself: it is the command.
    rival
        .batch_execute(&format!(
            "SET deadlock_timeout TO '1h'; BEGIN; SELECT pg_advisory_xact_lock(2, hashtext('{schema}'))"
        ))
        .unwrap();
    let answer = thread::scope(|scope| {
        let command = scope.spawn(|| crm.execute(add_contact("c2")));
        let waiting =
            "SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
        while rival.query_opt(waiting, &[&schema]).unwrap().is_none() && !command.is_finished() {
            thread::yield_now();
        }
        rival.batch_execute(&format!("SELECT pg_advisory_xact_lock(1, hashtext('{schema}'))")).unwrap();
        let held = format!("SELECT last_sequence FROM {schema}.space_sequences");
        assert_eq!(rival.query_one(&held, &[]).unwrap().get::<_, i64>(0), 1, "the command was rolled back");
        rival.batch_execute("ROLLBACK").unwrap();
        command.join().unwrap().unwrap()
    });
    assert_eq!((answer.space_sequence, answer.repeated), (SpaceSequence(2), false));
    assert_eq!(sequences(&store, crm.space_id()), [1, 2]);
}

#[test]
fn a_command_for_which_the_server_has_no_space_left_changes_nothing() {
    let url = new_address();
    let store = Store::connect_or_create(&url, options()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    // Stands in for a full disk, which a test could only make with privileges.
    let schema = url.schema();
    administer(&format!(
        "CREATE FUNCTION {schema}.fill_up() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN RAISE EXCEPTION USING ERRCODE = ''53100'', MESSAGE = ''could not extend file''; END'"
    ));
    administer(&format!(
        "CREATE TRIGGER no_space AFTER INSERT ON {schema}.event_log FOR EACH ROW EXECUTE FUNCTION {schema}.fill_up()"
    ));
    let full = crm.execute(add_contact("c2")).unwrap_err();
    let hint = full.hint().unwrap();
    assert!(full.kind() == "disk_full" && hint.contains("on the server"), "{full}: {hint}");
    assert_eq!((sequences(&store, crm.space_id()), Crm::contact_count(&crm).unwrap()), (vec![1], 1));
    administer(&format!("DROP TRIGGER no_space ON {schema}.event_log"));
    assert_eq!(crm.execute(add_contact("c2")).unwrap().space_sequence, SpaceSequence(2));
}
