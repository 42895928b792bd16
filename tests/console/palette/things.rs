//! The things that the palette finds: spaces, event types, entities, keys, saved queries, and parts to copy.

use ramax::console::Headless;
use ramax::console::app::message::Message;
use ramax::console::app::state::ConsoleState;
use ramax::console::app::update::update;
use ramax::console::layers::history::History;
use ramax::console::layers::palette::{Palette, PaletteRow, PaletteTarget, Thing};
use ramax::console::panes::Pane;
use ramax::{Append, Apps, Expected, Json, NewEvent, Store, Timestamp};

use crate::support::add_contact;
use crate::{console, notice, screen, two_tenants};

use super::{after, first, palette, space};

#[test]
fn spaces_event_types_entities_and_keys_are_found_and_shown() {
    let mut console = after(":crm_wid<enter>");
    assert_eq!((space(&console), console.state().layers.len()), ("crm_widgets", 0));
    console.press(":contact.added<enter>").unwrap();
    assert_eq!(console.state().focus, Pane::Events);
    assert_eq!(console.state().events.filter.as_str(), "type:contact.added");
    assert_eq!(console.state().events.window.rows.len(), 3);
    console.press(":contact:c2<enter>").unwrap();
    assert_eq!(console.state().focus, Pane::Projections);
    assert_eq!(console.state().projections.window.selected.as_deref(), Some("contact:c2"));
    console.press(":entity c3<enter>").unwrap();
    let Some(history) = console.state().layers.top_as::<History>() else { panic!("no history") };
    assert_eq!(history.entity_id, "c3");
}

#[test]
fn a_key_is_found_by_the_entity_that_it_is_named_after_before_the_entity() {
    let mut console = after(":c2");
    let titles: Vec<&str> = palette(&console).entries.iter().take(3).map(|row| row.title.as_str()).collect();
    assert_eq!(titles, ["contact:c2", "domain_of:c2", "c2"]);
    console.press("<enter>").unwrap();
    let state = console.state();
    let selected = state.projections.window.selected.as_deref();
    assert_eq!((state.focus, selected), (Pane::Projections, Some("contact:c2")));
}

#[test]
fn names_are_found_in_other_spaces_after_the_selected_one() {
    let fixture = two_tenants();
    fixture.crm("crm_widgets").execute(add_contact("w9")).unwrap();
    let mut console = console(&fixture.store);
    console.press(":w9").unwrap();
    let found = |console: &Headless| -> Vec<(String, String)> {
        palette(console).entries.iter().map(|row| (row.title.clone(), row.note.clone())).collect()
    };
    let row = |title: &str, note: &str| (title.to_owned(), note.to_owned());
    let rows = found(&console);
    assert_eq!(rows[0], row("contact:w9", "in state of crm_widgets"), "{rows:?}");
    assert!(rows.contains(&row("w9", "in crm_widgets")), "{rows:?}");
    console.press("<enter>").unwrap();
    let selected = console.state().projections.window.selected.as_deref();
    assert_eq!((space(&console), selected), ("crm_widgets", Some("contact:w9")));
    // Both spaces have it.
    console.press(":key contact:c2").unwrap();
    let rows = found(&console);
    assert_eq!(
        (rows[0].0.as_str(), &rows[1]),
        ("key contact:c2", &row("key contact:c2", "in state of crm_acme"))
    );
    assert!(!rows[0].1.contains("crm_acme"), "{rows:?}");
    console.press("<down><enter>").unwrap();
    assert_eq!(space(&console), "crm_acme");
    // An exact name only.
    console.press(":key contact:w").unwrap();
    assert_eq!(found(&console), []);
}

#[test]
fn a_saved_query_is_found_by_its_name() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.change(|state| {
        state.memory.save("one person", "entity:c2", None);
    });
    console.press(":one p<enter>").unwrap();
    let state = console.state();
    assert_eq!((state.focus, state.events.filter.as_str()), (Pane::Events, "entity:c2"));
    assert_eq!(state.events.window.rows.len(), 1);
}

/// A space with many keys, among many spaces.
fn large() -> Store {
    let store = Store::memory();
    let names: Vec<String> = (0..1500).map(|number| format!("tenant_{number:05}")).collect();
    let spaces = store.events().create_spaces(&names, None, Timestamp(0)).unwrap();
    let space_id = spaces[0].as_ref().unwrap().space_id;
    for number in 0..300 {
        let key = format!("contact:c{number}");
        store.pstate().put(space_id.into(), &key, Json::of(&"x".into()), Timestamp(0)).unwrap();
    }
    let events = [NewEvent::new("c7", "contact.added", Json::of(&"x".into()))];
    let append = Append { expected: Expected::Any, now: Timestamp(1), events: &events };
    store.events().append(space_id, append).unwrap();
    store
}

#[test]
fn a_search_ends_with_a_bounded_number_of_things_and_says_that_more_match() {
    let mut console = Headless::new(large(), Apps::standard(), 120, 40);
    console.press(":tenant").unwrap();
    let things =
        palette(&console).entries.iter().filter(|entry| matches!(entry.target, PaletteTarget::Thing(_)));
    assert!((50..=120).contains(&things.count()));
    assert!(screen(&console).contains("more match"), "{}", screen(&console));
    console.press("<ctrl-u>t_01321").unwrap();
    let found = |entry: &PaletteRow| matches!(&entry.target, PaletteTarget::Thing(Thing::Space { name, .. }) if name == "tenant_01321");
    assert!(found(first(&console)), "{:?}", first(&console));
    assert!(!screen(&console).contains("more match"));
    console.press("<ctrl-u>key ct:c299<enter>").unwrap();
    assert_eq!(console.state().projections.window.selected.as_deref(), Some("contact:c299"));
}

#[test]
fn an_answer_to_an_older_text_is_ignored() {
    use ramax::console::app::effect::{Effect, StoreQuery};
    use ramax::console::app::key::Key;
    use ramax::console::app::message::Answer;
    use ramax::console::layers::palette::FoundThings;
    let mut state = ConsoleState::new("memory", false, Apps::standard());
    let press = |state: &mut ConsoleState, keys: &str| {
        let keys = Key::sequence(keys).unwrap();
        let effects = keys.into_iter().flat_map(|key| update(state, Message::Key(key)));
        effects
            .filter_map(|effect| match effect {
                Effect::Query(StoreQuery::FindThings { request, .. }) => Some(request),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let requests = press(&mut state, ":xy");
    assert_eq!(requests.len(), 2, "one for each letter");
    let answer = |request, name: &str| {
        let things = vec![Thing::EventType(name.to_owned())];
        Message::Things(Answer { request, result: Ok(FoundThings { things, next: None, more: false }) })
    };
    let shown = |state: &ConsoleState| state.layers.top_as::<Palette>().unwrap().entries.len();
    update(&mut state, answer(requests[0], "xy.old"));
    assert_eq!(shown(&state), 0);
    update(&mut state, answer(requests[1], "xy.new"));
    assert_eq!(shown(&state), 1);
}

#[test]
fn a_part_of_the_selected_row_is_copied_by_name() {
    let console = after("2:copy payload<enter>");
    assert!(
        notice(&console).starts_with("sent to the clipboard: the payload of event 3"),
        "{}",
        notice(&console)
    );
    assert!(console.copied[0].starts_with("{\"contact_id\""));
    assert_eq!((console.state().layers.len(), console.state().focus), (0, Pane::Events));
}

#[test]
fn a_search_says_which_space_it_searched() {
    let console = after(":zzzz");
    assert!(screen(&console).contains("entities and keys were searched in crm_acme"));
    let console = after(":entity zzzz");
    assert_eq!(
        palette(&console).message.as_deref(),
        Some("no entity of crm_acme matches zzzz, and no other space has one of this name")
    );
    let console = after(":contact:c2");
    let key = palette(&console)
        .entries
        .iter()
        .find(|entry| matches!(entry.target, PaletteTarget::Thing(Thing::Key { .. })));
    assert_eq!(key.map(|entry| entry.note.as_str()), Some("in state of crm_acme"));
}
