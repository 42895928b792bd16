//! Ctrl-Z and back.

use rustix::process::Signal;

use super::operations::console;
use super::pty::{Program, Terminal};
use super::seen::{Seen, assert_given_back, is_taken};
use crate::program::{Desk, send};

/// A shell with job control that runs the console in the foreground, and again after a line is typed. Tells the
/// console's process in a file.
const SHELL: &str = "set -m; sh -c 'echo $$ >pid; exec \"$RAMAX\" t.db'; echo stopped; read line; fg >/dev/null; \
                     echo ended $?";

/// The console as a shell runs it.
pub fn in_a_shell(desk: &Desk) -> Terminal<'_> {
    let shell = Program::other(desk, "sh", &["-c", SHELL]).env("RAMAX", env!("CARGO_BIN_EXE_ramax"));
    let mut terminal = shell.start();
    terminal.wait_for("1 Spaces");
    terminal
}

/// Stops the console by its key, and has the shell continue it.
pub fn stop_and_continue(terminal: &mut Terminal<'_>) {
    terminal.press("<ctrl-z>");
    continue_stopped(terminal);
}

fn continue_stopped(terminal: &mut Terminal<'_>) {
    terminal.wait_for("stopped");
    assert!(terminal.is_as_before(), "lines are edited and echoed while the console is stopped");
    terminal.wait_until("the terminal given back", |seen| {
        let given_back = !is_taken(seen);
        if given_back {
            assert_given_back(seen);
        }
        given_back
    });
    terminal
        .press("<enter>")
        .wait_until("the screen drawn again", |seen| is_taken(seen) && seen.has("1 Spaces"));
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_back_with_everything_as_it_was() {
    let desk = Desk::with_contacts();
    let mut terminal = in_a_shell(&desk);
    terminal.wait_for("crm_acme").press("n<enter>c3<tab>Hedy").wait_for("Hedy");
    stop_and_continue(&mut terminal);
    terminal.wait_for("Hedy").press("<tab>h@acme.example<ctrl-s>").wait_for("event 3 appended to crm_acme");
    terminal.press("q").wait_for("ended 0");
    assert_eq!(terminal.end().code, Some(0));
}

/// The process of the console that a shell runs.
fn console_in(desk: &Desk) -> u32 {
    std::fs::read_to_string(desk.path("pid")).unwrap().trim().parse().unwrap()
}

#[test]
fn a_console_stopped_by_a_signal_gives_the_terminal_to_the_shell_as_well() {
    let desk = Desk::with_contacts();
    let mut terminal = in_a_shell(&desk);
    terminal.wait_for("crm_acme");
    send(Signal::TSTP, console_in(&desk));
    continue_stopped(&mut terminal);
    terminal.press("q").wait_for("ended 0");
    assert_eq!(terminal.end().code, Some(0));
}

/// How often the terminal was taken.
fn taken(seen: &Seen) -> usize {
    seen.raw.windows(8).filter(|window| window == b"\x1b[?1049h").count()
}

#[test]
fn a_console_that_is_continued_and_was_not_stopped_keeps_hold_of_the_terminal() {
    let desk = Desk::with_contacts();
    let mut terminal = console(&desk);
    for times in 2..100 {
        terminal.signal(Signal::CONT);
        while !terminal.is(|seen| taken(seen) >= times || seen.ended.is_some()) {
            let is_edited = (0..1000).any(|_| terminal.edits_lines());
            assert!(!is_edited, "keys are the line editor's for a moment");
        }
    }
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_console_that_is_continued_takes_the_terminal_from_a_line_editor() {
    let desk = Desk::with_contacts();
    let mut terminal = console(&desk);
    terminal.edit_lines_as_a_shell();
    terminal.signal(Signal::CONT);
    terminal.wait_until("the terminal taken again", |seen| taken(seen) == 2);
    assert!(!terminal.sends_signals(), "ctrl-c would end the console");
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn what_was_written_while_the_console_was_stopped_is_shown_when_it_is_back() {
    let desk = Desk::with_contacts();
    let mut terminal = in_a_shell(&desk);
    terminal.wait_for("crm_acme").press("<ctrl-z>").wait_for("stopped");
    desk.run("spaces create crm_meanwhile").done();
    terminal.press("<enter>").wait_for("crm_meanwhile").press("q").wait_for("ended 0");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_terminal_of_another_size_afterwards_is_drawn_on_whole() {
    let desk = Desk::with_contacts();
    let mut terminal = in_a_shell(&desk);
    terminal.wait_for("crm_acme").press("<ctrl-z>").wait_for("stopped");
    terminal.resize(80, 24);
    terminal.press("<enter>").wait_for("5 Jobs ─").wait_for("q quit").press("q").wait_for("ended 0");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn without_a_shell_to_go_back_to_the_console_goes_on() {
    let desk = Desk::with_contacts();
    let mut terminal = console(&desk);
    terminal.press("<ctrl-z>").wait_for("there is no shell to go back to");
    terminal.signal(Signal::TSTP);
    terminal.press("?").leave("Move").press("q");
    assert_eq!(terminal.end().code, Some(0));
}
