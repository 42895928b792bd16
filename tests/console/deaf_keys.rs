//! No key is deaf that a hint or the help names: it changes the screen, or a message answers. Keys that move may be at an end.

use std::collections::BTreeSet;

use ramax::console::Headless;
use ramax::console::app::action::Action;
use ramax::console::app::context::{KeyContext, context};
use ramax::console::app::key::Key;
use ramax::console::app::keymap::action;
use ramax::console::app::table::table;
use ramax::console::theme::Theme;
use ramax::subscriptions::Subscription;
use ramax::{Apps, Store};
use ratatui::buffer::Buffer;

use crate::ascii::SCREENS;
use crate::reviews::drift;
use crate::support::mutation::cases;
use crate::support::{Fixture, add_contact, publish, rename_contact};

/// Places beside [`SCREENS`], so that every context is among them.
const MORE: &[&str] = &[
    "2t",
    "2tm<left>",
    "2t<space>",
    "2tm<left><left>m",
    "U<enter>",
    "Ur",
    "UD",
    "UR",
    "3H/c",
    "2ku",
    "~",
    "A",
    "V",
    "#",
    "#i",
    "n<enter>c9<esc>",
    "v<enter>5!",
    "Rv<enter>",
    "5s<F8>",
    "R<enter>v<enter>K<enter>5",
    ":guide quer<enter>",
    "!",
    "3<enter>e",
];

/// The contexts that no key reaches from an open file.
const UNREACHED: [KeyContext; 2] = [KeyContext::Files, KeyContext::Opening];

/// The actions that do nothing at an end, or where they lead.
fn moves(action: Action) -> bool {
    use Action::*;
    let of_rows = matches!(action, Up | Down | Start | End | PageUp | PageDown | HalfPageUp | HalfPageDown);
    let of_choices = matches!(action, NextChoice | PreviousChoice);
    let of_panes = matches!(
        action,
        Left | Right | FocusSpaces | FocusEvents | FocusProjections | FocusCheckpoints | FocusJobs
    );
    of_rows || of_choices || of_panes
}

fn filled() -> Store {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    crm.execute(rename_contact("c1", "Ada")).unwrap();
    fixture.cms("cms_site").execute(publish("a1", "One")).unwrap();
    fixture.store.subscribe(&Subscription::all_spaces("emails")).unwrap();
    fixture.store
}

fn has_acme(store: &Store) -> bool {
    store.events().find_space("crm_acme").unwrap().is_some()
}

fn at(store: &Store, place: &str, guided: bool) -> Headless {
    // A key before this one may have repaired it.
    if place.contains("v<enter>") && has_acme(store) {
        drift(store);
    }
    let console = Headless::new(store.clone(), Apps::standard(), 80, 24);
    let mut console = if guided { console.guided(ramax::cli::walkthrough()) } else { console };
    console.press(place).unwrap();
    console.change(|state| state.notice = None);
    console
}

fn look(console: &Headless) -> Buffer {
    console.draw(&Theme::dark())
}

/// Returns true if a key had an effect on the console that looked like this before.
fn had_effect(console: &Headless, layers: usize, before: &Buffer) -> bool {
    let state = console.state();
    let outside = console.copied.len() + console.suspended > 0 || state.quit;
    outside || state.notice.is_some() || state.layers.len() != layers || look(console) != *before
}

#[test]
fn every_key_that_is_named_changes_the_screen_or_is_answered() {
    // A row of the table runs the same code in every context. With RAMAX_FUZZ, each is tried in all of them.
    let is_thorough = cases(0) > 0;
    let mut tried = BTreeSet::new();
    let mut reached = BTreeSet::new();
    let mut deaf = Vec::new();
    let mut store = filled();
    let places = MORE.iter().chain(SCREENS).map(|place| (*place, false));
    for (place, guided) in places.chain([("", true), (";", true), (".", true)]) {
        if !has_acme(&store) {
            store = filled();
        }
        let before = at(&store, place, guided);
        let (state, here) = (before.state(), context(before.state()));
        reached.insert(format!("{here:?}"));
        let mut seen = None;
        for spec in table().filter(|spec| (spec.contexts)(here) && (spec.applies)(state)) {
            let key: Key = spec.keys[0].parse().unwrap();
            let place_of = |here: KeyContext| is_thorough.then(|| format!("{here:?}"));
            let row = (place_of(here), std::ptr::from_ref(spec), (spec.enabled)(state).is_ok());
            if moves(spec.action) || action(state, key) != Some(spec.action) || !tried.insert(row) {
                continue;
            }
            let seen = seen.get_or_insert_with(|| look(&before));
            let mut console = at(&store, place, guided);
            console.press(&format!("<{key}>")).unwrap();
            if !had_effect(&console, state.layers.len(), seen) {
                deaf.push(format!("{key} ({}) at {place:?}", spec.title));
            }
        }
    }
    for context in KeyContext::ALL.iter().filter(|context| !UNREACHED.contains(context)) {
        assert!(reached.contains(&format!("{context:?}")), "no place is a {context:?}");
    }
    assert!(deaf.is_empty(), "{deaf:#?}");
}
