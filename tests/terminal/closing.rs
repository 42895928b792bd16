//! On every way out of the console, all connections are closed and no extra files remain.

use rustix::process::Signal;

use super::jobs::large;
use super::operations::{console, console_with};
use super::panics::{blocked, brittle};
use super::pty::{Program, Terminal};
use super::vt100::is_taken;
use crate::support::program::{Sandbox, sqlite};

#[track_caller]
fn assert_closed(sandbox: &Sandbox) {
    assert_eq!(sandbox.files(), ["t.db"]);
}

/// A console that has written, so that its latest commits are in the WAL.
fn written(sandbox: &Sandbox) -> Terminal<'_> {
    let mut terminal = console(sandbox);
    terminal.press("c").wait_for("Create space").press("crm_new<ctrl-s>").wait_for("space crm_new created");
    assert!(sandbox.files().contains(&"t.db-wal".to_owned()));
    terminal
}

#[test]
fn keys_that_quit_close_the_database() {
    for key in ["q", "<ctrl-c>"] {
        let sandbox = Sandbox::with_contacts();
        let mut terminal = written(&sandbox);
        terminal.press(key);
        assert_eq!(terminal.end().code, Some(0));
        assert_closed(&sandbox);
    }
}

#[test]
fn signals_close_the_database() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let sandbox = Sandbox::with_contacts();
        let terminal = written(&sandbox);
        terminal.signal(signal);
        assert_eq!(terminal.end().code, Some(130), "{signal:?}");
        assert_closed(&sandbox);
    }
}

#[test]
fn a_closed_terminal_closes_the_database() {
    let sandbox = Sandbox::with_contacts();
    assert_eq!(written(&sandbox).hang_up().exit_code(), 130);
    assert_closed(&sandbox);
}

#[test]
fn a_panic_closes_the_database() {
    let sandbox = Sandbox::new();
    let mut terminal = blocked(&sandbox, &["BROKEN_PROJECTIONS"]);
    terminal.press("R").wait_for("replayed into").press("<enter>");
    assert_eq!(terminal.end().code, Some(1), "in a job");
    assert_closed(&sandbox);
    let sandbox = Sandbox::new();
    let mut terminal = brittle(&sandbox, &["BROKEN_COMMANDS"]);
    terminal.press("n");
    assert_eq!(terminal.end().code, Some(101), "on the main thread");
    assert_closed(&sandbox);
}

#[test]
fn an_error_at_startup_closes_the_database() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run_of(&["t.db"]);
    assert_eq!((ran.code, ran.err.contains("needs a terminal")), (2, true), "{ran:?}");
    assert_closed(&sandbox);
}

#[test]
fn quitting_stops_a_running_job_and_closes_the_database() {
    for end in ["q", "signal"] {
        let sandbox = large();
        let mut terminal = console(&sandbox);
        terminal.wait_for("crm_load_0001").press("R").wait_for("replayed into");
        terminal.press("<enter>5").wait_for("● started");
        if end == "q" {
            terminal.press("qy");
        } else {
            terminal.signal(Signal::TERM);
        }
        terminal.end();
        assert_closed(&sandbox);
    }
}

#[test]
fn a_job_that_waits_for_another_process_does_not_delay_the_end() {
    let sandbox = Sandbox::with_contacts();
    let lock = sqlite(&sandbox.db());
    // Longer than any test waits.
    let mut terminal = console_with(&sandbox, &["--busy-timeout", "600000"]);
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    terminal.press("R").wait_for("replayed into").press("<enter>5").wait_for("● started");
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.end().code, Some(130));
    drop(lock);
    assert_closed(&sandbox);
}

#[test]
fn a_second_signal_also_closes_the_database() {
    let sandbox = Sandbox::with_contacts();
    let lock = sqlite(&sandbox.db());
    let mut terminal = console_with(&sandbox, &["--busy-timeout", "600000"]);
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    terminal.press("R").wait_for("replayed into").press("<enter>5").wait_for("● started");
    terminal.signal(Signal::TERM);
    terminal.wait_until("the terminal to be restored", |seen| !is_taken(seen)).signal(Signal::TERM);
    terminal.end();
    drop(lock);
    assert_closed(&sandbox);
}

#[test]
fn the_last_of_several_programs_to_end_leaves_no_extra_files() {
    let sandbox = Sandbox::with_contacts();
    let (first, mut second) = (written(&sandbox), Program::new(&sandbox, &["t.db"]).start());
    second.wait_for("crm_new");
    first.signal(Signal::TERM);
    first.end();
    assert!(sandbox.files().contains(&"t.db-wal".to_owned()), "the other program has it open");
    second.press("q");
    second.end();
    assert_closed(&sandbox);
}
