//! Suspending with Ctrl-Z and resuming.

use rustix::process::Signal;

use super::operations::console;
use super::pty::{Program, Terminal};
use super::vt100::{Seen, assert_given_back, is_taken};
use crate::support::program::Sandbox;
use crate::support::running::send;

/// A shell with job control that runs the console, and resumes it after a line is typed. Writes the console's
/// process id to a file.
const SHELL: &str = "set -m; sh -c 'echo $$ >pid; exec \"$RAMAX\" t.db'; echo stopped; read line; fg >/dev/null; \
                     echo ended $?";

/// Starts the console in a shell.
pub fn in_a_shell(sandbox: &Sandbox) -> Terminal<'_> {
    let shell = Program::other(sandbox, "sh", &["-c", SHELL]).env("RAMAX", env!("CARGO_BIN_EXE_ramax"));
    let mut terminal = shell.start();
    terminal.wait_for("1 Spaces");
    terminal
}

/// Stops the console by its key and resumes it from the shell.
pub fn stop_and_continue(terminal: &mut Terminal<'_>) {
    terminal.press("<ctrl-z>");
    continue_stopped(terminal);
}

fn continue_stopped(terminal: &mut Terminal<'_>) {
    terminal.wait_for("stopped");
    assert!(terminal.is_as_before(), "lines are edited and echoed while the console is stopped");
    terminal.wait_until("the terminal to be restored", |seen| {
        let given_back = !is_taken(seen);
        if given_back {
            assert_given_back(seen);
        }
        given_back
    });
    terminal
        .press("<enter>")
        .wait_until("the screen to be redrawn", |seen| is_taken(seen) && seen.has("1 Spaces"));
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_resuming_restores_the_console() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = in_a_shell(&sandbox);
    terminal.wait_for("crm_acme").press("n<enter>c3<tab>Hedy").wait_for("Hedy");
    stop_and_continue(&mut terminal);
    terminal.wait_for("Hedy").press("<tab>h@acme.example<ctrl-s>").wait_for("event 3 appended to crm_acme");
    terminal.press("q").wait_for("ended 0");
    assert_eq!(terminal.end().code, Some(0));
}

/// Returns the process id of the console in a shell.
fn console_in(sandbox: &Sandbox) -> u32 {
    std::fs::read_to_string(sandbox.path("pid")).unwrap().trim().parse().unwrap()
}

#[test]
fn a_console_stopped_by_a_signal_also_gives_the_terminal_to_the_shell() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = in_a_shell(&sandbox);
    terminal.wait_for("crm_acme");
    send(Signal::TSTP, console_in(&sandbox));
    continue_stopped(&mut terminal);
    terminal.press("q").wait_for("ended 0");
    assert_eq!(terminal.end().code, Some(0));
}

/// Returns how many times the terminal was taken.
fn taken(seen: &Seen) -> usize {
    seen.raw.windows(8).filter(|window| window == b"\x1b[?1049h").count()
}

#[test]
fn a_continue_signal_without_a_stop_never_releases_the_terminal() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    for times in 2..100 {
        terminal.signal(Signal::CONT);
        while !terminal.is(|seen| taken(seen) >= times || seen.ended.is_some()) {
            let is_edited = (0..1000).any(|_| terminal.edits_lines());
            assert!(!is_edited, "keys went to the line editor");
        }
    }
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_continued_console_takes_the_terminal_back_from_a_line_editor() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.edit_lines_as_a_shell();
    terminal.signal(Signal::CONT);
    terminal.wait_until("the terminal to be taken again", |seen| taken(seen) == 2);
    assert!(!terminal.sends_signals(), "ctrl-c would end the console");
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn changes_made_while_the_console_was_stopped_appear_when_it_resumes() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = in_a_shell(&sandbox);
    terminal.wait_for("crm_acme").press("<ctrl-z>").wait_for("stopped");
    sandbox.run("spaces create crm_meanwhile").done();
    terminal.press("<enter>").wait_for("crm_meanwhile").press("q").wait_for("ended 0");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_terminal_resized_during_a_stop_is_redrawn_in_full() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = in_a_shell(&sandbox);
    terminal.wait_for("crm_acme").press("<ctrl-z>").wait_for("stopped");
    terminal.resize(80, 24);
    terminal.press("<enter>").wait_for("5 Jobs ─").wait_for("q quit").press("q").wait_for("ended 0");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_console_without_a_shell_refuses_to_suspend() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("<ctrl-z>").wait_for("there is no shell to return to");
    terminal.signal(Signal::TSTP);
    terminal.press("?").leave("Most needed here").press("q");
    assert_eq!(terminal.end().code, Some(0));
}
