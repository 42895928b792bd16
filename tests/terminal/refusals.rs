//! A read-only database: everything can be viewed, and nothing changed.

use super::control_sequences::assert_of_console;
use super::operations::console_with;
use crate::support::program::Sandbox;

const REASON: &str = "the database is open read-only";

#[test]
fn a_read_only_console_refuses_every_change_and_says_why() {
    let sandbox = Sandbox::with_contacts();
    let before = sandbox.bytes();
    let mut terminal = console_with(&sandbox, &["--read-only"]);
    terminal.wait_for("ro");
    for (key, action) in
        [("n", "new command"), ("c", "create space"), ("R", "rebuild"), ("C", "catch-up"), ("D", "delete")]
    {
        terminal.press(key).wait_for(&format!("{action}: {REASON}"));
    }
    terminal
        .press("v")
        .wait_for("nothing is written")
        .press("<enter>")
        .wait_for("verify crm_acme: projections match");
    terminal.press("2").wait_for("Event 2").press("q");
    let ended = terminal.end();
    assert_eq!(ended.code, Some(0));
    assert_of_console(&ended.raw, &[]);
    assert_eq!(sandbox.bytes(), before);
}
