//! Servers that do not answer, and servers that are away for a while.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::process::{Child, ChildStdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use ramax::apps::Crm;
use ramax::audit::Outcome;
use ramax::console::Headless;
use ramax::console::app::message::Message;
use ramax::console::app::state::ErrorText;
use ramax::delivery::Effects;
use ramax::engines::postgres::DatabaseUrl;
use ramax::event_store::Page;
use ramax::operations::{Operation, OperationContext, Target, Verify, record_late_ends};
use ramax::subscriptions::Subscription;
use ramax::testing::conformance::samples::{START, add_contact, append, numbered};
use ramax::{Apps, ContentStore, OpenOptions, Store};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::console::screen;
use crate::faults::{behind_proxy, fall_back};
use crate::program::spawn;
use crate::server::{Server, new_name, shared};

/// Accepts connections, and never answers. Returns its address.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Sends a signal to a program.
fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Stops the server's processes of a store, which then answer no more, or lets them continue.
fn signal_backends(url: &DatabaseUrl, signal: Signal) {
    let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = $1";
    for row in shared().connect().query(sql, &[&url.schema()]).unwrap() {
        kill_process(Pid::from_raw(row.get(0)).unwrap(), signal).unwrap();
    }
}

/// Stops them while none of them runs a statement, which may take as long as it needs.
fn stop_idle_backends(url: &DatabaseUrl) {
    let busy = "SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'";
    let mut administrator = shared().connect();
    loop {
        signal_backends(url, Signal::STOP);
        if administrator.query(busy, &[&url.schema()]).unwrap().is_empty() {
            return;
        }
        signal_backends(url, Signal::CONT);
    }
}

/// A server whose processes are stopped until this value is dropped: its kernel accepts connections, and nothing answers.
struct Hung(Vec<Pid>);

impl Hung {
    fn server(server: &Server) -> Self {
        let sql = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        let backends = server.connect().query(sql, &[]).unwrap();
        let ids = backends.iter().map(|row| Pid::from_raw(row.get(0)).unwrap());
        let ids: Vec<Pid> = [server.id()].into_iter().chain(ids).collect();
        // One of them may have ended.
        ids.iter().for_each(|id| _ = kill_process(*id, Signal::STOP));
        Self(ids)
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        self.0.iter().for_each(|id| _ = kill_process(*id, Signal::CONT));
    }
}

/// Creates a store on a server, which has a second to answer, and returns its address.
fn impatient(server: &Server) -> (String, Store, ContentStore) {
    let name = format!("{}&connect_timeout=1", server.new_name());
    let store = Store::connect_or_create(&name.parse().unwrap(), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    (name, store, crm)
}

#[test]
fn followers_and_workers_say_that_their_server_does_not_answer_and_continue_when_it_does() {
    let server = Server::start(&[]);
    let (name, _store, crm) = impatient(&server);
    let home = TempDir::new().unwrap();
    let mut follower = spawn(&home, &name, "events follow crm_acme");
    let mut said = BufReader::new(follower.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.next().unwrap().contains("following after"));
    let mut worker = spawn(&home, &format!("{name}&application_name=worker"), "work");
    let mut work = BufReader::new(worker.stderr.take().unwrap()).lines().map(Result::unwrap);
    let looks = "SELECT 1 FROM pg_stat_activity
         WHERE application_name = 'worker' AND query LIKE '%pg_current_snapshot%'";
    while server.connect().query_opt(looks, &[]).unwrap().is_none() {
        thread::yield_now();
    }
    let hung = Hung::server(&server);
    let waits = said.next().unwrap();
    assert!(waits.contains("waiting for the server: ") && waits.contains("has not answered"), "{waits}");
    let waits = work.next().unwrap();
    assert!(waits.contains("projections: waiting: ") && waits.contains("has not answered"), "{waits}");
    drop(hung);
    crm.execute(add_contact("c1")).unwrap();
    assert!(said.next().unwrap().contains("the server is back"));
    assert!(work.any(|line| line.contains("projections: the server is back")));
    let mut shown = BufReader::new(follower.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(shown.any(|line| line.contains("contact.added")));
    let _hung = Hung::server(&server);
    for mut program in [follower, worker] {
        signal(&program, Signal::TERM);
        assert_eq!(program.wait().unwrap().code(), Some(130));
    }
}

#[test]
fn the_first_signal_ends_work_on_a_server_that_does_not_answer() {
    let name = new_name();
    drop(Store::connect_or_create(&name.parse().unwrap(), OpenOptions::default()).unwrap());
    let url: DatabaseUrl = name.parse().unwrap();
    let mut worker = spawn(&TempDir::new().unwrap(), &name, "work");
    let looks = "SELECT count(*) > 1 FROM pg_stat_activity WHERE application_name = $1";
    let mut administrator = shared().connect();
    while !administrator.query_one(looks, &[&url.schema()]).unwrap().get::<_, bool>(0) {
        thread::yield_now();
    }
    stop_idle_backends(&url);
    signal(&worker, Signal::TERM);
    let ended = worker.wait().unwrap();
    signal_backends(&url, Signal::CONT);
    assert_eq!(ended.code(), Some(130));
}

#[test]
fn a_setting_by_which_the_server_ends_a_connection_is_named_and_the_next_use_opens_another_one() {
    let name = format!("{}&options=-c%20idle_in_transaction_session_timeout%3D200", new_name());
    let url: DatabaseUrl = name.parse().unwrap();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let (idle, mut administrator) =
        ("SELECT 1 FROM pg_stat_activity WHERE application_name = $1", shared().connect());
    let mut failed = None;
    let snapshot = store.events().snapshot(&mut || {
        while administrator.query_opt(idle, &[&url.schema()]).unwrap().is_some() {
            thread::yield_now();
        }
        failed = store.events().totals().err();
        Ok(())
    });
    snapshot.unwrap();
    let failed = failed.unwrap();
    assert_eq!(failed.kind(), "connection_lost");
    assert!(
        failed.to_string().contains("the server's setting idle_in_transaction_session_timeout"),
        "{failed}"
    );
    assert_eq!(store.events().totals().unwrap().spaces, 0);
}

#[test]
fn a_read_that_the_servers_process_does_not_receive_is_repeated_on_another_connection() {
    let (name, store, crm) = impatient(shared());
    let url: DatabaseUrl = name.parse().unwrap();
    assert_eq!(crm.event_count().unwrap(), 0);
    signal_backends(&url, Signal::STOP);
    let found = store.events().totals();
    signal_backends(&url, Signal::CONT);
    assert_eq!(found.unwrap().spaces, 1);
}

#[test]
fn the_outcome_of_a_command_whose_server_does_not_answer_is_unknown() {
    let server = Server::start(&[]);
    let (name, store, crm) = impatient(&server);
    let schema = name.parse::<DatabaseUrl>().unwrap().schema().to_owned();
    // The first command also creates the projection, in a transaction.
    crm.execute(add_contact("c0")).unwrap();
    server.administer(&format!(
        "CREATE FUNCTION {schema}.wait() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NEW; END';
         CREATE TRIGGER slow BEFORE INSERT ON {schema}.event_log FOR EACH ROW EXECUTE FUNCTION {schema}.wait()"
    ));
    let mut administrator = server.connect();
    administrator.batch_execute("SELECT pg_advisory_lock(7)").unwrap();
    let waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted";
    let failed = thread::scope(|scope| {
        let running = scope.spawn(|| crm.execute(add_contact("c1")).unwrap_err());
        while administrator.query_opt(waits, &[]).unwrap().is_none() {
            thread::yield_now();
        }
        let _hung = Hung::server(&server);
        running.join().unwrap()
    });
    assert_eq!(failed.kind(), "outcome_unknown", "{failed}");
    assert!(failed.to_string().contains("has not answered"), "{failed}");
    administrator.batch_execute("SELECT pg_advisory_unlock(7)").unwrap();
    while store.events().totals().is_err() {
        thread::yield_now();
    }
    // Whatever has become of it, the next one follows it.
    let next = crm.execute(add_contact("c2")).unwrap();
    assert_eq!(store.events().totals().unwrap().events, next.space_sequence.0);
}

#[test]
fn the_console_says_that_its_server_does_not_answer_and_follows_again_when_it_does() {
    let server = Server::start(&[]);
    let (_, store, crm) = impatient(&server);
    crm.execute(add_contact("c1")).unwrap();
    let mut console = Headless::new(store, Apps::standard(), 120, 40);
    let hung = Hung::server(&server);
    let failure = console.store().version().unwrap_err();
    console.send(Message::FollowFailed(ErrorText { message: failure.to_string(), hint: None }));
    assert!(screen(&console).contains("has not answered"), "{}", screen(&console));
    drop(hung);
    console.follow();
    assert!(screen(&console).contains("following changes again"), "{}", screen(&console));
}

#[test]
fn a_host_that_accepts_connections_and_never_answers_is_passed_over() {
    let (proxy, store, _) = behind_proxy();
    let (_listener, silent) = silent();
    let url = store.address().unwrap();
    let schema = url.split_once("schema=").unwrap().1;
    let url = format!(
        "postgres://ramax@{silent},{}/postgres?sslmode=disable&connect_timeout=1&schema={schema}",
        proxy.address
    );
    let store = Store::connect(&url.parse().unwrap(), OpenOptions::default()).unwrap();
    assert_eq!(store.events().totals().unwrap().spaces, 0);
    let alone = format!("postgres://ramax@{silent}/postgres?sslmode=disable&connect_timeout=1");
    let refused = Store::connect(&alone.parse().unwrap(), OpenOptions::default()).err().unwrap();
    assert_eq!(refused.kind(), "unreachable");
    assert!(refused.to_string().contains("does not answer within 1 s"), "{refused}");
}

#[test]
fn the_first_signal_ends_a_program_that_waits_for_a_connection() {
    for end in [Signal::INT, Signal::TERM] {
        let (listener, silent) = silent();
        let name = format!("postgres://ramax@{silent}/postgres?sslmode=disable");
        let child = spawn(&TempDir::new().unwrap(), &name, "spaces list");
        let _connection = listener.accept().unwrap();
        signal(&child, end);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(130), "{ended:?}");
    }
}

#[test]
fn a_signal_ends_a_program_whose_server_has_stopped_to_answer() {
    let name = new_name();
    let url = name.parse().unwrap();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    drop(store);
    let mut child = spawn(&TempDir::new().unwrap(), &name, "events follow crm_acme");
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.contains("following after")));
    signal_backends(&url, Signal::STOP);
    signal(&child, Signal::INT);
    let ended = child.wait_with_output().unwrap();
    signal_backends(&url, Signal::CONT);
    assert_eq!(ended.status.code(), Some(130), "{ended:?}");
}

#[test]
fn a_stop_ends_the_wait_for_a_server_that_does_not_answer() {
    let url: DatabaseUrl = new_name().parse().unwrap();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let space = store.events().get_or_create_space("a", None, START).unwrap().space_id;
    signal_backends(&url, Signal::STOP);
    let stopped = thread::scope(|scope| {
        let read = scope.spawn(|| store.events().space(space));
        store.stop().ask();
        read.join().unwrap().unwrap_err()
    });
    assert_eq!(stopped.kind(), "stopped", "{stopped}");
    signal_backends(&url, Signal::CONT);
    let again = Store::connect(&url, OpenOptions::default()).unwrap();
    assert_eq!(again.events().totals().unwrap().spaces, 1);
}

#[test]
fn a_stop_ends_the_wait_for_a_lock_while_a_store_is_opened_again() {
    let url: DatabaseUrl = new_name().parse().unwrap();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let [mut holder, mut administrator] = [(); 2].map(|()| shared().connect());
    holder.batch_execute(&format!("BEGIN; LOCK TABLE {}.store", url.schema())).unwrap();
    let waits = "SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
    let stopped = thread::scope(|scope| {
        let opened = scope.spawn(|| store.reconnect().map(drop));
        while administrator.query_opt(waits, &[&url.schema()]).unwrap().is_none() {
            thread::yield_now();
        }
        store.stop().ask();
        opened.join().unwrap().unwrap_err()
    });
    assert_eq!(stopped.kind(), "stopped", "{stopped}");
}

/// The entities in the JSON lines of a program.
fn entities(output: ChildStdout) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let event: Value = serde_json::from_str(&line).unwrap();
            let _ = send.send(event["entity_id"].as_str().unwrap().to_owned());
        }
    });
    receive
}

#[test]
fn the_end_of_an_operation_that_lost_its_server_is_recorded_when_the_server_is_back() {
    let server = Server::start(&[]);
    let store =
        Store::connect_or_create(&server.new_name().parse().unwrap(), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    let (apps, mut running) = (Apps::standard(), Some(&server));
    let lose = &mut |_| {
        if let Some(server) = running.take() {
            server.end(Signal::INT);
        }
        ControlFlow::Continue(())
    };
    let (target, context) = (Target::of(crm.space()), OperationContext::new(&store, &apps));
    let failed = Verify::default().run(target, context, lose).unwrap_err();
    assert!(failed.is_server_away(), "{failed}");
    server.revive();
    record_late_ends(&store.reconnect().unwrap());
    let entries = store.audit_log().page(None, Page::backward(None, 1)).unwrap();
    assert_eq!(entries[0].outcome, Outcome::Failed, "{entries:?}");
    assert!(entries[0].detail.as_ref().unwrap().contains("cannot be reached"), "{entries:?}");
}

#[test]
fn followers_continue_after_a_restart_of_their_server() {
    let server = Server::start(&[]);
    let name = server.new_name();
    let store = Store::connect_or_create(&name.parse().unwrap(), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let home = TempDir::new().unwrap();
    let words = ["--after 0 crm_acme", "--after 0 --all-spaces"];
    let mut followers = words.map(|words| {
        let words = format!("--json events follow --limit 4 --where type:contact.added {words}");
        let mut child = spawn(&home, &name, &words);
        let entities = entities(child.stdout.take().unwrap());
        (child, entities)
    });
    let mut told = BufReader::new(followers[0].0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut text = spawn(&home, &name, "events follow crm_acme --limit 4 --after 0");
    crm.execute(add_contact("c1")).unwrap();
    for (_, entities) in &followers {
        assert_eq!(entities.recv().unwrap(), "c1");
    }
    let mut said = BufReader::new(text.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.next().unwrap().contains("following after"));
    for id in ["c2", "c3"] {
        server.end(Signal::INT);
        let waits = said.next().unwrap();
        assert!(waits.contains("waiting for the server"), "{waits}");
        let waits: Value = serde_json::from_str(&told.next().unwrap()).unwrap();
        assert!(waits["note"]["message"].as_str().unwrap().contains("waiting for the server"), "{waits}");
        server.revive();
        crm.execute(add_contact(id)).unwrap();
        let next = said.next().unwrap();
        assert!(next.contains("the server is back"), "{next}");
        let next: Value = serde_json::from_str(&told.next().unwrap()).unwrap();
        assert_eq!(next["note"]["kind"], "server_back", "{next}");
        for (_, entities) in &followers {
            assert_eq!(entities.recv().unwrap(), id);
        }
    }
    crm.execute(add_contact("c4")).unwrap();
    for (child, entities) in &mut followers {
        assert_eq!(entities.iter().collect::<Vec<_>>(), ["c4"]);
        assert!(child.wait().unwrap().success());
    }
    assert!(text.wait().unwrap().success());
    let mut shown = String::new();
    text.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
    assert_eq!(shown.matches("contact.added").count(), 4, "{shown}");
}

#[test]
fn followers_say_that_an_older_copy_has_taken_the_place_of_their_store() {
    let name = new_name();
    let url: DatabaseUrl = name.parse().unwrap();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    ["c1", "c2"].iter().for_each(|id| _ = crm.execute(add_contact(id)).unwrap());
    let home = TempDir::new().unwrap();
    let followers = ["crm_acme --after 1", "--all-spaces --after 1"].map(|words| {
        let words = format!("--json events follow --limit 2 {words}");
        let mut child = spawn(&home, &name, &words);
        let entities = entities(child.stdout.take().unwrap());
        assert_eq!(entities.recv().unwrap(), "c2");
        (child, entities)
    });
    fall_back(&url);
    let other = Store::connect(&url, OpenOptions::default()).unwrap();
    append(other.events(), crm.space_id(), &numbered(2));
    for (child, entities) in followers {
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(said.contains("invalid_cursor") && said.contains("older copy"), "{said}");
        assert_eq!((ended.status.code(), entities.iter().next()), (Some(1), None));
    }
}

#[test]
fn workers_continue_after_a_restart_of_their_server() {
    let server = Server::start(&[]);
    let name = server.new_name();
    let store = Store::connect_or_create(&name.parse().unwrap(), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let as_worker = format!("{}&application_name=worker", name.split('&').next().unwrap());
    let mut program = spawn(&TempDir::new().unwrap(), &as_worker, "work");
    let looks = "SELECT 1 FROM pg_stat_activity
         WHERE application_name = 'worker' AND query LIKE '%pg_current_snapshot%'";
    let mut administrator = server.connect();
    while administrator.query_opt(looks, &[]).unwrap().is_none() {
        thread::yield_now();
    }
    let stop = AtomicBool::new(false);
    let (delivered, deliveries) = mpsc::channel();
    let news = mpsc::channel();
    let subscriber = store.reconnect().unwrap().subscribe(&Subscription::all_spaces("emails")).unwrap();
    thread::scope(|scope| {
        let stop = &stop;
        let running = scope.spawn(move || {
            let mut subscriber = subscriber.on_news(move |report| drop(news.0.send(format!("{report:?}"))));
            subscriber.run(
                |delivery| {
                    delivered.send(delivery.event().entity_id.clone()).unwrap();
                    Ok(Effects::none())
                },
                stop,
            )
        });
        crm.execute(add_contact("c1")).unwrap();
        assert_eq!(deliveries.recv().unwrap(), "c1");
        assert!(news.1.iter().any(|report| report.contains("Delivered")));
        server.end(Signal::INT);
        assert!(news.1.iter().any(|report| report.contains("Waiting")));
        server.revive();
        crm.execute(add_contact("c2")).unwrap();
        assert_eq!(deliveries.recv().unwrap(), "c2");
        stop.store(true, Ordering::Relaxed);
        running.join().unwrap().unwrap();
        assert_eq!(deliveries.iter().count(), 0, "nothing is delivered again");
        assert_eq!(news.1.iter().filter(|report| report.contains("Waiting")).count(), 0, "reported once");
    });
    let mut said = BufReader::new(program.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.contains("projections: waiting")));
    assert!(program.try_wait().unwrap().is_none(), "it still works");
    signal(&program, Signal::INT);
    assert_eq!(program.wait().unwrap().code(), Some(130));
}
