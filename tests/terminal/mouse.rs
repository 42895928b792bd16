//! The mouse and the focus of the window, as a terminal reports them.

use rustix::process::Signal;
use vt100::{MouseProtocolEncoding, MouseProtocolMode};

use super::operations::{console, console_with};
use super::panics::brittle;
use super::pty::{Program, Terminal};
use super::suspend::{in_a_shell, stop_and_continue};
use super::vt100::Seen;
use crate::support::program::Sandbox;

/// Returns true if the terminal reports buttons and dragging, but not every motion.
fn is_reported(seen: &Seen) -> bool {
    let screen = seen.screen();
    screen.mouse_protocol_mode() == MouseProtocolMode::ButtonMotion
        && screen.mouse_protocol_encoding() == MouseProtocolEncoding::Sgr
}

/// Returns the column and the row of a text below the header, counted from 1.
fn place(seen: &Seen, text: &str) -> Option<(usize, usize)> {
    let (_, columns) = seen.screen().size();
    let lines = seen.screen().rows(0, columns.get()).enumerate().skip(1);
    let mut found =
        lines.filter_map(|(row, line)| Some((line[..line.find(text)?].chars().count() + 1, row + 1)));
    found.next()
}

fn find(terminal: &mut Terminal<'_>, text: &str) -> (usize, usize) {
    let mut found = None;
    terminal.wait_until(text, |seen| {
        found = place(seen, text);
        found.is_some()
    });
    found.unwrap()
}

fn report(terminal: &mut Terminal<'_>, button: u8, (column, row): (usize, usize)) {
    terminal.send(format!("\x1b[<{button};{column};{row}M").as_bytes());
}

fn release(terminal: &mut Terminal<'_>, (column, row): (usize, usize)) {
    terminal.send(format!("\x1b[<0;{column};{row}m").as_bytes());
}

fn click(terminal: &mut Terminal<'_>, at: (usize, usize)) {
    report(terminal, 0, at);
    release(terminal, at);
}

#[test]
fn clicks_select_and_open_and_hints_run() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.wait_until("reports of the mouse", is_reported);
    let tab = find(&mut terminal, "3 Projections");
    click(&mut terminal, tab);
    terminal.wait_for("crm_acme › projections");
    let row = find(&mut terminal, "contact:c1");
    click(&mut terminal, row);
    click(&mut terminal, row);
    terminal.wait_for("projections › detail");
    let hint = find(&mut terminal, "? help");
    click(&mut terminal, hint);
    terminal.wait_for("› help").press("<ctrl-c>");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_border_is_dragged_and_a_resize_ends_that() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    let (title, _) = find(&mut terminal, "2 Events");
    let border = (title - 2, 20);
    report(&mut terminal, 0, border);
    report(&mut terminal, 32, (border.0 + 10, 20));
    terminal.wait_until("the border at its new place", |seen| {
        place(seen, "2 Events").is_some_and(|(column, _)| column == title + 10)
    });
    terminal.resize(110, 30);
    terminal.wait_until("a frame of that size", |seen| {
        seen.screen().rows(0, 110).last().unwrap_or_default().trim_end().ends_with("q quit")
    });
    report(&mut terminal, 32, (30, 20));
    release(&mut terminal, (30, 20));
    // The answer to a later key shows that the reports were read.
    terminal.press("?").wait_for("› help").leave("› help");
    assert_eq!(find(&mut terminal, "2 Events").0, title + 10);
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn the_focus_and_the_colour_of_the_background_do_not_end_a_drag() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = Program::new(&sandbox, &["t.db"]).env("COLORTERM", "truecolor").start();
    let (title, _) = find(&mut terminal, "2 Events");
    let border = (title - 2, 20);
    report(&mut terminal, 0, border);
    terminal.send(b"\x1b[O\x1b[I\x1b]11;rgb:ffff/ffff/ffff\x1b\\");
    report(&mut terminal, 32, (border.0 + 10, 20));
    terminal.wait_until("the border at its new place", |seen| {
        place(seen, "2 Events").is_some_and(|(column, _)| column == title + 10)
    });
    release(&mut terminal, (border.0 + 10, 20));
    report(&mut terminal, 32, (30, 20));
    terminal.press("?").wait_for("› help").leave("› help");
    assert_eq!(find(&mut terminal, "2 Events").0, title + 10);
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn with_the_mouse_turned_off_nothing_is_asked_for_and_reports_do_nothing() {
    let sandbox = Sandbox::with_contacts();
    std::fs::write(sandbox.path("still.toml"), "mouse = false\n").unwrap();
    let mut terminal = console_with(&sandbox, &["--config", "still.toml"]);
    let tab = find(&mut terminal, "3 Projections");
    click(&mut terminal, tab);
    let hint = find(&mut terminal, "? help");
    click(&mut terminal, hint);
    for _ in 0..50 {
        report(&mut terminal, 65, tab);
    }
    // The answer to a later key shows that the reports were read.
    terminal.press("2").wait_for("crm_acme › events");
    assert!(!terminal.is(|seen| seen.has("› help")));
    terminal.press("q");
    let ended = terminal.end();
    assert_eq!(ended.code, Some(0));
    let sent = String::from_utf8_lossy(&ended.raw).into_owned();
    assert!(!["?1000", "?1002", "?1003", "?1006"].iter().any(|mode| sent.contains(mode)), "a mode was set");
}

#[test]
fn hostile_reports_and_the_focus_do_no_harm() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    for report in [
        "\x1b[<0;0;0M",
        "\x1b[<0;65535;65535M",
        "\x1b[<0;99999999999;1M",
        "\x1b[<32;500;500M",
        "\x1b[<0;500;500m",
        "\x1b[<35;3;3M",
        "\x1b[<999;3;3M",
        "\x1b[<64;999;999M",
        "\x1b[O",
        "\x1b[I",
    ] {
        terminal.send(report.as_bytes());
    }
    for _ in 0..500 {
        terminal.send(b"\x1b[<65;5;5M");
    }
    terminal.press("3").wait_for("crm_acme › projections").send(b"\x1b[<0;5");
    terminal.wait_for("ramax").press("<ctrl-c>");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn the_mouse_is_given_back_at_every_end() {
    let sandbox = Sandbox::with_contacts();
    for signal in [Signal::TERM, Signal::HUP] {
        let mut terminal = console(&sandbox);
        terminal.wait_until("reports of the mouse", is_reported).signal(signal);
        // The end asserts that nothing is reported any more.
        assert_eq!(terminal.end().code, Some(130), "{signal:?}");
    }
    let sandbox = Sandbox::new();
    let mut terminal = brittle(&sandbox, &["BROKEN_COMMANDS"]);
    terminal.wait_until("reports of the mouse", is_reported).press("n");
    assert_eq!(terminal.end().code, Some(101));
}

#[test]
fn the_mouse_is_given_to_the_shell_and_taken_back() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = in_a_shell(&sandbox);
    stop_and_continue(&mut terminal);
    terminal.wait_until("reports of the mouse", is_reported).press("q").wait_for("ended 0");
    assert_eq!(terminal.end().code, Some(0));
}
