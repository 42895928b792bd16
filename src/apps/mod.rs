//! The bundled domains. Each declares its commands, events and projection in one place.

mod cms;
mod crm;
mod flashcards;

pub use cms::{Article, Cms, Status};
pub use crm::{Contact, Crm};
pub use flashcards::{Card, Deck, Flashcards, Translation, Translations};

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::content_store::{App, ContentStore, Store};
use crate::error::{CommandError, Result};
use crate::event_store::Page;
use crate::pstate::Entry;
use crate::space::{Space, SpaceId};

/// The apps known to a program.
///
/// ```
/// use ramax::apps::Apps;
/// assert_eq!(Apps::standard().names(), ["crm", "cms", "flashcards"]);
/// ```
#[derive(Clone)]
pub struct Apps(Vec<Arc<dyn App>>);

impl Apps {
    /// Returns the apps bundled with this crate.
    pub fn standard() -> Self {
        Self(vec![Arc::new(Crm), Arc::new(Cms), Arc::new(Flashcards)])
    }

    /// Adds an app.
    pub fn with(mut self, app: Arc<dyn App>) -> Self {
        self.0.push(app);
        self
    }

    /// Returns the names of the apps.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|app| app.name()).collect()
    }

    /// Returns the apps.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn App>> {
        self.0.iter()
    }

    /// Returns the app with this name.
    pub fn named(&self, name: &str) -> Option<Arc<dyn App>> {
        self.0.iter().find(|app| app.name() == name).cloned()
    }

    /// Returns the app of a space: the one named in its metadata, else the one with the longest prefix of the
    /// space's name, else the one that knows most of its event types.
    pub fn of(&self, store: &Store, space: &Space) -> Result<Option<Arc<dyn App>>> {
        Ok(self.of_each(store, &[space])?.pop().flatten())
    }

    /// Returns the apps of several spaces, in the same order. One query covers all spaces that neither
    /// metadata nor name decide.
    pub fn of_each(&self, store: &Store, spaces: &[&Space]) -> Result<Vec<Option<Arc<dyn App>>>> {
        let untold: Vec<SpaceId> =
            spaces.iter().filter(|space| self.told(space).is_none()).map(|space| space.space_id).collect();
        let types = if untold.is_empty() { Vec::new() } else { store.events().event_types_of(&untold)? };
        let mut types = types.into_iter();
        let mut by_types = || types.next().and_then(|types| self.knowing(&types));
        Ok(spaces.iter().map(|space| self.told(space).unwrap_or_else(&mut by_types)).collect())
    }

    /// Returns the app that a space's metadata or name decides: nothing if they do not, or an app, or an
    /// unknown one.
    fn told(&self, space: &Space) -> Option<Option<Arc<dyn App>>> {
        if let Some(name) = space.app_name() {
            return Some(self.named(&name));
        }
        let prefixed = self.0.iter().filter(|app| space.space_name.starts_with(app.space_prefix()));
        first_max(prefixed, |app| app.space_prefix().len()).map(Some)
    }

    /// Returns the app that knows most of these types.
    fn knowing(&self, types: &[String]) -> Option<Arc<dyn App>> {
        first_max(self.0.iter(), |app| {
            types.iter().filter(|name| app.event_types().contains(&name.as_str())).count()
        })
    }
}

/// Returns the app with the largest number above 0, or the first of several.
fn first_max<'a>(
    apps: impl DoubleEndedIterator<Item = &'a Arc<dyn App>>,
    number: impl Fn(&dyn App) -> usize,
) -> Option<Arc<dyn App>> {
    // `max_by_key` returns the last of equal elements.
    let largest = apps.rev().max_by_key(|app| number(app.as_ref()))?;
    (number(largest.as_ref()) > 0).then(|| Arc::clone(largest))
}

impl Default for Apps {
    fn default() -> Self {
        Self::standard()
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

fn parse<T: DeserializeOwned>(entry: &Entry) -> Result<T> {
    let unreadable = |error: serde_json::Error| CommandError::UnreadableState {
        key: entry.key.clone(),
        reason: error.to_string(),
    };
    Ok(entry.value.parse_owned().map_err(unreadable)?)
}
