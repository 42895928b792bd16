//! A panic of an event handler or a command is an error of what called it. Any other ends the console, but leaves the
//! terminal intact.

use std::ffi::OsString;
use std::sync::Arc;

use ramax::cli;
use ramax::event_store::{Append, Expected};
use ramax::{Apps, Json, NewEvent, Timestamp};

use super::pty::{Ended, Program, Terminal};
use crate::support::brittle::Brittle;
use crate::support::program::Sandbox;

/// The program with this app, which the tests below run in a terminal. Not a test itself.
#[test]
#[ignore = "a program for the tests below"]
fn brittle_program() {
    let Some(file) = std::env::var_os("BRITTLE_FILE") else { return };
    let arguments = [OsString::from("ramax"), file];
    let exit = cli::Program::ramax().with_apps(Apps::standard().with(Arc::new(Brittle))).run(&arguments);
    std::process::exit(exit.code().into());
}

/// Starts the console on a space of this app, with these parts of it broken.
pub fn brittle<'sandbox>(sandbox: &'sandbox Sandbox, broken: &[&str]) -> Terminal<'sandbox> {
    sandbox.run("spaces create brittle_one --metadata {\"app\":\"brittle\"}").done();
    start(sandbox, broken)
}

/// The same, with an event that cannot be applied, and so blocks the projection and every command.
pub fn blocked<'sandbox>(sandbox: &'sandbox Sandbox, broken: &[&str]) -> Terminal<'sandbox> {
    sandbox.run("spaces create brittle_one --metadata {\"app\":\"brittle\"}").done();
    let store = sandbox.store();
    let space = store.events().find_space("brittle_one").unwrap().unwrap().space;
    let events = [NewEvent::new("v1", "vase.broken", Json::of(&true.into()))];
    let append = Append { expected: Expected::Any, now: Timestamp(0), events: &events };
    store.events().append(space.space_id, append).unwrap();
    start(sandbox, broken)
}

fn start<'sandbox>(sandbox: &'sandbox Sandbox, broken: &[&str]) -> Terminal<'sandbox> {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "panics::brittle_program", "--ignored", "--nocapture", "--test-threads=1"];
    let program = Program::other(sandbox, program.to_str().unwrap(), &arguments).env("BRITTLE_FILE", "t.db");
    let program = broken.iter().fold(program, |program, name| program.env(name, "truecolor"));
    let mut terminal = program.start();
    terminal.wait_for("brittle_one");
    terminal
}

#[track_caller]
fn assert_told(ended: &Ended, code: u32, told: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}", ended.main_screen);
    for told in told {
        assert!(ended.main_screen.contains(told), "{told} in\n{}", ended.main_screen);
    }
    assert!(!ended.main_screen.contains("Spaces"), "the console is off the screen:\n{}", ended.main_screen);
}

#[test]
fn a_panic_of_an_event_handler_is_the_error_of_a_job_and_the_console_lives_on() {
    let sandbox = Sandbox::new();
    let mut terminal = blocked(&sandbox, &[]);
    for (key, asked) in [("R", "replayed into"), ("C", "applied to the projection"), ("v", "compared")] {
        terminal.press(key).wait_for(asked).press("<enter>").wait_while(asked);
    }
    // The jobs run one after the other.
    terminal.wait_for("1 difference");
    terminal.press("5z").wait_for("cannot be applied: the app");
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
    let log = sandbox.run("log --json").done().objects();
    let ended: Vec<_> = log.iter().rev().take(3).map(|entry| entry["outcome"].as_str().unwrap()).collect();
    assert_eq!(ended, ["found", "failed", "failed"]);
    assert_eq!(sandbox.run("checkpoints --json").done().object()["checkpoint"], 0, "nothing was applied");
}

#[test]
fn a_panic_in_a_preview_is_an_error_of_the_form() {
    let sandbox = Sandbox::new();
    let mut terminal = brittle(&sandbox, &[]);
    terminal.press("n").wait_for("Breaks a vase").press("v2");
    terminal.wait_for("the preview failed").wait_for("the app brittle panicked");
    terminal.press("3").wait_for("v23").press("<ctrl-c>");
    assert_eq!(terminal.end().code, Some(0));
    assert_eq!(sandbox.store().events().find_space("brittle_one").unwrap().unwrap().head.last_sequence.0, 0);
}

#[test]
fn a_panic_of_the_declarations_in_a_job_ends_the_console_and_restores_the_terminal() {
    let sandbox = Sandbox::new();
    let mut terminal = blocked(&sandbox, &["BROKEN_PROJECTIONS"]);
    terminal.press("R").wait_for("replayed into").press("<enter>");
    assert_told(&terminal.end(), 1, &["the projections are broken", "the job thread ended unexpectedly"]);
    sandbox.run("spaces show brittle_one").done();
}

#[test]
fn a_space_whose_event_handler_panics_is_listed_as_blocked() {
    let sandbox = Sandbox::new();
    let mut terminal = blocked(&sandbox, &[]);
    terminal.press("i").wait_for("cannot be applied");
    terminal.wait_for("the app brittle panicked: the vase is broken");
    terminal.leave("› detail").press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_panic_on_the_main_thread_restores_the_terminal() {
    let sandbox = Sandbox::new();
    let mut terminal = brittle(&sandbox, &["BROKEN_COMMANDS"]);
    terminal.press("n");
    assert_told(&terminal.end(), 101, &["the commands are broken"]);
}
