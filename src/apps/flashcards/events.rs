//! The events, and the changes that they make to decks and cards.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::content_store::{Applied, State, StateError};
use crate::event::Event;
use crate::pstate::Reference;

use super::entities::{Card, Deck, Translation, Translations, card_key, deck_key, membership_key};

/// The event types of the app.
pub(super) const EVENT_TYPES: &[&str] = &[
    "deck.created",
    "card.created",
    "card.updated",
    "card.translations.invalidated",
    "card.translation.added",
];

/// Applies an event to the decks and cards.
pub(super) fn apply(state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
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
