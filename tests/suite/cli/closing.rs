//! Tests that every exit of a command closes its connections and leaves nothing beside the database.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use rustix::process::Signal;

use super::signals::{has_begun, sandbox, sandbox_with_contacts};
use crate::support::program::{Sandbox, send};

const SIGNALS: [Signal; 6] =
    [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::ALARM];

const ADD: &str = r#"{"command":"add-contact","contact_id":"c3","name":"N","email":"e"}"#;

#[track_caller]
fn assert_closed(sandbox: &Sandbox) {
    assert_eq!(sandbox.files(), ["t.db"]);
}

/// Returns a sandbox with more events than fit in a pipe.
fn full() -> Sandbox {
    let sandbox = sandbox();
    sandbox.run("generate --spaces 1 --events 20000").done();
    sandbox
}

#[test]
fn a_normal_end_and_an_error_close_the_database() {
    let sandbox = sandbox_with_contacts();
    for (line, code) in [
        ("events list crm_acme", 0),
        ("run crm_acme add-contact contact_id=c3 name=N email=e", 0),
        ("run crm_acme add-contact contact_id=c3 name=N email=e", 1),
        ("run crm_acme no-such-command", 2),
        ("events list crm_none", 1),
        ("t.db", 2),
    ] {
        assert_eq!(sandbox.run(line).code, code, "{line}");
        assert_closed(&sandbox);
    }
}

#[test]
fn a_batch_closes_the_database_on_every_exit() {
    for signal in SIGNALS.map(Some).into_iter().chain([None]) {
        let sandbox = sandbox_with_contacts();
        let mut child = sandbox.command("run crm_acme --batch -").stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "{ADD}").unwrap();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        let code = match signal {
            Some(signal) => {
                send(signal, child.id());
                130
            }
            None => {
                writeln!(stdin, "no command").unwrap();
                2
            }
        };
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal:?}");
        assert_closed(&sandbox);
        let acknowledged = sandbox.run("log --json").done().objects();
        assert!(acknowledged.iter().all(|operation| operation["outcome"] != "interrupted"), "{signal:?}");
        sandbox.run("projections get crm_acme contact:c3").done();
    }
}

#[test]
fn an_unread_stream_closes_the_database_at_the_first_signal() {
    let full = full();
    for line in
        ["events list --all-spaces --json", "export crm_load_0001", "events follow --all-spaces --after 0"]
    {
        for signal in SIGNALS {
            let mut child = full.spawn(line);
            let mut stdout = BufReader::new(child.stdout.take().unwrap());
            stdout.read_line(&mut String::new()).unwrap();
            send(signal, child.id());
            assert_eq!(child.wait().unwrap().code(), Some(130), "{line}: {signal:?}");
            assert_closed(&full);
            drop(stdout);
        }
    }
}

#[test]
fn a_closed_pipe_closes_the_database() {
    let full = full();
    for line in ["events list --all-spaces", "export crm_load_0001", "events follow --all-spaces --after 0"] {
        let mut child = full.spawn(line);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut String::new()).unwrap();
        drop(stdout);
        assert_eq!(child.finish().code, 141, "{line}");
        assert_closed(&full);
    }
}

#[test]
fn a_signal_to_an_operation_closes_the_database() {
    for signal in SIGNALS {
        let sandbox = sandbox();
        let mut child = sandbox.spawn("generate --spaces 2 --events 100000000 --progress");
        let mut stderr = has_begun(&mut child);
        send(signal, child.id());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        stderr.read_to_string(&mut String::new()).unwrap();
        assert_closed(&sandbox);
    }
}

#[test]
fn a_command_waiting_for_another_process_ends_at_a_signal() {
    for line in ["run crm_acme add-contact contact_id=c3 name=N email=e", "rebuild crm_acme"] {
        let sandbox = sandbox_with_contacts();
        let lock = crate::support::program::sqlite(&sandbox.db());
        lock.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut child = sandbox.spawn(&format!("--busy-timeout 600000 {line}"));
        // It waits after opening the file.
        while !is_open(&sandbox, child.id()) {
            assert!(child.try_wait().unwrap().is_none());
        }
        send(Signal::TERM, child.id());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{line}");
        drop(lock);
        assert_closed(&sandbox);
    }
}

/// Returns true if a process has the WAL open.
fn is_open(sandbox: &Sandbox, process: u32) -> bool {
    let open = std::fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    open.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|file| file == sandbox.path("t.db-wal"))
}

#[test]
fn a_kept_demonstration_is_closed_and_a_temporary_one_leaves_nothing() {
    let sandbox = sandbox();
    sandbox.run("demo --plain --path t.db").done();
    assert_closed(&sandbox);
    let sandbox = self::sandbox();
    let mut demo = sandbox.command("demo --plain --path t.db");
    let mut child = demo.spawn().unwrap();
    let _stderr = has_begun(&mut child);
    send(Signal::TERM, child.id());
    child.wait().unwrap();
    assert_closed(&sandbox);
}
