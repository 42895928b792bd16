//! The commands and their decisions.

use serde_json::json;
use unicode_segmentation::UnicodeSegmentation;

use crate::content_store::{Arguments, CommandSpec, DecideError, Decision, FieldKind, FieldSpec, State};
use crate::error::Rejection;
use crate::event::NewEvent;
use crate::json::Json;

use super::entities::{Card, card_key, deck_key};

const SIDES: FieldKind = FieldKind::Choice(&["front", "back"]);
const DECK_ID: FieldSpec =
    FieldSpec::required("deck_id", "Deck id", "unique in this space, such as spanish-101");
const CARD_ID: FieldSpec = FieldSpec::required("card_id", "Card id", "unique in this space, such as es-1");

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "create-deck",
        title: "Create deck",
        summary: "Creates an empty deck",
        fields: &[DECK_ID, FieldSpec::required("name", "Name", "the deck's name")],
        decide: create_deck,
    },
    CommandSpec {
        name: "create-card",
        title: "Create card",
        summary: "Creates a card in a deck",
        fields: &[
            CARD_ID,
            FieldSpec::required("deck_id", "Deck id", "the deck that it belongs to").naming("deck"),
            FieldSpec::required("front", "Front", "what it asks"),
            FieldSpec::required("back", "Back", "what it answers"),
        ],
        decide: create_card,
    },
    CommandSpec {
        name: "update-card",
        title: "Update card",
        summary: "Changes a card's front, back or both; a new length invalidates the translations",
        fields: &[
            CARD_ID.naming("card"),
            FieldSpec::optional("front", "Front", "the new front; empty keeps the old one"),
            FieldSpec::optional("back", "Back", "the new back; empty keeps the old one"),
        ],
        decide: update_card,
    },
    CommandSpec {
        name: "add-translation",
        title: "Add translation",
        summary: "Translates one side of a card into a language",
        fields: &[
            CARD_ID.naming("card"),
            FieldSpec::required("field", "Side", "the side that is translated").of_kind(SIDES),
            FieldSpec::required("language", "Language", "the language's code, such as fr"),
            FieldSpec::required("translation", "Translation", "the translated text"),
        ],
        decide: add_translation,
    },
];

fn create_deck(state: &State<'_>, arguments: &Arguments) -> Decision {
    let id = arguments.required("deck_id");
    if state.contains(&deck_key(id))? {
        let message = format!("the deck {id} already exists");
        return Err(Rejection::of_field("deck_id", "deck_already_exists", message).into());
    }
    let payload = json!({"deck_id": id, "name": arguments.required("name")});
    Ok(vec![NewEvent::new(deck_key(id), "deck.created", Json::of(&payload))])
}

fn create_card(state: &State<'_>, arguments: &Arguments) -> Decision {
    let (id, deck_id) = (arguments.required("card_id"), arguments.required("deck_id"));
    if !state.contains(&deck_key(deck_id))? {
        let message = format!("there is no deck {deck_id}");
        return Err(Rejection::of_field("deck_id", "deck_not_found", message).into());
    }
    if state.contains(&card_key(id))? {
        let message = format!("the card {id} already exists");
        return Err(Rejection::of_field("card_id", "card_already_exists", message).into());
    }
    let (front, back) = (arguments.required("front"), arguments.required("back"));
    let payload = json!({"card_id": id, "deck_id": deck_id, "front": front, "back": back});
    Ok(vec![NewEvent::new(card_key(id), "card.created", Json::of(&payload))])
}

fn update_card(state: &State<'_>, arguments: &Arguments) -> Decision {
    let id = arguments.required("card_id");
    let card = existing_card(state, id)?;
    let front = arguments.optional("front").unwrap_or(&card.front);
    let back = arguments.optional("back").unwrap_or(&card.back);
    if front == card.front && back == card.back {
        return Err(Rejection::of_command("no_changes", "both sides are unchanged").into());
    }
    let payload = json!({"card_id": id, "front": front, "back": back});
    let mut events = vec![NewEvent::new(card_key(id), "card.updated", Json::of(&payload))];
    if length(front) != length(&card.front) || length(back) != length(&card.back) {
        let payload = Json::of(&json!({"card_id": id}));
        events.push(NewEvent::new(card_key(id), "card.translations.invalidated", payload));
    }
    Ok(events)
}

fn add_translation(state: &State<'_>, arguments: &Arguments) -> Decision {
    let id = arguments.required("card_id");
    let card = existing_card(state, id)?;
    let (field, language) = (arguments.required("field"), arguments.required("language"));
    if card.translations.side(field).contains_key(language) {
        let message = format!("the {field} of {id} is already translated into {language}");
        return Err(Rejection::of_field("language", "translation_exists", message).into());
    }
    let translation = arguments.required("translation");
    let payload = json!({"card_id": id, "field": field, "language": language, "translation": translation});
    Ok(vec![NewEvent::new(card_key(id), "card.translation.added", Json::of(&payload))])
}

fn existing_card(state: &State<'_>, id: &str) -> Result<Card, DecideError> {
    state.get(&card_key(id))?.ok_or_else(|| {
        Rejection::of_field("card_id", "card_not_found", format!("there is no card {id}")).into()
    })
}

/// Returns the number of characters that a reader sees.
fn length(text: &str) -> usize {
    text.graphemes(true).count()
}
