//! Tests of decks, cards and translations on every kind of store.

use std::sync::Arc;

use ramax::apps::Flashcards;
use ramax::operations::{Rebuild, keep_going, rebuild, verify};
use ramax::{Command, ContentStore, Page, Reference, Request};
use serde_json::{Value, json};

use crate::on_every_store;
use crate::support::Fixture;

on_every_store![
    decks_are_created_once,
    a_card_needs_an_existing_deck_and_a_unique_id,
    an_update_changes_the_given_sides_and_requires_a_change,
    only_a_new_length_invalidates_translations,
    each_side_is_translated_once_per_language,
    a_deck_and_its_cards_refer_to_each_other,
    decks_with_overlapping_ids_stay_separate,
    the_values_match_the_original,
    the_events_match_the_original,
    fifteen_hundred_cards_with_translations_survive_a_rebuild,
];

fn open(fixture: &Fixture) -> ContentStore {
    ContentStore::open(&fixture.store, "flashcards", Arc::new(Flashcards)).unwrap()
}

fn deck(id: &str) -> Command {
    Command::new("create-deck").with("deck_id", id).with("name", format!("Deck {id}"))
}

fn card(id: &str, deck: &str, front: &str, back: &str) -> Command {
    Command::new("create-card")
        .with("card_id", id)
        .with("deck_id", deck)
        .with("front", front)
        .with("back", back)
}

fn update(id: &str) -> Command {
    Command::new("update-card").with("card_id", id)
}

fn translation(id: &str, field: &str, language: &str, text: &str) -> Command {
    Command::new("add-translation")
        .with("card_id", id)
        .with("field", field)
        .with("language", language)
        .with("translation", text)
}

fn run(space: &ContentStore, commands: impl IntoIterator<Item = Command>) {
    for command in commands {
        space.execute(command).unwrap();
    }
}

fn refused(space: &ContentStore, command: Command) -> &'static str {
    space.execute(command).unwrap_err().kind()
}

fn spanish(fixture: &Fixture) -> ContentStore {
    let space = open(fixture);
    run(&space, [deck("es"), card("es-1", "es", "Hello", "¡Hola!"), card("es-2", "es", "Water", "Agua")]);
    space
}

fn decks_are_created_once(fixture: &Fixture) {
    let space = open(fixture);
    run(&space, [deck("es")]);
    assert_eq!(refused(&space, deck("es")), "deck_already_exists");
    let found = Flashcards::deck(&space, "es").unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.cards.len()), ("Deck es", 0));
    assert_eq!(Flashcards::deck(&space, "fr").unwrap(), None);
    assert_eq!(Flashcards::cards(&space, "es").unwrap(), Some(vec![]));
    assert_eq!(Flashcards::cards(&space, "fr").unwrap(), None);
}

fn a_card_needs_an_existing_deck_and_a_unique_id(fixture: &Fixture) {
    let space = spanish(fixture);
    assert_eq!(refused(&space, card("es-1", "fr", "a", "b")), "deck_not_found");
    assert_eq!(refused(&space, card("es-1", "es", "a", "b")), "card_already_exists");
    assert_eq!(Flashcards::card(&space, "es-9").unwrap(), None);
}

fn an_update_changes_the_given_sides_and_requires_a_change(fixture: &Fixture) {
    let space = spanish(fixture);
    assert_eq!(refused(&space, update("es-9").with("front", "x")), "card_not_found");
    assert_eq!(refused(&space, update("es-1")), "no_changes");
    assert_eq!(refused(&space, update("es-1").with("front", "Hello")), "no_changes");
    run(&space, [update("es-1").with("front", "Hullo")]);
    let found = Flashcards::card(&space, "es-1").unwrap().unwrap();
    assert_eq!((found.front.as_str(), found.back.as_str()), ("Hullo", "¡Hola!"));
    assert!(found.updated_at.unwrap() > found.created_at);
}

fn only_a_new_length_invalidates_translations(fixture: &Fixture) {
    let space = spanish(fixture);
    let types = |command| -> Vec<String> {
        let done = space.execute(command).unwrap();
        let read =
            |id: &ramax::EventId| space.store().events().event(*id).unwrap().unwrap().event_type.to_string();
        done.event_ids.iter().map(read).collect()
    };
    // "é" as one character or two has the same length for a reader.
    assert_eq!(types(update("es-1").with("front", "Hellé")), ["card.updated"]);
    assert_eq!(types(update("es-1").with("front", "Helle\u{301}")), ["card.updated"]);
    assert!(!Flashcards::card(&space, "es-1").unwrap().unwrap().translations.invalidated);
    let both = ["card.updated", "card.translations.invalidated"];
    assert_eq!(types(update("es-1").with("back", "¡Hola a todos!")), both);
    assert!(Flashcards::card(&space, "es-1").unwrap().unwrap().translations.invalidated);
    run(&space, [translation("es-1", "front", "fr", "Bonjour")]);
    assert!(Flashcards::card(&space, "es-1").unwrap().unwrap().translations.invalidated, "and stays so");
}

fn each_side_is_translated_once_per_language(fixture: &Fixture) {
    let space = spanish(fixture);
    run(
        &space,
        [translation("es-1", "front", "fr", "Bonjour"), translation("es-1", "back", "fr", "Salut !")],
    );
    assert_eq!(refused(&space, translation("es-1", "front", "fr", "Allô")), "translation_exists");
    assert_eq!(refused(&space, translation("es-9", "front", "fr", "Allô")), "card_not_found");
    assert_eq!(refused(&space, translation("es-1", "middle", "fr", "Allô")), "invalid_field");
    let translations = Flashcards::card(&space, "es-1").unwrap().unwrap().translations;
    assert_eq!(translations.front["fr"].text, "Bonjour");
    assert_eq!(translations.back["fr"].text, "Salut !");
}

fn a_deck_and_its_cards_refer_to_each_other(fixture: &Fixture) {
    let space = spanish(fixture);
    let found = Flashcards::deck(&space, "es").unwrap().unwrap();
    let cards: Vec<(&str, &str)> = found.cards.iter().map(|(id, card)| (id.as_str(), card.key())).collect();
    assert_eq!(cards, [("es-1", "card:es-1"), ("es-2", "card:es-2")]);
    let listed = Flashcards::cards(&space, "es").unwrap().unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|card| card.deck == Reference::to("deck", "es")));
}

fn decks_with_overlapping_ids_stay_separate(fixture: &Fixture) {
    let space = open(fixture);
    run(
        &space,
        [deck("a"), deck("a:b"), deck("a%3Ab"), card("b:c", "a", "x", "y"), card("c", "a:b", "x", "y")],
    );
    let cards =
        |id: &str| Flashcards::deck(&space, id).unwrap().unwrap().cards.into_keys().collect::<Vec<_>>();
    assert_eq!(cards("a"), ["b:c"]);
    assert_eq!(cards("a:b"), ["c"]);
    assert_eq!(cards("a%3Ab"), [""; 0]);
}

fn the_values_match_the_original(fixture: &Fixture) {
    let space = spanish(fixture);
    run(&space, [translation("es-1", "front", "fr", "Bonjour"), update("es-1").with("front", "Hello!")]);
    let value: Value = space.get("card:es-1").unwrap().unwrap();
    let (created_at, updated_at) = (value["created_at"].clone(), value["updated_at"].clone());
    let added_at = value["translations"]["front"]["fr"]["added_at"].clone();
    assert_eq!(
        value,
        json!({
            "id": "es-1", "front": "Hello!", "back": "¡Hola!", "deck": {"$ref": "deck:es"},
            "translations": {"_invalidated": true, "front": {"fr": {"text": "Bonjour", "added_at": added_at}}},
            "created_at": created_at, "updated_at": updated_at,
        })
    );
    assert!(created_at.is_i64() && updated_at.is_i64() && added_at.is_i64());
    let untouched: Value = space.get("card:es-2").unwrap().unwrap();
    assert_eq!((&untouched["translations"], untouched.get("updated_at")), (&json!({}), None));
}

fn the_events_match_the_original(fixture: &Fixture) {
    let space = spanish(fixture);
    run(&space, [translation("es-1", "front", "fr", "Bonjour"), update("es-1").with("front", "Hello!")]);
    let events = fixture.store.events().read_all(Page::forward(None, 9)).unwrap();
    let events: Vec<(&str, &str, Value)> = events
        .iter()
        .map(|event| (event.entity_id.as_str(), &*event.event_type, event.payload.to_value()))
        .collect();
    let translated = json!({"card_id": "es-1", "field": "front", "language": "fr", "translation": "Bonjour"});
    assert_eq!(events[0], ("deck:es", "deck.created", json!({"deck_id": "es", "name": "Deck es"})));
    let created = json!({"card_id": "es-1", "deck_id": "es", "front": "Hello", "back": "¡Hola!"});
    assert_eq!(events[1], ("card:es-1", "card.created", created));
    assert_eq!(events[3], ("card:es-1", "card.translation.added", translated));
    let updated = json!({"card_id": "es-1", "front": "Hello!", "back": "¡Hola!"});
    assert_eq!(events[4], ("card:es-1", "card.updated", updated));
    assert_eq!(events[5], ("card:es-1", "card.translations.invalidated", json!({"card_id": "es-1"})));
}

fn fifteen_hundred_cards_with_translations_survive_a_rebuild(fixture: &Fixture) {
    let space = open(fixture);
    run(&space, [deck("es")]);
    let cards = (0..1500).map(|n| card(&format!("c{n}"), "es", &format!("front {n}"), &format!("back {n}")));
    let english = (0..100).map(|n| translation(&format!("c{n}"), "front", "en", "text"));
    let french = (0..50).map(|n| translation(&format!("c{n}"), "front", "fr", "texte"));
    let requests: Vec<Request> = cards.chain(english).chain(french).map(Request::from).collect();
    for outcome in space.execute_batch(&requests).unwrap() {
        outcome.unwrap();
    }
    run(&space, [update("c0").with("front", "another front")]);
    assert_eq!(space.event_count().unwrap(), 1 + 1500 + 150 + 2);
    let before = Flashcards::cards(&space, "es").unwrap().unwrap();
    assert_eq!(before.len(), 1500);
    assert_eq!(rebuild(&space, Rebuild::default(), &mut keep_going).unwrap().events, 1653);
    assert_eq!(Flashcards::cards(&space, "es").unwrap().unwrap(), before);
    assert_eq!(verify(&space, &mut keep_going).unwrap().differences, []);
}
