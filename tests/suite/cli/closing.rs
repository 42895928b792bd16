//! Tests that every exit of a command closes its connections and leaves nothing beside the database.

use std::io::{Read, Write};

use rustix::process::Signal;

use crate::support::program::Sandbox;
use crate::support::running::send;

const SIGNALS: [Signal; 6] =
    [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::ALARM];

#[track_caller]
fn assert_closed(sandbox: &Sandbox) {
    assert_eq!(sandbox.files(), ["t.db"]);
}

/// Returns a sandbox with more events than fit in a pipe.
fn full() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 1 --events 20000").done();
    sandbox
}

#[test]
fn a_normal_end_and_an_error_close_the_database() {
    let sandbox = Sandbox::with_contacts();
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
        let sandbox = Sandbox::with_contacts();
        let (mut batch, mut stdin) = sandbox.start_batch();
        match signal {
            Some(signal) => batch.interrupt(signal),
            None => {
                writeln!(stdin, "no command").unwrap();
                assert_eq!(batch.wait().unwrap().code(), Some(2));
            }
        }
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
            let stdout = child.first_line();
            child.interrupt(signal);
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
        drop(child.first_line());
        assert_eq!(child.finish().code, 141, "{line}");
        assert_closed(&full);
    }
}

#[test]
fn a_signal_to_an_operation_closes_the_database() {
    for signal in SIGNALS {
        let sandbox = Sandbox::new();
        let mut child = sandbox.spawn("generate --spaces 2 --events 100000000 --progress");
        let mut stderr = child.started();
        child.interrupt(signal);
        stderr.read_to_string(&mut String::new()).unwrap();
        assert_closed(&sandbox);
    }
}

#[test]
fn a_command_waiting_for_another_process_ends_at_a_signal() {
    for line in ["run crm_acme add-contact contact_id=c3 name=N email=e", "rebuild crm_acme"] {
        let sandbox = Sandbox::with_contacts();
        let lock = crate::support::program::sqlite(&sandbox.db());
        lock.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut child = sandbox.spawn(&format!("--busy-timeout 600000 {line}"));
        // It waits after opening the file.
        while !is_open(&sandbox, child.id()) {
            assert!(child.try_wait().unwrap().is_none());
        }
        child.interrupt(Signal::TERM);
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
    let sandbox = Sandbox::new();
    sandbox.run("demo --plain --path t.db").done();
    assert_closed(&sandbox);
    let sandbox = Sandbox::new();
    let mut child = sandbox.spawn("demo --plain --path t.db");
    let _stderr = child.started();
    send(Signal::TERM, child.id());
    child.wait().unwrap();
    assert_closed(&sandbox);
}
