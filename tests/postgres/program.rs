//! The program on a database: `ramax --db postgres://…`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::event_store::Access;
use ramax::testing::conformance::samples::add_contact;
use ramax::{ContentStore, EventId, OpenOptions, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::server::new_name;

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
