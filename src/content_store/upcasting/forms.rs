//! The current forms of events of any space.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::content_store::{App, Apps, Store};
use crate::event::Event;
use crate::event_store::nesting;
use crate::space::SpaceId;

use super::current;

/// The apps of the spaces seen so far, if they have upcasters.
type Known = HashMap<SpaceId, Option<Arc<dyn App>>>;

/// Finds the current form of an event of any space: the one that the event handler of the space's app reads.
///
/// ```
/// use ramax::content_store::CurrentForms;
/// use ramax::{Apps, Store};
///
/// let forms = CurrentForms::new(&Store::memory(), &Apps::standard());
/// assert!(forms.is_empty(), "no bundled app has upcasters");
/// ```
#[derive(Clone)]
pub struct CurrentForms {
    store: Store,
    /// The apps of the program, if one of them has upcasters.
    apps: Option<Apps>,
    known: Arc<Mutex<Known>>,
}

impl CurrentForms {
    /// Creates a view of the events of a store through these apps.
    pub fn new(store: &Store, apps: &Apps) -> Self {
        let has_upcasters = apps.iter().any(|app| !app.upcasters().is_empty());
        Self { store: store.clone(), apps: has_upcasters.then(|| apps.clone()), known: Arc::default() }
    }

    /// Returns true if no app has upcasters, so that every event is in its current form.
    pub fn is_empty(&self) -> bool {
        self.apps.is_none()
    }

    /// Returns the current form of an event if it differs from the stored one, or the reason why it cannot be read.
    pub fn of(&self, event: &Event) -> Option<Result<Event, String>> {
        let app = self.app_of(event.space_id)?;
        match nesting::tried_application_code(|| current(app.upcasters(), event)) {
            Ok(Ok(Cow::Borrowed(_))) => None,
            Ok(Ok(Cow::Owned(current))) => Some(Ok(current)),
            Ok(Err(error)) => Some(Err(error.to_string())),
            Err(panic) => Some(Err(format!("the upcaster panicked: {panic}"))),
        }
    }

    /// Returns the types that the upcasters of a space's app yield.
    pub fn types_of(&self, space_id: SpaceId) -> Vec<&'static str> {
        let app = self.app_of(space_id);
        app.iter().flat_map(|app| app.upcasters()).map(|upcaster| upcaster.to.event_type).collect()
    }

    /// Returns the app of a space if it has upcasters.
    fn app_of(&self, space_id: SpaceId) -> Option<Arc<dyn App>> {
        let apps = self.apps.as_ref()?;
        if let Some(known) = self.known.lock().get(&space_id) {
            return known.clone();
        }
        let record = self.store.events().space(space_id).ok().flatten();
        let app = record.and_then(|record| apps.of(&self.store, &record.space).ok().flatten());
        let app = app.filter(|app| !app.upcasters().is_empty());
        self.known.lock().insert(space_id, app.clone());
        app
    }
}
