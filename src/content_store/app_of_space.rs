//! Finding out which app a space runs.

use std::sync::atomic::Ordering;

use crate::error::{CommandError, Result, StoreError};
use crate::event::SpaceSequence;
use crate::space::{Head, Space};

use super::{App, ContentStore, Store, upcasting};

/// The maximum number of event types in a message.
const LISTED: usize = 3;

/// Checks that a space can be opened with an app. Returns false if that may change: a space without events that neither
/// its metadata nor its name assigns to an app may still become another app's.
pub(super) fn check(store: &Store, space: &Space, app: &dyn App) -> Result<bool> {
    upcasting::check(app.upcasters(), app.event_types())
        .map_err(|reason| CommandError::InvalidApp { app: app.name().to_owned(), reason })?;
    match space.app_name() {
        Some(name) if name == app.name() => return Ok(true),
        Some(name) => return Err(wrong(space, app, name.into_owned())),
        None => {}
    }
    let prefix = app.space_prefix();
    if !prefix.is_empty() && space.space_name.starts_with(prefix) {
        return Ok(true);
    }
    let types = store.events().event_types(space.space_id)?;
    if types.is_empty() {
        return Ok(false);
    }
    if types.iter().any(|name| knows(app, name)) {
        return Ok(true);
    }
    let more = if types.len() > LISTED { " …" } else { "" };
    let listed = types.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    Err(wrong(space, app, format!("an app with the events {listed}{more}")))
}

/// Returns true if events of this type are the app's, in their current form or an earlier one.
pub(super) fn knows(app: &dyn App, event_type: &str) -> bool {
    app.event_types().contains(&event_type)
        || app.upcasters().iter().any(|upcaster| upcaster.from.event_type == event_type)
}

fn wrong(space: &Space, app: &dyn App, runs: String) -> crate::Error {
    CommandError::WrongApp { space: space.space_name.clone(), app: app.name().to_owned(), runs }.into()
}

impl ContentStore {
    /// Checks the app again if the space was changed since the last check, or if it had no events when it was opened and
    /// has some now.
    pub(super) fn check_app(&self, head: &Head, revision: u64) -> Result<()> {
        if self.checked_revision.load(Ordering::Relaxed) != revision {
            let record = self.store.events().space(self.space_id())?;
            let Some(record) = record else { return Err(StoreError::unknown_space(self.space_id()).into()) };
            check(&self.store, &record.space, &*self.app)?;
            self.checked_revision.store(record.space.revision, Ordering::Relaxed);
        }
        if self.has_fixed_app || head.last_sequence == SpaceSequence::START {
            return Ok(());
        }
        check(&self.store, &self.space, &*self.app).map(|_| ())
    }
}
