//! Checks the output of the console and of the program for a store with hostile data.

use ramax::console::Headless;
use ramax::console::theme::Theme;
use ramax::text::visible;
use ramax::{Append, Apps, Expected, Json, NewEvent, SpaceId, Store, Timestamp};

use super::corpus::texts;
use crate::support::program::Sandbox;

/// Visits the panes of a console for the topmost space, and checks what is drawn.
pub fn look_around(store: &Store) {
    let mut console = Headless::new(store.clone(), Apps::standard(), 100, 30);
    for keys in [
        "<enter>", "2", "G", "i", "O", "G", "<esc>", "3", "G", "i", "O", "<esc>", "H", "<esc>", "g", "jj",
        "z", "z", "4", "1",
    ] {
        console.press(keys).unwrap();
        assert_safe(&console);
    }
}

#[track_caller]
fn assert_safe(console: &Headless) {
    for cell in console.draw(&Theme::mono()).content() {
        assert_eq!(visible(cell.symbol()), cell.symbol());
    }
}

/// Runs every reading command, and checks its output.
pub fn run_everything(sandbox: &Sandbox) {
    for line in [
        "projections list crm_acme",
        "projections list crm_acme --json",
        "projections list crm_acme --prefix a",
        "projections get crm_acme a\u{fffd}",
        "events list crm_acme",
        "events list crm_acme --json",
        "events list crm_acme --where payload.name~N",
        "events follow crm_acme --after 0 --limit 2",
        "events show 3",
        "export crm_acme",
        "verify crm_acme",
        "check",
        "check --deep --json",
        "spaces show crm_acme",
        "--plain",
        "--plain spaces list",
        "--plain spaces show crm_acme",
        "--plain events list crm_acme",
        "spaces delete crm_acme --confirm crm_acme --dry-run",
    ] {
        let ran = sandbox.run(line);
        assert!((0..=3).contains(&ran.code), "{line}: {:.300}", ran.err);
        assert!(ran.code == 0 || !(ran.err.is_empty() && ran.out.is_empty()), "{line} says nothing");
        assert_plain(&ran.out, line);
        assert_plain(&ran.err, line);
    }
}

/// Asserts that an output consists of lines that are safe to show.
#[track_caller]
fn assert_plain(output: &str, what: &str) {
    for line in output.lines() {
        assert_eq!(visible(line), line, "{what}");
    }
}

#[test]
fn every_command_prints_the_corpora_as_lines_that_are_safe_to_show() {
    let sandbox = Sandbox::with_contacts();
    let store = sandbox.store();
    for (key, payload) in texts("key").iter().zip(texts("payload").iter().cycle()) {
        let value = Json::from_stored(payload.clone());
        store.pstate().put(SpaceId(1).into(), key, value.clone(), Timestamp(0)).unwrap();
        // Every text that can be a space name becomes one.
        let name = &key[..key.floor_char_boundary(200)];
        let is_json = value.parse::<serde::de::IgnoredAny>().is_ok();
        let payload = if is_json { value } else { Json::of(&payload.as_str().into()) };
        let name = if name.is_empty() { "none" } else { name };
        let events = [NewEvent::new(name, name, payload)];
        let append = Append { expected: Expected::Any, now: Timestamp(0), events: &events };
        store.events().append(SpaceId(1), append).unwrap();
    }
    run_everything(&sandbox);
    sandbox.run("export crm_acme --output acme.jsonl").done();
    sandbox.run("import acme.jsonl --into crm_copy").done();
    let entries = |space: &str| sandbox.run(&format!("projections list {space} --json")).done().out;
    assert!(entries("crm_copy") == entries("crm_acme"));
}
