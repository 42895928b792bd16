//! Hostile data: it is shown in the console, on the command line and in errors, and never reaches the
//! terminal as a control sequence.

use ramax::event_store::{Append, Expected};
use ramax::{Json, NewEvent, Timestamp};
use serde_json::{Value, json};

use super::control_sequences::{assert_lines, assert_of_console};
use super::operations::console;
use super::pty::{Program, Terminal};
use crate::support::program::{Sandbox, sqlite};

/// Moves the cursor, clears the screen, copies, renames the window, reverses text and hides it.
const NASTY: &str = "\x1b[2J\x1b]52;c;cm0gLXJm\x07\x1b]0;owned\x1b\\\u{9b}31m\u{202e}gnp\u{2066}\u{200b}\x7f\r\n\x08\x0e王🦀e\u{301}";
/// The beginning of it as displayed.
const SHOWN: &str = "␛[2J␛]52;c;cm0gLXJm␇␛]0;owned␛\\<U+009B>31m<U+202E>gnp";

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!("deep"), |inner, _| json!({ "in": inner }))
}

/// A space of this name with an event for each kind of hostile data.
fn plant(sandbox: &Sandbox, name: &str) {
    let store = sandbox.store();
    let space = store.events().get_or_create_space(name, None, Timestamp(0)).unwrap().space_id;
    let payloads = [json!({ NASTY: NASTY }), nested(100), json!({ "long": "x".repeat(1 << 20) })];
    let events: Vec<NewEvent> =
        payloads.iter().map(|payload| NewEvent::new(NASTY, NASTY, Json::of(payload))).collect();
    let append = Append { expected: Expected::Any, now: Timestamp(0), events: &events };
    store.events().append(space, append).unwrap();
}

/// A file with one good and one hostile space.
fn nasty_sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_good").done();
    plant(&sandbox, NASTY);
    sandbox
}

#[track_caller]
fn quit(mut terminal: Terminal<'_>) -> Vec<u8> {
    terminal.press("q");
    let ended = terminal.end();
    assert_eq!((ended.code, ended.main_screen.as_str()), (Some(0), ""));
    ended.raw
}

#[test]
fn hostile_names_and_payloads_are_shown_but_not_obeyed() {
    let sandbox = nasty_sandbox();
    let mut terminal = console(&sandbox);
    terminal.press("j").wait_for("␛[2J").press("2").wait_for("Event 3");
    terminal.press("k").wait_for("Event 2").press("k").wait_for("Event 1").press("z").wait_for(SHOWN);
    terminal.press("z").press("H").leave("history of ␛");
    terminal.press("i").wait_for("detail").press("Oj").leave("› detail");
    terminal.press("1").press("D").leave("Type ␛[2J");
    terminal.press("3?").leave("Actions");
    terminal.press("2a").wait_for("events of all spaces").press("1");
    assert_of_console(&quit(terminal), &[]);
}

#[test]
fn a_document_with_a_hundred_levels_unfolds() {
    let sandbox = nasty_sandbox();
    let mut terminal = console(&sandbox);
    terminal.press("j2").wait_for("Event 3").press("k").wait_for("Event 2").press("i").wait_for("detail");
    // The lines about the event are below the document.
    terminal
        .press("O")
        .press("G")
        .wait_for("checksum")
        .press(&"k".repeat(30))
        .wait_for("}")
        .leave("› detail");
    assert_of_console(&quit(terminal), &[]);
}

#[test]
fn a_megabyte_is_shown_without_delaying_the_next_key() {
    let sandbox = nasty_sandbox();
    let mut terminal = console(&sandbox);
    terminal.press("j2").wait_for("Event 3").press("i").wait_for("detail").press("Gg").leave("› detail");
    terminal.press("1").press("?").leave("Actions");
    assert_of_console(&quit(terminal), &[]);
}

#[test]
fn hostile_data_is_copied_to_the_clipboard_in_base64_only() {
    let sandbox = nasty_sandbox();
    let mut terminal = console(&sandbox);
    terminal
        .press("jyy")
        .wait_for("sent to the clipboard")
        .press("2")
        .wait_for("Event 3")
        .press("kk")
        .wait_for("Event 1");
    terminal.press("yy").wait_for("sent to the clipboard");
    terminal.press("i").wait_for("detail").press("yy").wait_for("sent to the clipboard");
    terminal.leave("› detail");
    let sent = quit(terminal);
    assert_of_console(&sent, &["OSC 52"]);
    let copies = sent.windows(5).filter(|window| window == b"\x1b]52;").count();
    assert_eq!(copies, 3, "one for each copy");
}

#[test]
fn hostile_pasted_text_is_shown_escaped_and_stored_verbatim() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("c").wait_for("Create space");
    terminal.paste("crm_\u{202e}\u{9b}31m\x1b[2J\x07'\"");
    terminal.wait_for("<U+202E><U+009B>31m").press("<ctrl-s>").wait_for("created; n");
    assert_of_console(&quit(terminal), &[]);
    let listed = sandbox.run("spaces list --json").done().objects();
    let name = listed[1]["space_name"].as_str().unwrap();
    assert!(name.contains('\u{202e}') && name.ends_with("'\""), "{name:?}");
}

#[test]
fn space_names_with_quotes_newlines_and_wide_characters_are_listed_and_deleted() {
    let sandbox = Sandbox::new();
    let names =
        ["crm_'; DROP TABLE spaces; --", "crm_\"quoted\"", "crm_a\nb\tc", "crm_王小明", "crm_👩‍👩‍👧🏽é", "~"];
    for name in names {
        sandbox.run_of(&["spaces", "create", name, "--app", "crm"]).done();
    }
    let mut terminal = console(&sandbox);
    terminal
        .wait_for("DROP")
        .wait_for("\"quoted\"")
        .wait_for("a␊b␉c")
        .wait_for("王小明")
        .wait_for("6 spaces");
    terminal.press("jj").press("D").wait_for("Type crm_a␊b␉c");
    terminal.paste("crm_a␊b␉c");
    terminal.press("<enter>").wait_for("no row is left").wait_for("5 spaces");
    assert_of_console(&quit(terminal), &[]);
}

#[test]
fn text_that_is_not_utf_8_is_reported_and_the_rest_is_shown() {
    for (column, table) in
        [("payload", "event_log"), ("entity_id", "event_log"), ("value", "projection_entities")]
    {
        let sandbox = Sandbox::with_contacts();
        sandbox.run("spaces create crm_other").done();
        let broken = format!("UPDATE {table} SET {column} = CAST(x'22ff1b5b324a22' AS TEXT)");
        assert!(sqlite(&sandbox.db()).execute(&broken, []).unwrap() > 0);
        let mut terminal = console(&sandbox);
        terminal.wait_for("crm_other").press("3").press("2").press("1j").wait_for("crm_other ›");
        terminal.press("?").leave("Most needed here");
        assert_of_console(&quit(terminal), &[]);
    }
}

#[test]
fn a_space_whose_name_is_not_utf_8_does_not_crash_the_console() {
    let sandbox = Sandbox::with_contacts();
    sqlite(&sandbox.db())
        .execute("UPDATE spaces SET space_name = CAST(x'63ff1b5b324a' AS TEXT)", [])
        .unwrap();
    let mut terminal = Program::new(&sandbox, &["t.db"]).start();
    terminal.wait_for("1 Spaces").press("?").leave("Most needed here");
    assert_of_console(&quit(terminal), &[]);
}

#[test]
fn the_command_line_prints_plain_lines_for_any_data() {
    let sandbox = nasty_sandbox();
    for line in [
        &["spaces", "list"][..],
        &["spaces", "show", NASTY],
        &["events", "list", NASTY, "--limit", "2"],
        &["events", "show", "1"],
        &["events", "list", "--all-spaces", "--limit", "2", "--json"],
        &["checkpoints", "list"],
        &["spaces", "delete", NASTY, "--dry-run"],
        &["spaces", "delete", NASTY, "--confirm", "no"],
        &["verify", NASTY],
        &["spaces", "list", "--json"],
    ] {
        let ended = Program::new(&sandbox, line).env("RAMAX_DB", "t.db").start().end();
        assert!(!ended.raw.is_empty(), "{line:?}");
        assert_lines(&ended.raw);
    }
}

#[test]
fn errors_about_hostile_arguments_are_plain_lines() {
    let sandbox = Sandbox::with_contacts();
    for line in [
        &["spaces", "show", NASTY][..],
        &["events", "list", NASTY],
        &["run", "crm_acme", NASTY],
        &["run", "crm_acme", "add-contact", "contact_id=\x1b[2J", "name=\u{202e}", "\x1b]0;x\x07=1"],
        &["--db", "\x1b]0;owned\x07.db", "spaces", "list"],
        &["\x1b]0;owned\x07.db"],
        &["spaces", "show", "crm_acme", "\x1b]0;owned\x07"],
        &["--theme", "\x1b[31m\u{202e}", "spaces", "list"],
        &["--\x1b[2J"],
        &["spaces", "\x1b[2J"],
        &["events", "show", "\x1b[2J\n"],
    ] {
        for json in [false, true] {
            let line: Vec<&str> = line.iter().copied().chain(json.then_some("--json")).collect();
            let ended = Program::new(&sandbox, &line).env("RAMAX_DB", "t.db").start().end();
            assert_ne!(ended.code, Some(0), "{line:?}");
            assert!(!ended.raw.is_empty(), "{line:?}");
            let plain = plain(&ended.raw);
            assert_lines(plain.as_bytes());
        }
    }
}

/// Removes the colours of usage errors.
fn plain(sent: &[u8]) -> String {
    let mut text = String::from_utf8(sent.to_vec()).unwrap();
    for colour in ["\x1b[0m", "\x1b[1m", "\x1b[4m", "\x1b[31m", "\x1b[32m", "\x1b[33m"] {
        text = text.replace(colour, "");
    }
    text
}
