//! The changes of an event, in its details.

use ramax::console::panes::detail::{Detail, Subject};
use ramax::{Append, Expected};
use serde_json::json;

use crate::support::{START, event};
use crate::{console, screen};

use super::{go_to, opened, renamed};

#[test]
fn the_detail_of_an_event_shows_what_it_changed() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("2").unwrap();
    assert!(!screen(&console).contains("changes"), "only an open detail asks: {}", screen(&console));
    console.press("<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("changes  2 keys"), "{shown}");
    assert!(shown.contains("\"Ada\" → \"Ada King\""), "{shown}");
    console.press("[").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("+ contact:c2") && shown.contains("contacts:count  1 → 2"), "{shown}");
}

#[test]
fn an_event_that_changed_nothing_says_why_in_its_place() {
    let fixture = renamed();
    let events =
        [event("c3", "contact.added", json!({"contact_id": "c3"})), event("c1", "contact.waved", json!({}))];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(fixture.space("crm_acme").space_id, append).unwrap();
    let mut console = console(&fixture.store);
    console.press("2<enter>").unwrap();
    assert!(screen(&console).contains("No projection handles events of this type"), "{}", screen(&console));
    console.press("[").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("✗ skipped by state: ") && shown.contains("missing field `name`"), "{shown}");
    console.press("[").unwrap();
    assert!(screen(&console).contains("\"Ada\" → \"Ada King\""), "{}", screen(&console));
}

#[test]
fn a_changed_key_is_a_link_to_the_key() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("2kk<enter>").unwrap();
    go_to(&mut console, "contact:c1");
    console.press("<enter>").unwrap();
    let detail = console.state().layers.top_as::<Detail>().expect("no detail");
    assert!(matches!(&detail.subject, Subject::Entry { entry, .. } if entry.key == "contact:c1"));
    console.press("<backspace>").unwrap();
    assert_eq!(opened(&console), Some(2));
}
