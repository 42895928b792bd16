//! `--plain` on a terminal.

use super::pty::Program;
use crate::support::program::Sandbox;

/// Runs the program on a terminal. Returns the text, which contains no control sequences.
#[track_caller]
fn plain(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let ended = Program::new(sandbox, arguments).start().end();
    let text = String::from_utf8(ended.raw).unwrap();
    assert_eq!(ended.code, Some(0), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
    text
}

#[test]
fn an_overview_on_a_terminal_is_text_and_opens_no_console() {
    let text = plain(&Sandbox::with_contacts(), &["t.db", "--plain"]);
    assert!(text.contains("overview of t.db\r\n") && text.contains("\r\nSpaces: 1\r\n"), "{text}");
}

#[test]
fn progress_is_told_in_lines_that_are_not_redrawn() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 1 --events 20000").done();
    let text = plain(&sandbox, &["--db", "t.db", "--plain", "rebuild", "crm_load_0001"]);
    assert!(text.contains("rebuild crm_load_0001 …\r\n"), "{text}");
    assert!(!text.replace("\r\n", "\n").contains('\r'), "{text:?}");
}
