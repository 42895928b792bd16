//! Why a value is what it is: the changes of an event, the history of a key, blame, and since when a condition holds.

mod blame;
mod event_changes;
mod key_history;
mod no_past;
mod trail;
mod without;

use ramax::console::Headless;
use ramax::console::layers::flips::FlipList;
use ramax::console::layers::key_history::KeyHistory;
use ramax::console::panes::detail::{Detail, Subject};

use crate::support::{Fixture, add_contact, rename_contact};
use crate::{console, screen};

/// A contact that is added, gets a name twice, and another contact in between.
fn renamed() -> Fixture {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(rename_contact("c1", "Ada")).unwrap();
    crm.execute(add_contact("c2")).unwrap();
    crm.execute(rename_contact("c1", "Ada King")).unwrap();
    fixture
}

/// Returns the sequences of the changes on screen, from the top.
fn changes(console: &Headless) -> Vec<u64> {
    let Some(history) = console.state().layers.find::<KeyHistory>() else { panic!("{}", screen(console)) };
    history.window.rows.iter().map(|row| row.event.space_sequence.0).collect()
}

/// Returns the flips on screen: the sequence, and true if the condition holds from there.
fn flips(console: &Headless) -> Vec<(u64, bool)> {
    let Some(flips) = console.state().layers.find::<FlipList>() else { panic!("{}", screen(console)) };
    flips.window.rows.iter().map(|row| (row.event.space_sequence.0, row.holds)).collect()
}

/// Returns the event whose detail is open.
fn opened(console: &Headless) -> Option<u64> {
    match &console.state().layers.top_as::<Detail>()?.subject {
        Subject::Event(event) => Some(event.space_sequence.0),
        _ => None,
    }
}

/// Moves down to the line with a text.
fn go_to(console: &mut Headless, text: &str) {
    for _ in 0..40 {
        if screen(console).lines().any(|line| line.contains('>') && line.contains(text)) {
            return;
        }
        console.press("j").unwrap();
    }
    panic!("{text} is not reached: {}", screen(console));
}

#[test]
fn each_answer_copies_the_command_that_gives_the_same() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    for (keys, expected) in [
        ("2<enter>", "events show 4 --changes"),
        ("<esc>3H", "projections history crm_acme contact:c1 --projection state --reverse"),
        ("s", "projections history crm_acme contact:c1 --projection state"),
        ("Sname=Ada<enter>", "bisect crm_acme 'contact:c1 name=Ada' --projection state"),
        ("<esc><esc><enter>B", "projections blame crm_acme contact:c1 --projection state"),
        ("jb", "projections blame crm_acme contact:c1 id --projection state"),
    ] {
        console.press(keys).unwrap();
        console.press("Y").unwrap();
        let copied = console.copied.last().map(String::as_str).unwrap_or_default();
        assert!(copied.contains(expected), "{keys}: {copied}");
    }
}
