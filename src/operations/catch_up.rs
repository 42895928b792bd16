//! Catching a projection up with its log.

use serde_json::{Map, Value};
use tracing::info_span;

use crate::content_store::{CaughtUp, ContentStore};
use crate::error::{Error, Result};
use crate::text::{counted, grouped};

use super::summary::{events, unknown};
use super::{Operation, OperationContext, Phase, PlanScope, Progress, SpaceOverview, Summary, Target, Watch};

/// The effect of cancelling a catch-up.
const KEPT: &str = "the events applied so far are kept";

/// Applies the events that a space's projection lags behind.
///
/// Nothing is recorded in the audit log. Run [`CatchUp`](crate::operations::CatchUp) to record it.
///
/// # Errors
/// As [`ContentStore::catch_up`]; events applied before stay applied.
pub fn catch_up(content: &ContentStore, watch: &mut Watch<'_>) -> Result<CaughtUp> {
    let _span = info_span!("catch_up", space = content.space().space_name).entered();
    let start = content.store().pstate().checkpoint(content.space_id().into())?.sequence.0;
    content.catch_up(&mut |done, at| {
        let total = content.event_count().unwrap_or(at.sequence.0).saturating_sub(start);
        watch(Progress {
            phase: Phase::CatchUp,
            done: done.events,
            total: total.max(done.events),
            last_event: Some(at.event_id),
            skipped: 0,
        })
    })
}

/// A catch-up of a space's projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CatchUp;

impl Operation for CatchUp {
    type Done = CaughtUp;
    type Error = Error;

    fn name(&self) -> &'static str {
        "catch-up"
    }

    fn parameters(&self) -> Map<String, Value> {
        Map::new()
    }

    fn needs_app(&self) -> bool {
        true
    }

    fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
        let events = counted(scope.sum(SpaceOverview::lag), "event is", "events are");
        let kept = format!("if cancelled, {KEPT}");
        match scope.single() {
            Some(space) => {
                let (from, to) = (grouped(space.checkpoint.sequence.0), grouped(scope.events()));
                let moves = format!("its checkpoint moves from sequence {from} to {to}");
                vec![format!("{events} applied to the projection"), moves, kept]
            }
            None => vec![format!("{events} applied to the projections"), kept],
        }
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        KEPT
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<CaughtUp> {
        target.open(context, |content| catch_up(content, watch))
    }

    fn summary(&self, done: &CaughtUp) -> Summary {
        done.into()
    }
}

impl From<&CaughtUp> for Summary {
    fn from(done: &CaughtUp) -> Self {
        Self::done(format!("{} applied{}", events(done.events), unknown(done.unknown)))
    }
}
