//! Tests of the limit of the size of files (`ulimit -f`), which is in blocks of 512 or 1024 bytes, depending on the shell.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use ramax::apps::Crm;
use ramax::{ContentStore, Location, OpenOptions, Store};

use crate::support::program::{Ran, Sandbox};
use crate::support::running::Running;
use crate::support::{add_contact, rename_contact};

/// The hint where nothing was stored before.
const HIGHER: &str = "start the program with a higher limit, such as `ulimit -f unlimited`";

/// Returns the program under a limit.
fn limited(sandbox: &Sandbox, blocks: u64, line: &str) -> Command {
    let command = sandbox.command("");
    let program = env!("CARGO_BIN_EXE_ramax");
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -f {blocks}; exec {program} {line}")]);
    shell.current_dir(sandbox.directory.path()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

fn run(sandbox: &Sandbox, blocks: u64, line: &str) -> Ran {
    limited(sandbox, blocks, line).output().unwrap().into()
}

#[test]
fn the_file_size_limit_causes_an_error_instead_of_a_crash() {
    let sandbox = Sandbox::new();
    let ran = run(&sandbox, 600, "generate --spaces 2 --events 20000");
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.error().1.contains("earlier commits are safe"), "{ran:?}");
    assert_eq!(sandbox.files(), ["t.db"]);
    sandbox.run("verify --all").done();
}

#[test]
fn a_file_size_limit_is_named_where_a_database_is_opened_or_created_and_reading_still_works() {
    let sandbox = Sandbox::with_contacts();
    for blocks in [0, 1, 16] {
        for line in ["spaces list", "spaces create crm_b", "check"] {
            let refused = run(&sandbox, blocks, line);
            assert_eq!(refused.code, 3, "{blocks}, {line}: {refused:?}");
            let (message, hint) = refused.error();
            assert!(message.contains("limits the files of this process to"), "{line}: {message}");
            assert!(
                hint.contains("earlier commits are safe") && hint.contains("--read-only"),
                "{line}: {hint}"
            );
        }
        for line in [
            "--db new.db spaces create crm_b",
            "demo --path new.db",
            "--db new.db generate --spaces 1 --events 9",
        ] {
            let refused = run(&sandbox, blocks, line);
            let (message, hint) = refused.error();
            assert!(message.starts_with("new.db cannot be created: the system limits"), "{line}: {message}");
            assert_eq!(hint, HIGHER, "{line}");
        }
        let read = run(&sandbox, blocks, "--read-only spaces list --json").done();
        assert_eq!(read.objects().len(), 1);
        assert_eq!(sandbox.files(), ["t.db"], "{blocks}");
    }
}

#[test]
fn a_command_that_the_file_has_no_room_for_is_refused_and_no_wal_is_left() {
    let sandbox = Sandbox::with_contacts();
    let mut events = 2;
    let mut refused = 0;
    // From a limit far below the size of the file, with room for its WAL, to one with room for both.
    for blocks in (80..300).step_by(20) {
        let line = format!("run crm_acme add-contact contact_id=n{blocks} name=N email=e --json");
        let ran = run(&sandbox, blocks, &line);
        match ran.code {
            0 => events += 1,
            _ => {
                refused += 1;
                assert_eq!(ran.json_error()["kind"], "file_size_limit", "{blocks}: {ran:?}");
            }
        }
        assert_eq!(sandbox.files(), ["t.db"], "{blocks}: {ran:?}");
        let listed = sandbox.run("spaces list --json").done().objects();
        assert_eq!(listed[0]["events"], events, "{blocks}");
    }
    assert!(refused > 0 && events > 2, "{refused} commands were refused, and there are {events} events");
    sandbox.run("check --deep").done();
}

#[test]
fn a_long_run_under_a_limit_moves_its_commits_to_the_file_before_the_wal_reaches_the_limit() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_acme").done();
    let mut command = limited(&sandbox, 700, "run crm_acme --batch - --json");
    let mut batch = Running::of(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    let (mut input, mut output) = (batch.stdin.take().unwrap(), BufReader::new(batch.stdout.take().unwrap()));
    // One commit for each command: together they write several times the limit.
    for id in 0..100 {
        let line = format!(
            "{{\"command\":\"add-contact\",\"contact_id\":\"c{id}\",\"name\":\"N\",\"email\":\"e\"}}"
        );
        writeln!(input, "{line}").unwrap();
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        assert!(answer.contains("event_ids"), "{id}: {answer}");
    }
    drop(input);
    assert!(batch.wait().unwrap().success());
    assert_eq!(sandbox.files(), ["t.db"]);
}

#[test]
fn every_file_beyond_the_limit_is_refused_with_the_limit_as_its_cause() {
    let sandbox = Sandbox::new();
    let store = Store::open_or_create(&Location::file(sandbox.db()), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", std::sync::Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(rename_contact("c1", &"x".repeat(300_000))).unwrap();
    drop((crm, store));
    sandbox.run("export crm_acme --output acme.jsonl").done();
    let before = sandbox.files();
    for (line, told) in [
        ("export crm_acme --output new.jsonl", "the export cannot be written: the system limits"),
        ("backup new.db", "new.db cannot be written: the system limits"),
        ("--db new.db import - < acme.jsonl", "the file cannot be read: the input cannot be copied to "),
        ("events list crm_acme > new.txt", "the output cannot be written: the system limits"),
    ] {
        let refused = run(&sandbox, 200, line);
        let (message, hint) = refused.error();
        assert!(message.starts_with(told) && message.contains("the system limits"), "{line}: {message}");
        assert!(hint.starts_with(HIGHER) && !hint.contains("earlier commits"), "{line}: {hint}");
        let _ = fs::remove_file(sandbox.path("new.txt"));
        assert_eq!(sandbox.files(), before, "{line}");
    }
}

#[test]
fn a_demonstration_that_the_file_has_no_room_for_leaves_no_file() {
    let sandbox = Sandbox::new();
    for blocks in [60, 140, 280] {
        let ran = run(&sandbox, blocks, "demo --path new.db");
        assert_eq!(ran.code, 3, "{blocks}: {ran:?}");
        let left = sandbox.files();
        assert!(
            left.is_empty() || ran.err.contains("demonstration file: new.db"),
            "{blocks}: {left:?}, {ran:?}"
        );
        for file in left {
            fs::remove_file(sandbox.path(&file)).unwrap();
        }
    }
}

#[test]
fn a_wal_that_the_limit_keeps_from_being_removed_is_reported_with_its_cause() {
    let sandbox = Sandbox::new();
    let store = Store::open_or_create(&Location::file(sandbox.db()), OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", std::sync::Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(rename_contact("c1", &"x".repeat(300_000))).unwrap();
    // The files as a killed process leaves them.
    for (from, to) in [("t.db", "k.db"), ("t.db-wal", "k.db-wal")] {
        fs::copy(sandbox.path(from), sandbox.path(to)).unwrap();
    }
    drop((crm, store));
    let listed = run(&sandbox, 500, "--db k.db spaces list");
    assert_eq!(listed.code, 0, "{listed:?}");
    let told = "note: k.db-wal cannot be removed: the system limits the files of this process to ";
    assert!(listed.err.contains(told) && listed.err.contains(HIGHER), "{}", listed.err);
    let json = run(&sandbox, 500, "--db k.db spaces list --json");
    let note: serde_json::Value = serde_json::from_str(&json.err).unwrap();
    assert_eq!(note["note"]["kind"], "wal_remains");
    assert!(sandbox.files().contains(&"k.db-wal".to_owned()));
    let listed = sandbox.run("--db k.db spaces list --json").done();
    assert_eq!((listed.objects()[0]["events"].as_u64(), listed.err.as_str()), (Some(2), ""));
    assert_eq!(sandbox.files(), ["k.db", "t.db"]);
}
