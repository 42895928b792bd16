//! Tests of signals, and of readers that close the pipe.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustix::process::Signal;

use crate::support::program::{Sandbox, send};

/// The signals that ask the process to end.
const SIGNALS: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

/// Makes child processes receive those signals, even if the tests run with some of them ignored, as under
/// `nohup`. A signal with a handler is reset in a child, but an ignored one stays ignored.
fn hear() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).map(str::trim);
    let ignored = ignored.and_then(|set| u64::from_str_radix(set, 16).ok()).unwrap_or(0);
    for signal in SIGNALS.map(Signal::as_raw).into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 1) {
        signal_hook::flag::register(signal, Arc::default()).unwrap();
    }
}

pub fn sandbox() -> Sandbox {
    hear();
    Sandbox::new()
}

pub fn sandbox_with_contacts() -> Sandbox {
    hear();
    Sandbox::with_contacts()
}

/// Waits until the program reports that it has started, and so handles signals.
pub fn has_begun(child: &mut Child) -> BufReader<std::process::ChildStderr> {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut String::new()).unwrap();
    stderr
}

#[test]
fn an_interrupted_operation_leaves_consistent_data() {
    for signal in SIGNALS {
        let sandbox = sandbox();
        let mut child = sandbox.spawn("generate --spaces 2 --events 100000000 --progress");
        let mut stderr = has_begun(&mut child);
        send(signal, child.id());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(said, "error: cancelled; the events generated so far are kept\n");
        sandbox.run("verify --all").done();
    }
}

#[test]
fn following_ends_quietly_when_interrupted() {
    for signal in SIGNALS {
        let sandbox = sandbox_with_contacts();
        let mut child = sandbox.spawn("events follow crm_acme");
        let mut stderr = has_begun(&mut child);
        send(signal, child.id());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(said, "");
    }
}

#[test]
fn a_delete_interrupted_while_archiving_leaves_the_space_and_no_file() {
    let full = sandbox();
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
        let sandbox = sandbox_with_contacts();
        let mut child = sandbox.command("run crm_acme --batch -").stdin(Stdio::piped()).spawn().unwrap();
        let add = r#"{"command":"add-contact","contact_id":"c3","name":"N","email":"e"}"#;
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "{add}").unwrap();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        send(signal, child.id());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal:?}");
        sandbox.run("projections get crm_acme contact:c3").done();
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let sandbox = sandbox_with_contacts();
    let follow = format!("trap '' HUP; exec {} events follow crm_acme", env!("CARGO_BIN_EXE_ramax"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &follow]).env("RAMAX_DB", sandbox.db()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = shell.spawn().unwrap();
    let _stderr = has_begun(&mut child);
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
    send(Signal::TERM, child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_closed_pipe_ends_a_list_quietly() {
    let sandbox = sandbox();
    sandbox.run("generate --spaces 1 --events 3000").done();
    for line in ["events list --all-spaces", "events list --all-spaces --json"] {
        let mut child = sandbox.spawn(line);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut String::new()).unwrap();
        drop(stdout);
        let ran = child.finish();
        assert_eq!((ran.code, ran.err.as_str()), (141, ""));
    }
}

#[test]
fn following_ends_when_its_reader_is_gone_even_without_new_events() {
    let sandbox = sandbox_with_contacts();
    for line in ["events follow crm_acme", "events follow --all-spaces --json"] {
        let mut child = sandbox.spawn(line);
        drop(child.stdout.take());
        let ran = child.finish();
        assert_eq!(ran.code, 141, "{ran:?}");
    }
}

#[test]
fn a_search_ends_when_its_reader_is_gone_even_without_matches() {
    let sandbox = sandbox();
    sandbox.run("generate --spaces 1 --events 21000").done();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = sandbox.command("events list #1 --where ~nowhere").stdout(writer).output().unwrap();
    assert_eq!(ran.status.code(), Some(141), "{ran:?}");
}

#[test]
fn the_first_signal_ends_a_run_that_writes_to_a_full_pipe() {
    let sandbox = sandbox();
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
    let sandbox = sandbox_with_contacts();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sandbox.command("events list crm_acme").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: the output cannot be written: "));
}

#[test]
fn the_file_size_limit_causes_an_error_instead_of_a_crash() {
    let sandbox = sandbox();
    let limited =
        format!("ulimit -f 200; exec {} generate --spaces 2 --events 20000", env!("CARGO_BIN_EXE_ramax"));
    let ran = Command::new("sh").args(["-c", &limited]).env("RAMAX_DB", sandbox.db()).output().unwrap();
    assert_eq!(ran.status.code(), Some(3), "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stderr).contains("hint: "), "{ran:?}");
    sandbox.run("verify --all").done();
}

#[test]
fn unwritable_help_is_an_error() {
    let sandbox = sandbox();
    for line in ["--help", "--version", "run --help"] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = sandbox.command(line).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(
            String::from_utf8(output.stderr).unwrap().starts_with("error: the output cannot be written: ")
        );
    }
}
