//! Decks, cards and translations, with their keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::pstate::Reference;

use super::commands::Side;

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
    /// The question.
    pub front: String,
    /// The answer.
    pub back: String,
    /// The deck that it belongs to.
    pub deck: Reference,
    /// Its translations.
    pub translations: Translations,
    /// When it was created, in Unix seconds.
    pub created_at: i64,
    /// When it was last updated, in Unix seconds; absent if it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
}

/// Translations of a card, by side and language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translations {
    /// The card changed since it was first translated. Once set, it stays set.
    #[serde(rename = "_invalidated", default, skip_serializing_if = "std::ops::Not::not")]
    pub invalidated: bool,
    /// Translations of the front, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub front: BTreeMap<String, Translation>,
    /// Translations of the back, by language.
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
    pub(super) fn side(&self, side: Side) -> &BTreeMap<String, Translation> {
        match side {
            Side::Front => &self.front,
            Side::Back => &self.back,
        }
    }

    pub(super) fn side_mut(&mut self, side: Side) -> &mut BTreeMap<String, Translation> {
        match side {
            Side::Front => &mut self.front,
            Side::Back => &mut self.back,
        }
    }
}

pub(super) fn deck_key(id: &str) -> String {
    format!("deck:{id}")
}

pub(super) fn card_key(id: &str) -> String {
    format!("card:{id}")
}

/// Returns the key of a card in a deck. Deck ids are escaped, so that the cards of `a` do not mix with those
/// of `a:b`.
pub(super) fn membership_key(deck_id: &str, card_id: &str) -> String {
    let deck_id = deck_id.replace('%', "%25").replace(':', "%3A");
    format!("deck-card:{deck_id}:{card_id}")
}
