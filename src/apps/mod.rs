//! The bundled domains, which also serve as examples. Each declares its commands, events and projections in one place.

mod cms;
mod crm;
mod flashcards;
mod groups;

pub use cms::{Article, Cms, PublishArticle, Status, UnpublishArticle};
pub use crm::{AddContact, Contact, Crm, UpdateContact};
pub use flashcards::{
    AddTranslation, Card, CreateCard, CreateDeck, Deck, Flashcards, Side, Translation, Translations,
    UpdateCard,
};

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::content_store::{Apps, Command, ContentStore};
use crate::error::{CommandError, Result};
use crate::event_store::Page;
use crate::pstate::Entry;

impl Apps {
    /// Returns the apps bundled with this crate.
    ///
    /// ```
    /// assert_eq!(ramax::Apps::standard().names(), ["crm", "cms", "flashcards"]);
    /// ```
    pub fn standard() -> Self {
        Self::default().with(Arc::new(Crm)).with(Arc::new(Cms)).with(Arc::new(Flashcards))
    }
}

/// Returns all values whose keys start with `prefix`, reading page by page.
fn all<T: DeserializeOwned>(space: &ContentStore, prefix: &str) -> Result<Vec<T>> {
    let mut values = Vec::new();
    each(space, prefix, |entry| {
        values.push(parse(entry)?);
        Ok(())
    })?;
    Ok(values)
}

/// Calls `visit` with every entry whose key starts with `prefix`, reading page by page.
fn each(space: &ContentStore, prefix: &str, mut visit: impl FnMut(&Entry) -> Result<()>) -> Result<()> {
    let mut after = None;
    loop {
        let entries = space.scan(prefix, Page::forward(after, 1000))?;
        let Some(last) = entries.last() else { return Ok(()) };
        after = Some(last.key.clone());
        entries.iter().try_for_each(&mut visit)?;
    }
}

/// Returns the keys of the entity that a field of a command names and of the number of all.
fn lookups(command: &Command, field: &str, prefix: &str, count: &str) -> Vec<String> {
    let entity = command.fields.get(field).map(|id| [prefix, id].concat());
    entity.into_iter().chain([count.to_owned()]).collect()
}

fn parse<T: DeserializeOwned>(entry: &Entry) -> Result<T> {
    let unreadable = |error: serde_json::Error| CommandError::UnreadableState {
        key: entry.key.clone(),
        reason: error.to_string(),
    };
    Ok(entry.value.parse_owned().map_err(unreadable)?)
}
