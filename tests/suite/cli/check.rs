use serde_json::json;

use crate::support::program::{Sandbox, sqlite};

fn damage(sandbox: &Sandbox, sql: &str) {
    sqlite(&sandbox.db()).execute_batch(sql).unwrap();
}

#[test]
fn a_check_of_an_intact_file_reports_no_problems() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("check --deep").done();
    let told = "no problems in 1 space, 2 events, 3 keys, 2 projections verified in ";
    assert!(ran.out.starts_with(told), "{ran:?}");
    assert_eq!((ran.out.lines().count(), ran.err.as_str()), (1, ""));
    let object = sandbox.run("--read-only check --json").done().object();
    assert_eq!(
        (&object["spaces"], &object["events"], &object["findings"]),
        (&json!(1), &json!(2), &json!(0))
    );
}

#[test]
fn a_finding_names_the_operation_that_repairs_it() {
    let sandbox = Sandbox::with_contacts();
    damage(
        &sandbox,
        "UPDATE space_sequences SET payload_bytes = 1;
         UPDATE projection_entities SET value = replace(value, 'Ada', 'Eve')",
    );
    let ran = sandbox.run("check --deep");
    assert_eq!(ran.code, 1);
    for line in [
        "crm_acme\n",
        "  payload_bytes  is 1, expected ",
        "  contact:c1.name  is \"Eve\", expected \"Ada\"  [rebuild]\n",
        "  → `ramax check --repair` derives it from existing data, unless said otherwise\n",
        "  → `ramax rebuild crm_acme` rebuilds the projection from its events\n",
    ] {
        assert!(ran.out.contains(line), "{line} in {ran:?}");
    }
    let lines = sandbox.run("check --deep --json").objects();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[0]["finding"], &lines[0]["remedy"]), (&json!("counter"), &json!("check-repair")));
    assert_eq!((&lines[1]["finding"], &lines[1]["remedy"]), (&json!("altered"), &json!("rebuild")));
    assert_eq!((&lines[1]["space_name"], &lines[1]["key"]), (&json!("crm_acme"), &json!("contact:c1")));
    assert_eq!(lines[2]["findings"], 2);
}

#[test]
fn a_repair_reports_what_it_repaired_and_what_remains() {
    let sandbox = Sandbox::with_contacts();
    damage(
        &sandbox,
        "UPDATE space_sequences SET payload_bytes = 1;
         UPDATE projection_entities SET value = '{' WHERE key = 'contact:c1'",
    );
    let refused = sandbox.run("--read-only check --repair --json");
    assert_eq!((refused.code, refused.json_error()["kind"].as_str()), (3, Some("read_only")));
    let ran = sandbox.run("check --repair");
    assert_eq!(ran.code, 1, "the projection still has a finding");
    assert!(ran.out.starts_with("repaired: crm_acme\n  payload_bytes  is 1,"), "{ran:?}");
    assert!(ran.out.contains("crm_acme\n  contact:c1  is not JSON: "), "{ran:?}");
    assert!(ran.out.contains("1 problem repaired, 1 left in 1 space, 2 events, 3 keys in "), "{ran:?}");
    sandbox.run("rebuild crm_acme").done();
    assert!(sandbox.run("check --deep --repair").done().out.starts_with("no problems in "));
}

#[test]
fn checks_and_verifications_are_recorded_in_the_audit_log() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("catch-up crm_acme").done();
    sandbox.run("check --deep").done();
    sandbox.run("verify crm_acme").done();
    damage(&sandbox, "UPDATE event_log SET payload = '{' WHERE event_id = 1");
    assert_eq!(sandbox.run("check").code, 1);
    let store = sandbox.store();
    let log = store.audit_log().page(None, ramax::Page::forward(None, 99)).unwrap();
    let told = |name: &str| -> Vec<_> {
        let of_it = log.iter().filter(|operation| operation.action == name);
        of_it.map(|operation| (operation.outcome.name(), operation.detail.clone().unwrap())).collect()
    };
    let checks = told("check");
    assert_eq!(checks[0].0, "done");
    assert!(checks[0].1.starts_with("no problems in "), "{checks:?}");
    assert_eq!((checks[1].0, checks[1].1.starts_with("1 problem in ")), ("found", true), "{checks:?}");
    assert_eq!(told("verify"), [("done", "projections match their events (2 events, 8 keys)".to_owned())]);
}

#[test]
fn a_damaged_page_is_a_finding_and_the_rest_is_checked() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 2 --events 2000").done();
    let connection = sqlite(&sandbox.db());
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let page: usize = connection
        .query_row("SELECT pageno FROM dbstat WHERE name = 'event_log' AND pagetype = 'leaf'", [], |row| {
            row.get(0)
        })
        .unwrap();
    drop(connection);
    let mut bytes = sandbox.bytes();
    bytes[(page - 1) * 4096..][..64].fill(0xff);
    std::fs::write(sandbox.db(), bytes).unwrap();
    let ran = sandbox.run("--read-only check --json");
    assert_eq!(ran.code, 1, "{ran:?}");
    let lines = ran.objects();
    let has =
        |finding: &str| lines.iter().any(|line| line["finding"] == finding && line["remedy"] == "restore");
    assert!(has("engine") && has("unreadable-events"), "{ran:?}");
    let events = lines.last().unwrap()["events"].as_u64().unwrap();
    assert!(events > 1000, "of 2,000 only {events} were checked");
}

#[test]
fn a_truncated_file_is_a_finding_without_advice_to_check_again() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 2 --events 500").done();
    sqlite(&sandbox.db()).query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let bytes = sandbox.bytes();
    for keep in [bytes.len() / 2, bytes.len() - 4096, bytes.len() - 3 * 4096 + 17] {
        std::fs::write(sandbox.db(), &bytes[..keep]).unwrap();
        for command in ["check", "--read-only check", "check --deep", "check --repair"] {
            let ran = sandbox.run(&format!("{command} --json"));
            assert_eq!(ran.code, 1, "{command}: {ran:?}");
            let lines = ran.objects();
            assert_eq!((&lines[0]["finding"], &lines[0]["remedy"]), (&json!("engine"), &json!("restore")));
            assert_eq!(lines.last().unwrap()["findings"], 1);
        }
        let ran = sandbox.run("check");
        assert!(ran.out.contains("use the last good backup") && !ran.err.contains("hint:"), "{ran:?}");
    }
}

#[test]
fn a_damaged_name_does_not_stop_work_on_all_spaces() {
    let sandbox = Sandbox::with_contacts();
    damage(&sandbox, "UPDATE spaces SET space_name = CAST(x'63726d5fff1b5b334a' AS TEXT)");
    for (command, done) in
        [("verify --all", "match"), ("rebuild --all", "rebuilt"), ("catch-up --all", "up to date")]
    {
        let ran = sandbox.run(command);
        assert!(ran.code == 1 && ran.out.contains(done), "{ran:?}");
        assert!(ran.err.contains("1 space is damaged: #1 (its space_name is not valid UTF-8)"), "{ran:?}");
    }
    let ran = sandbox.run("check");
    assert!(ran.code == 1 && ran.out.contains("space_name  is not valid UTF-8  [restore]"), "{ran:?}");
}

#[test]
fn a_blocked_space_is_shown_with_its_event_wherever_its_lag_is_shown() {
    let sandbox = Sandbox::with_contacts();
    let store = sandbox.store();
    let acme = store.events().find_space("crm_acme").unwrap().unwrap().space;
    let payload = serde_json::json!({"contact_id": "nobody", "name": "N", "email": "e"});
    let new = [ramax::NewEvent::new("nobody", "contact.updated", ramax::Json::of(&payload))];
    let append = ramax::Append { expected: ramax::Expected::Any, now: ramax::Timestamp(0), events: &new };
    store.events().append(acme.space_id, append).unwrap();
    drop(store);
    for line in ["checkpoints", "spaces show crm_acme"] {
        let ran = sandbox.run(line).done();
        let said = "crm_acme is blocked: event 3 (contact.updated) at sequence 3 cannot be applied: ";
        assert!(
            ran.err.contains(said) && ran.err.contains("`ramax rebuild crm_acme --skip-errors`"),
            "{ran:?}"
        );
        let object = sandbox.run(&format!("{line} --json")).done().objects()[0].clone();
        let state = if line == "checkpoints" { &object } else { &object["projections"][0] };
        assert_eq!((&state["lag"], &object["blocked"]["event_id"]), (&1.into(), &3.into()), "{line}");
    }
    for line in ["check", "verify crm_acme"] {
        let ran = sandbox.run(line);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.out.contains("event 3"), "{ran:?}");
    }
    let backup = sandbox.run("backup b.db");
    assert_eq!(backup.code, 1, "{backup:?}");
    assert!(backup.out.starts_with("backed up to b.db: ") && backup.out.contains("event 3"), "{backup:?}");
    for db in ["b.db", "t.db"] {
        sandbox.run(&format!("--db {db} rebuild crm_acme --skip-errors")).done();
        sandbox.run(&format!("--db {db} check --deep")).done();
        sandbox.run(&format!("--db {db} run crm_acme add-contact contact_id=c3 name=N email=e")).done();
        assert!(
            sandbox.run(&format!("--db {db} checkpoints --json")).done().objects()[0]["blocked"].is_null()
        );
    }
}

#[test]
fn a_repair_of_the_ids_of_operations_leaves_its_own_entry_finished() {
    for id in ["9007199254740992", "4611686018427387904", "9223372036854775807"] {
        let sandbox = Sandbox::with_contacts();
        damage(&sandbox, &format!("UPDATE operations SET operation_id = {id} WHERE operation_id = 1"));
        // Operations continue meanwhile.
        sandbox.run("spaces create crm_new --metadata {}").done();
        let repaired = sandbox.run("check --repair").done();
        assert!(repaired.out.contains("repaired, none left"), "{repaired:?}");
        let clean = sandbox.run("check").done();
        assert!(
            clean.out.starts_with("no problems in ") && !clean.out.contains("did not finish"),
            "{clean:?}"
        );
    }
}

#[test]
fn each_advice_is_written_once_for_a_space() {
    let sandbox = Sandbox::with_contacts();
    // The position is found before the events, the index of causes and the counters after it.
    damage(
        &sandbox,
        "INSERT INTO subscriptions (subscription_id, name, query, start, on_error, created_at, incarnation,
             checksum, row_count, row_digest)
           VALUES (7, 'ahead', '', 'beginning', 'park', 0, randomblob(16), -927864004831778201, 1, -8654675998671253265);
         INSERT INTO subscription_positions (space_id, subscription_id, space_sequence) VALUES (1, 7, 99999);
         INSERT INTO event_causes VALUES (1, 99999, 9);
         UPDATE store SET causes_after = -1;
         UPDATE space_sequences SET payload_bytes = 7, last_timestamp = NULL",
    );
    let ran = sandbox.run("check --deep");
    let lines: Vec<&str> = ran.out.lines().collect();
    let headings = lines.iter().filter(|line| !line.starts_with(' ') && !line.contains("problem")).copied();
    assert_eq!(headings.collect::<Vec<_>>(), ["the database", "crm_acme"], "{ran:?}");
    let groups = ran.out.split("crm_acme\n").map(|group| group.matches("  → `ramax check --repair`").count());
    assert_eq!(groups.collect::<Vec<_>>(), [1, 1], "{ran:?}");
    assert_eq!(ran.out.matches("check --repair]").count(), 5, "{ran:?}");
}
