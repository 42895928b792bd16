//! Files that the console writes and reads, in the real program.

use super::operations::{console, quit};
use crate::support::program::Sandbox;

#[test]
fn an_export_matches_the_one_of_the_command_line() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("e").wait_for("crm_acme.jsonl").press("<ctrl-s>").wait_for("export crm_acme: 2 events");
    quit(terminal);
    let exported = std::fs::read_to_string(sandbox.path("crm_acme.jsonl")).unwrap();
    assert_eq!(exported, sandbox.run("export crm_acme").done().out);
}

#[test]
fn a_space_is_archived_deleted_and_imported_again() {
    let sandbox = Sandbox::with_contacts();
    let before = sandbox.run("projections list crm_acme --json").done().out;
    let mut terminal = console(&sandbox);
    terminal.press("D").wait_for("archive it first").press("<ctrl-o>").wait_for("archived to crm_acme.jsonl");
    terminal.press("<tab>crm_acme<enter>").wait_for("delete crm_acme: 2 events").press("5<enter>");
    // The line with the file name wraps differently with every temporary directory.
    terminal.wait_for("rows left: entity_blocks 0").leave("› detail");
    terminal
        .press("I")
        .wait_for("Import")
        .press("crm_acme.jsonl<ctrl-s>")
        .wait_for("import crm_acme.jsonl: 2 events");
    quit(terminal);
    assert_eq!(sandbox.run("projections list crm_acme --json").done().out, before);
    sandbox.run("check --deep").done();
    let logged = sandbox.run("log").done().out;
    assert!(logged.contains("delete") && logged.contains("import"), "{logged}");
}

#[test]
fn an_archive_does_not_overwrite_a_file_and_nothing_is_deleted() {
    let sandbox = Sandbox::with_contacts();
    std::fs::write(sandbox.path("crm_acme.jsonl"), "mine").unwrap();
    let mut terminal = console(&sandbox);
    terminal.press("D").wait_for("archive it first").press("<ctrl-o>").wait_for("archived to crm_acme.jsonl");
    terminal.press("<tab>crm_acme<enter>").wait_for("already exists").leave("Type crm_acme");
    quit(terminal);
    assert_eq!(std::fs::read_to_string(sandbox.path("crm_acme.jsonl")).unwrap(), "mine");
    assert_eq!(sandbox.run("events list crm_acme --json").done().objects().len(), 2);
}
