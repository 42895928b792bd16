//! Without colour: no screen uses any, and every selected row is still seen.

use std::collections::BTreeSet;

use ramax::console::Headless;
use ramax::console::app::context::{KeyContext, context};
use ramax::console::theme::Theme;
use ramax::subscriptions::Subscription;
use ramax::{Append, Apps, Expected, Json, NewEvent, Store};
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use serde_json::json;
use tempfile::TempDir;

use crate::ascii::SCREENS;
use crate::other_files::choosing;
use crate::screen;
use crate::support::tenants::tenants;

fn monochrome(store: &Store) -> Headless {
    Headless::new(store.clone(), Apps::standard(), 120, 40)
}

#[test]
fn no_screen_without_colour_has_a_coloured_cell() {
    let store = tenants();
    for guided in [false, true] {
        for keys in SCREENS {
            let console = monochrome(&store);
            let mut console = if guided { console.guided(ramax::cli::walkthrough()) } else { console };
            console.press(keys).unwrap();
            for cell in console.draw(&Theme::mono()).content() {
                let colours = [cell.fg, cell.bg, cell.underline_color];
                assert_eq!(colours, [Color::Reset; 3], "{keys}: {:?}", cell.symbol());
            }
        }
    }
}

/// The lists, each with the keys that lead to it and the key that selects another row.
const LISTS: &[(KeyContext, &str, &str)] = &[
    (KeyContext::Spaces, "", "j"),
    (KeyContext::Events, "2", "k"),
    (KeyContext::Events, "2a", "k"),
    (KeyContext::Projections, "3", "j"),
    (KeyContext::Checkpoints, "4", "j"),
    (KeyContext::Jobs, "R<enter>v<enter>5", "j"),
    (KeyContext::Detail, "2<enter>", "j"),
    (KeyContext::History, "2kH", "k"),
    (KeyContext::KeyHistory, "3H", "j"),
    (KeyContext::Flips, "3HSemail~acme<enter>", "j"),
    (KeyContext::Trace, ":trace 1<enter>", "j"),
    (KeyContext::Timeline, "2aG<ctrl-t>", "k"),
    (KeyContext::Compare, ":compare 20 40<enter>", "j"),
    (KeyContext::AuditLog, "R<enter>v<enter>L", "j"),
    (KeyContext::Chooser, "n", "j"),
    (KeyContext::Subscriptions, "U", "j"),
    (KeyContext::Palette, ":", "<down>"),
    (KeyContext::Palette, ":crm", "<down>"),
    (KeyContext::Prompt, "2/<tab>", "<down>"),
    (KeyContext::Prompt, "2/type:contact.", "<down>"),
    (KeyContext::Prompt, "2/entity:c1<enter>/<ctrl-u>entity:c2<enter>/<ctrl-u><ctrl-r>", "<down>"),
    (
        KeyContext::Prompt,
        "2/entity:c1<ctrl-s>one<enter><ctrl-u>entity:c2<ctrl-s>two<enter><ctrl-o>",
        "<down>",
    ),
];

/// The list of recent files, shown by a console without a file.
const FILES: KeyContext = KeyContext::Files;

/// The contexts without a selected row: what is scrolled, answered or typed. The field of a form that has the focus has the
/// cursor of the terminal.
const OTHERS: &[KeyContext] = &[
    KeyContext::Copy,
    KeyContext::Blame,
    KeyContext::Confirmation,
    KeyContext::Form,
    KeyContext::Dialog,
    KeyContext::Delete,
    KeyContext::Help,
    KeyContext::QueryHelp,
    KeyContext::HelpSearch,
    KeyContext::Guide,
    KeyContext::Reader,
    KeyContext::Messages,
    KeyContext::Opening,
    KeyContext::Statistics,
    KeyContext::Differences,
];

/// Returns the rows with a long run of reversed cells.
fn reversed(buffer: &Buffer) -> BTreeSet<u16> {
    let is_reversed = |x, y| buffer[(x, y)].modifier.contains(Modifier::REVERSED);
    let longest = |y| {
        let mut run = 0;
        let runs = (0..buffer.area.width).map(|x| {
            run = if is_reversed(x, y) { run + 1 } else { 0 };
            run
        });
        runs.max().unwrap_or(0)
    };
    (0..buffer.area.height).filter(|y| longest(*y) >= 10).collect()
}

#[test]
fn the_selected_row_of_every_list_is_reversed_without_colour() {
    let store = tenants();
    for name in ["emails", "search"] {
        store.subscribe(&Subscription::all_spaces(name)).unwrap();
    }
    let space_id = store.events().find_space("crm_widgets").unwrap().unwrap().space.space_id;
    let correlation_id = Some("00000000-0000-4000-8000-00000000abcd".parse().unwrap());
    let seen = |entity| NewEvent::new(entity, "contact.seen", Json::of(&json!({})));
    let events = ["c1", "c2"].map(|entity| NewEvent { correlation_id, ..seen(entity) });
    let append = Append { expected: Expected::Any, now: store.clock().now(), events: &events };
    store.events().append(space_id, append).unwrap();
    for (list, keys, to_another) in LISTS {
        assert_selection_is_reversed(monochrome(&store), *list, keys, to_another);
    }
    let directory = TempDir::new().unwrap();
    assert_selection_is_reversed(choosing(directory.path(), &["b.db", "c.db"]), FILES, "", "<down>");
}

fn assert_selection_is_reversed(mut console: Headless, list: KeyContext, keys: &str, to_another: &str) {
    console.press(keys).unwrap();
    assert_eq!(context(console.state()), list, "{keys}");
    let before = reversed(&console.draw(&Theme::mono()));
    console.press(to_another).unwrap();
    let after = reversed(&console.draw(&Theme::mono()));
    // A job takes three rows, and no candidate is selected at first.
    let [left, reached] = [before.difference(&after), after.difference(&before)].map(Iterator::count);
    assert!(
        (1..=3).contains(&reached) && [0, reached].contains(&left),
        "{list:?} {keys}: {}",
        screen(&console)
    );
}

#[test]
fn every_context_is_looked_at_without_colour() {
    for context in KeyContext::ALL {
        let is_list = *context == FILES || LISTS.iter().any(|(list, ..)| list == context);
        assert!(is_list != OTHERS.contains(context), "{context:?} belongs to one of the two");
    }
}
