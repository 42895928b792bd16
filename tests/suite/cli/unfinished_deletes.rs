//! Tests of deletes that did not finish: what is said about them, and the command that finishes them.

use ramax::Apps;
use ramax::console::Headless;
use ramax::console::layers::delete::Delete;
use rusqlite::Connection;

use crate::support::program::{Sandbox, sqlite};
use crate::support::{Fixture, add_contact};

const PURGE: &str = "spaces delete crm_acme --confirm crm_acme --purge";

#[test]
fn a_purge_that_a_reader_blocks_is_missing_and_its_command_is_named() {
    let sandbox = Sandbox::with_contacts();
    let reader = sqlite(&sandbox.db());
    reader.execute_batch("BEGIN; SELECT count(*) FROM spaces").unwrap();
    let ran = sandbox.run(&format!("--busy-timeout 60 {PURGE}"));
    assert_eq!(ran.code, 1, "{ran:?}");
    let (message, hint) = ran.error();
    let said =
        "every row of the space crm_acme is removed, but the database was not purged: the database is busy";
    assert!(message.starts_with(said), "{message}");
    assert!(hint.ends_with(&format!("complete the purge with `ramax {PURGE}`")), "{hint}");
    reader.execute_batch("COMMIT").unwrap();
    drop(reader);
    assert!(sandbox.run(PURGE).done().out.contains("no byte of it remains in the file"));
    sandbox.run("check --deep").done();
}

#[test]
fn a_killed_delete_resumes_with_its_purge() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("export crm_acme --output before.jsonl").done();
    killed_purge(&sqlite(&sandbox.db()));
    let command = format!("`ramax {PURGE}`");
    let checked = sandbox.run("check");
    assert!(checked.out.contains(&command), "{checked:?}");
    let refused = sandbox.run("run crm_acme add-contact contact_id=c3 name=Eve email=e@e.example");
    assert!(refused.err.contains(&command), "{refused:?}");
    for refused in [
        "redact crm_acme --entity c1 --field name --confirm crm_acme",
        "spaces create crm_acme --app crm",
        "spaces fork crm_acme",
        "import before.jsonl",
    ] {
        let ran = sandbox.run(refused);
        assert!(ran.err.contains(&command), "{refused}: {ran:?}");
    }
    // Nothing is removed yet.
    sandbox.run("export crm_acme --output marked.jsonl").done();
    let begun = "UPDATE space_sequences SET mark = 4; DELETE FROM event_log WHERE event_id = 1";
    sqlite(&sandbox.db()).execute_batch(begun).unwrap();
    for refused in ["export crm_acme --output after.jsonl", "import before.jsonl", "check"] {
        let ran = sandbox.run(refused);
        assert!(format!("{}{}", ran.out, ran.err).contains(&command), "{refused}: {ran:?}");
    }
    sandbox.run(PURGE).done();
    sandbox.run("check --deep").done();
}

#[test]
fn the_dialog_of_a_killed_delete_keeps_its_purge() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    killed_purge(&sqlite(&fixture.file()));
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 120, 40);
    console.press("D").unwrap();
    assert!(console.state().layers.top_as::<Delete>().expect("no dialog").purge);
    console.press("crm_acme<enter>").unwrap();
    assert_eq!(fixture.store.events().find_space("crm_acme").unwrap(), None);
}

/// Leaves the state after a delete with a purge that was killed, and one without a purge that did not finish either.
fn killed_purge(file: &Connection) {
    file.execute("UPDATE space_sequences SET mark = 1, marked_at = 0", []).unwrap();
    for (purge, outcome) in [("true", "interrupted"), ("false", "failed")] {
        let row =
            "INSERT INTO operations (started_at, operator, action, space_id, space_name, parameters, outcome)
            VALUES (1, '{}', 'delete', 1, 'crm_acme', json_object('purge', json(?1)), ?2)";
        file.execute(row, (purge, outcome)).unwrap();
    }
}
