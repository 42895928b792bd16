//! Histories of entities, from events and from keys.

use ramax::console::layers::history::History;
use ramax::console::panes::detail::{Detail, Subject};
use ramax::{Append, Expected};
use serde_json::json;

use crate::support::{Fixture, START, add_contact, event, rename_contact};
use crate::{console, notice};

#[test]
fn a_history_opens_from_an_event_and_from_a_key() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(add_contact("c2")).unwrap();
    crm.execute(rename_contact("c1", "Another")).unwrap();
    fixture.crm("crm_other").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    for keys in ["2H", "<esc>3g<ctrl-e>"] {
        console.press(keys).unwrap();
        let Some(history) = console.state().layers.top_as::<History>() else { panic!("no history") };
        let sequences: Vec<u64> = history.window.rows.iter().map(|row| row.position.0).collect();
        assert_eq!((history.entity_id.as_str(), sequences), ("c1", vec![1, 3]), "of this space only");
    }
    console.press("<enter>").unwrap();
    let Some(detail) = console.state().layers.top_as::<Detail>() else { panic!("no details") };
    assert!(matches!(&detail.subject, Subject::Event(event) if event.space_sequence.0 == 3));
    console.press("<esc><esc>").unwrap();
    assert!(console.state().layers.is_empty(), "Esc goes back one step at a time");
}

#[test]
fn a_key_without_an_entity_has_no_history() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("3G<ctrl-e>").unwrap();
    assert!(console.state().layers.is_empty());
    assert_eq!(notice(&console), "history: contacts:count has no events; it does not belong to an entity");
    console.press("g<ctrl-e>").unwrap();
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
    fixture.store.pstate().put(space_id.into(), "contact:c1", ramax::Json::of(&json!(1)), START).unwrap();
    let mut console = console(&fixture.store);
    console.press("3<ctrl-e>").unwrap();
    let Some(history) = console.state().layers.top_as::<History>() else { panic!("no history") };
    assert_eq!((history.entity_id.as_str(), history.window.rows.len()), ("contact:c1", 1));
}

#[test]
fn a_history_is_filtered_by_a_query() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    for command in
        [add_contact("c1"), add_contact("c2"), rename_contact("c1", "Ada"), rename_contact("c1", "Bo")]
    {
        crm.execute(command).unwrap();
    }
    let mut console = console(&fixture.store);
    let sequences = |console: &ramax::console::Headless| -> Vec<u64> {
        let history: &History = console.state().layers.find().expect("no history");
        history.window.rows.iter().map(|row| row.position.0).collect()
    };
    console.press("2H/type:contact.updated -Bo").unwrap();
    assert_eq!(sequences(&console), [3]);
    console.press("<ctrl-u>type:nothing<enter>").unwrap();
    assert!(sequences(&console).is_empty());
    console.press("<esc>").unwrap();
    assert_eq!(
        (sequences(&console), console.state().layers.len()),
        (vec![1, 3, 4], 1),
        "Esc clears the query"
    );
}
