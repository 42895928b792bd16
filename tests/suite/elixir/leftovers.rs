//! Rows that belong to no space, rows that only an import shows, and checkpoints past the log.

use std::fs;
use std::path::Path;

use crate::support::sandbox::{Files, Sandbox};

/// Returns a sandbox whose database is a changed copy of the original's demonstration.
fn original(statements: &str) -> Sandbox {
    let sandbox = Sandbox::new(Files::One);
    let path = sandbox.directory.path().join("t.db");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/elixir/demo.db");
    fs::copy(demo, &path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch(statements).unwrap();
    sandbox
}

#[test]
fn entries_of_a_deleted_space_are_noted_and_not_imported() {
    let sandbox = original("DELETE FROM events WHERE space_id = 3; DELETE FROM spaces WHERE space_id = 3");
    let listed = sandbox.run("spaces list").done();
    assert!(!listed.out.contains("orphan"), "{}", listed.out);
    let left =
        "14 keys of space 3, which the original does not register and has no events of: no import takes them";
    for line in ["check", "check --deep"] {
        let checked = sandbox.run(line).done();
        assert!(checked.out.contains(left) && !checked.out.contains("backup"), "{}", checked.out);
    }
    for flag in [" --dry-run", ""] {
        let ran = sandbox.run(&format!("--db new.db import --ramax t.db{flag}")).done();
        assert!(ran.out.contains(&format!("projections: {left}\n")), "{}", ran.out);
        assert!(!ran.out.contains("orphan"), "{}", ran.out);
    }
    let again = sandbox.run("--db new.db import --ramax t.db --json").done();
    let last: serde_json::Value = serde_json::from_str(again.out.lines().last().unwrap()).unwrap();
    assert_eq!(last["leftovers"]["deleted"], serde_json::json!([{ "original_space_id": 3, "keys": 14 }]));
    for line in ["verify --all", "rebuild --all", "verify --all", "check --deep"] {
        sandbox.run(&format!("--db new.db {line}")).done();
    }
}

#[test]
fn rows_with_an_impossible_id_or_space_are_counted() {
    let sandbox = original(
        "INSERT INTO events (event_id, space_id, space_sequence, entity_id, event_type, payload, timestamp)
         VALUES (900, 'ab', 1, 'x', 'x', x'836a', 1700000000000), (-7, 1, 21, 'x', 'x', x'836a', 1700000000000),
                (901, -2, 1, 'x', 'x', x'836a', 1700000000000)",
    );
    let checked = sandbox.run("check").done();
    let unplaced = "1 event whose space is not a number: no import takes it";
    let invalid =
        "2 events with an id or a space below 1 or out of range: only an import shows them, with a new id";
    assert!(checked.out.contains(unplaced) && checked.out.contains(invalid), "{}", checked.out);
    for flag in [" --dry-run", ""] {
        let ran = sandbox.run(&format!("--db new.db import --ramax t.db{flag}"));
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.out.contains(unplaced) && ran.out.contains(invalid), "{}", ran.out);
        assert!(ran.out.contains("orphan--2"), "{}", ran.out);
    }
}

#[test]
fn a_checkpoint_past_the_log_hides_nothing_and_leads_to_the_import() {
    let sandbox = original("INSERT OR REPLACE INTO projection_checkpoints VALUES (1, 900, 100, 1700000000)");
    let listed = sandbox.run("projections crm_acme").done();
    assert!(listed.out.contains("contact:c1"), "{}", listed.out);
    assert!(listed.err.contains("as the original stored it"), "{}", listed.err);
    sandbox.run("projections get crm_acme contact:c1").done();
    let checked = sandbox.run("check");
    assert!(checked.out.contains("is at 100, past the last sequence 20"), "{}", checked.out);
    for line in ["check", "verify crm_acme", "checkpoints", "", "stats crm_acme", "spaces list"] {
        let ran = sandbox.run(line);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(!said.contains("ramax rebuild") && !said.contains("--repair"), "{line}: {said}");
        let names_import = ["check", "verify crm_acme", "checkpoints"].contains(&line);
        assert!(said.contains("import --ramax") || !names_import, "{line}: {said}");
    }
}

#[test]
fn a_database_that_is_cut_off_is_refused_by_every_command_alike() {
    let sandbox = original("");
    let path = sandbox.directory.path().join("t.db");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..60_000]).unwrap();
    let expected = sandbox.run("spaces list");
    assert_eq!(expected.code, Some(3), "{expected:?}");
    assert!(expected.err.contains("into a copy: `sqlite3 t.db .recover`"), "{}", expected.err);
    for line in ["check", "check --deep", "verify --all", "--db new.db import --ramax t.db"] {
        let ran = sandbox.run(line);
        assert_eq!((ran.code, &ran.err), (Some(3), &expected.err), "{line}: {ran:?}");
    }
}

#[test]
fn keys_without_an_event_are_not_compared_with_a_checkpoint() {
    let sandbox = original("INSERT INTO pstate_entities VALUES (1, 'note:n1', x'836a', 1795407700)");
    for line in ["verify crm_acme", "check --deep"] {
        let ran = sandbox.run(line);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.out.contains("note:n1  exists, although no event leads to it: []"), "{}", ran.out);
    }
    let history = sandbox.run("projections history crm_acme note:n1");
    assert!(history.err.contains("the original stored it without an event"), "{}", history.err);
    assert!(history.err.contains("projections get crm_acme note:n1"), "{}", history.err);
}

#[test]
fn sequences_and_ids_that_an_import_changes_are_noted() {
    let sandbox = original(
        "UPDATE events SET space_sequence = 3 WHERE event_id = 4;
         INSERT INTO events (event_id, space_id, space_sequence, entity_id, event_type, payload, timestamp)
         VALUES (9007199254740999, 2, 21, 'x', 'x', x'836a', 1800000000000)",
    );
    let checked = sandbox.run("check").done();
    let sequences = "log  has 1 duplicate sequence and 1 missing sequence: its events are numbered in the order of their ids";
    let ids =
        "log  has 1 event with an id above the limit of 9,007,199,254,740,991: an import gives it a new id";
    assert!(checked.out.contains(sequences) && checked.out.contains(ids), "{}", checked.out);
    sandbox.run("--db new.db import --ramax t.db").done();
    sandbox.run("--db new.db check --deep").done();
}

#[test]
fn values_in_place_of_numbers_are_kept_and_their_events_stay_in_the_order_of_their_ids() {
    let sandbox = original(
        "UPDATE events SET timestamp = 'yesterday' WHERE event_id = 5;
         UPDATE events SET space_sequence = 'six' WHERE event_id = 6;
         UPDATE events SET causation_id = 7.5 WHERE event_id = 7",
    );
    for line in ["import --ramax t.db --dry-run", "import --ramax t.db"] {
        let ran = sandbox.run(&format!("--db new.db {line}")).done();
        assert!(ran.out.contains("  1 missing sequence: 1 event g"), "{}", ran.out);
        assert!(ran.out.contains("because its own is not a number: 5\n"), "{}", ran.out);
    }
    for database in ["t.db", "new.db"] {
        let listed = sandbox.run(&format!("--db {database} events list crm_acme --limit 7 --json")).done();
        let events: Vec<serde_json::Value> =
            listed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let origin = |index: usize, column: &str| events[index]["metadata"]["origin"][column].clone();
        assert!(events.iter().map(|event| event["event_id"].as_u64().unwrap()).eq(1..=7), "{}", listed.out);
        assert_eq!(origin(4, "timestamp"), "yesterday");
        assert_eq!(origin(5, "space_sequence"), "six");
        assert_eq!(origin(6, "causation_id"), 7.5);
    }
    sandbox.run("--db new.db verify --all").done();
}

#[test]
fn projections_older_than_their_space_may_be_those_of_another_store() {
    let sandbox = original("");
    let other = sandbox.directory.path().join("p.db");
    fs::copy(sandbox.directory.path().join("t.db"), &other).unwrap();
    let change = |path: &Path, statements: &str| {
        rusqlite::Connection::open(path).unwrap().execute_batch(statements).unwrap();
    };
    change(&sandbox.directory.path().join("t.db"), "DROP TABLE pstate_entities");
    change(&other, "DROP TABLE events; DROP TABLE spaces; DROP TABLE projection_checkpoints");
    sandbox.run("--projections p.db check").done();
    change(&other, "UPDATE pstate_entities SET updated_at = updated_at - 3600 WHERE space_id = 1");
    let checked = sandbox.run("--projections p.db check");
    assert_eq!(checked.code, Some(1), "{checked:?}");
    let found = "crm_acme\n  projections  has 13 keys that are older than the space: the file may hold the projections of another store\n";
    assert!(checked.out.contains(found), "{}", checked.out);
}

#[test]
fn projections_in_a_second_file_are_asked_for() {
    let sandbox = original("DROP TABLE pstate_entities");
    let listed = sandbox.run("projections crm_acme");
    assert_eq!(listed.code, Some(3), "{listed:?}");
    assert!(listed.err.contains("--projections"), "{}", listed.err);
    let all = sandbox.run("projections").done();
    assert!(all.err.contains("--projections"), "{}", all.err);
}
