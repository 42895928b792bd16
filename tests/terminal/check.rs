//! The check operation and the audit log, in the real program.

use super::jobs;
use super::operations::{console, console_with};
use crate::support::program::{Sandbox, sqlite};

const COUNTER: &str = "UPDATE space_sequences SET payload_bytes = 1";

/// A file with a wrong counter.
fn damaged() -> Sandbox {
    let sandbox = Sandbox::with_contacts();
    assert_eq!(sqlite(&sandbox.db()).execute(COUNTER, []).unwrap(), 1);
    sandbox
}

#[test]
fn a_finding_names_its_repair_and_both_operations_are_in_the_audit_log() {
    let sandbox = damaged();
    let mut terminal = console(&sandbox);
    terminal.press("K").wait_for("1 space with 2 events and 3 keys").press("<enter>");
    terminal.wait_for("check the database: 1 problem").press("5<enter>").wait_for("› detail");
    terminal.wait_for("payload_bytes");
    terminal.wait_for("a check with repair fixes it: K r").leave("› detail");
    terminal.press("K").wait_for("nothing is written").press("r").wait_for("repair: wrong counters");
    terminal.press("<enter>").wait_for("1 problem repaired, none left");
    terminal.press("Kp").wait_for("deep check: indexes").press("<enter>").wait_for("2 projections verified");
    terminal.press("L").wait_for("1 of 6").wait_for("1 problem in ").press("<enter>").wait_for("› detail");
    terminal.wait_for("deep true").leave("› detail");
    terminal.leave("Audit log").press("q");
    assert_eq!(terminal.end().code, Some(0));
    sandbox.run("check --deep").done();
}

#[test]
fn a_read_only_console_checks_but_does_not_repair_and_says_why() {
    let sandbox = damaged();
    let before = sandbox.bytes();
    let mut terminal = console_with(&sandbox, &["--read-only"]);
    terminal.press("K").wait_for("nothing is written").press("r").wait_for("the database is open read-only");
    terminal.press("<enter>").wait_for("1 problem").press("L").wait_for("create-space");
    terminal.leave("Audit log").press("q");
    assert_eq!(terminal.end().code, Some(0));
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn a_check_is_cancelled_halfway_and_the_audit_log_says_so() {
    let sandbox = jobs::large();
    let mut terminal = console(&sandbox);
    terminal.wait_for("crm_load_0001").press("Kp").wait_for("deep check: indexes").press("<enter>5P");
    terminal.wait_for("‖ paused while").press("Px").wait_for("cancelled; existing data is unchanged");
    terminal.press("L").wait_for("cancelled; existing data is unchanged").leave("Audit log").press("q");
    assert_eq!(terminal.end().code, Some(0));
    sandbox.run("check --deep").done();
}

#[test]
fn the_audit_log_follows_operations_of_other_processes_whatever_their_result() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("L").wait_for("1 of 3").wait_for("create-space").press("j").wait_for("2 of 3");
    assert_ne!(sandbox.run("spaces create crm_acme").code, 0);
    terminal.wait_for("refused").wait_for("3 of 4");
    terminal.press("g").wait_for("1 of 4").press("a").wait_for("Audit log  crm_acme");
    sandbox.run("rebuild crm_acme").done();
    terminal.wait_for("rebuild").wait_for("2 events into").wait_for("1 of 5").press("<enter>");
    terminal.wait_for("› detail").wait_for("cli").leave("› detail").leave("Audit log").press("q");
    assert_eq!(terminal.end().code, Some(0));
}
