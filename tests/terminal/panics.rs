//! A panicking app ends the console but leaves the terminal intact.

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

/// Starts the console on a space of this app, with one unprojected event.
pub fn brittle<'sandbox>(sandbox: &'sandbox Sandbox, broken: &[&str]) -> Terminal<'sandbox> {
    sandbox.run("spaces create brittle_one --metadata {\"app\":\"brittle\"}").done();
    let store = sandbox.store();
    let space = store.events().find_space("brittle_one").unwrap().unwrap().space;
    let events = [NewEvent::new("v1", "vase.broken", Json::of(&true.into()))];
    let append = Append { expected: Expected::Any, now: Timestamp(0), events: &events };
    store.events().append(space.space_id, append).unwrap();
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "panics::brittle_program", "--ignored", "--nocapture", "--test-threads=1"];
    let program = Program::other(sandbox, program.to_str().unwrap(), &arguments).env("BRITTLE_FILE", "t.db");
    let program = broken.iter().fold(program, |program, name| program.env(name, "1"));
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
fn a_panic_in_a_job_ends_the_console_and_restores_the_terminal() {
    for (key, asked) in [("R", "replayed into"), ("C", "applied to the projection")] {
        let sandbox = Sandbox::new();
        let mut terminal = brittle(&sandbox, &[]);
        terminal.press(key).wait_for(asked).press("<enter>");
        assert_told(&terminal.end(), 1, &["the vase is broken", "the job thread ended unexpectedly"]);
        sandbox.run("spaces show brittle_one").done();
    }
}

#[test]
fn a_space_whose_event_handler_panics_is_listed_as_blocked() {
    let sandbox = Sandbox::new();
    let mut terminal = brittle(&sandbox, &[]);
    terminal.press("i").wait_for("cannot be applied").wait_for("the app panicked: the vase is broken");
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_panic_in_a_preview_ends_the_console_and_restores_the_terminal() {
    let sandbox = Sandbox::new();
    let mut terminal = brittle(&sandbox, &[]);
    terminal.press("n").wait_for("Breaks a vase").press("v2");
    assert_told(&terminal.end(), 1, &["the vase is broken", "the commands thread ended unexpectedly"]);
}

#[test]
fn a_panic_on_the_main_thread_restores_the_terminal() {
    let sandbox = Sandbox::new();
    let mut terminal = brittle(&sandbox, &["BROKEN_COMMANDS"]);
    terminal.press("n");
    assert_told(&terminal.end(), 101, &["the commands are broken"]);
}
