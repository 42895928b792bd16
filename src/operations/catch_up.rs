//! Catching a projection up with its log.

use serde_json::{Map, Value};
use tracing::info_span;

use crate::content_store::{CaughtUp, ContentStore, DeclaredProjection, ProjectionFold, STEP, ends, follows};
use crate::error::{Error, Result, StoreError};
use crate::event::{Event, SpaceSequence};
use crate::event_store::PageRow;
use crate::pstate::LiveProjection;
use crate::text::{counted, grouped};

use super::operation::add_projection;
use super::summary::{events, unknown};
use super::{
    Handled, Operation, OperationContext, Phase, PlanScope, Progress, SpaceOverview, Summary, Target, Watch,
    replay, report, sized_part,
};

/// More events than this are folded outside the write lock.
const MANY: u64 = 2 * STEP as u64;
/// The number of events whose effect is written in one transaction. Of 400,000 events that often change the same keys,
/// pieces of 1,000, 4,000, 16,000 and 64,000 take 4.9, 3.8, 2.8 and 2.3 s of CPU time; but while a piece is written, others
/// wait: 0.1 s for one of 16,000.
const PIECE: u64 = 4_000;
/// Bytes of changed values that are written even if they are the effect of fewer events.
const MEMORY: usize = 16 << 20;

/// The effect of cancelling a catch-up.
const KEPT: &str = "the events applied so far are kept";

/// Applies the events that a space's projections lag behind.
///
/// Nothing is recorded in the audit log. Run [`CatchUp`](crate::operations::CatchUp) to record it.
///
/// # Errors
/// As [`ContentStore::catch_up`]; events applied before stay applied.
pub fn catch_up(content: &ContentStore, watch: &mut Watch<'_>) -> Result<CaughtUp> {
    catch_up_selected(content, None, watch)
}

fn catch_up_selected(content: &ContentStore, name: Option<&str>, watch: &mut Watch<'_>) -> Result<CaughtUp> {
    let _span = info_span!("catch_up", space = content.space().space_name).entered();
    let projections = content.selected_projections(name)?;
    let (pstate, last) = (content.store().pstate(), content.event_count()?);
    let lag = |projection: &&DeclaredProjection| {
        let checkpoint = pstate.checkpoint(projection.id(content.space_id()))?;
        Ok(last.saturating_sub(checkpoint.sequence.0))
    };
    let lags = projections.iter().map(lag).collect::<Result<Vec<u64>>>()?;
    let mut total = CaughtUp::default();
    for (index, projection) in projections.iter().enumerate() {
        let part = &mut sized_part(watch, &lags, index);
        let caught_up = catch_up_one(content, projection, part)?;
        total.events += caught_up.events;
        total.unknown = total.unknown.max(caught_up.unknown);
    }
    Ok(total)
}

/// Applies the events that one projection lags behind. If there are many, they are read and folded outside the write lock,
/// and other threads read ahead.
pub(super) fn catch_up_one(
    content: &ContentStore,
    projection: &DeclaredProjection,
    watch: &mut Watch<'_>,
) -> Result<CaughtUp> {
    let id = projection.id(content.space_id());
    let start = content.store().pstate().checkpoint(id)?.sequence.0;
    let mut total = CaughtUp::default();
    while content.event_count()?.saturating_sub(content.store().pstate().checkpoint(id)?.sequence.0) > MANY {
        match catch_up_many(content, projection, &mut total, watch) {
            // Others were faster.
            Err(Error::Store(StoreError::CheckpointMoved { .. })) => {}
            result => result?,
        }
    }
    let before = total;
    let rest = content.catch_up_projection(projection.name(), &mut |done, at| {
        let end = content.event_count().unwrap_or(at.sequence.0).saturating_sub(start);
        let done = before.events + done.events;
        let (phase, last_event) = (Phase::CatchUp, Some(at.event_id));
        watch(Progress { phase, done, total: end.max(done), last_event, skipped: 0 })
    })?;
    total.events += rest.events;
    total.unknown += rest.unknown;
    Ok(total)
}

/// Folds many events on top of the stored projection, and writes their effect in pieces, each with the checkpoint. A write
/// is refused if others have changed the projection meanwhile, so it needs no lock before.
fn catch_up_many(
    content: &ContentStore,
    projection: &DeclaredProjection,
    total: &mut CaughtUp,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let pstate = content.store().pstate();
    let LiveProjection { checkpoint: from, definition, .. } =
        pstate.open(projection.id(content.space_id()))?;
    content.check_definition(projection, definition.as_deref())?;
    let (start, end) = (total.events, content.event_count()?);
    let mut fold = ProjectionFold::over(content, projection, content.live_state(projection), from);
    let mut handled = Handled::default();
    let mut visit = |events: &[Event]| {
        let folded = pstate.snapshot(&mut || {
            for event in events {
                follows(fold.at.sequence, event)?;
                fold.take(event)?;
                if handled.add(event.bytes() + fold.state.take_work()) {
                    report(watch, progress_of(&fold, end))?;
                }
            }
            Ok(())
        });
        let is_enough = fold.at.sequence.0 - fold.from.sequence.0 >= PIECE || fold.state.bytes() > MEMORY;
        let is_last = folded.is_err() || fold.at.sequence.0 >= end;
        if (is_enough || is_last) && fold.at.sequence > fold.from.sequence {
            content.commit_fold(&mut fold)?;
        }
        total.events = start + fold.done.events;
        folded
            .map_err(|error| content.with_rebuild_of_stored(projection, error))
            .inspect_err(|error| drop(content.keep_error(projection, error)))?;
        report(watch, progress_of(&fold, end))
    };
    replay(content, from.sequence, SpaceSequence(end), &mut visit)?;
    total.unknown += fold.done.unknown;
    ends(content.space_id(), fold.at.sequence, SpaceSequence(end))
}

/// Returns the progress of a fold towards a sequence.
fn progress_of(fold: &ProjectionFold<'_>, end: u64) -> Progress {
    let (phase, done, last_event) = (Phase::CatchUp, fold.done.events, Some(fold.at.event_id));
    let left = end.saturating_sub(fold.at.sequence.0);
    Progress { phase, done, total: done + left, last_event, skipped: 0 }
}

/// A catch-up of a space's projections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CatchUp {
    /// The name of the projection. `None` for all that the app declares.
    pub projection: Option<String>,
}

impl Operation for CatchUp {
    type Done = CaughtUp;
    type Error = Error;

    fn name(&self) -> &'static str {
        "catch-up"
    }

    fn projection(&self) -> Option<&str> {
        self.projection.as_deref()
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = Map::new();
        add_projection(&mut parameters, self.projection.as_deref());
        parameters
    }

    fn needs_app(&self) -> bool {
        true
    }

    fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
        let selected = self.projection.as_deref();
        let lag = |space: &SpaceOverview| space.selected(selected).map(|one| one.lag(&space.head)).sum();
        let events = counted(scope.sum(lag), "event is", "events are");
        let kept = format!("if cancelled, {KEPT}");
        match scope.single() {
            Some(space) => {
                let is_only = space.selected(selected).count() == 1;
                let to = if is_only { "the projection" } else { "its projections" };
                let mut lines = vec![format!("{events} applied to {to}")];
                for projection in space.selected(selected).filter(|one| one.lag(&space.head) > 0) {
                    let (from, to) = (grouped(projection.checkpoint.sequence.0), grouped(scope.events()));
                    let of = if is_only { "its checkpoint" } else { &*projection.name };
                    lines.push(format!("{of} moves from sequence {from} to {to}"));
                }
                lines.push(kept);
                lines
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
        target.open(context, |content| catch_up_selected(content, self.projection.as_deref(), watch))
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
