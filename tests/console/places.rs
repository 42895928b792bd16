//! Jumps by number and time, histories of entities, and the counts beside lists.

use ramax::console::Headless;
use ramax::console::layers::history::History;
use ramax::console::layers::prompt::Prompt;
use ramax::{Append, Expected};
use serde_json::json;

use crate::console;
use crate::support::{Fixture, START, add_contact, event, rename_contact};
use crate::{notice, screen};

/// A space with one event per minute, and a neighbour.
fn minutes() -> Fixture {
    let fixture = Fixture::memory();
    let space_id = fixture.space("crm_acme").space_id;
    fixture.space("crm_widgets");
    for at in 1..=45 {
        let now = ramax::Timestamp(START.0 + at * 60_000);
        let events = [event(&format!("c{at}"), "contact.seen", json!({"at": at}))];
        fixture
            .store
            .events()
            .append(space_id, Append { expected: Expected::Any, now, events: &events })
            .unwrap();
    }
    fixture
}

fn at(console: &Headless) -> u64 {
    console.state().events.window.selected.map_or(0, |position| position.0)
}

#[test]
fn a_jump_beyond_the_end_shows_the_last_position() {
    let fixture = minutes();
    let mut console = console(&fixture.store);
    console.press("2J99999<enter>").unwrap();
    assert_eq!((at(&console), notice(&console)), (45, "the last event is 45"));
}

#[test]
fn a_jump_accepts_every_notation_of_a_time() {
    let fixture = minutes();
    let mut console = console(&fixture.store);
    // The clock of the tests starts at 10:00 and has advanced little.
    for (time, place) in [
        ("2026-01-31T10:07", 7),
        ("2026-01-31T10:07:01Z", 8),
        ("2026-01-31T12:20:00+02:00", 20),
        ("2026-01-30", 1),
        ("1d", 1),
    ] {
        console.press("2J").unwrap();
        console.paste(time);
        console.press("<enter>").unwrap();
        assert_eq!((at(&console), console.state().layers.len()), (place, 0), "{time}");
        assert!(!console.state().events.following);
    }
    console.press("J").unwrap();
    console.paste("2026-02-01");
    console.press("<enter>").unwrap();
    assert_eq!((at(&console), notice(&console)), (45, "no event is that late; this is the last one"));
    console.press("Jnoon<enter>").unwrap();
    let Some(prompt) = console.state().layers.top_as::<Prompt>() else { panic!("the prompt is gone") };
    assert!(prompt.error.as_ref().unwrap().message.contains("a time such as 2026-01-31T10:00"));
}

#[test]
fn a_key_without_an_entity_has_no_history() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("3GH").unwrap();
    assert!(console.state().layers.is_empty());
    assert_eq!(notice(&console), "history: contacts:count has no events; it does not belong to an entity");
    console.press("gH").unwrap();
    let Some(history) = console.state().layers.top_as::<History>() else { panic!("no history") };
    assert_eq!((history.entity_id.as_str(), history.window.rows.len()), ("c1", 1));
}

#[test]
fn an_entity_named_like_its_key_has_a_history() {
    let fixture = Fixture::memory();
    let space_id = fixture.space("crm_acme").space_id;
    let events = [event("contact:c1", "contact.seen", json!({})), event("c1", "contact.seen", json!({}))];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
    fixture.store.pstate().put(space_id, "contact:c1", ramax::Json::of(&json!(1)), START).unwrap();
    let mut console = console(&fixture.store);
    console.press("3H").unwrap();
    let Some(history) = console.state().layers.top_as::<History>() else { panic!("no history") };
    assert_eq!((history.entity_id.as_str(), history.window.rows.len()), ("contact:c1", 1));
}

#[test]
fn counts_under_a_filter_cover_only_matches() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c20"] {
        crm.execute(add_contact(id)).unwrap();
    }
    crm.execute(rename_contact("c1", "Another")).unwrap();
    let mut console = console(&fixture.store);
    console.press("2/updated<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("/updated  1 match") && !shown.contains("of 4"), "{shown}");
    console.press("<esc>3/contact:c2<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("/contact:c2  2 matches"), "{shown}");
    console.change(|state| state.projections.window.at_end = false);
    assert!(screen(&console).contains("2+ matches so far"));
}

#[test]
fn the_events_of_all_spaces_do_not_use_ids_as_a_count() {
    let fixture = Fixture::one_file();
    for name in ["crm_acme", "crm_widgets"] {
        fixture.crm(name).execute(add_contact("c1")).unwrap();
    }
    let mut console = console(&fixture.store);
    console.press("Dcrm_acme<enter>2a").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("1 event ") && shown.contains("id 2 · last 2"), "{shown}");
}
