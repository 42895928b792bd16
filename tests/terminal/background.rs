//! The background of the terminal, as the terminal tells it.

use rustix::process::Signal;

use super::panics::brittle;
use super::pty::{Program, Terminal};
use super::vt100::Seen;
use crate::support::program::Sandbox;

const QUESTION: &str = "\x1b]11;?\x1b\\";
const LIGHT: &str = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\";
const DARK: &str = "\x1b]11;rgb:1e1e/1e1e/2e2e\x07";

/// Starts the console on a terminal with 24-bit colours.
fn rich<'sandbox>(sandbox: &'sandbox Sandbox, options: &[&str]) -> Terminal<'sandbox> {
    let arguments: Vec<&str> = ["t.db"].iter().chain(options).copied().collect();
    let mut terminal = Program::new(sandbox, &arguments).env("COLORTERM", "truecolor").start();
    terminal.wait_for("crm_acme");
    terminal
}

fn count(seen: &Seen, text: &str) -> usize {
    seen.raw.windows(text.len()).filter(|window| *window == text.as_bytes()).count()
}

/// Returns true if the ground of the screen is light.
fn is_light(seen: &Seen) -> bool {
    let colour = seen.screen().cell(20, 60).map(vt100::Cell::bgcolor);
    matches!(colour, Some(vt100::Color::Rgb(red, green, blue)) if u32::from(red) + u32::from(green) + u32::from(blue) > 384)
}

/// Asserts that the keys after a report still do what they say, and that nothing was typed.
#[track_caller]
fn assert_unharmed(mut terminal: Terminal<'_>, light: bool) {
    terminal.press("?").wait_for("› help").leave("› help");
    assert_eq!(terminal.is(is_light), light);
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_light_terminal_gets_the_light_theme_and_a_change_is_followed() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = rich(&sandbox, &[]);
    assert!(terminal.is(|seen| count(seen, QUESTION) == 1 && count(seen, "\x1b[?2031h") == 1));
    // The first frame did not wait for an answer.
    assert!(!terminal.is(is_light));
    terminal.send(LIGHT.as_bytes());
    terminal.wait_until("the light theme", is_light).send(b"\x1b[?997;1n");
    terminal.wait_until("the dark theme", |seen| !is_light(seen)).send(b"\x1b[?997;2n");
    terminal.wait_until("the light theme", is_light);
    assert_unharmed(terminal, true);
}

#[test]
fn an_answer_in_parts_is_put_together() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = rich(&sandbox, &[]);
    let (first, rest) = LIGHT.split_at(14);
    terminal.send(first.as_bytes());
    terminal.send(rest.as_bytes());
    terminal.wait_until("the light theme", is_light);
    assert_unharmed(terminal, true);
}

#[test]
fn a_terminal_that_is_dark_silent_or_answers_nonsense_keeps_the_dark_theme() {
    let sandbox = Sandbox::with_contacts();
    for answer in [
        DARK,
        "",
        "\x1b]11;rgb:zzzz/ffff/ffff\x07",
        "\x1b]11;rgb:ffff/ffff\x1b\\",
        "\x1b]11;quit q q q\x07",
        "\x1b]10;rgb:ffff/ffff/ffff\x07",
        "\x1b[?997;9n",
    ] {
        let mut terminal = rich(&sandbox, &[]);
        terminal.send(answer.as_bytes());
        assert_unharmed(terminal, false);
    }
}

#[test]
fn a_late_answer_changes_the_theme_and_is_never_typed() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = rich(&sandbox, &[]);
    terminal.press("/").press("abc").wait_for("abc").send(LIGHT.as_bytes());
    terminal.wait_until("the light theme", is_light).press("d").wait_for("abcd");
    assert!(!terminal.is(|seen| seen.has("rgb") || seen.has("ffff")));
    terminal.press("<ctrl-c>");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_theme_that_the_user_named_wins_and_asks_nothing() {
    let sandbox = Sandbox::with_contacts();
    std::fs::write(sandbox.path("dark.toml"), "theme = \"dark\"\n").unwrap();
    for options in [&["--theme", "dark"][..], &["--config", "dark.toml"]] {
        let mut terminal = rich(&sandbox, options);
        terminal.send(LIGHT.as_bytes());
        terminal.send(b"\x1b[?997;2n");
        assert!(terminal.is(|seen| count(seen, "\x1b]11") == 0 && count(seen, "\x1b[?2031h") == 0));
        assert_unharmed(terminal, false);
    }
}

#[test]
fn a_terminal_without_24_bit_colours_is_not_asked() {
    let sandbox = Sandbox::with_contacts();
    for variable in [("NO_COLOR", "1"), ("TERM", "dumb"), ("COLORTERM", "")] {
        let mut program = Program::new(&sandbox, &["t.db"]).env("COLORTERM", "truecolor");
        program = program.env(variable.0, variable.1);
        let mut terminal = program.start();
        terminal.wait_for("crm_acme").send(LIGHT.as_bytes());
        assert!(terminal.is(|seen| count(seen, "\x1b]11") == 0));
        assert_unharmed(terminal, false);
    }
}

#[test]
fn the_terminal_stops_reporting_its_background_at_every_end() {
    let sandbox = Sandbox::with_contacts();
    for signal in [Signal::TERM, Signal::HUP] {
        let terminal = rich(&sandbox, &[]);
        terminal.signal(signal);
        // The end asserts that nothing is reported any more.
        assert_eq!(terminal.end().code, Some(130), "{signal:?}");
    }
    let sandbox = Sandbox::new();
    let mut terminal = brittle(&sandbox, &["BROKEN_COMMANDS", "COLORTERM"]);
    assert!(terminal.is(|seen| count(seen, "\x1b[?2031h") == 1));
    terminal.press("n");
    assert_eq!(terminal.end().code, Some(101));
}
