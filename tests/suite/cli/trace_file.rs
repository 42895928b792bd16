//! `--log FILE`.

use crate::support::program::Sandbox;

use serde_json::Value;

fn lines(sandbox: &Sandbox) -> Vec<Value> {
    let text = std::fs::read_to_string(sandbox.path("log.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// Returns the names of the closed spans, each of which must have a duration.
fn spans(lines: &[Value]) -> Vec<&str> {
    let closed = lines.iter().filter(|line| line["fields"]["time.busy"].is_string());
    closed.map(|line| line["span"]["name"].as_str().unwrap()).collect()
}

#[test]
fn a_log_lists_operations_with_durations() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("run crm_acme update-contact contact_id=c1 name=Ada --log log.jsonl").done();
    let told = lines(&sandbox);
    assert_eq!(spans(&told), ["fetch", "append", "put", "execute"]);
    let executed = told.iter().find(|line| line["fields"]["message"] == "executed").unwrap();
    assert_eq!(executed["fields"]["command"], "update-contact");
    assert_eq!(executed["span"]["space"], "crm_acme");
}

#[test]
fn a_log_never_overwrites_the_database() {
    let sandbox = Sandbox::with_contacts();
    let before = std::fs::read(sandbox.path("t.db")).unwrap();
    for file in ["t.db", "t.db-wal"] {
        let refused = sandbox.run(&format!("spaces list --log {file}"));
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.error().0.contains("a file of the database"), "{refused:?}");
    }
    assert_eq!(std::fs::read(sandbox.path("t.db")).unwrap(), before);
}

#[test]
fn a_log_is_appended_to_an_existing_file() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("rebuild crm_acme --log log.jsonl").done();
    let before = lines(&sandbox);
    assert_eq!(spans(&before).last(), Some(&"rebuild"));
    assert!(spans(&before).contains(&"put"), "{before:?}");
    sandbox.run("verify crm_acme --log log.jsonl").done();
    let after = lines(&sandbox);
    assert_eq!(after[..before.len()], before);
    assert_eq!(spans(&after).last(), Some(&"verify"));
    sandbox.run("projections get crm_acme contact:c1 --log log.jsonl").done();
    assert_eq!(spans(&lines(&sandbox)).last(), Some(&"fetch"));
    sandbox.run("spaces delete crm_acme --confirm crm_acme --log log.jsonl").done();
    assert_eq!(spans(&lines(&sandbox)).last(), Some(&"delete"));
}

#[test]
fn an_unwritable_log_is_wrong_usage() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("spaces list --log nowhere/log.jsonl");
    assert_eq!(ran.code, 2);
    assert!(ran.error().0.contains("nowhere/log.jsonl"), "{ran:?}");
    assert_eq!(ran.out, "");
}

#[test]
fn lost_lines_are_reported_once_and_stop_nothing() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("run crm_acme update-contact contact_id=c1 name=Ada --log /dev/full").done();
    assert_eq!(ran.out, "appended event 3 at sequence 3\n");
    let told: Vec<&str> = ran.err.lines().collect();
    let [note] = told[..] else { panic!("{told:?}") };
    assert!(note.starts_with("note: 5 lines not written to the log /dev/full: the disk is full"), "{note}");
    let json = sandbox.run("verify crm_acme --json --log /dev/full").done();
    let note: Value = serde_json::from_str(&json.err).unwrap();
    assert_eq!(note["note"]["kind"], "log_incomplete");
}

#[test]
fn a_pipe_without_a_reader_is_refused_and_a_full_pipe_is_not_waited_for() {
    let sandbox = Sandbox::with_contacts();
    let pipe = sandbox.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let refused = sandbox.run("spaces list --log pipe");
    assert_eq!(refused.code, 2);
    assert_eq!(refused.error().0, "the log pipe cannot be written: no process reads from this pipe");

    let reader = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    sandbox.run("spaces list --log pipe").done();
    let ran = sandbox.run("generate --spaces 1 --events 2000 --log pipe").done();
    assert!(ran.err.contains("lines not written to the log pipe: "), "{}", ran.err);
    drop(reader);
}

#[test]
fn logs_exports_and_databases_are_readable_only_by_their_owner() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with_contacts();
    sandbox.run("export crm_acme --output a.jsonl --log log.jsonl").done();
    sandbox.run("demo --plain --path demo.db").done();
    for name in ["t.db", "a.jsonl", "log.jsonl", "demo.db"] {
        let mode = std::fs::metadata(sandbox.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
