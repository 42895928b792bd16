//! Tests that every exit of a command closes its connections and leaves nothing beside the database.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use rustix::process::Signal;

use super::signals::{desk, desk_with_contacts, has_begun};
use crate::support::program::{Desk, send};

const SIGNALS: [Signal; 6] =
    [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::ALARM];

const ADD: &str = r#"{"command":"add-contact","contact_id":"c3","name":"N","email":"e"}"#;

#[track_caller]
fn assert_closed(desk: &Desk) {
    assert_eq!(desk.files(), ["t.db"]);
}

/// Returns a desk with more events than fit in a pipe.
fn full() -> Desk {
    let desk = desk();
    desk.run("generate --spaces 1 --events 20000").done();
    desk
}

#[test]
fn a_normal_end_and_an_error_close_the_database() {
    let desk = desk_with_contacts();
    for (line, code) in [
        ("events list crm_acme", 0),
        ("run crm_acme add-contact contact_id=c3 name=N email=e", 0),
        ("run crm_acme add-contact contact_id=c3 name=N email=e", 1),
        ("run crm_acme no-such-command", 2),
        ("events list crm_none", 1),
        ("t.db", 2),
    ] {
        assert_eq!(desk.run(line).code, code, "{line}");
        assert_closed(&desk);
    }
}

#[test]
fn a_batch_closes_the_database_on_every_exit() {
    for signal in SIGNALS.map(Some).into_iter().chain([None]) {
        let desk = desk_with_contacts();
        let mut child = desk.command("run crm_acme --batch -").stdin(Stdio::piped()).spawn().unwrap();
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
        assert_closed(&desk);
        let acknowledged = desk.run("log --json").done().objects();
        assert!(acknowledged.iter().all(|operation| operation["outcome"] != "interrupted"), "{signal:?}");
        desk.run("projections get crm_acme contact:c3").done();
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
        let desk = desk();
        let mut child = desk.spawn("generate --spaces 2 --events 100000000 --progress");
        let mut stderr = has_begun(&mut child);
        send(signal, child.id());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        stderr.read_to_string(&mut String::new()).unwrap();
        assert_closed(&desk);
    }
}

#[test]
fn a_command_waiting_for_another_process_ends_at_a_signal() {
    for line in ["run crm_acme add-contact contact_id=c3 name=N email=e", "rebuild crm_acme"] {
        let desk = desk_with_contacts();
        let lock = crate::support::program::sqlite(&desk.db());
        lock.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut child = desk.spawn(&format!("--busy-timeout 600000 {line}"));
        // It waits after opening the file.
        while !is_open(&desk, child.id()) {
            assert!(child.try_wait().unwrap().is_none());
        }
        send(Signal::TERM, child.id());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{line}");
        drop(lock);
        assert_closed(&desk);
    }
}

/// Returns true if a process has the WAL open.
fn is_open(desk: &Desk, process: u32) -> bool {
    let open = std::fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    open.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|file| file == desk.path("t.db-wal"))
}

#[test]
fn a_kept_demonstration_is_closed_and_a_temporary_one_leaves_nothing() {
    let desk = desk();
    desk.run("demo --plain --path t.db").done();
    assert_closed(&desk);
    let desk = self::desk();
    let mut demo = desk.command("demo --plain --path t.db");
    let mut child = demo.spawn().unwrap();
    let _stderr = has_begun(&mut child);
    send(Signal::TERM, child.id());
    child.wait().unwrap();
    assert_closed(&desk);
}
