//! Changing the name, the metadata or the app of a space, with an entry in the audit log.

use serde_json::{Map, Value};

use crate::content_store::{Apps, Store};
use crate::error::{Error, Result};
use crate::space::{Space, SpaceChange, SpaceMetadata};

use super::create_space::recorded_form;
use super::{Operation, OperationContext, Summary, Target, Watch};

/// Renames a space. Its id, events, idempotency keys and projections stay, and so does its app: if the old name decided
/// on it, the metadata names it from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameSpace {
    /// The new name.
    pub name: String,
}

/// Changes the app or the metadata of a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSpace {
    /// The name of the new app, set in the metadata.
    pub app: Option<String>,
    /// The new metadata, which replaces the current one.
    pub metadata: Option<SpaceMetadata>,
}

impl Operation for RenameSpace {
    type Done = Space;
    type Error = Error;

    fn name(&self) -> &'static str {
        "rename-space"
    }

    fn parameters(&self) -> Map<String, Value> {
        Map::from_iter([("name".to_owned(), self.name.as_str().into())])
    }

    fn is_recorded_at_end(&self) -> bool {
        true
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        _watch: &mut Watch<'_>,
    ) -> Result<Space> {
        let known_as = target.space_name().map(str::to_owned);
        target.with_space(context, |space| {
            let name = Some(self.name.clone());
            let app = app_to_keep(context.store, context.apps, space, &self.name)?;
            let change = SpaceChange { known_as, name, app, metadata: None };
            context.store.events().change_space(space.space_id, &change)
        })
    }

    fn summary(&self, done: &Space) -> Summary {
        Summary::done(format!("renamed to {}", done.space_name)).made(done.space_id)
    }
}

impl Operation for SetSpace {
    type Done = Space;
    type Error = Error;

    fn name(&self) -> &'static str {
        "set-space"
    }

    fn parameters(&self) -> Map<String, Value> {
        let app = self.app.as_ref().map(|app| ("app".to_owned(), app.as_str().into()));
        let metadata = self.metadata.as_ref();
        let metadata = metadata.map(|metadata| ("metadata".to_owned(), recorded_form(metadata)));
        app.into_iter().chain(metadata).collect()
    }

    fn is_recorded_at_end(&self) -> bool {
        true
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        _watch: &mut Watch<'_>,
    ) -> Result<Space> {
        let known_as = target.space_name().map(str::to_owned);
        target.with_space(context, |space| {
            let (app, metadata) = (self.app.clone(), self.metadata.clone());
            let change = SpaceChange { known_as, name: None, app, metadata };
            context.store.events().change_space(space.space_id, &change)
        })
    }

    fn summary(&self, done: &Space) -> Summary {
        let what = match (&self.app, &self.metadata) {
            (Some(app), None) => format!("runs {app}"),
            (Some(app), Some(_)) => format!("metadata replaced, runs {app}"),
            (None, _) => "metadata replaced".to_owned(),
        };
        Summary::done(what).made(done.space_id)
    }
}

/// Returns the app of a space if a new name would take it away.
fn app_to_keep(store: &Store, apps: &Apps, space: &Space, name: &str) -> Result<Option<String>> {
    if space.app_name().is_some() {
        return Ok(None);
    }
    let renamed = Space { space_name: name.to_owned(), ..space.clone() };
    let mut found = apps.of_each(store, &[space, &renamed])?.into_iter();
    let (before, after) = (found.next().flatten(), found.next().flatten());
    let [before, after] = [before, after].map(|app| app.map(|app| app.name()));
    Ok(before.filter(|_| before != after).map(str::to_owned))
}
