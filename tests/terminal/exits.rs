//! Ordinary exits: by keys, and by errors at startup.

use super::operations::console;
use super::pty::Program;
use crate::support::program::{Sandbox, sqlite};

#[test]
fn q_and_ctrl_c_end_the_console_and_leave_nothing_on_the_screen() {
    for key in ["q", "<ctrl-c>"] {
        let sandbox = Sandbox::with_contacts();
        let mut terminal = console(&sandbox);
        terminal.press(key);
        let ended = terminal.end();
        assert_eq!((ended.code, ended.main_screen.as_str()), (Some(0), ""));
    }
}

#[test]
fn ctrl_c_ends_the_console_while_something_is_typed() {
    let sandbox = Sandbox::with_contacts();
    for (keys, shown) in [("c", "Create space"), ("D", "Type "), ("/crm", "crm")] {
        let mut terminal = console(&sandbox);
        terminal.press(keys).wait_for(shown).press("<ctrl-c>");
        assert_eq!(terminal.end().code, Some(0));
    }
}

/// Asserts that the console refuses its arguments on the main screen, without taking the terminal.
#[track_caller]
fn refused(sandbox: &Sandbox, arguments: &[&str], message: &str) {
    let ended = Program::new(sandbox, arguments).start().end();
    assert_eq!(ended.code, Some(3));
    assert!(ended.main_screen.contains(message), "{}", ended.main_screen);
    assert!(ended.main_screen.contains("hint: "), "{}", ended.main_screen);
    assert!(!ended.raw.contains(&0x1b), "{}", String::from_utf8_lossy(&ended.raw));
}

#[test]
fn a_missing_file_is_named_on_the_main_screen() {
    refused(&Sandbox::new(), &["missing.db"], "missing.db");
}

#[test]
fn a_file_of_another_program_is_refused_on_the_main_screen() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.db(), "not a database").unwrap();
    refused(&sandbox, &["t.db"], "t.db");
    let other = sandbox.path("other.db");
    sqlite(&other).execute_batch("CREATE TABLE t (a)").unwrap();
    refused(&sandbox, &["other.db"], "other.db");
}

#[test]
fn a_file_locked_by_another_process_is_reported_on_the_main_screen() {
    let sandbox = Sandbox::with_contacts();
    let lock = sqlite(&sandbox.db());
    lock.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; SELECT * FROM store;").unwrap();
    refused(&sandbox, &["t.db", "--busy-timeout", "50"], "another process");
}

#[test]
fn a_console_works_on_a_terminal_that_is_not_its_controlling_terminal() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = Program::new(&sandbox, &["t.db"]).without_control().start();
    terminal.wait_for("crm_acme").press("q");
    assert_eq!(terminal.end().code, Some(0));
}
