//! Values that another process erases: no screen shows them any longer, and none comes back.

use std::sync::Arc;

use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::operations::{self, Redact, keep_going};
use ramax::{Append, ContentStore, Expected, Json, NewEvent};
use serde_json::json;

use crate::support::{Fixture, START};
use crate::{console, screen};

/// The value that is erased.
const SECRET: &str = "Countess";

/// A contact that gets a name twice, in one business process.
fn renamed() -> Fixture {
    let fixture = Fixture::one_file();
    let space_id = fixture.crm("crm_acme").space_id();
    let event = |event_type: &str, name: &str| NewEvent {
        correlation_id: Some("00000000-0000-4000-8000-00000000abcd".parse().unwrap()),
        ..NewEvent::new(
            "c1",
            event_type,
            Json::of(&json!({"contact_id": "c1", "name": name, "email": "a@b.c"})),
        )
    };
    let events = [event("contact.added", "Ada"), event("contact.updated", SECRET)];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
    operations::catch_up(&fixture.crm("crm_acme"), &mut keep_going).unwrap();
    fixture
}

/// Erases the name in another process.
fn erase(fixture: &Fixture, console: &mut Headless) {
    let other = ContentStore::open(&fixture.other_process(), "crm_acme", Arc::new(Crm)).unwrap();
    let fields = vec!["name".parse().unwrap()];
    let redact = Redact { entity_id: "c1".to_owned(), fields, ..Redact::default() };
    operations::redact(&other, &redact, &mut keep_going).unwrap();
    console.follow();
}

#[test]
fn no_screen_shows_a_value_after_another_process_has_erased_it() {
    for keys in [
        "2",
        "2<enter>",
        "2<enter>G",
        "2H",
        "2T",
        "2<ctrl-t>",
        "2<ctrl-t><enter>",
        "3",
        "3<enter>",
        "3b",
        "3<enter>jjb",
        "3<enter>jjbb",
        "3H",
        "3Hs",
        "3H<enter>",
        "3HSname~ount<enter>",
        "3t",
        "2t<enter>",
        "3tJ1..2<enter>",
        "3tJ1..2<enter>i",
        "4",
    ] {
        let fixture = renamed();
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        let before = screen(&console);
        assert!(before.contains(SECRET) || keys == "4" || keys == "3<enter>jjbb", "{keys}: {before}");
        erase(&fixture, &mut console);
        for back in ["", "<esc>", "<esc>", "<esc>", "<backspace>", "<backspace>", "2", "3"] {
            console.press(back).unwrap();
            let shown = screen(&console);
            assert!(!shown.contains(SECRET), "{keys} and {back}: {shown}");
        }
    }
}

#[test]
fn blame_looks_again_for_the_event_that_set_a_value_and_keeps_its_place_beneath_the_latest() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3<enter>jjb").unwrap();
    assert!(screen(&console).contains("sequence 2"), "{}", screen(&console));
    let rename = |name| fixture.crm("crm_acme").execute(crate::support::rename_contact("c1", name)).unwrap();
    rename("Ada King");
    console.follow();
    let shown = screen(&console);
    assert!(shown.contains("sequence 3") && shown.contains("→ \"Ada King\""), "{shown}");
    console.press("b").unwrap();
    rename("Grace");
    console.follow();
    let shown = screen(&console);
    assert!(shown.contains("sequence 2") && shown.contains("1 change earlier"), "{shown}");
}
