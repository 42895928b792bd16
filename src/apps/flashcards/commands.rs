//! The commands and their decisions.

use unicode_segmentation::UnicodeSegmentation;

use crate::content_store::{Context, Decide, DecideError, Decision, FieldHelp, help};
use crate::error::Rejection;
use crate::event::NewEvent;

use super::Flashcards;
use super::entities::{Card, card_key, deck_key};
use super::events::{CardCreated, CardUpdated, DeckCreated, TranslationAdded, TranslationsInvalidated};

crate::choice! {
    /// A side of a card.
    pub enum Side {
        /// The question.
        Front = "front",
        /// The answer.
        Back = "back",
    }
}

crate::commands! {
    /// Creates an empty deck
    pub struct CreateDeck {
        pub deck_id: String = help("unique in this space, such as spanish-101"),
        pub name: String = help("the deck's name"),
    }

    /// Creates a card in a deck
    pub struct CreateCard {
        pub card_id: String = help("unique in this space, such as es-1"),
        pub deck_id: String = help("the deck that it belongs to").refers_to("deck"),
        pub front: String = help("what it asks"),
        pub back: String = help("what it answers"),
    }

    /// Changes a card's front, back or both; a new length invalidates the translations
    pub struct UpdateCard {
        pub card_id: String = CARD_ID,
        pub front: Option<String> = help("the new front; empty keeps the old one"),
        pub back: Option<String> = help("the new back; empty keeps the old one"),
    }

    /// Translates one side of a card into a language
    pub struct AddTranslation {
        pub card_id: String = CARD_ID,
        pub field: Side = help("the side that is translated").label("Side"),
        pub language: String = help("the language's code, such as fr"),
        pub translation: String = help("the translated text"),
    }
}

const CARD_ID: FieldHelp = help("unique in this space, such as es-1").refers_to("card");

impl Decide<Flashcards> for CreateDeck {
    fn decide(self, _: &Flashcards, context: &Context<'_>) -> Decision {
        let Self { deck_id, name } = self;
        let key = deck_key(&deck_id);
        if context.contains(&key)? {
            let message = format!("the deck {deck_id} already exists");
            return Err(Rejection::of_field("deck_id", "deck_already_exists", message).into());
        }
        Ok(vec![NewEvent::of(key, &DeckCreated { deck_id, name })?])
    }
}

impl Decide<Flashcards> for CreateCard {
    fn decide(self, _: &Flashcards, context: &Context<'_>) -> Decision {
        let Self { card_id, deck_id, front, back } = self;
        if !context.contains(&deck_key(&deck_id))? {
            let message = format!("there is no deck {deck_id}");
            return Err(Rejection::of_field("deck_id", "deck_not_found", message).into());
        }
        let key = card_key(&card_id);
        if context.contains(&key)? {
            let message = format!("the card {card_id} already exists");
            return Err(Rejection::of_field("card_id", "card_already_exists", message).into());
        }
        Ok(vec![NewEvent::of(key, &CardCreated { card_id, deck_id, front, back })?])
    }
}

impl Decide<Flashcards> for UpdateCard {
    fn decide(self, _: &Flashcards, context: &Context<'_>) -> Decision {
        let card = existing_card(context, &self.card_id)?;
        let front = self.front.unwrap_or_else(|| card.front.clone());
        let back = self.back.unwrap_or_else(|| card.back.clone());
        if front == card.front && back == card.back {
            return Err(Rejection::of_command("no_changes", "both sides are unchanged").into());
        }
        let invalidates = length(&front) != length(&card.front) || length(&back) != length(&card.back);
        let (card_id, key) = (self.card_id, card_key(&card.id));
        let updated = CardUpdated { card_id: card_id.clone(), front, back };
        let mut events = vec![NewEvent::of(key.clone(), &updated)?];
        if invalidates {
            events.push(NewEvent::of(key, &TranslationsInvalidated { card_id })?);
        }
        Ok(events)
    }
}

impl Decide<Flashcards> for AddTranslation {
    fn decide(self, _: &Flashcards, context: &Context<'_>) -> Decision {
        let Self { card_id, field, language, translation } = self;
        let card = existing_card(context, &card_id)?;
        if card.translations.side(field).contains_key(&language) {
            let message = format!("the {field} of {card_id} is already translated into {language}");
            return Err(Rejection::of_field("language", "translation_exists", message).into());
        }
        let key = card_key(&card_id);
        Ok(vec![NewEvent::of(key, &TranslationAdded { card_id, field, language, translation })?])
    }
}

fn existing_card(context: &Context<'_>, id: &str) -> Result<Card, DecideError> {
    context.get(&card_key(id))?.ok_or_else(|| {
        Rejection::of_field("card_id", "card_not_found", format!("there is no card {id}")).into()
    })
}

/// Returns the number of characters that a reader sees.
fn length(text: &str) -> usize {
    text.graphemes(true).count()
}
