//! The query language in the events pane: applied while typed, with errors marked in place.

use ramax::console::Headless;
use ramax::console::app::state::RequestId;
use ramax::console::app::window::{Load, Pending, Select};
use ramax::console::layers::prompt::Prompt;
use ramax::operations::Position;
use ramax::{Append, Expected, NewEvent};
use serde_json::json;

use crate::console;
use crate::screen;
use crate::support::{Fixture, START, event};

/// A space with `count` events, every tenth of another entity.
fn space(count: u64) -> Fixture {
    let fixture = Fixture::memory();
    let space_id = fixture.space("crm_long").space_id;
    let new = |at: u64| {
        let (entity, kind) =
            if at.is_multiple_of(10) { ("ten", "contact.starred") } else { ("one", "contact.seen") };
        event(entity, kind, json!({"at": at, "name": format!("Ada {at}")}))
    };
    let events: Vec<NewEvent> = (1..=count).map(new).collect();
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
    fixture
}

fn found(console: &Headless) -> Vec<u64> {
    console.state().events.window.rows.iter().map(|row| row.position.0).collect()
}

fn prompt(console: &Headless) -> &Prompt {
    console.state().layers.top_as().unwrap()
}

#[test]
fn a_query_applies_while_it_is_typed() {
    let fixture = space(100);
    let mut console = console(&fixture.store);
    console.press("2/entity:ten").unwrap();
    assert_eq!(found(&console), [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    console.press(" seq:35..70 -payload.at=50").unwrap();
    assert_eq!(found(&console), [40, 60, 70]);
    console.press("<enter>").unwrap();
    assert!(console.state().layers.is_empty() && console.state().events.filter.as_str().ends_with("=50"));
    assert!(screen(&console).contains("3 match"), "{}", screen(&console));
    console.press("<esc>").unwrap();
    assert_eq!(found(&console).len(), 100);
}

#[test]
fn an_invalid_query_is_marked_in_place_and_the_list_stays() {
    let fixture = space(100);
    let mut console = console(&fixture.store);
    console.press("2/entity:ten ").unwrap();
    let before = found(&console);
    console.press("typ:contact.seen").unwrap();
    assert_eq!(found(&console), before, "the list stays");
    let fault = prompt(&console).error.clone().unwrap();
    assert_eq!(&prompt(&console).input.text()[fault.place.clone()], "typ");
    assert!(fault.message.starts_with("there is no field \"typ\": did you mean type?"), "{}", fault.message);
    assert!(screen(&console).contains("there is no field \"typ\""), "{}", screen(&console));
    console.press("<enter>").unwrap();
    assert!(prompt(&console).error.is_some(), "an invalid query is not accepted");
    console.press("<ctrl-w><ctrl-w><ctrl-w><ctrl-w>").unwrap();
    assert!(prompt(&console).error.is_none(), "{:?}", prompt(&console));
    console.press("<esc>").unwrap();
    assert_eq!((found(&console).len(), console.state().events.filter.is_empty()), (100, true));
}

#[test]
fn matches_are_highlighted_and_exclusions_are_not() {
    let fixture = space(20);
    let mut console = console(&fixture.store);
    console.press("2/payload.name~ada -starred seen").unwrap();
    let texts: Vec<&str> = console.state().events.query.texts().collect();
    assert_eq!(texts, ["ada", "seen"]);
}

#[test]
fn a_long_search_shows_its_progress_and_continues_until_stopped() {
    let fixture = space(50);
    let mut console = console(&fixture.store);
    console.press("2/nothing<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("No event matches “nothing”") && shown.contains("50 events searched"), "{shown}");
    console.change(|state| {
        let window = &mut state.events.window;
        let load = Load::Before(Position(1234));
        window.pending = Some(Pending { request: RequestId(99), load, select: Select::Keep });
        (window.at_start, window.searched) = (false, 40_000);
    });
    let shown = screen(&console);
    assert!(shown.contains("no match in 40,000 events yet"), "{shown}");
    assert!(shown.contains("searching at 1,234"), "{shown}");
    assert!(shown.contains("Esc stops the search"), "{shown}");
    console.press("<esc>").unwrap();
    assert_eq!(found(&console).len(), 50);
}

#[test]
fn other_panes_use_the_filter_as_plain_text() {
    let fixture = space(3);
    let mut console = console(&fixture.store);
    console.press("/type:").unwrap();
    assert!(prompt(&console).error.is_none() && console.state().spaces.filter.as_str() == "type:");
}

#[test]
fn the_metadata_of_an_event_is_shown_and_queried() {
    let fixture = Fixture::memory();
    let space_id = fixture.crm("crm_acme").space_id();
    let conditions = ramax::Conditions {
        metadata: Some(ramax::Json::of(&json!({"actor": "ada", "rate": 7, "client": "job\u{1b}"}))),
        ..ramax::Conditions::default()
    };
    let note = |text: &str| ramax::NewEvent::new("e1", "note.taken", ramax::Json::of(&text.into()));
    fixture.store.append(space_id, &conditions, &[note("a")]).unwrap();
    fixture.store.append(space_id, &ramax::Conditions::default(), &[note("b")]).unwrap();
    for (width, height) in [(160, 45), (60, 24)] {
        let mut console = Headless::new(fixture.store.clone(), ramax::Apps::standard(), width, height);
        console.press("2/meta.actor=ada<enter>").unwrap();
        assert_eq!(console.state().events.window.rows.len(), 1);
        // On a small screen, the maximised detail has room for it.
        console.press(if width < 100 { "<enter>z" } else { "<enter>" }).unwrap();
        let shown = screen(&console);
        assert!(shown.contains("metadata") && shown.contains("actor ada"), "{shown}");
        assert!(!shown.contains('\u{1b}'));
    }
}
