//! Blame: the events that set a value, and a column for a whole value.

use ramax::console::Headless;
use ramax::{Append, Apps, Command, Expected, Json};
use serde_json::json;

use crate::support::{Fixture, START, event, rename_contact};
use crate::{console, notice, screen};

use super::{changes, go_to, opened, renamed};

#[test]
fn blame_names_the_event_that_set_a_value_and_those_before() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3<enter>").unwrap();
    go_to(&mut console, "\"name\"");
    console.press("b").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("Who set contact:c1  name"), "{shown}");
    assert!(shown.contains("\"Ada\" → \"Ada King\"") && shown.contains("sequence 4"), "{shown}");
    assert!(shown.contains("caused by  none"), "{shown}");
    console.press("bb").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("sequence 1") && shown.contains("2 changes earlier"), "{shown}");
    console.press("b").unwrap();
    assert!(screen(&console).contains("this was its first value"), "{}", screen(&console));
    console.press("b").unwrap();
    assert_eq!(notice(&console), "before that: no earlier event set it");
    console.press("<enter>").unwrap();
    assert_eq!(opened(&console), Some(1));
    console.press("<esc>H").unwrap();
    assert_eq!(changes(&console), [4, 2, 1]);
}

#[test]
fn the_event_is_named_before_a_long_value_that_it_set() {
    let fixture = renamed();
    let name = "long ".repeat(200_000);
    fixture.crm("crm_acme").execute(rename_contact("c1", &name)).unwrap();
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
        console.press("3<enter>b").unwrap();
        let shown = screen(&console);
        assert!(shown.contains("set by") && shown.contains("contact.updated"), "{width}: {shown}");
    }
}

#[test]
fn a_long_value_has_its_whole_size_and_its_references_are_not_denied() {
    let fixture = renamed();
    fixture.crm("crm_acme").execute(rename_contact("c1", &"long ".repeat(300_000))).unwrap();
    let mut console = console(&fixture.store);
    console.press("3<enter>").unwrap();
    assert!(screen(&console).contains("1.4 MiB"), "{}", screen(&console));
    console.press("E").unwrap();
    assert!(notice(&console).contains("only its beginning is shown"), "{}", notice(&console));
}

#[test]
fn an_event_opened_from_blame_is_not_covered_by_it() {
    let fixture = renamed();
    for (width, height) in [(120, 40), (80, 24)] {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
        console.press("3<enter>jjb<enter>").unwrap();
        let shown = screen(&console);
        assert!(shown.contains("Event 4") && !shown.contains("Who set"), "{width}: {shown}");
        console.press("<esc>").unwrap();
        assert!(screen(&console).contains("Who set contact:c1"), "{}", screen(&console));
    }
}

#[test]
fn a_column_names_the_event_of_each_part_of_a_value() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3b").unwrap();
    let line = |console: &Headless, text: &str| {
        let shown = screen(console);
        let found = shown.lines().rfind(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("{text} in {shown}")).to_owned()
    };
    assert!(line(&console, "\"name\": ").contains("4  contact.updated"), "{}", screen(&console));
    assert!(line(&console, "\"email\": ").contains("1  contact.added"), "{}", screen(&console));
    fixture.crm("crm_acme").execute(rename_contact("c1", "Countess")).unwrap();
    console.follow();
    assert!(line(&console, "\"name\": ").contains("5  contact.updated"), "{}", screen(&console));
    console.press("B").unwrap();
    assert!(!line(&console, "\"name\": ").contains("contact.updated"), "{}", screen(&console));
}

#[test]
fn references_lists_and_removed_values_are_attributed() {
    let fixture = Fixture::one_file();
    let cards =
        ramax::ContentStore::open(&fixture.store, "cards", std::sync::Arc::new(ramax::apps::Flashcards))
            .unwrap();
    let run = |command: Command| cards.execute(command).map(drop).unwrap();
    run(Command::new("create-deck").with("deck_id", "d1").with("name", "Spanish"));
    run(Command::new("create-card")
        .with("card_id", "c1")
        .with("deck_id", "d1")
        .with("front", "uno")
        .with("back", "one"));
    let mut console = console(&fixture.store);
    console.press("3<enter>").unwrap();
    go_to(&mut console, "\"$ref\"");
    console.press("b").unwrap();
    let shown = screen(&console);
    assert!(
        shown.contains("deck.$ref") && shown.contains("\"deck:d1\"") && shown.contains("sequence 2"),
        "{shown}"
    );
}

#[test]
fn a_key_that_no_event_wrote_says_so() {
    let fixture = renamed();
    let space_id = fixture.space("crm_acme").space_id;
    fixture
        .store
        .pstate()
        .put(space_id.into(), "aaa", Json::of(&json!({"x": [1, {"y": 2}]})), START)
        .unwrap();
    let mut console = console(&fixture.store);
    console.press("3gH").unwrap();
    assert!(screen(&console).contains("No event has ever written aaa"), "{}", screen(&console));
    console.press("<esc><enter>jjb").unwrap();
    assert!(screen(&console).contains("No event has set this value"), "{}", screen(&console));
    console.press("<esc>B").unwrap();
    assert!(screen(&console).contains("no event has set this value"), "{}", screen(&console));
}

#[test]
fn going_back_from_an_event_opened_by_blame_returns_to_blame() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("1:c1<enter><enter>").unwrap();
    go_to(&mut console, "\"name\":");
    for view in ["b", "H"] {
        console.press(view).unwrap();
        let shown = screen(&console);
        console.press("<enter>").unwrap();
        assert!(opened(&console).is_some(), "{}", screen(&console));
        console.press("<backspace>").unwrap();
        assert_eq!(screen(&console), shown, "{view}");
        console.press("<esc>").unwrap();
    }
    console.press("<backspace>").unwrap();
    assert_eq!(console.state().layers.len(), 0, "the place before the jump");
}

#[test]
fn blame_says_that_the_stored_value_is_not_what_the_events_say() {
    let fixture = renamed();
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    let edit =
        "UPDATE projection_entities SET value = replace(value, 'Ada King', 'Eve') WHERE key = 'contact:c1'";
    assert_eq!(file.execute(edit, []).unwrap(), 1);
    let mut console = console(&fixture.store);
    console.press("3/c1<enter><enter>").unwrap();
    go_to(&mut console, "\"name\":");
    console.press("b").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("\"Eve\" is stored, but the events set \"Ada King\""), "{shown}");
    assert!(shown.contains("rebuilds the projection from its events"), "{shown}");
    console.press("<esc>B").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("1 part is stored, not as the events say"), "{shown}");
    // The same key in the past is what the events say.
    console.press("<esc>t<enter>").unwrap();
    go_to(&mut console, "\"name\":");
    console.press("b").unwrap();
    assert!(!screen(&console).contains("is stored"), "{}", screen(&console));
}

#[test]
fn blame_of_a_projection_that_is_behind_names_the_event_that_stops_it() {
    let fixture = renamed();
    let crm = fixture.crm("crm_acme");
    let bad = [event("c1", "contact.updated", json!({"name": 1})), event("c1", "contact.praised", json!({}))];
    let append = Append { expected: Expected::Any, now: START, events: &bad };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    let mut console = console(&fixture.store);
    console.press("3/c1<enter><enter>B").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("set by event up to 4; 2 later ones are not contained"), "{shown}");
    assert!(shown.contains("first at sequence 5") || shown.contains("at sequence 5:"), "{shown}");
    go_to(&mut console, "\"name\":");
    console.press("b").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("sequence 4") && shown.contains("1 event was skipped"), "{shown}");
    assert!(shown.contains("contains the events up to sequence 4, not 2 later events"), "{shown}");
}

#[test]
fn a_stored_value_that_is_no_json_is_told_beside_its_events() {
    let fixture = renamed();
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    let edit = "UPDATE projection_entities SET value = '{broken' WHERE key = 'contact:c1'";
    assert_eq!(file.execute(edit, []).unwrap(), 1);
    let mut console = console(&fixture.store);
    console.press("3/c1<enter><enter>B").unwrap();
    let shown = screen(&console);
    assert!(!shown.contains("no event has set"), "{shown}");
    assert!(shown.contains("not as the events say"), "{shown}");
}

#[test]
fn the_box_names_what_can_be_asked_next() {
    let fixture = renamed();
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let mut console = Headless::new(fixture.store.clone(), Apps::standard(), width, height);
        console.press("3<enter>jjb").unwrap();
        let shown = screen(&console);
        for hint in ["⏎ open event", "b before that", "u without it", "H key history", "? help", "Esc back"]
        {
            assert!(shown.contains(hint), "{hint} at {width}: {shown}");
        }
    }
}
