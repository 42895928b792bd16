//! The apps that a program knows, and the choice of a space's app.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::{CommandError, Result};
use crate::space::{Space, SpaceId};

use super::app::App;
use super::app_of_space::knows;
use super::store::Store;

/// The apps known to a program.
///
/// ```
/// use std::sync::Arc;
/// use ramax::{Apps, apps::Crm};
///
/// let apps = Apps::default().with(Arc::new(Crm));
/// assert_eq!(apps.names(), ["crm"]);
/// ```
#[derive(Clone, Default)]
pub struct Apps(Vec<Arc<dyn App>>);

impl Apps {
    /// Adds an app.
    pub fn with(mut self, app: Arc<dyn App>) -> Self {
        self.0.push(app);
        self
    }

    /// Returns the names of the apps.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|app| app.name()).collect()
    }

    /// Returns the error that none of the apps is that of the space.
    pub(crate) fn unknown(&self, space: &Space) -> CommandError {
        let app = space.app_name().map(Cow::into_owned);
        CommandError::UnknownApp { space: space.space_name.clone(), app, known: self.names() }
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
        let declared = self.declared_apps(spaces);
        let undecided: Vec<SpaceId> = spaces
            .iter()
            .zip(&declared)
            .filter(|(_, declared)| declared.is_none())
            .map(|(space, _)| space.space_id)
            .collect();
        let types =
            if undecided.is_empty() { Vec::new() } else { store.events().event_types_of(&undecided)? };
        let mut types = types.into_iter();
        let mut by_types = || types.next().and_then(|types| self.knowing(&types));
        Ok(declared.into_iter().map(|declared| declared.unwrap_or_else(&mut by_types)).collect())
    }

    /// As [`Apps::of`], of a space in a file that is imported, given the types of its events.
    pub(crate) fn of_types(
        &self,
        space: &Space,
        types: impl FnOnce() -> Result<Vec<String>>,
    ) -> Result<Option<Arc<dyn App>>> {
        match self.declared_apps(&[space]).pop().flatten() {
            Some(declared) => Ok(declared),
            None => Ok(self.knowing(&types()?)),
        }
    }

    /// Returns the app that each space's metadata or name decides: nothing if they do not, or an app, or an
    /// unknown one.
    fn declared_apps(&self, spaces: &[&Space]) -> Vec<Option<Option<Arc<dyn App>>>> {
        let mut last = None;
        let declared = spaces.iter().map(|space| {
            let in_metadata = space.metadata.as_ref().and_then(|metadata| match &last {
                // Neighbours often have the same metadata.
                Some((text, app)) if *text == metadata.as_str() => Option::clone(app),
                _ => {
                    let app = metadata.text("app").map(|name| self.named(&name));
                    last = Some((metadata.as_str(), app.clone()));
                    app
                }
            });
            in_metadata.or_else(|| self.of_prefix(&space.space_name).map(Some))
        });
        declared.collect()
    }

    /// Returns the app with the longest prefix of a space's name.
    fn of_prefix(&self, space_name: &str) -> Option<Arc<dyn App>> {
        let prefixed = self.0.iter().filter(|app| space_name.starts_with(app.space_prefix()));
        first_max(prefixed, |app| app.space_prefix().len())
    }

    /// Returns the app that knows most of these types.
    fn knowing(&self, types: &[String]) -> Option<Arc<dyn App>> {
        first_max(self.0.iter(), |app| types.iter().filter(|name| knows(app, name)).count())
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
