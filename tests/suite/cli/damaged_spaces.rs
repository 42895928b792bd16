//! Operations beside a damaged space: the others are worked on, the damaged one is reported, and its repair is named.

use crate::support::program::{Ran, Sandbox, sqlite};

/// Damage to the first space, with its description in every list, and the remedy that works.
const DAMAGE: [(&str, &str, &str); 8] = [
    (
        "UPDATE spaces SET space_id = 8388700 WHERE space_id = 1",
        "crm_acme (its id is 8388700, which is out of range)",
        REPAIR,
    ),
    ("DELETE FROM space_sequences WHERE space_id = 1", "crm_acme (its counters are missing)", REPAIR),
    (
        "UPDATE space_sequences SET last_sequence = -5 WHERE space_id = 1",
        "crm_acme (its counters cannot be read: the column last_sequence",
        REPAIR,
    ),
    (
        "UPDATE space_sequences SET last_sequence = 9223372036854775807 WHERE space_id = 1",
        "crm_acme (its counters cannot be read: the column last_sequence",
        REPAIR,
    ),
    (
        "UPDATE space_sequences SET mark = 9 WHERE space_id = 1",
        "crm_acme (its counters cannot be read",
        REPAIR,
    ),
    (
        "UPDATE projection_checkpoints SET last_event_id = -1 WHERE space_id = 1",
        "crm_acme (it cannot be read: the column last_event_id",
        "rebuild crm_acme",
    ),
    (
        "UPDATE spaces SET space_name = CAST(x'ff41' AS TEXT) WHERE space_id = 1",
        "#1 (its space_name is not valid UTF-8)",
        "",
    ),
    ("DELETE FROM spaces WHERE space_id = 1", "#1 (its row in the registry is missing)", ""),
];

const REPAIR: &str = "check --repair";

/// Each command is tried on some of the damaged files.
const EVERY: usize = 3;

/// Commands on all spaces.
const OF_ALL: [&str; 12] = [
    "spaces list",
    "spaces list --contains cms",
    "spaces list --reverse --sort events",
    "checkpoints",
    "stats",
    "stats --prometheus",
    "verify --all",
    "release-check --all",
    "events list --all-spaces",
    "work --until-idle",
    "catch-up --all",
    "rebuild --all",
];

/// Creates a file with two spaces, of which the second one is intact.
fn original() -> Sandbox {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create cms_blog").done();
    sandbox.run("run cms_blog publish-article article_id=a1 title=T content=C").done();
    sandbox.run("catch-up --all").done();
    sandbox
}

fn events(sandbox: &Sandbox) -> i64 {
    sqlite(&sandbox.db()).query_row("SELECT count(*) FROM event_log", [], |row| row.get(0)).unwrap()
}

#[test]
fn every_command_on_all_spaces_works_on_the_others_and_reports_the_damaged_one() {
    let whole = original();
    let some = fastrand::usize(..EVERY);
    for (number, (sql, told, remedy)) in DAMAGE.into_iter().enumerate() {
        let sandbox = Sandbox::new();
        std::fs::copy(whole.db(), sandbox.db()).unwrap();
        let before = events(&sandbox);
        sqlite(&sandbox.db()).execute_batch(sql).unwrap();
        // Other commands in each run.
        let lines =
            OF_ALL.iter().enumerate().filter(|(n, _)| (n + number) % EVERY == some).map(|(_, line)| line);
        // A rebuild repairs a checkpoint.
        for line in lines.filter(|line| !remedy.contains("rebuild") || !line.contains("--all")) {
            let ran = sandbox.run(line);
            let is_told = |ran: &Ran| ran.err.contains(told) && ran.err.contains("`ramax check` names");
            // Events can be listed without checkpoints, and others say at the space what they could not do.
            let is_of_checkpoint = remedy.contains("rebuild");
            if is_of_checkpoint && line.starts_with("events") {
                continue;
            }
            let is_told_there = ["work", "release-check"].iter().any(|word| line.starts_with(word));
            let is_reported = is_told(&ran) || (is_of_checkpoint && is_told_there);
            assert!(ran.code == 1 && is_reported, "{sql}, {line}: {ran:?}");
            let is_about_each = ["spaces", "check", "stats", "verify", "catch", "rebuild", "events"];
            if is_about_each.iter().any(|word| line.starts_with(word)) {
                assert!(ran.out.contains("cms_blog"), "{sql}, {line}: {ran:?}");
            }
        }
        let plain = sandbox.run("--plain").done();
        assert!(plain.out.contains(told) && plain.out.contains("Problems: 1\n"), "{sql}: {plain:?}");
        assert_eq!(events(&sandbox), before, "{sql}");
        if remedy.is_empty() {
            continue;
        }
        let found = sandbox.run("check");
        assert!(found.code == 1 && found.out.contains(&format!("`ramax {remedy}`")), "{sql}: {found:?}");
        sandbox.run(remedy).done();
        sandbox.run("check --deep").done();
        sandbox.run(OF_ALL[number]).done();
        assert_eq!(events(&sandbox), before, "{sql}");
    }
}

#[test]
fn every_command_on_a_space_with_damaged_counters_names_their_repair() {
    for sql in [DAMAGE[0].0, DAMAGE[1].0, DAMAGE[2].0] {
        let sandbox = original();
        let before = events(&sandbox);
        sqlite(&sandbox.db()).execute_batch(sql).unwrap();
        for line in [
            "export crm_acme",
            "catch-up crm_acme",
            "rebuild crm_acme",
            "verify crm_acme",
            "release-check crm_acme",
            "stats crm_acme",
            "spaces show crm_acme",
            "spaces rename crm_acme other",
            "spaces set crm_acme --metadata {}",
            "spaces fork crm_acme other",
            "spaces delete crm_acme --confirm crm_acme --dry-run",
            "spaces delete crm_acme --confirm crm_acme",
            "redact crm_acme --entity c1 --field name --confirm crm_acme",
            "run crm_acme add-contact contact_id=c9 name=N email=e",
            "events list crm_acme",
            "projections list crm_acme",
            "projections get crm_acme contact:c1",
        ] {
            let ran = sandbox.run(line);
            assert_eq!(ran.code, 1, "{sql}, {line}: {ran:?}");
            assert!(ran.err.contains("`ramax check --repair`"), "{sql}, {line}: {ran:?}");
        }
        assert_eq!(events(&sandbox), before, "{sql}");
        sandbox.run("check --repair").done();
        sandbox.run("events list crm_acme").done();
        sandbox.run("run crm_acme add-contact contact_id=c9 name=N email=e").done();
        sandbox.run("check --deep").done();
    }
}

#[test]
fn spaces_get_back_the_ids_that_their_checksums_tell_in_one_repair() {
    let swap = "UPDATE spaces SET space_id = -1 WHERE space_id = 1; UPDATE spaces SET space_id = 1 WHERE space_id = 2;
        UPDATE spaces SET space_id = 2 WHERE space_id = -1";
    let taken = "UPDATE spaces SET space_id = 99 WHERE space_id = 1;
        INSERT INTO space_sequences (space_id) VALUES (99)";
    for sql in [
        swap,
        taken,
        "UPDATE spaces SET space_id = -space_id",
        "UPDATE spaces SET space_id = 1 << 40 WHERE space_id = 2",
    ] {
        let sandbox = original();
        let of = |space: &str| sandbox.run(&format!("events list {space} --json")).done().out;
        let before = [of("crm_acme"), of("cms_blog")];
        sqlite(&sandbox.db()).execute_batch(sql).unwrap();
        // Neither is read, written or deleted under the name of the other one.
        let found = sandbox.run("check --json").objects();
        let renumbered = found.iter().filter(|line| line["finding"] == "space-id");
        for space in renumbered.map(|line| line["space"].as_str().unwrap_or_default().to_owned()) {
            for command in ["events list NAME", "rebuild NAME", "spaces delete NAME --confirm NAME"] {
                let ran = sandbox.run(&command.replace("NAME", &space));
                assert!(ran.code == 1 && ran.err.contains("`ramax check --repair`"), "{sql}: {ran:?}");
            }
        }
        sandbox.run("check --repair").done();
        assert_eq!([of("crm_acme"), of("cms_blog")], before, "{sql}");
        sandbox.run("check --deep").done();
    }
}

#[test]
fn a_space_whose_id_nothing_tells_and_its_events_are_kept() {
    let sandbox = original();
    let sql = "UPDATE spaces SET space_id = 8388700, created_at = created_at + 1 WHERE space_id = 1";
    sqlite(&sandbox.db()).execute_batch(sql).unwrap();
    let rows = || -> (i64, i64, i64) {
        let sql = "SELECT (SELECT count(*) FROM spaces), (SELECT max(space_id) FROM spaces), (SELECT count(*) FROM event_log)";
        sqlite(&sandbox.db()).query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
    };
    let before = rows();
    let ran = sandbox.run("check --repair");
    assert_eq!((ran.code, rows()), (1, before), "{ran:?}");
    let told = "space crm_acme  has the id 8388700, which is out of range, and nothing tells which one it had  [restore]";
    assert!(
        ran.out.contains(told) && ran.out.contains("event_log  has 2 rows that belong to no space"),
        "{ran:?}"
    );
    // Another space can be created, and gets none of the events.
    sandbox.run("spaces create other").done();
    assert_eq!(sandbox.run("events list other").done().out, "");
}
