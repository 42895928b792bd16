//! Drawing on terminals of many sizes and kinds.

use super::control_sequences::{assert_of_console, attributes};
use super::operations::console;
use super::pty::Program;
use crate::support::program::Sandbox;

#[test]
fn the_console_follows_every_size_of_its_terminal() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    for (columns, rows) in [(80, 24), (200, 60), (40, 10), (255, 255), (120, 40)] {
        terminal.resize(columns, rows);
        terminal.wait_until("a frame of that size", |seen| {
            let last = seen.screen().rows(0, columns).last().unwrap_or_default();
            last.trim_end().ends_with("q quit")
        });
    }
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn the_console_survives_absurd_sizes() {
    let sandbox = Sandbox::with_contacts();
    for keys in ["2", "n<enter>", "D"] {
        let mut terminal = console(&sandbox);
        terminal.press(keys);
        for (columns, rows) in [(1, 1), (0, 0), (1000, 1), (1, 500), (65535, 65535), (39, 9), (3, 200)] {
            terminal.resize(columns, rows);
        }
        terminal.resize(100, 30);
        terminal.wait_for("ramax").press("<ctrl-c>");
        assert_eq!(terminal.end().code, Some(0));
    }
}

#[test]
fn a_console_started_at_an_absurd_size_waits_for_a_usable_one() {
    let sandbox = Sandbox::with_contacts();
    for (columns, rows) in [(0, 0), (1, 1), (20, 5), (65535, 65535)] {
        let mut terminal = Program::new(&sandbox, &["t.db"]).size(columns, rows).start();
        terminal.wait_until("the terminal to be taken", super::vt100::is_taken);
        terminal.resize(100, 30);
        terminal.wait_for("crm_acme").press("q");
        assert_eq!(terminal.end().code, Some(0));
    }
}

#[test]
fn no_color_disables_all_colours() {
    let sandbox = Sandbox::with_contacts();
    let colours = |number: &u16| matches!(number, 30..=49 | 58 | 59 | 90..=107);
    for variables in [&[("NO_COLOR", "1")][..], &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]] {
        let program = Program::new(&sandbox, &["t.db", "--theme", "dark"]);
        let mut terminal =
            variables.iter().fold(program, |program, (name, value)| program.env(name, value)).start();
        terminal
            .wait_for("crm_acme")
            .press("2")
            .wait_for("Event 2")
            .press("?")
            .leave("Most needed here")
            .press("q");
        let sent = terminal.end().raw;
        let sent = attributes(&sent);
        assert!(!sent.iter().any(colours), "{sent:?}");
        assert!(sent.contains(&1) && sent.contains(&7), "bold and reverse replace colours: {sent:?}");
    }
    let mut terminal = Program::new(&sandbox, &["t.db"]).start();
    terminal.wait_for("crm_acme").press("q");
    assert!(attributes(&terminal.end().raw).iter().any(colours));
}

#[test]
fn no_color_keeps_bold_and_reverse() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = Program::new(&sandbox, &["t.db"]).env("NO_COLOR", "1").start();
    terminal.wait_until("the selected row in reverse", |seen| {
        let (rows, columns) = seen.screen().size();
        let mut cells = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
        cells.any(|(row, column)| seen.screen().cell(row, column).is_some_and(vt100::Cell::inverse))
    });
    terminal.press("q");
    terminal.end();
}

#[test]
fn a_locale_without_utf_8_shows_ascii_only() {
    let sandbox = Sandbox::with_contacts();
    for (name, locale, is_ascii) in
        [("LC_ALL", "C", true), ("LANG", "de_DE", true), ("LANG", "C.UTF-8", false)]
    {
        let mut terminal = Program::new(&sandbox, &["t.db"]).env(name, locale).start();
        terminal.wait_for("crm_acme").press("?").wait_for("help");
        terminal.press("<ctrl-c>");
        assert_eq!(terminal.end().raw.is_ascii(), is_ascii, "{locale}");
    }
}

#[test]
fn the_console_never_queries_its_terminal() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("2").wait_for("Event 2").press("?").leave("Most needed here").press("q");
    assert_of_console(&terminal.end().raw, &[]);
}

#[test]
fn thousands_of_keys_at_once_are_all_processed() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    // Keys without a meaning first.
    terminal.send(&[0; 3000]);
    terminal.press("/");
    terminal.send(format!("{}the end", "x".repeat(3000)).as_bytes());
    terminal.wait_for("the end").press("<ctrl-c>");
    assert_eq!(terminal.end().code, Some(0));
}
