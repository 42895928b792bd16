//! Spaces without a past, and events that the past skips.

use ramax::console::layers::blame::Blame;
use ramax::operations::{Rebuild, keep_going, rebuild};
use ramax::{Append, Expected, Json, NewEvent};
use serde_json::json;

use crate::support::{Fixture, START, event};
use crate::{console, notice, screen};

use super::renamed;

#[test]
fn a_space_without_a_known_app_says_why_it_has_no_past() {
    let fixture = Fixture::memory();
    let space_id = fixture.space("wiki").space_id;
    let events = [NewEvent::new("p1", "page.created", Json::of(&json!({"id": "p1"})))];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
    fixture.store.pstate().put(space_id.into(), "page:p1", Json::of(&json!({"a": 1})), START).unwrap();
    let mut console = console(&fixture.store);
    for keys in ["3H", "b", "<enter>b", "B"] {
        console.press(keys).unwrap();
        assert!(notice(&console).contains("app"), "{keys}: {}", notice(&console));
        assert!(console.state().layers.find::<Blame>().is_none(), "{keys}");
    }
    console.press("<esc>2<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("changes") && shown.contains("app"), "{shown}");
}

#[test]
fn every_view_of_the_past_names_the_skipped_events() {
    let fixture = renamed();
    let file = rusqlite::Connection::open(fixture.file()).unwrap();
    let damage = "UPDATE event_log SET payload = replace(payload, 'Ada', 'Bob') WHERE event_id = 2";
    assert_eq!(file.execute(damage, []).unwrap(), 1);
    for (keys, said) in [
        ("3/c1<enter>H", "1 event skipped, which cannot be applied: first at sequence 2"),
        ("3/c1<enter>HSname=Ada<enter>", "1 event skipped, which cannot be applied: first at sequence 2"),
        ("3/c1<enter><enter>jjb", "1 event was skipped, because it cannot be applied: event 2"),
        ("3tJ1..4<enter>", "1 event was skipped, because it cannot be applied: event 2"),
        ("3tJ3<enter>", "3 events with today's code, 1 skipped"),
    ] {
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        assert!(screen(&console).contains(said), "{keys}: {}", screen(&console));
    }
    let mut console = console(&fixture.store);
    console.press("3tJ1<enter>").unwrap();
    assert!(!screen(&console).contains("1 skipped"), "{}", screen(&console));
}

#[test]
fn a_space_without_its_app_says_what_can_be_seen() {
    let fixture = renamed();
    let shop = ramax::space::SpaceMetadata::default().with_app("shop");
    fixture.store.events().create_space("erp", Some(&shop), START).unwrap();
    let mut console = console(&fixture.store);
    console.press("1Gt").unwrap();
    let said = notice(&console);
    assert!(
        said.contains("its events, the history of each entity and its stored projections can be seen"),
        "{said}"
    );
}

#[test]
fn events_that_another_projection_skips_do_not_count() {
    let fixture = renamed();
    let bad = [event("c9", "contact.added", json!({"contact_id": "c9", "email": "c9@acme.example"}))];
    let append = Append { expected: Expected::Any, now: START, events: &bad };
    fixture.store.events().append(fixture.space("crm_acme").space_id, append).unwrap();
    let skipping = Rebuild { skip_errors: true, ..Rebuild::default() };
    rebuild(&fixture.crm("crm_acme"), skipping, &mut keep_going).unwrap();
    for (keys, said) in [
        ("3/contact:c1<enter><enter>B", "1 event skipped"),
        ("3Pj<enter>/domain_of:c1<enter><enter>B", ""),
        ("3Pj<enter>/domain_of:c1<enter>H", ""),
    ] {
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        let shown = screen(&console);
        let is_answered = shown.contains("set by event") || shown.contains("Changes of");
        assert!(is_answered && shown.contains("skipped") != said.is_empty(), "{keys}: {shown}");
        assert!(shown.contains(said), "{keys}: {shown}");
    }
}
