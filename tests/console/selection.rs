//! One selection: actions apply to the highlighted space, and it stays on screen.

use ramax::console::Headless;
use ramax::console::layers::chooser::Chooser;
use ramax::console::layers::confirm::{Dialog, Question};
use ramax::console::layers::delete::Delete;
use ramax::console::panes::Pane;
use ramax::operations::Scope;

use crate::console;
use crate::support::{Fixture, add_contact, rename_contact};
use crate::{screen, two_tenants};

/// Spaces with one event each.
fn many(count: usize) -> Fixture {
    let fixture = Fixture::memory();
    for at in 0..count {
        fixture.crm(&format!("crm_{at:03}")).execute(add_contact("c1")).unwrap();
    }
    fixture
}

fn selected(console: &Headless) -> &str {
    &console.state().space().unwrap().space.space_name
}

/// The name of the space in the dialog on top.
fn asked(console: &Headless) -> &str {
    let layers = &console.state().layers;
    if let Some(delete) = layers.top_as::<Delete>() {
        return &delete.space.space.space_name;
    }
    match layers.top_as() {
        Some(Dialog { question: Question::Operation { spaces, .. }, .. }) => &spaces[0].space.space_name,
        other => panic!("another dialog: {other:?}"),
    }
}

#[test]
fn in_the_events_of_all_spaces_every_action_applies_to_the_highlighted_space() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("2ag").unwrap();
    assert_eq!(selected(&console), "crm_acme");
    console.press("R").unwrap();
    assert_eq!(asked(&console), "crm_acme");
    console.press("<esc>G").unwrap();
    assert_eq!(selected(&console), "crm_widgets");
    for key in ["R", "v", "D"] {
        console.press(key).unwrap();
        assert_eq!(asked(&console), "crm_widgets", "{key}");
        console.press("<esc>").unwrap();
    }
    console.press("n").unwrap();
    let Some(chooser) = console.state().layers.top_as::<Chooser>() else { panic!("no choice") };
    assert_eq!(chooser.space_name, "crm_widgets");
    console.press("<esc>1k").unwrap();
    assert_eq!(selected(&console), "crm_acme", "in the panes of spaces, the selected row counts");
    console.press("4").unwrap();
    assert_eq!(selected(&console), "crm_acme");
    console.press("D").unwrap();
    assert_eq!(asked(&console), "crm_acme");
}

#[test]
fn a_history_from_the_events_of_all_spaces_is_numbered_by_ids() {
    let fixture = two_tenants();
    fixture.crm("crm_widgets").execute(rename_contact("c1", "Another")).unwrap();
    let mut console = console(&fixture.store);
    console.press("2aGH").unwrap();
    let shown = screen(&console);
    let numbers: Vec<&str> = shown.lines().filter(|line| line.contains("contact.")).collect();
    assert!(shown.contains(" id  "), "{shown}");
    assert!(numbers.iter().any(|line| line.contains(" 4  ")), "the id of its first event: {shown}");
    assert!(numbers.iter().any(|line| line.contains(" 7  ")), "the id of its second: {shown}");
    console.press("<esc>aH").unwrap();
    assert!(screen(&console).contains(" seq  "), "in one space, by sequences");
}

#[test]
fn pausing_affects_one_space_and_keeps_its_selection() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("2gj").unwrap();
    assert_eq!((console.state().events.following, selected(&console)), (false, "crm_acme"));
    console.press("1j2").unwrap();
    assert!(console.state().events.following, "crm_widgets is still followed");
    fixture.crm("crm_widgets").execute(add_contact("c4")).unwrap();
    console.follow();
    assert_eq!(console.state().events.window.selected.unwrap().0, 4);
    console.press("1k2").unwrap();
    assert_eq!(console.state().events.window.selected.unwrap().0, 2, "the selection stays");
    assert!(!console.state().events.following);
    console.press("a").unwrap();
    assert_eq!(console.state().events.scope, Some(Scope::All));
}

#[test]
fn a_list_that_was_hidden_or_grew_fills_its_pane() {
    let fixture = many(60);
    for keys in ["GL<esc>", "G3zz", "G4<esc>", "4GL<esc>1", "4G1zz", "4G3zz"] {
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        let state = console.state();
        let height = state.viewports.of(Pane::Spaces);
        assert!(height > 3, "{keys}: the pane is on screen");
        assert_eq!(state.spaces.top + usize::from(height), 60, "{keys}: the last rows fill the pane");
    }
    // A space has two checkpoints.
    for keys in ["GL<esc>4", "G3zz4", "G4zz", "4GL<esc>", "4G1zz4", "4G<esc>4"] {
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        let state = console.state();
        let height = state.viewports.of(Pane::Checkpoints);
        assert!(height > 3, "{keys}: the pane is on screen");
        let end = state.checkpoints.top + usize::from(height);
        assert!((119..=120).contains(&end), "{keys}: the last rows fill the pane: {end}");
    }
}

#[test]
fn a_hidden_list_keeps_its_position() {
    let fixture = many(60);
    let mut console = console(&fixture.store);
    console.press("Gkkk").unwrap();
    let before = console.state().spaces.top;
    console.press("L<esc>3z").unwrap();
    assert_eq!(console.state().viewports.of(Pane::Spaces), 0);
    console.press("z").unwrap();
    assert_eq!(console.state().spaces.top, before);
}
