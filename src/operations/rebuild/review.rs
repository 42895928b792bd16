//! Reviewing a rebuild before its switch.

use std::sync::Arc;

use crate::content_store::{ContentStore, DeclaredProjection};
use crate::error::Result;
use crate::event_store::WriteSet;
use crate::model::changes::Changes;
use crate::operations::{DifferenceGroups, Phase, Watch, part};
use crate::space::SpaceId;

use super::{BuildOptions, Builder, Built, Rebuild, Rebuilt, in_shadows};

/// The difference that a rebuild would make, before its switch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RebuildReview {
    /// The space.
    pub space_id: SpaceId,
    /// Its name.
    pub space_name: String,
    /// The number of events replayed.
    pub events: u64,
    /// The number of events that the stored projections do not contain yet. Their effects are among the differences.
    pub lag: u64,
    /// The number of events skipped because they cannot be applied.
    pub skipped: u64,
    /// The differences between the stored projections and the new ones.
    pub groups: Arc<DifferenceGroups>,
}

/// The answer to a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewDecision {
    /// Switch to the new projections.
    Accept,
    /// Discard them; the existing ones stay.
    Discard,
}

/// The result of a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// The decision.
    pub decision: ReviewDecision,
    /// The differences that it was about.
    pub groups: Arc<DifferenceGroups>,
}

/// Decides about a rebuild before its switch. No transaction is open meanwhile, and others may write; events that they append
/// are applied before the switch.
pub trait Reviewer {
    /// Returns the decision.
    ///
    /// # Errors
    /// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if the rebuild was cancelled meanwhile, and any other reason
    /// for which there is no decision. The new projections are then discarded.
    fn decide(&self, review: &RebuildReview) -> Result<ReviewDecision>;
}

/// Always decides the same.
impl Reviewer for ReviewDecision {
    fn decide(&self, _: &RebuildReview) -> Result<ReviewDecision> {
        Ok(*self)
    }
}

/// Builds all projections, has them reviewed, and switches to them in one unit of work. Without any difference and any skipped
/// event, there is nothing to decide.
pub(super) fn build(
    content: &ContentStore,
    projections: &[&DeclaredProjection],
    options: &Rebuild,
    reviewer: &dyn Reviewer,
    watch: &mut Watch<'_>,
) -> Result<Rebuilt> {
    let build = BuildOptions { skip_errors: options.skip_errors, erasure: None };
    in_shadows(content, projections, build, watch, |mut builders, watch| {
        let (mut groups, mut lag) = (DifferenceGroups::default(), 0);
        let parts = builders.len() as u64;
        for (builder, done) in builders.iter_mut().zip(0..) {
            let watch = &mut part(watch, done, parts);
            builder.prepare(watch)?;
            lag = lag.max(builder.review(&mut groups, watch)?);
        }
        let (space, groups) = (content.space(), Arc::new(groups));
        let review = RebuildReview {
            space_id: space.space_id,
            space_name: space.space_name.clone(),
            events: builders.iter().map(|builder| builder.sequence().0).max().unwrap_or(0),
            lag,
            skipped: builders.iter().map(|builder| builder.skipped()).max().unwrap_or(0),
            groups: Arc::clone(&groups),
        };
        let decision = match groups.count() {
            0 if review.skipped == 0 => ReviewDecision::Accept,
            _ => reviewer.decide(&review)?,
        };
        let reviewed = Some(Reviewed { decision, groups });
        if decision == ReviewDecision::Discard {
            let discarded = builders.into_iter().map(|builder| builder.into_rebuilt(0));
            return Ok(Built::Discarded(Rebuilt { review: reviewed, ..sum(discarded) }));
        }
        for (builder, done) in builders.iter_mut().zip(0..) {
            let watch = &mut part(watch, done, parts);
            builder.catch_up(watch)?;
            builder.report(Phase::Switch, 0.0, watch)?;
        }
        let rebuilt = switch(content, projections, builders)?;
        Ok(Built::Switched(Rebuilt { review: reviewed, ..rebuilt }))
    })
}

/// Applies the last events, and switches all projections, in one unit of work.
fn switch(
    content: &ContentStore,
    projections: &[&DeclaredProjection],
    mut builders: Vec<Builder<'_>>,
) -> Result<Rebuilt> {
    let unit = content.begin()?;
    let changes = builders.iter_mut().map(Builder::finish).collect::<Result<Vec<Changes>>>()?;
    let writes: Vec<_> =
        builders.iter().zip(&changes).map(|(builder, changes)| builder.switch(changes)).collect();
    unit.commit(&WriteSet { projections: &writes, ..WriteSet::default() })?;
    let mut rebuilt = Vec::with_capacity(builders.len());
    for (builder, projection) in builders.into_iter().zip(projections) {
        let entities = content.store().pstate().checkpoint(projection.id(content.space_id()))?.entities;
        rebuilt.push(builder.into_rebuilt(entities));
    }
    Ok(sum(rebuilt.into_iter()))
}

fn sum(each: impl Iterator<Item = Rebuilt>) -> Rebuilt {
    each.fold(Rebuilt::default(), |mut sum, one| {
        sum.add(one);
        sum
    })
}
