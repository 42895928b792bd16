//! Files removed or replaced while they are open.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;

use ramax::Apps;
use ramax::console::Headless;
use ramax::console::layers::form::state::Form;

use crate::support::program::Sandbox;
use crate::support::{Fixture, add_contact};

/// Removes the file, or replaces it if there is another.
fn take_away(file: &Path, other: Option<&Path>) {
    fs::remove_file(file).unwrap();
    if let Some(other) = other {
        fs::copy(other, file).unwrap();
    }
}

#[test]
fn a_batch_whose_file_is_removed_fails_and_leaves_the_new_file_alone() {
    for replace in [false, true] {
        let sandbox = Sandbox::with_contacts();
        let other = Sandbox::with_contacts();
        let before = other.bytes();
        let mut child =
            sandbox.command("run crm_acme --batch - --json").stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let add = |id| {
            format!(
                "{{\"command\":\"add-contact\",\"contact_id\":\"{id}\",\"name\":\"N\",\"email\":\"e\"}}\n"
            )
        };
        stdin.write_all(add("b1").as_bytes()).unwrap();
        assert!(answers.next().unwrap().unwrap().contains("\"space_sequence\":3"));
        take_away(&sandbox.db(), replace.then(|| other.db()).as_deref());
        stdin.write_all(add("b2").as_bytes()).unwrap();
        drop(stdin);
        assert!(answers.next().is_none(), "nothing more is acknowledged");
        let ran = crate::support::program::Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 3, "{ran:?}");
        let error: serde_json::Value = serde_json::from_str(ran.err.lines().next_back().unwrap()).unwrap();
        assert_eq!(error["error"]["kind"], "file_replaced", "{ran:?}");
        if replace {
            assert_eq!(sandbox.bytes(), before);
            sandbox.run("verify --all").done();
        }
    }
}

#[test]
fn the_console_reports_a_removed_file_and_stays_responsive() {
    for replace in [false, true] {
        let (fixture, other) = (Fixture::one_file(), Fixture::one_file());
        for one in [&fixture, &other] {
            one.crm("crm_acme").execute(add_contact("c1")).unwrap();
        }
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 120, 40);
        take_away(&fixture.file(), replace.then(|| other.file()).as_deref());
        console.press("ccrm_new<ctrl-s>").unwrap();
        // On the screen, the line breaks depend on the length of the path.
        let Some(form) = console.state().layers.top_as::<Form>() else {
            panic!("{:?}", console.state().layers)
        };
        let error = form.error.as_ref().map_or("", |error| &error.message);
        assert!(error.contains("removed or replaced"), "{error}");
        console.follow();
        console.press("<esc><enter>c").unwrap();
        let notice = console.state().notice.as_ref().map_or("", |notice| &notice.text);
        assert!(notice.contains(if replace { "was replaced" } else { "is gone" }), "{notice}");
        console.press("<esc>j?").unwrap();
        assert!(!console.state().layers.is_empty(), "the console does not answer");
    }
}

#[test]
fn moving_the_wal_as_the_hint_says_keeps_every_acknowledged_commit() {
    let (sandbox, other) = (Sandbox::with_contacts(), Sandbox::with_contacts());
    let mut child = sandbox.command("run crm_acme --batch - --json").stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let add = r#"{"command":"add-contact","contact_id":"b1","name":"N","email":"e"}"#;
    writeln!(stdin, "{add}").unwrap();
    answers.next().unwrap().unwrap();
    fs::rename(sandbox.db(), sandbox.path("moved.db")).unwrap();
    fs::copy(other.db(), sandbox.db()).unwrap();
    writeln!(stdin, "{}", add.replace("b1", "b2")).unwrap();
    let ran = crate::support::program::Ran::from(child.wait_with_output().unwrap());
    let error: serde_json::Value = serde_json::from_str(ran.err.lines().next_back().unwrap()).unwrap();
    let hint = error["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("move t.db-wal to the old file"), "{hint}");
    fs::rename(sandbox.path("t.db-wal"), sandbox.path("moved.db-wal")).unwrap();
    let moved = sandbox.run("--db moved.db projections get crm_acme contact:b1").done();
    assert!(moved.out.contains("b1"), "{moved:?}");
    sandbox.run("--db moved.db check --deep").done();
    sandbox.run("check --deep").done();
    assert_eq!(sandbox.run("projections get crm_acme contact:b1").code, 1);
}

#[test]
fn a_batch_whose_file_is_emptied_fails_and_keeps_the_wal() {
    let sandbox = Sandbox::with_contacts();
    let mut child = sandbox.command("run crm_acme --batch - --json").stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let add = r#"{"command":"add-contact","contact_id":"b1","name":"N","email":"e"}"#;
    writeln!(stdin, "{add}").unwrap();
    answers.next().unwrap().unwrap();
    let backup = sandbox.bytes();
    fs::File::create(sandbox.db()).unwrap();
    writeln!(stdin, "{}", add.replace("b1", "b2")).unwrap();
    drop(stdin);
    assert!(answers.next().is_none(), "nothing more is acknowledged");
    let ran = crate::support::program::Ran::from(child.wait_with_output().unwrap());
    assert!(ran.code == 3 && ran.err.contains("file_replaced"), "{ran:?}");
    assert_eq!(sandbox.run("spaces list").code, 3, "an empty file next to a WAL is not a new file");
    fs::write(sandbox.db(), backup).unwrap();
    sandbox.run("projections get crm_acme contact:b1").done();
    sandbox.run("check --deep").done();
}

/// Removes the files next to the database.
fn take_away_beside(sandbox: &Sandbox, endings: &[&str]) {
    for ending in endings {
        fs::remove_file(sandbox.path(&format!("t.db{ending}"))).unwrap();
    }
}

#[test]
fn a_batch_whose_wal_is_removed_fails_and_keeps_the_commits_of_others() {
    for endings in [&["-wal", "-shm"][..], &["-wal"], &["-shm"]] {
        let sandbox = Sandbox::with_contacts();
        let mut child =
            sandbox.command("run crm_acme --batch - --json").stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let add = r#"{"command":"add-contact","contact_id":"b1","name":"N","email":"e"}"#;
        writeln!(stdin, "{add}").unwrap();
        answers.next().unwrap().unwrap();
        take_away_beside(&sandbox, endings);
        // Another process that starts now has its own WAL.
        let others: Vec<bool> = ["c8", "c9"]
            .map(|id| {
                sandbox.run(&format!("run crm_acme add-contact contact_id={id} name=N email=e")).code == 0
            })
            .into();
        writeln!(stdin, "{}", add.replace("b1", "b2")).unwrap();
        drop(stdin);
        assert!(answers.next().is_none(), "nothing more is acknowledged");
        let ran = crate::support::program::Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 3, "{ran:?}");
        let error: serde_json::Value = serde_json::from_str(ran.err.lines().next_back().unwrap()).unwrap();
        assert_eq!(error["error"]["kind"], "wal_replaced", "{endings:?}: {ran:?}");
        sandbox.run("check --deep").done();
        for (id, acknowledged) in ["c8", "c9"].into_iter().zip(others) {
            let there = sandbox.run(&format!("projections get crm_acme contact:{id}")).code == 0;
            assert!(there || !acknowledged, "{endings:?}: {id} was acknowledged");
        }
    }
}

#[test]
fn following_a_file_whose_wal_is_removed_fails() {
    let sandbox = Sandbox::with_contacts();
    let mut child = sandbox.spawn("--json events follow crm_acme --after 0");
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    answers.next().unwrap().unwrap();
    take_away_beside(&sandbox, &["-wal", "-shm"]);
    let ran = child.finish();
    assert_eq!((ran.code, ran.err.contains("wal_replaced")), (3, true), "{ran:?}");
}
