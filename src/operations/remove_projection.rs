//! Removing a projection that its app does not declare, with an entry in the audit log.

use std::ops::ControlFlow;

use serde_json::{Map, Value};

use crate::content_store::ContentStore;
use crate::error::{CommandError, Error, Result, StoreError};
use crate::pstate::ProjectionId;
use crate::text::counted;

use super::operation::{Operation, OperationContext, PlanScope, Target, add_projection};
use super::summary::keys;
use super::{Phase, Progress, Summary, Watch};

/// Entries removed in one transaction.
const BATCH: usize = 2000;

/// A removal of a projection that is stored although the space's app does not declare it: an earlier version of the app
/// did, or another app. Events stay, so a program that declares it derives it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveProjection {
    /// The name of the projection.
    pub projection: String,
}

impl Operation for RemoveProjection {
    /// The number of removed keys, if its checkpoint could be read.
    type Done = Option<u64>;
    type Error = Error;

    fn name(&self) -> &'static str {
        "remove-projection"
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = Map::new();
        add_projection(&mut parameters, Some(&self.projection));
        parameters
    }

    fn projection(&self) -> Option<&str> {
        Some(&self.projection)
    }

    fn needs_app(&self) -> bool {
        true
    }

    fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
        let of_space = |space: &super::SpaceOverview| {
            space.projection(&self.projection).map_or(0, |projection| projection.checkpoint.entities)
        };
        let keys = counted(scope.sum(of_space), "key", "keys");
        vec![
            format!("{} is removed with its {keys}; its app does not declare it", self.projection),
            "events do not change: a program that declares it derives it from them again".to_owned(),
        ]
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        "readers no longer see it; the rest of its keys is removed later"
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Option<u64>> {
        target.open(context, |content| remove(content, &self.projection, watch))
    }

    fn summary(&self, done: &Option<u64>) -> Summary {
        let keys = done.map(|removed| format!(" with {}", keys(removed))).unwrap_or_default();
        Summary::done(format!("{} removed{keys}", self.projection))
    }
}

fn remove(content: &ContentStore, name: &str, watch: &mut Watch<'_>) -> Result<Option<u64>> {
    let (pstate, space_id) = (content.store().pstate(), content.space_id());
    content.store().check_writable()?;
    if content.declared_projection(name).is_ok() {
        let (app, projection) = (content.app().name().to_owned(), name.to_owned());
        let space = content.space().space_name.clone();
        return Err(CommandError::DeclaredProjection { app, space, projection }.into());
    }
    let is_left = || Ok::<_, Error>(pstate.leftovers(space_id)?.iter().any(|leftover| leftover.name == name));
    if !pstate.names(space_id)?.iter().any(|stored| stored == name) && !is_left()? {
        content.declared_projection(name)?;
    }
    let id = ProjectionId::new(space_id, name);
    let keys = match pstate.checkpoint(id) {
        Err(Error::Store(StoreError::Corrupt { .. } | StoreError::ProjectionsCorrupt { .. })) => None,
        checkpoint => Some(checkpoint?.entities),
    };
    pstate.remove(id)?;
    while pstate.sweep(space_id, BATCH)? {
        let progress = Progress { phase: Phase::Sweep, done: 0, total: 0, last_event: None, skipped: 0 };
        if let ControlFlow::Break(()) = watch(progress) {
            // What is left is no longer visible, and is swept later.
            break;
        }
    }
    Ok(keys)
}
