//! The apps that a program knows, and the choice of a space's app.

use std::sync::Arc;

use crate::error::Result;
use crate::space::{Space, SpaceId};

use super::app::App;
use super::app_check::knows;
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
        let undecided: Vec<SpaceId> = spaces
            .iter()
            .filter(|space| self.declared_app(space).is_none())
            .map(|space| space.space_id)
            .collect();
        let types =
            if undecided.is_empty() { Vec::new() } else { store.events().event_types_of(&undecided)? };
        let mut types = types.into_iter();
        let mut by_types = || types.next().and_then(|types| self.knowing(&types));
        Ok(spaces.iter().map(|space| self.declared_app(space).unwrap_or_else(&mut by_types)).collect())
    }

    /// Returns the app that a space's metadata or name decides: nothing if they do not, or an app, or an
    /// unknown one.
    fn declared_app(&self, space: &Space) -> Option<Option<Arc<dyn App>>> {
        if let Some(name) = space.app_name() {
            return Some(self.named(&name));
        }
        let prefixed = self.0.iter().filter(|app| space.space_name.starts_with(app.space_prefix()));
        first_max(prefixed, |app| app.space_prefix().len()).map(Some)
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
