//! The console's memory in the real program: a restart, a choice among recent files, and a fresh start.

use super::operations::quit;
use super::pty::{Program, Terminal};
use crate::support::program::Sandbox;

fn console<'sandbox>(sandbox: &'sandbox Sandbox, arguments: &[&str]) -> Terminal<'sandbox> {
    Program::new(sandbox, arguments).start()
}

/// Leaves a console in the filtered events.
fn left_in_the_events(sandbox: &Sandbox) {
    let mut terminal = console(sandbox, &["t.db"]);
    terminal.wait_for("crm_acme").press("2/payload.name~grac<enter>").wait_for("payload.name~grac");
    terminal.wait_for("1 match");
    quit(terminal);
}

#[test]
fn a_console_continues_where_it_was_left_unless_it_is_fresh() {
    let sandbox = Sandbox::with_contacts();
    left_in_the_events(&sandbox);
    let mut terminal = console(&sandbox, &["t.db"]);
    terminal.wait_for("payload.name~grac").wait_for("1 match");
    quit(terminal);
    let before = std::fs::read_dir(sandbox.state_home().join("ramax")).unwrap().count();

    let mut terminal = console(&sandbox, &["--fresh", "t.db"]);
    terminal.wait_for("crm_acme").press("2").wait_for("contact.added");
    assert!(!terminal.is(|seen| seen.has("payload.name~grac")));
    quit(terminal);
    let mut terminal = console(&sandbox, &["t.db"]);
    terminal.wait_for("payload.name~grac");
    quit(terminal);
    assert_eq!(std::fs::read_dir(sandbox.state_home().join("ramax")).unwrap().count(), before);
}

#[test]
fn recent_files_are_offered_if_no_file_is_named() {
    let sandbox = Sandbox::with_contacts();
    left_in_the_events(&sandbox);
    let mut terminal = console(&sandbox, &[]);
    terminal.wait_for("Recent files").wait_for("t.db").press("<enter>").wait_for("payload.name~grac");
    quit(terminal);
    let mut terminal = console(&sandbox, &[]);
    terminal.wait_for("Recent files");
    quit(terminal);
}

#[test]
fn a_recent_file_that_cannot_be_opened_is_reported_in_the_list() {
    let sandbox = Sandbox::with_contacts();
    left_in_the_events(&sandbox);
    std::fs::rename(sandbox.db(), sandbox.path("moved.db")).unwrap();
    let mut terminal = console(&sandbox, &[]);
    terminal.wait_for("Recent files").press("<enter>").wait_for("there is no file");
    terminal.wait_for("Recent files");
    std::fs::rename(sandbox.path("moved.db"), sandbox.db()).unwrap();
    terminal.press("<enter>").wait_for("payload.name~grac");
    quit(terminal);
}

#[test]
fn without_recent_files_the_database_has_to_be_named() {
    let sandbox = Sandbox::new();
    let mut terminal = console(&sandbox, &[]);
    terminal.wait_for("no database is named");
    assert_eq!(terminal.end().code, Some(2));
}

#[test]
fn a_broken_file_of_recent_files_is_named_with_its_line() {
    let sandbox = Sandbox::with_contacts();
    left_in_the_events(&sandbox);
    let recent = sandbox.state_home().join("ramax/recent.json");
    for (content, reason) in
        [("{\n  \"version\": 1,\n  oops", "recent.json:3: "), ("{\"version\": 99}", "recent.json:1: ")]
    {
        std::fs::write(&recent, content).unwrap();
        let mut terminal = console(&sandbox, &[]);
        terminal
            .wait_for("the recent files cannot be read: ")
            .wait_for(reason)
            .wait_for("no database is named");
        assert_eq!(terminal.end().code, Some(2));
        assert_eq!(std::fs::read_to_string(&recent).unwrap(), content);
    }
}
