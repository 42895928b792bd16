//! Flashcards: decks of cards with translations.
//!
//! Keys: `deck:<id>` holds a deck, `card:<id>` a [`Card`], and `deck-card:<deck>:<card>` a reference to
//! each card of a deck. A deck does not list its cards in itself, so that the ten-thousandth card is added
//! as fast as the first; [`Flashcards::deck`] puts both together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use unicode_segmentation::UnicodeSegmentation;

use crate::content_store::{
    App, Applied, Arguments, CommandSpec, ContentStore, Decision, FieldKind, FieldSpec, State, StateError,
};
use crate::error::{Rejection, Result};
use crate::event::{Event, NewEvent};
use crate::json::Json;
use crate::pstate::Reference;

/// The flashcards app.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flashcards;

/// A deck with its cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deck {
    /// Its id, unique in its space.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its cards, by their ids.
    #[serde(skip)]
    pub cards: BTreeMap<String, Reference>,
    /// When it was created, in Unix seconds.
    pub created_at: i64,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its id, unique in its space.
    pub id: String,
    /// What it asks.
    pub front: String,
    /// What it answers.
    pub back: String,
    /// The deck that it belongs to.
    pub deck: Reference,
    /// Its translations.
    pub translations: Translations,
    /// When it was created, in Unix seconds.
    pub created_at: i64,
    /// When it was last updated, in Unix seconds; absent while it is as created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
}

/// Translations of a card, by side and language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translations {
    /// The card changed since it was first translated. Once true, it stays so.
    #[serde(rename = "_invalidated", default, skip_serializing_if = "std::ops::Not::not")]
    pub invalidated: bool,
    /// Of the front, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub front: BTreeMap<String, Translation>,
    /// Of the back, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub back: BTreeMap<String, Translation>,
}

/// One translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translation {
    /// The translated text.
    pub text: String,
    /// When it was added, in Unix seconds.
    pub added_at: i64,
}

impl Translations {
    fn side(&self, field: &str) -> &BTreeMap<String, Translation> {
        if field == "front" { &self.front } else { &self.back }
    }

    fn side_mut(&mut self, field: &str) -> &mut BTreeMap<String, Translation> {
        if field == "front" { &mut self.front } else { &mut self.back }
    }
}

const SIDES: FieldKind = FieldKind::Choice(&["front", "back"]);
const DECK_ID: FieldSpec =
    FieldSpec::required("deck_id", "Deck id", "unique in this space, such as spanish-101");
const CARD_ID: FieldSpec = FieldSpec::required("card_id", "Card id", "unique in this space, such as es-1");

const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "create-deck",
        title: "Create deck",
        summary: "Creates a deck without cards",
        fields: &[DECK_ID, FieldSpec::required("name", "Name", "the deck's name")],
        decide: create_deck,
    },
    CommandSpec {
        name: "create-card",
        title: "Create card",
        summary: "Creates a card in a deck",
        fields: &[
            CARD_ID,
            FieldSpec::required("deck_id", "Deck id", "the deck that it belongs to"),
            FieldSpec::required("front", "Front", "what it asks"),
            FieldSpec::required("back", "Back", "what it answers"),
        ],
        decide: create_card,
    },
    CommandSpec {
        name: "update-card",
        title: "Update card",
        summary: "Changes a card's front, back or both; a side of another length invalidates translations",
        fields: &[
            CARD_ID,
            FieldSpec::optional("front", "Front", "the new front; empty keeps it"),
            FieldSpec::optional("back", "Back", "the new back; empty keeps it"),
        ],
        decide: update_card,
    },
    CommandSpec {
        name: "add-translation",
        title: "Add translation",
        summary: "Translates one side of a card into a language",
        fields: &[
            CARD_ID,
            FieldSpec::required("field", "Side", "the side that is translated").of_kind(SIDES),
            FieldSpec::required("language", "Language", "the language's code, such as fr"),
            FieldSpec::required("translation", "Translation", "the translated text"),
        ],
        decide: add_translation,
    },
];

impl App for Flashcards {
    fn name(&self) -> &'static str {
        "flashcards"
    }

    fn summary(&self) -> &'static str {
        "decks of cards with translations"
    }

    fn space_prefix(&self) -> &'static str {
        "flashcard"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "deck.created",
            "card.created",
            "card.updated",
            "card.translations.invalidated",
            "card.translation.added",
        ]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        COMMANDS
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        match &*event.event_type {
            "deck.created" => deck_created(state, event)?,
            "card.created" => card_created(state, event)?,
            "card.updated" => card_updated(state, event)?,
            "card.translations.invalidated" => translations_invalidated(state, event)?,
            "card.translation.added" => translation_added(state, event)?,
            _ => return Ok(Applied::UnknownType),
        }
        Ok(Applied::Yes)
    }
}

fn create_deck(state: &State<'_>, arguments: &Arguments) -> Decision {
    let id = arguments.required("deck_id");
    if state.contains(&deck_key(id))? {
        let message = format!("the deck {id} exists already");
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
        let message = format!("the card {id} exists already");
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
        return Err(Rejection::of_command("no_changes", "both sides are so already").into());
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
        let message = format!("the {field} of {id} is translated into {language} already");
        return Err(Rejection::of_field("language", "translation_exists", message).into());
    }
    let translation = arguments.required("translation");
    let payload = json!({"card_id": id, "field": field, "language": language, "translation": translation});
    Ok(vec![NewEvent::new(card_key(id), "card.translation.added", Json::of(&payload))])
}

fn existing_card(state: &State<'_>, id: &str) -> Result<Card, crate::content_store::DecideError> {
    state.get(&card_key(id))?.ok_or_else(|| {
        Rejection::of_field("card_id", "card_not_found", format!("there is no card {id}")).into()
    })
}

/// How many characters a reader sees.
fn length(text: &str) -> usize {
    text.graphemes(true).count()
}

#[derive(Deserialize)]
struct DeckCreated {
    deck_id: String,
    name: String,
}

#[derive(Deserialize)]
struct CardCreated {
    card_id: String,
    deck_id: String,
    front: String,
    back: String,
}

#[derive(Deserialize)]
struct CardUpdated {
    card_id: String,
    front: String,
    back: String,
}

#[derive(Deserialize)]
struct TranslationsInvalidated {
    card_id: String,
}

#[derive(Deserialize)]
struct TranslationAdded {
    card_id: String,
    field: String,
    language: String,
    translation: String,
}

fn deck_created(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let DeckCreated { deck_id, name } = event.payload.parse()?;
    let key = deck_key(&deck_id);
    let created_at = event.timestamp.seconds();
    state.put(&key, &Deck { id: deck_id, name, cards: BTreeMap::new(), created_at })
}

fn card_created(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let CardCreated { card_id, deck_id, front, back } = event.payload.parse()?;
    let deck = Reference::to("deck", &deck_id);
    state.put(&membership_key(&deck_id, &card_id), &Reference::to("card", &card_id))?;
    let (key, created_at) = (card_key(&card_id), event.timestamp.seconds());
    let translations = Translations::default();
    state.put(&key, &Card { id: card_id, front, back, deck, translations, created_at, updated_at: None })
}

fn card_updated(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let CardUpdated { card_id, front, back } = event.payload.parse()?;
    change(state, &card_id, |card| {
        card.front = front;
        card.back = back;
        card.updated_at = Some(event.timestamp.seconds());
    })
}

fn translations_invalidated(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let TranslationsInvalidated { card_id } = event.payload.parse()?;
    change(state, &card_id, |card| card.translations.invalidated = true)
}

fn translation_added(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let TranslationAdded { card_id, field, language, translation } = event.payload.parse()?;
    let added_at = event.timestamp.seconds();
    change(state, &card_id, |card| {
        card.translations.side_mut(&field).insert(language, Translation { text: translation, added_at });
    })
}

fn change(state: &mut State<'_>, card_id: &str, change: impl FnOnce(&mut Card)) -> Result<(), StateError> {
    let key = card_key(card_id);
    let Some(mut card) = state.get::<Card>(&key)? else {
        return Err(StateError::Inapplicable(format!(
            "it changes the card {card_id}, which was never created"
        )));
    };
    change(&mut card);
    state.put(&key, &card)
}

fn deck_key(id: &str) -> String {
    format!("deck:{id}")
}

fn card_key(id: &str) -> String {
    format!("card:{id}")
}

/// Deck ids are escaped, so that the cards of `a` do not run into those of `a:b`.
fn membership_key(deck_id: &str, card_id: &str) -> String {
    let deck_id = deck_id.replace('%', "%25").replace(':', "%3A");
    format!("deck-card:{deck_id}:{card_id}")
}

impl Flashcards {
    /// A deck with its cards.
    ///
    /// # Errors
    /// As [`ContentStore::get`].
    pub fn deck(space: &ContentStore, id: &str) -> Result<Option<Deck>> {
        let Some(mut deck) = space.get::<Deck>(&deck_key(id))? else { return Ok(None) };
        let prefix = membership_key(id, "");
        super::each(space, &prefix, |entry| {
            let card_id = entry.key.strip_prefix(&prefix).unwrap_or_default().to_owned();
            deck.cards.insert(card_id, super::parse(entry)?);
            Ok(())
        })?;
        Ok(Some(deck))
    }

    /// A card.
    ///
    /// # Errors
    /// As [`ContentStore::get`].
    pub fn card(space: &ContentStore, id: &str) -> Result<Option<Card>> {
        space.get(&card_key(id))
    }

    /// A deck's cards by their ids; none if there is no such deck.
    ///
    /// # Errors
    /// As [`ContentStore::get`].
    pub fn cards(space: &ContentStore, deck_id: &str) -> Result<Option<Vec<Card>>> {
        let Some(deck) = Self::deck(space, deck_id)? else { return Ok(None) };
        let projection = space.projection()?;
        let keys: Vec<&str> = deck.cards.values().map(Reference::key).collect();
        let mut cards = Vec::with_capacity(keys.len());
        for keys in keys.chunks(500) {
            cards.extend(projection.get_many::<Card>(keys)?.into_iter().flatten());
        }
        Ok(Some(cards))
    }
}
