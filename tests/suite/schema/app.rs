//! An app whose entities have changed, with each of its versions run on a store that an earlier one wrote.

use std::sync::Arc;

use ramax::console::Headless;
use ramax::content_store::{Applied, Arguments, CommandSpec, Decision, FieldSpec, StateError};
use ramax::operations::{Rebuild, keep_going, rebuild, verify};
use ramax::pstate::schema::Map;
use ramax::{
    App, Apps, Command, ContentStore, Context, Event, Json, NewEvent, OpenOptions, Page, Projection,
    Reference, Schema, State, Store,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CARDS, new_card, old_card, stored};
use crate::on_every_store;
use crate::support::Fixture;

on_every_store![
    commands_and_event_handlers_see_the_current_form,
    a_content_store_reads_the_current_form_and_writes_it_back,
    a_migrated_projection_is_still_the_fold_of_its_events,
    the_output_of_an_old_event_handler_is_stored_in_the_current_form,
    nothing_is_written_back_to_a_read_only_store,
    migrated_entities_are_written_back_when_the_last_handle_is_dropped,
    the_console_shows_the_current_form,
];

/// Cards in the current version of the app.
#[derive(Serialize, Deserialize)]
struct Card {
    front: String,
    deck: Reference,
    notes: Map<String, Value>,
    tags: Map<String, Value>,
}

/// A card app, in one of its versions.
#[derive(Clone, Copy, PartialEq)]
enum Version {
    /// Writes the old form.
    Old,
    /// Declares the current schema, but its event handler still writes the old form.
    Declared,
    /// Reads and writes the current form.
    New,
}

const COMMANDS: &[CommandSpec] = &[
    CommandSpec::new(
        "create",
        "Create",
        "Creates a card",
        &[FieldSpec::required("n", "Number", "of the card")],
        |_, arguments| Ok(vec![numbered("card.created", arguments)]),
    ),
    CommandSpec::new(
        "tag",
        "Tag",
        "Tags a card",
        &[FieldSpec::required("n", "Number", "of the card")],
        decide_to_tag,
    ),
];

fn numbered(event_type: &str, arguments: &Arguments) -> NewEvent {
    let n: usize = arguments.required("n").parse().unwrap();
    NewEvent::new(format!("c{n}"), event_type, Json::of(&json!({ "n": n })))
}

fn decide_to_tag(context: &Context<'_>, arguments: &Arguments) -> Decision {
    let card: Option<Card> = context.get(&format!("card:c{}", arguments.required("n")))?;
    let exists = card.is_some_and(|card| card.deck == Reference::to("deck", "d1"));
    Ok(if exists { vec![numbered("card.tagged", arguments)] } else { Vec::new() })
}

impl App for Version {
    fn name(&self) -> &'static str {
        "cards"
    }

    fn summary(&self) -> &'static str {
        "cards"
    }

    fn space_prefix(&self) -> &'static str {
        "cards_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["card.created", "card.tagged"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        COMMANDS
    }

    fn schema(&self) -> Schema {
        if *self == Self::Old { Schema::EMPTY } else { CARDS }
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        let key = format!("card:{}", event.entity_id);
        let n = event.payload.to_value()["n"].as_u64().unwrap() as usize;
        match (&*event.event_type, self) {
            ("card.created", Self::Old | Self::Declared) => state.put(&key, &old_card(n))?,
            ("card.created", Self::New) => state.put(&key, &new_card(n))?,
            _ => {
                let mut card: Card = state.get(&key)?.unwrap();
                card.tags.insert(format!("t{}", event.space_sequence), json!(true));
                state.put(&key, &card)?;
            }
        }
        Ok(Applied::Yes)
    }
}

fn cards(store: &Store, version: Version) -> ContentStore {
    ContentStore::open(store, "cards_a", Arc::new(version)).unwrap()
}

fn create(content: &ContentStore, count: usize) {
    for n in 0..count {
        content.execute(Command::new("create").with("n", n.to_string())).unwrap();
    }
}

fn tag(content: &ContentStore, n: usize) -> usize {
    content.execute(Command::new("tag").with("n", n.to_string())).unwrap().event_ids.len()
}

fn differences(content: &ContentStore) -> usize {
    verify(content, &mut keep_going).unwrap().differences.len()
}

fn rebuilt(content: &ContentStore) {
    rebuild(content, Rebuild::default(), &mut keep_going).unwrap();
}

fn commands_and_event_handlers_see_the_current_form(fixture: &Fixture) {
    create(&cards(&fixture.store, Version::Old), 2);
    let content = cards(&fixture.store, Version::New);
    assert_eq!(tag(&content, 1), 1, "the command found the reference");
    let mut expected = new_card(1);
    expected["tags"] = json!({"t3": true});
    assert_eq!(stored(&fixture.store, content.space_id(), "card:c1"), expected);
    let preview = content.preview(Command::new("tag").with("n", "0")).unwrap();
    assert_eq!(preview.changes[0].before.as_ref().unwrap().to_value(), new_card(0));
    assert_eq!(stored(&fixture.store, content.space_id(), "card:c0"), old_card(0), "the read wrote nothing");
}

fn a_content_store_reads_the_current_form_and_writes_it_back(fixture: &Fixture) {
    create(&cards(&fixture.store, Version::Old), 2);
    let content = cards(&fixture.store, Version::New);
    assert_eq!(content.get::<Card>("card:c1").unwrap().unwrap().deck, Reference::to("deck", "d1"));
    let scanned = content.scan("card:", Page::forward(None, 9)).unwrap();
    assert_eq!(scanned[0].value.to_value(), new_card(0));
    assert_eq!(stored(&fixture.store, content.space_id(), "card:c0"), old_card(0));
    assert_eq!(content.projection().unwrap().flush().unwrap(), 2, "all reads of the store share one queue");
    assert_eq!(stored(&fixture.store, content.space_id(), "card:c0"), new_card(0));
    assert_eq!(cards(&fixture.store, Version::Old).get::<Value>("card:c0").unwrap(), Some(new_card(0)));
}

fn a_migrated_projection_is_still_the_fold_of_its_events(fixture: &Fixture) {
    create(&cards(&fixture.store, Version::Old), 5);
    let content = cards(&fixture.store, Version::New);
    assert_eq!(differences(&cards(&fixture.store, Version::Old)), 0);
    assert_eq!(differences(&content), 0, "an old form counts as its migrated form");
    content.get::<Value>("card:c1").unwrap();
    content.projection().unwrap().flush().unwrap();
    tag(&content, 2);
    assert_eq!(differences(&content), 0, "half of it written back");
    content.scan("", Page::forward(None, 9)).unwrap();
    content.projection().unwrap().flush().unwrap();
    let migrated =
        content.store().pstate().scan(content.space_id().into(), "", Page::forward(None, 9)).unwrap();
    rebuilt(&content);
    let rebuilt =
        content.store().pstate().scan(content.space_id().into(), "", Page::forward(None, 9)).unwrap();
    assert_eq!(migrated, rebuilt, "to the byte, times included");
}

fn the_output_of_an_old_event_handler_is_stored_in_the_current_form(fixture: &Fixture) {
    let content = cards(&fixture.store, Version::Declared);
    create(&content, 2);
    assert_eq!(stored(&fixture.store, content.space_id(), "card:c1"), new_card(1));
    tag(&content, 1);
    assert_eq!(differences(&content), 0);
    let before = stored(&fixture.store, content.space_id(), "card:c1");
    rebuilt(&content);
    assert_eq!(stored(&fixture.store, content.space_id(), "card:c1"), before);
}

fn nothing_is_written_back_to_a_read_only_store(fixture: &Fixture) {
    let Some(location) = fixture.store.location() else { return };
    create(&cards(&fixture.store, Version::Old), 150);
    let space_id = cards(&fixture.store, Version::Old).space_id();
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let read_only = Store::open(location, options).unwrap();
    let space = read_only.events().space(space_id).unwrap().unwrap().space;
    let content = ContentStore::of(&read_only, space, Arc::new(Version::New)).unwrap();
    let scanned = content.scan("card:", Page::forward(None, 999)).unwrap();
    assert_eq!(scanned.len(), 150);
    assert_eq!(content.get::<Value>("card:c7").unwrap(), Some(new_card(7)));
    assert_eq!(content.projection().unwrap().flush().unwrap(), 0);
    let direct = Projection::new(read_only.pstate(), space_id).with_schema(CARDS);
    direct.scan("card:", Page::forward(None, 999)).unwrap();
    direct.fetch("card:c7").unwrap();
    assert_eq!(direct.flush().unwrap_err().kind(), "read_only", "an explicit flush reports it");
    assert_eq!(stored(&fixture.store, space_id, "card:c7"), old_card(7));
}

fn migrated_entities_are_written_back_when_the_last_handle_is_dropped(fixture: &Fixture) {
    create(&cards(&fixture.store, Version::Old), 2);
    let content = cards(&fixture.store, Version::New);
    let other = content.clone();
    content.get::<Value>("card:c1").unwrap();
    let space_id = content.space_id();
    drop(content);
    assert_eq!(stored(&fixture.store, space_id, "card:c1"), old_card(1), "another handle is still open");
    drop(other);
    assert_eq!(stored(&fixture.store, space_id, "card:c1"), new_card(1));
    assert_eq!(stored(&fixture.store, space_id, "card:c0"), old_card(0), "this card was never read");
}

fn the_console_shows_the_current_form(fixture: &Fixture) {
    create(&cards(&fixture.store, Version::Old), 2);
    let apps = Apps::standard().with(Arc::new(Version::New));
    let mut console = Headless::new(fixture.store.clone(), apps, 120, 40);
    console.press("3").unwrap();
    let shown = console.state().projections.window.rows[0].value.to_value();
    assert_eq!(shown, new_card(0));
}
