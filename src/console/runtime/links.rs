//! Looks for the targets of links.

use std::sync::Arc;

use crate::console::app::link::{FoundLink, LinkTarget};
use crate::console::panes::detail::Subject;
use crate::console::runtime::pages;
use crate::console::widgets::shortened::shorten;
use crate::content_store::{Apps, CurrentForms, Store};
use crate::error::Result;
use crate::operations;
use crate::pstate::{Entry, ProjectionId};

/// Finds an event or a key.
pub(super) fn find(store: &Store, apps: &Apps, link: LinkTarget) -> Result<FoundLink> {
    let subject = match &link {
        LinkTarget::Event(event_id) => {
            let event = store.events().event(*event_id)?;
            let forms = CurrentForms::new(store, apps);
            event.map(|event| Subject::Event(pages::event(&forms, event)))
        }
        LinkTarget::Key { space_id, projection, key } => {
            let id = ProjectionId::new(*space_id, projection);
            let entry = entry(store, apps, id, key)?;
            let (space_id, projection) = (*space_id, projection.clone());
            entry.map(|entry| Subject::Entry { space_id, projection, entry: Arc::new(entry) })
        }
        LinkTarget::Correlation(_) | LinkTarget::Entity { .. } | LinkTarget::Space(_) => None,
    };
    Ok(FoundLink { link, subject })
}

fn entry(store: &Store, apps: &Apps, id: ProjectionId<'_>, key: &str) -> Result<Option<Entry>> {
    if store.events().space(id.space_id)?.is_none() {
        return Ok(None);
    }
    let mut entry = operations::projection_named(store, apps, id)?.entry(key)?;
    entry.iter_mut().for_each(|entry| shorten(&mut entry.value));
    Ok(entry)
}

/// Reads keys of a projection.
pub(super) fn entries(
    store: &Store,
    apps: &Apps,
    id: ProjectionId<'_>,
    keys: Vec<String>,
) -> Result<Vec<(String, Option<Entry>)>> {
    let found = |key: String| {
        let entry = entry(store, apps, id, &key)?;
        Ok((key, entry))
    };
    keys.into_iter().map(found).collect()
}
