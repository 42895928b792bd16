//! Input other than keys, in the real program.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::operations::console;
use super::pty::{Program, Terminal};
use crate::support::program::Sandbox;

/// Presses ctrl-c until the console ends: with a job running, the first one asks.
#[track_caller]
fn end_by_ctrl_c(mut terminal: Terminal<'_>) {
    terminal.send(b"\x03");
    terminal
        .wait_until("the end, or a question", |seen| seen.ended.is_some() || seen.has("will be cancelled"));
    if terminal.is(|seen| seen.ended.is_none()) {
        terminal.send(b"\x03");
    }
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn reports_of_the_terminal_never_make_the_console_ignore_keys() {
    let sandbox = Sandbox::with_contacts();
    for report in [
        &b"\x1b[?997;1n"[..],
        b"\x1b[?2026;2$y",
        b"\x1b[?62;22c",
        b"\x1b[12;40R",
        b"\x1b[M !!",
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        b"\x1bP>|XTerm(390)\x1b\\",
        b"\x1b_Gi=31;OK\x1b\\",
    ] {
        let mut terminal = console(&sandbox);
        terminal.send(report);
        terminal.press("?").wait_for("Most needed here");
        end_by_ctrl_c(terminal);
    }
}

#[test]
fn replies_of_the_terminal_are_not_typed_into_a_form() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("c").wait_for("Create space").press("crm_");
    terminal.send(b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07\x1bP1+r544e=78\x1b\\\x1b[?997;1n\x1b_GOK\x1b\\");
    terminal.press("new<ctrl-s>").wait_for("space crm_new created");
    end_by_ctrl_c(terminal);
}

#[test]
fn an_unterminated_paste_is_ended_by_ctrl_c() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.send(b"\x1b[200~pasted");
    end_by_ctrl_c(terminal);
}

#[test]
fn an_unterminated_paste_ends_after_a_while_and_is_shown() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("c").wait_for("Create space").send(b"\x1b[200~crm_new");
    terminal.wait_for("crm_new").press("er<ctrl-s>").wait_for("space crm_newer created");
    end_by_ctrl_c(terminal);
}

#[test]
fn both_bytes_for_backspace_delete_a_character() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("c").wait_for("Create space").press("crm_nexx");
    terminal.send(b"\x08\x7fw");
    terminal.press("<ctrl-s>").wait_for("space crm_new created");
    end_by_ctrl_c(terminal);
}

#[test]
fn ctrl_c_ends_the_console_after_any_bytes() {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        prop::collection::vec(prop::sample::select(b"\x1b[]OP_^X?;$:09Mu~\x9b\x07\\q".to_vec()), 0..64),
    ];
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    runner
        .run(&bytes, |mut bytes| {
            // Nothing in the input may end the console early.
            bytes.retain(|byte| !matches!(byte, 0x03 | b'q'));
            let sandbox = Sandbox::with_contacts();
            let mut terminal = console(&sandbox);
            terminal.send(&bytes);
            end_by_ctrl_c(terminal);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_non_blocking_terminal_is_waited_for_and_restored() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = Program::new(&sandbox, &["t.db"]).non_blocking().start();
    terminal.wait_for("crm_acme");
    for _ in 0..3 {
        terminal.press_while_full("?").wait_for("Most needed here").leave("Most needed here");
    }
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn help_and_usage_errors_are_printed_in_full_on_a_non_blocking_terminal() {
    let sandbox = Sandbox::new();
    let long = "x".repeat(1 << 15);
    let wrong = ["events", "show", &long];
    let cases =
        [(&["--help"][..], 0, "messages go to standard error."), (&wrong, 2, "--all-spaces` lists them")];
    for (arguments, code, last) in cases {
        let ended = Program::new(&sandbox, arguments).non_blocking().start().end();
        let printed = String::from_utf8_lossy(&ended.raw);
        assert_eq!(ended.code, Some(code));
        assert!(printed.contains(last), "{last} in\n{printed}");
    }
}
