//! Tests of signals, and of readers that close the pipe.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::support::program::{Sandbox, sqlite};
use crate::support::running::{Running, send};

/// The signals that ask the process to end.
const SIGNALS: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

/// The error of a run whose output cannot be written.
const UNWRITABLE: &str = "error: the output cannot be written: ";

/// Returns the error of a run that writes to a full device.
#[track_caller]
fn unwritable(sandbox: &Sandbox, line: &str) -> String {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sandbox.command(line).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{line}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_interrupted_operation_leaves_consistent_data() {
    for signal in SIGNALS {
        let sandbox = Sandbox::new();
        let mut child = sandbox.spawn("generate --spaces 2 --events 100000000 --progress");
        let mut stderr = child.started();
        child.interrupt(signal);
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "error: cancelled; the events generated so far are kept\n");
        sandbox.run("verify --all").done();
    }
}

#[test]
fn following_ends_quietly_when_interrupted() {
    for signal in SIGNALS {
        let sandbox = Sandbox::with_contacts();
        let mut child = sandbox.spawn("events follow crm_acme");
        let mut stderr = child.started();
        child.interrupt(signal);
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}

#[test]
fn a_delete_interrupted_while_archiving_leaves_the_space_and_no_file() {
    let full = Sandbox::new();
    full.run("generate --spaces 1 --events 20000").done();
    for signal in SIGNALS {
        // The archive may be complete before the signal arrives.
        let sandbox = (0..100)
            .find_map(|_| interrupt_archive(&full, signal))
            .expect("no delete was interrupted while it archived");
        assert!(sandbox.files().iter().all(|name| name.starts_with("t.db")), "{signal:?}");
        sandbox.run("check").done();
    }
}

/// Interrupts a delete while it archives. Returns none if the archive was already complete.
fn interrupt_archive(full: &Sandbox, signal: Signal) -> Option<Sandbox> {
    let sandbox = Sandbox::new();
    std::fs::copy(full.db(), sandbox.db()).unwrap();
    let mut child = sandbox.spawn("spaces delete #1 --confirm crm_load_0001 --archive a.jsonl");
    while !sandbox.files().iter().any(|name| name.starts_with(".ramax-")) {
        child.try_wait().unwrap().is_none().then_some(())?;
    }
    send(signal, child.id());
    assert!(matches!(child.wait().unwrap().code(), Some(0 | 130)), "{signal:?}");
    (!sandbox.files().contains(&"a.jsonl".to_owned())).then_some(sandbox)
}

#[test]
fn a_run_that_waits_for_input_ends_as_interrupted() {
    for signal in SIGNALS {
        let sandbox = Sandbox::with_contacts();
        let (mut batch, _stdin) = sandbox.start_batch();
        batch.interrupt(signal);
        sandbox.run("projections get crm_acme contact:c3").done();
    }
}

#[test]
fn a_batch_that_waits_for_the_writer_of_a_fifo_ends_at_the_first_signal() {
    let sandbox = Sandbox::with_contacts();
    assert!(Command::new("mkfifo").arg(sandbox.path("fifo")).status().unwrap().success());
    let mut batch = sandbox.spawn("run crm_acme --batch fifo");
    while !sandbox.run("log").done().out.contains("running") {}
    batch.interrupt(Signal::TERM);
    let mut batch = sandbox.spawn("run crm_acme --batch fifo");
    let line = r#"{"command":"add-contact","contact_id":"c9","name":"N","email":"e"}"#;
    std::fs::write(sandbox.path("fifo"), format!("{line}\n")).unwrap();
    assert!(batch.wait().unwrap().success());
    sandbox.run("projections get crm_acme contact:c9").done();
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let sandbox = Sandbox::with_contacts();
    let follow = format!("trap '' HUP; exec {} events follow crm_acme", env!("CARGO_BIN_EXE_ramax"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &follow]).env("RAMAX_DB", sandbox.db()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Running::of(&mut shell);
    let _stderr = child.started();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    let mut add = |id: &str| {
        sandbox.run(&format!("run crm_acme add-contact contact_id={id} name=N email=e")).done();
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        line
    };
    send(Signal::HUP, child.id());
    assert!(add("c3").contains("EVENT"), "its table begins");
    assert!(add("c4").contains("c3"));
    child.interrupt(Signal::TERM);
}

#[test]
fn a_closed_pipe_ends_a_list_quietly() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 1 --events 3000").done();
    for line in ["events list --all-spaces", "events list --all-spaces --json"] {
        let mut child = sandbox.spawn(line);
        drop(child.first_line());
        let ran = child.finish();
        assert_eq!((ran.code, ran.err.as_str()), (141, ""));
    }
}

#[test]
fn following_ends_when_its_reader_is_gone_even_without_new_events() {
    let sandbox = Sandbox::with_contacts();
    for line in ["events follow crm_acme", "events follow --all-spaces --json"] {
        let mut child = sandbox.spawn(line);
        drop(child.stdout.take());
        let ran = child.finish();
        assert_eq!(ran.code, 141, "{ran:?}");
    }
}

#[test]
fn a_search_ends_when_its_reader_is_gone_even_without_matches() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 1 --events 21000").done();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = sandbox.command("events list #1 --where ~nowhere").stdout(writer).output().unwrap();
    assert_eq!(ran.status.code(), Some(141), "{ran:?}");
}

#[test]
fn the_first_signal_ends_a_run_that_writes_to_a_full_pipe() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 1 --events 2000").done();
    let lists =
        ["events list #1", "events list #1 --json", "events follow #1 --after 0", "projections list #1"];
    for line in lists.into_iter().chain(["export #1"]) {
        for signal in SIGNALS {
            let mut child = sandbox.spawn(line);
            let stdout = child.stdout.take().unwrap();
            while rustix::io::ioctl_fionread(&stdout).unwrap() < 60_000 {
                assert_eq!(child.try_wait().unwrap(), None, "{line} has ended");
                std::thread::yield_now();
            }
            send(signal, child.id());
            // No process reads, so only the signal can end the run.
            let ended = child.wait().unwrap();
            drop(stdout);
            assert_eq!(ended.code(), Some(130), "{line}");
            assert_eq!(sandbox.files(), ["t.db"], "{line}");
        }
    }
}

#[test]
fn unwritable_output_is_an_error() {
    let error = unwritable(&Sandbox::with_contacts(), "events list crm_acme");
    assert!(error.starts_with(UNWRITABLE), "{error}");
}

#[test]
fn unwritable_help_is_an_error() {
    let sandbox = Sandbox::new();
    for line in ["--help", "--version", "run --help"] {
        let error = unwritable(&sandbox, line);
        assert!(error.starts_with(UNWRITABLE), "{line}: {error}");
    }
}

#[test]
fn the_first_signal_ends_a_long_document_with_the_file_closed() {
    let sandbox = Sandbox::with_contacts();
    // Its indented lines have 200 MB.
    let deep = format!("{}{}", "[".repeat(1 << 19), "]".repeat(1 << 19));
    let sql = "UPDATE projection_entities SET value = ?1 WHERE key = 'contact:c1'";
    sqlite(&sandbox.db()).execute(sql, [deep]).unwrap();
    let before = sandbox.files();
    let printed = std::fs::File::create(sandbox.path("printed")).unwrap();
    let length = printed.try_clone().unwrap();
    let mut child = sandbox.command("projections get crm_acme contact:c1").stdout(printed).spawn().unwrap();
    while length.metadata().unwrap().len() == 0 {
        std::thread::yield_now();
    }
    send(Signal::TERM, child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(length.metadata().unwrap().len() < 100 << 20);
    std::fs::remove_file(sandbox.path("printed")).unwrap();
    assert_eq!(sandbox.files(), before);
}
