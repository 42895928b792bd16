//! Flashcards: decks of cards with translations.
//!
//! Keys: `deck:<id>` holds a deck, `card:<id>` a [`Card`], and `deck-card:<deck>:<card>` a reference to each
//! card of a deck. A deck does not contain the list of its cards, so that the ten-thousandth card is added as
//! fast as the first; [`Flashcards::deck`] combines both.

mod commands;
mod entities;
mod events;

use crate::content_store::{App, Applied, ContentStore, State, StateError};
use crate::error::Result;
use crate::event::Event;
use crate::pstate::Reference;

pub use commands::{AddTranslation, CreateCard, CreateDeck, Side, UpdateCard};
pub use entities::{Card, Deck, Translation, Translations};
use entities::{card_key, deck_key, membership_key};
use events::{CardCreated, CardUpdated, DeckCreated, TranslationAdded, TranslationsInvalidated};

/// The flashcards app.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flashcards;

impl App for Flashcards {
    crate::app! {
        name: "flashcards",
        summary: "decks of cards with translations",
        space_prefix: "flashcard",
        commands: [CreateDeck, CreateCard, UpdateCard, AddTranslation],
        events: [DeckCreated, CardCreated, CardUpdated, TranslationsInvalidated, TranslationAdded],
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        events::apply(state, event)
    }
}

impl Flashcards {
    /// Returns a deck with its cards.
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

    /// Returns a card.
    pub fn card(space: &ContentStore, id: &str) -> Result<Option<Card>> {
        space.get(&card_key(id))
    }

    /// Returns the cards of a deck by id, or none if there is no such deck.
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
