//! The events, and the changes that they make to decks and cards.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;

use crate::EventPayload;
use crate::content_store::{Applied, State, StateError};
use crate::event::Event;
use crate::pstate::Reference;

use super::commands::Side;
use super::entities::{Card, Deck, Translation, Translations, card_key, deck_key, membership_key};

/// Applies an event to the decks and cards.
pub(super) fn apply(state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
    match &*event.event_type {
        DeckCreated::TYPE => deck_created(state, event)?,
        CardCreated::TYPE => card_created(state, event)?,
        CardUpdated::TYPE => card_updated(state, event)?,
        TranslationsInvalidated::TYPE => translations_invalidated(state, event)?,
        TranslationAdded::TYPE => translation_added(state, event)?,
        _ => return Ok(Applied::UnknownType),
    }
    Ok(Applied::Yes)
}

crate::events! {
    pub(super) struct DeckCreated: "deck.created" {
        pub(super) deck_id: String,
        #[serde(deserialize_with = "crate::redacted::text")]
        pub(super) name: String,
    }

    pub(super) struct CardCreated: "card.created" {
        pub(super) card_id: String,
        pub(super) deck_id: String,
        #[serde(deserialize_with = "crate::redacted::text")]
        pub(super) front: String,
        #[serde(deserialize_with = "crate::redacted::text")]
        pub(super) back: String,
    }

    /// Carries both sides.
    pub(super) struct CardUpdated: "card.updated" {
        pub(super) card_id: String,
        #[serde(deserialize_with = "crate::redacted::text")]
        pub(super) front: String,
        #[serde(deserialize_with = "crate::redacted::text")]
        pub(super) back: String,
    }

    pub(super) struct TranslationsInvalidated: "card.translations.invalidated" { pub(super) card_id: String }

    pub(super) struct TranslationAdded: "card.translation.added" {
        pub(super) card_id: String,
        #[serde(deserialize_with = "side")]
        pub(super) field: Side,
        pub(super) language: String,
        #[serde(deserialize_with = "crate::redacted::text")]
        pub(super) translation: String,
    }
}

/// Reads a side. The Elixir original wrote it as an atom.
fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Side, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Side::deserialize(value.get("$atom").unwrap_or(&value)).map_err(D::Error::custom)
}

fn deck_created(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let DeckCreated { deck_id, name } = event.to()?;
    let key = deck_key(&deck_id);
    let created_at = event.timestamp.seconds();
    state.put(&key, &Deck { id: deck_id, name, cards: BTreeMap::new(), created_at })
}

fn card_created(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let CardCreated { card_id, deck_id, front, back } = event.to()?;
    let deck = Reference::to("deck", &deck_id);
    state.put(&membership_key(&deck_id, &card_id), &Reference::to("card", &card_id))?;
    let (key, created_at) = (card_key(&card_id), event.timestamp.seconds());
    let translations = Translations::default();
    state.put(&key, &Card { id: card_id, front, back, deck, translations, created_at, updated_at: None })
}

fn card_updated(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let CardUpdated { card_id, front, back } = event.to()?;
    state.change(&card_key(&card_id), |card: &mut Card| {
        card.front = front;
        card.back = back;
        card.updated_at = Some(event.timestamp.seconds());
    })
}

fn translations_invalidated(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let TranslationsInvalidated { card_id } = event.to()?;
    state.change(&card_key(&card_id), |card: &mut Card| card.translations.invalidated = true)
}

fn translation_added(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let TranslationAdded { card_id, field, language, translation } = event.to()?;
    let added_at = event.timestamp.seconds();
    state.change(&card_key(&card_id), |card: &mut Card| {
        card.translations.side_mut(field).insert(language, Translation { text: translation, added_at });
    })
}
