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
fn projections_in_a_second_file_are_asked_for() {
    let sandbox = original("DROP TABLE pstate_entities");
    let listed = sandbox.run("projections crm_acme");
    assert_eq!(listed.code, Some(3), "{listed:?}");
    assert!(listed.err.contains("--projections"), "{}", listed.err);
    let all = sandbox.run("projections").done();
    assert!(all.err.contains("--projections"), "{}", all.err);
}
