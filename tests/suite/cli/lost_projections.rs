//! Tests of a lost projections file: the advice in the error works unchanged.

use std::fs;

use crate::support::program::{Ran, Sandbox, sqlite};

const TWO: &str = "--db e.db --projections p.db";

/// Returns a sandbox with a two-file store.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for space in ["crm_a", "crm_b"] {
        sandbox.run(&format!("{TWO} spaces create {space}")).done();
        sandbox.run(&format!("{TWO} run {space} add-contact contact_id=c1 name=N email=e")).done();
    }
    sandbox
}

/// Runs the command that an error advises in a shell.
fn follow(sandbox: &Sandbox, ran: &Ran) -> Ran {
    let (_, hint) = ran.error();
    let advised = hint.split('`').nth(1).unwrap();
    let words = shlex::split(advised).unwrap();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(words[0], "ramax");
    sandbox.run_of(&words[1..])
}

#[track_caller]
fn assert_healthy(sandbox: &Sandbox) {
    sandbox.run(&format!("{TWO} check --deep")).done();
    let contact = sandbox.run(&format!("{TWO} projections get crm_b contact:c1")).done().out;
    assert!(contact.contains("\"name\": \"N\""), "{contact}");
    sandbox.run(&format!("{TWO} run crm_a add-contact contact_id=c2 name=N email=e")).done();
}

#[test]
fn a_missing_or_empty_projections_file_is_rebuilt_as_the_error_advises() {
    for is_missing in [true, false] {
        let sandbox = sandbox();
        fs::remove_file(sandbox.path("p.db")).unwrap();
        if !is_missing {
            fs::write(sandbox.path("p.db"), "").unwrap();
        }
        for command in ["verify --all", "projections list crm_a", "check", "--read-only spaces list"] {
            let ran = sandbox.run(&format!("{TWO} {command}"));
            assert_eq!(ran.code, 3, "{command}");
            assert_eq!(ran.error().0, "the projections file p.db is missing or empty", "{command}");
        }
        follow(&sandbox, &sandbox.run(&format!("{TWO} verify --all"))).done();
        assert_healthy(&sandbox);
    }
}

/// Runs the shell line that an error advises, with the program of this test.
#[track_caller]
fn follow_in_a_shell(sandbox: &Sandbox, hint: &str) {
    let line = hint.split('`').nth(1).unwrap();
    let program = shlex::try_quote(env!("CARGO_BIN_EXE_ramax")).unwrap();
    let line = line.replace("ramax --db", &format!("{program} --db"));
    let mut shell = std::process::Command::new("sh");
    let ran =
        shell.args(["-c", &line]).current_dir(sandbox.path(".")).env_remove("RAMAX_DB").output().unwrap();
    assert!(ran.status.success(), "{line}: {ran:?}");
}

#[test]
fn a_damaged_projections_file_is_replaced_by_the_one_line_that_the_error_advises() {
    let sandbox = sandbox();
    let events = sandbox.run(&format!("{TWO} events list --all-spaces --json")).done().out;
    for companions in [&[][..], &["p.db-wal", "p.db-shm"]] {
        let projections = fs::OpenOptions::new().write(true).open(sandbox.path("p.db")).unwrap();
        projections.set_len(8192).unwrap();
        companions.iter().for_each(|name| fs::write(sandbox.path(name), "left by a killed process").unwrap());
        let refused = sandbox.run(&format!("{TWO} verify --all"));
        assert_eq!(refused.code, 3, "{refused:?}");
        assert!(refused.error().0.starts_with("the projections file p.db is damaged"), "{refused:?}");
        follow_in_a_shell(&sandbox, refused.error().1);
        sandbox.run(&format!("{TWO} check --deep")).done();
        assert_eq!(sandbox.run(&format!("{TWO} events list --all-spaces --json")).done().out, events);
    }
    assert_healthy(&sandbox);
}

#[test]
fn damage_to_the_projections_file_does_not_hide_damage_to_the_events() {
    let sandbox = sandbox();
    sandbox.run(&format!("{TWO} run crm_a add-contact contact_id=c2 name=N email=e")).done();
    let projections = fs::OpenOptions::new().write(true).open(sandbox.path("p.db")).unwrap();
    projections.set_len(8192).unwrap();
    let said = |command: &str| sandbox.run(&format!("{TWO} {command}"));
    for command in ["check", "check --deep", "check --repair", "--read-only check --deep"] {
        let ran = said(command);
        assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{command}: {ran:?}");
        assert!(ran.out.contains("the projections file p.db is damaged: "), "{ran:?}");
        assert!(ran.out.contains("1 problem in 2 spaces, 3 events, 0 keys in "), "{command}: {ran:?}");
    }
    sqlite(&sandbox.path("e.db"))
        .execute_batch(
            "DELETE FROM event_log WHERE event_id = 1;
             UPDATE event_log SET payload = replace(payload, 'c1', 'c9') WHERE event_id = 2",
        )
        .unwrap();
    for command in ["check", "check --deep", "check --repair", "--read-only check"] {
        let ran = said(command);
        assert_eq!(ran.code, 1, "{command}: {ran:?}");
        for part in ["the projections file p.db is damaged: ", "crm_a\n", "crm_b\n", "[restore]"] {
            assert!(ran.out.contains(part), "{part} in {ran:?}");
        }
    }
    for command in ["check", "spaces", "backup e2.db p2.db"] {
        let ran = said(command);
        for promise in ["nothing is lost", "no event is lost"] {
            assert!(!format!("{ran:?}").contains(promise), "{ran:?}");
        }
    }
    assert!(!sandbox.path("e.db-wal").exists());
}

#[test]
fn a_foreign_file_in_place_of_the_projections_is_never_changed() {
    let plants: [fn(&Sandbox); 4] = [
        |sandbox| drop(sandbox.run("--db p.db spaces create crm_a").done()),
        |sandbox| drop(sandbox.run("--db other.db --projections p.db spaces create crm_a").done()),
        |sandbox| fs::write(sandbox.path("p.db"), "a shopping list").unwrap(),
        |sandbox| {
            crate::support::program::sqlite(&sandbox.path("p.db"))
                .execute_batch("CREATE TABLE t (a)")
                .unwrap()
        },
    ];
    for plant in plants {
        let sandbox = sandbox();
        fs::remove_file(sandbox.path("p.db")).unwrap();
        plant(&sandbox);
        let before = fs::read(sandbox.path("p.db")).unwrap();
        for command in ["check", "rebuild --all", "spaces create crm_c"] {
            let ran = sandbox.run(&format!("{TWO} {command}"));
            assert_eq!(ran.code, 3, "{command}: {ran:?}");
            assert_eq!(ran.error().0, "p.db does not hold the projections of this events file", "{command}");
        }
        assert_eq!(fs::read(sandbox.path("p.db")).unwrap(), before);
        let refused = sandbox.run(&format!("{TWO} check"));
        assert!(refused.error().1.contains("move p.db away"), "{refused:?}");
        fs::rename(sandbox.path("p.db"), sandbox.path("away.db")).unwrap();
        follow(&sandbox, &refused).done();
        assert_healthy(&sandbox);
    }
}

#[test]
fn events_and_projections_in_one_file_are_refused_before_anything_is_created() {
    let sandbox = Sandbox::new();
    for projections in ["e.db", "./e.db", "e.db-wal"] {
        let refused =
            sandbox.run(&format!("--db e.db --projections {projections} spaces create crm_a --json"));
        assert_eq!((refused.code, &refused.json_error()["kind"]), (3, &"same_file".into()), "{refused:?}");
        assert!(sandbox.files().is_empty(), "{:?}", sandbox.files());
    }
    sandbox.run("--db e.db --projections p.db spaces create crm_a").done();
    let refused = sandbox.run("--db e.db --projections e.db rebuild --all");
    assert!(refused.error().1.starts_with("choose another file"), "{refused:?}");
    sandbox.run("--db e.db --projections p.db check").done();
}

#[test]
fn a_missing_or_empty_events_file_is_never_created_beside_its_projections() {
    for is_missing in [true, false] {
        let sandbox = sandbox();
        let projections = fs::read(sandbox.path("p.db")).unwrap();
        fs::remove_file(sandbox.path("e.db")).unwrap();
        if !is_missing {
            fs::write(sandbox.path("e.db"), "").unwrap();
        }
        for command in ["spaces create crm_c", "generate --spaces 1 --events 1", "check", "rebuild --all"] {
            let ran = sandbox.run(&format!("{TWO} {command}"));
            let (message, hint) = ran.error();
            assert_eq!(
                (ran.code, message),
                (3, "the events file e.db is missing or empty, although p.db exists")
            );
            assert!(hint.contains("restore both files from the last good backup"), "{hint}");
        }
        assert_eq!(fs::metadata(sandbox.path("e.db")).map_or(0, |found| found.len()), 0);
        assert!(fs::read(sandbox.path("p.db")).unwrap() == projections);
    }
}

#[test]
fn damaged_pages_of_the_projections_never_lead_to_a_backup_of_the_events() {
    let whole = sandbox();
    let pages = crate::support::program::sqlite(&whole.path("p.db"))
        .query_row("PRAGMA page_count", [], |row| row.get::<_, usize>(0))
        .unwrap();
    let (events, bytes) = (fs::read(whole.path("e.db")).unwrap(), fs::read(whole.path("p.db")).unwrap());
    let size = bytes.len() / pages;
    for page in 1..pages {
        let sandbox = Sandbox::new();
        let mut damaged = bytes.clone();
        damaged[page * size..(page + 1) * size].fill(0xa5);
        fs::write(sandbox.path("e.db"), &events).unwrap();
        fs::write(sandbox.path("p.db"), damaged).unwrap();
        let ran = sandbox.run(&format!("{TWO} check --deep"));
        assert!(ran.code == 1 && !ran.out.contains("[restore]"), "page {page}: {}", ran.out);
        fs::remove_file(sandbox.path("p.db")).unwrap();
        sandbox.run(&format!("{TWO} rebuild --all")).done();
    }
}
