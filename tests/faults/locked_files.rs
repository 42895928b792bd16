//! Files locked by another process.

use std::sync::Arc;
use std::time::Duration;

use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::operations::{DeleteOptions, delete, keep_going};
use ramax::space::SpaceState;
use ramax::{Apps, ContentStore, Location, OpenOptions, Store};
use rusqlite::Connection;

use crate::support::program::{Sandbox, sqlite};
use crate::support::{Fixture, add_contact};

fn everything(sandbox: &Sandbox) -> String {
    let of = |line| sandbox.run(line).done().out;
    of("events list --all-spaces --json") + &of("spaces list --json") + &of("checkpoints list --json")
}

#[test]
fn a_write_blocked_by_another_process_is_reported_as_busy_and_not_done() {
    let sandbox = Sandbox::with_contacts();
    let before = everything(&sandbox);
    let rival = sqlite(&sandbox.db());
    rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::fs::write(
        sandbox.path("batch"),
        r#"{"command":"add-contact","contact_id":"b","name":"N","email":"e"}"#,
    )
    .unwrap();
    for line in [
        "run crm_acme add-contact contact_id=c9 name=N email=e",
        "run crm_acme --batch batch",
        "spaces create crm_new",
        "spaces delete crm_acme --confirm crm_acme --purge",
        "rebuild crm_acme",
        "generate --spaces 1 --events 10",
    ] {
        let ran = sandbox.run(&format!("--busy-timeout 60 --json {line}"));
        let error: serde_json::Value = serde_json::from_str(ran.err.lines().next_back().unwrap()).unwrap();
        assert_eq!((ran.code, error["error"]["kind"].as_str()), (3, Some("busy")), "{line}: {ran:?}");
        assert!(error["error"]["hint"].as_str().unwrap().contains("nothing was done"), "{line}");
        assert_eq!(everything(&sandbox), before, "{line}");
    }
    rival.execute_batch("COMMIT").unwrap();
    sandbox.run("run crm_acme add-contact contact_id=c9 name=N email=e").done();
    sandbox.run("verify --all").done();
}

#[test]
fn the_console_reports_a_busy_file_and_stays_responsive() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let options = OpenOptions { busy_timeout: Duration::from_millis(30), ..OpenOptions::default() };
    let store = Store::open(&Location::file(fixture.file()), options).unwrap();
    let mut console = Headless::new(store.clone(), Apps::standard(), 120, 40);
    let rival = Connection::open(fixture.file()).unwrap();
    rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    console.press("ccrm_new<ctrl-s>").unwrap();
    let text = crate::screen(&console);
    assert!(text.contains("busy"), "{text}");
    rival.execute_batch("COMMIT").unwrap();
    console.press("<ctrl-s>").unwrap();
    assert!(store.events().find_space("crm_new").unwrap().is_some(), "{}", crate::screen(&console));
}

/// Opens a reader with a snapshot of the file.
fn reader(fixture: &Fixture) -> Connection {
    let reader = Connection::open(fixture.file()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM spaces").unwrap();
    reader
}

#[test]
fn a_purge_blocked_by_readers_says_that_only_it_is_missing_and_then_reports_what_is_left() {
    let fixture = Fixture::one_file();
    let options = OpenOptions { busy_timeout: Duration::from_millis(30), ..OpenOptions::default() };
    let store = Store::open(&Location::file(fixture.file()), options).unwrap();
    let open = |name| ContentStore::open(&store, name, Arc::new(Crm)).unwrap();
    for name in ["crm_acme", "crm_other"] {
        open(name).execute(add_contact("c1")).unwrap();
    }
    let acme = open("crm_acme").space_id();
    let options = DeleteOptions { purge: true, ..DeleteOptions::default() };
    let held = reader(&fixture);
    let error = delete(&store, "crm_acme", options, &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "delete_unfinished");
    let said =
        "every row of the space crm_acme is removed, but the database was not purged: the database is busy";
    assert!(error.to_string().starts_with(said), "{error}");
    assert!(!error.advice().unwrap().to_string().contains("nothing was done"), "{error}");
    let state = store.events().find_space("crm_acme").unwrap().unwrap().space.state;
    assert_eq!(state, SpaceState::Deleting, "it can be repeated");
    drop(held);
    store.events().purge().unwrap();
    // A reader that comes between the purge and the last step.
    let held = reader(&fixture);
    open("crm_other").execute(add_contact("c2")).unwrap();
    let owner = store.events().mark_owner(acme).unwrap().unwrap();
    assert!(!store.events().end_delete(acme, owner.token, true).unwrap(), "the WAL could not be emptied");
    assert!(store.events().find_space("crm_acme").unwrap().is_none());
    assert_eq!(store.events().residue(acme).unwrap(), []);
    drop(held);
    assert!(store.events().find_space("crm_other").unwrap().is_some());
}
