//! The program on a database: `ramax --db postgres://…`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::engines::postgres::DatabaseUrl;
use ramax::event_store::Access;
use ramax::testing::conformance::samples::add_contact;
use ramax::{ContentStore, EventId, OpenOptions, Store};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Server, new_name};

/// Starts the program.
pub fn spawn(home: &TempDir, database: &str, words: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_ramax"))
        .args(["--db", database])
        .args(words.split(' '))
        .env("XDG_STATE_HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .env_remove("PGPASSWORD")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs the program, and returns its output.
fn run(home: &TempDir, database: &str, words: &str, input: &[u8]) -> Output {
    let mut child = spawn(home, database, words);
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// Returns the standard output of a run that succeeded.
pub fn done(home: &TempDir, database: &str, words: &str, input: &[u8]) -> String {
    let ran = run(home, database, words, input);
    assert!(ran.status.success(), "{words}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn a_tenant_moves_from_a_file_to_a_server_and_works_there_as_before() {
    let (home, server) = (TempDir::new().unwrap(), new_name());
    let file = home.path().join("store.db").to_str().unwrap().to_owned();
    for database in [&file, &server] {
        done(&home, database, "spaces create crm_own", b"");
    }
    done(&home, &file, "spaces create crm_acme", b"");
    for id in ["c1", "c2"] {
        let words = format!("run crm_acme add-contact contact_id={id} name=Ada email={id}@acme.example");
        done(&home, &file, &words, b"");
    }
    let exported = done(&home, &file, "export crm_acme", b"");
    done(&home, &server, "import -", exported.as_bytes());
    for words in ["projections list crm_acme", "events list crm_acme", "verify crm_acme", "check"] {
        assert!(!done(&home, &server, words, b"").is_empty(), "{words}");
    }
    let values = |database| done(&home, database, "--json projections list crm_acme", b"");
    assert_eq!(values(&server), values(&file));
    done(&home, &server, "rebuild crm_acme", b"");
    assert_eq!(values(&server), values(&file));
    done(&home, &server, "run crm_acme add-contact contact_id=c3 name=Grace email=g@acme.example", b"");
    let backup = run(&home, &server, "backup copy.db", b"");
    assert!(String::from_utf8_lossy(&backup.stderr).contains("is on a server"), "{backup:?}");
    done(&home, &server, "spaces delete crm_acme --confirm crm_acme", b"");
    assert!(!done(&home, &server, "spaces list", b"").contains("crm_acme"));
}

#[test]
fn workers_are_refused_by_a_server_that_only_reads() {
    let (home, server) = (TempDir::new().unwrap(), new_name());
    done(&home, &server, "spaces create crm_acme", b"");
    let only_reads = format!("{server}&options=-c%20default_transaction_read_only%3Don");
    let refused = run(&home, &only_reads, "work", b"");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(
        said.contains("this user or its server cannot write it") && !said.contains("--read-only"),
        "{said}"
    );
}

#[test]
fn an_import_whose_server_stops_names_what_it_leaves_and_is_completed_by_another_one() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("store.db").to_str().unwrap().to_owned();
    done(&home, &file, "generate --spaces 1 --events 20", b"");
    let exported = done(&home, &file, "export crm_load_0001", b"");
    let server = Server::start(&[]);
    let name = server.new_name();
    let schema = name.parse::<DatabaseUrl>().unwrap().schema().to_owned();
    done(&home, &name, "spaces create crm_other", b"");
    server.administer(&format!(
        "CREATE FUNCTION {schema}.wait() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN PERFORM pg_sleep(600); RETURN NEW; END';
         CREATE TRIGGER slow BEFORE INSERT ON {schema}.event_log FOR EACH ROW EXECUTE FUNCTION {schema}.wait()"
    ));
    let mut import = spawn(&home, &name, "import -");
    import.stdin.take().unwrap().write_all(exported.as_bytes()).unwrap();
    let mut administrator = server.connect();
    let running = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    while administrator.query_opt(running, &[]).unwrap().is_none() {
        std::thread::yield_now();
    }
    server.end(Signal::QUIT);
    let ended = import.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && said.contains("the space crm_load_0001 is incomplete"), "{said}");
    assert!(said.contains("try again, which first removes what is stored"), "{said}");
    server.revive();
    server.administer(&format!("DROP TRIGGER slow ON {schema}.event_log"));
    done(&home, &name, "import -", exported.as_bytes());
    done(&home, &name, "verify crm_load_0001", b"");
}

#[test]
fn many_events_arrive_as_they_were() {
    let (home, server) = (TempDir::new().unwrap(), new_name());
    let file = home.path().join("store.db").to_str().unwrap().to_owned();
    done(&home, &file, "generate --spaces 1 --events 300", b"");
    let exported = done(&home, &file, "export crm_load_0001", b"");
    done(&home, &server, "import -", exported.as_bytes());
    let events = |database| done(&home, database, "--json events list crm_load_0001 --limit 1000", b"");
    assert_eq!(events(&server).lines().count(), 300);
    assert_eq!(events(&server), events(&file));
    done(&home, &server, "verify crm_load_0001", b"");
}

#[test]
fn following_all_spaces_misses_no_event_of_writers_that_take_turns_and_says_what_it_waits_for() {
    let (home, server) = (TempDir::new().unwrap(), new_name());
    let url = server.parse().unwrap();
    let one = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let other = Store::connect(&url, OpenOptions::default()).unwrap();
    let [a, b] = [(&one, "crm_a"), (&other, "crm_b")]
        .map(|(store, name)| ContentStore::open(store, name, Arc::new(Crm)).unwrap());
    let words = "--json events follow --all-spaces --after 0 --limit 3 --where type:contact.added";
    let mut child = spawn(&home, &server, words);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut lines = lines.map(|line| serde_json::from_str::<Value>(&line).unwrap());
    let add = |crm: &ContentStore, id| crm.execute(add_contact(id)).unwrap().event_ids[0];
    // Each handle reserves ids for itself, so that a later event may get a lower one.
    let (first, second, third) = (add(&a, "c1"), add(&b, "c1"), add(&a, "c2"));
    assert!(first < third && third < second);
    let followed: Vec<Value> = lines.by_ref().take(3).collect();
    let ids = followed.iter().map(|line| EventId(line["event_id"].as_u64().unwrap()));
    assert_eq!(ids.collect::<Vec<_>>(), [first, second, third]);
    assert!(child.wait().unwrap().success());
    let cursor = followed[2]["cursor"].as_str().unwrap();
    let words = format!("--busy-timeout 100 events follow --all-spaces --after {cursor} --limit 1");
    let mut child = spawn(&home, &server, &words);
    let unit = one.begin(a.space_id(), Access::Open).unwrap();
    let fourth = add(&b, "c2");
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let waiting = said.find(|line| line.contains("waiting")).unwrap();
    assert!(waiting.contains("has not ended a transaction"), "{waiting}");
    drop(unit);
    let shown = child.wait_with_output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.lines().last().unwrap().trim_start().starts_with(&fourth.to_string()), "{shown}");
}

#[test]
fn a_password_on_the_command_line_is_warned_of_and_never_shown() {
    let home = TempDir::new().unwrap();
    let log = home.path().join("log");
    let database = "postgres://ada:secret@localhost:1/tenants?connect_timeout=2&sslmode=disable";
    let ran = run(&home, database, &format!("--log {} spaces list", log.display()), b"");
    let shown = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(!ran.status.success() && !shown.contains("secret"), "{shown}");
    assert!(shown.contains("other users of this machine") && shown.contains("PGPASSWORD"), "{shown}");
    assert!(!std::fs::read_to_string(&log).unwrap_or_default().contains("secret"));
}
