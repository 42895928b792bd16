//! Building the selected projections of a space, and switching to all of them at once.

use tracing::info;

use crate::content_store::{ContentStore, DeclaredProjection};
use crate::error::Result;
use crate::event_store::WriteSet;
use crate::model::changes::Changes;
use crate::operations::{Phase, Watch, part, rising};

use super::review::Comparison;
use super::{BuildOptions, Builder, Built, Rebuild, Rebuilt, ReviewDecision, Reviewer, in_shadows};

/// Builds the projections, has them reviewed if the options say so, and switches to them in one unit of work: if the rebuild
/// is stopped, none of them has changed.
pub(super) fn build(
    content: &ContentStore,
    projections: &[&DeclaredProjection],
    options: &Rebuild,
    reviewer: &dyn Reviewer,
    watch: &mut Watch<'_>,
) -> Result<Rebuilt> {
    let build = BuildOptions { skip_errors: options.skip_errors, erasure: None };
    in_shadows(content, projections, build, watch, |mut builders, watch| {
        let watch = &mut rising(watch);
        let parts = builders.len() as u64;
        let mut comparison = options.review.then(Comparison::default);
        for (builder, done) in builders.iter_mut().zip(0..) {
            let watch = &mut part(watch, done, parts);
            builder.prepare(watch)?;
            if let Some(comparison) = &mut comparison {
                comparison.add(builder, watch)?;
            }
        }
        let review = comparison.map(|found| found.decide(content, &builders, reviewer)).transpose()?;
        if review.as_ref().is_some_and(|review| review.decision == ReviewDecision::Discard) {
            let discarded = builders.into_iter().map(|builder| builder.into_rebuilt(0));
            return Ok(Built::Discarded(Rebuilt { review, ..sum(discarded) }));
        }
        let watch = &mut part(watch, parts.saturating_sub(1), parts);
        // While the others were built or reviewed, more events may have been appended.
        for builder in &mut builders {
            builder.catch_up(watch)?;
            builder.report(Phase::Switch, 0.0, watch)?;
        }
        let rebuilt = switch(content, projections, builders, watch)?;
        Ok(Built::Switched(Rebuilt { review, ..rebuilt }))
    })
}

/// Applies the last events, and switches to all projections, in one unit of work.
fn switch(
    content: &ContentStore,
    projections: &[&DeclaredProjection],
    mut builders: Vec<Builder<'_>>,
    watch: &mut Watch<'_>,
) -> Result<Rebuilt> {
    let before: Vec<_> = builders.iter().map(Builder::sequence).collect();
    let unit = content.begin()?;
    let changes = builders.iter_mut().map(Builder::finish).collect::<Result<Vec<Changes>>>()?;
    let writes: Vec<_> =
        builders.iter().zip(&changes).map(|(builder, changes)| builder.switch(changes)).collect();
    unit.commit(&WriteSet { projections: &writes, ..WriteSet::default() })?;
    let mut rebuilt = Vec::with_capacity(builders.len());
    for ((builder, before), projection) in builders.into_iter().zip(before).zip(projections) {
        let at = builder.sequence();
        if at != before {
            // Too late to stop: the switch is done.
            let _ = watch(builder.progress(Phase::Switch, 1.0, at.0));
        }
        let entities = content.store().pstate().checkpoint(projection.id(content.space_id()))?.entities;
        let one = builder.into_rebuilt(entities);
        info!(
            name = projection.name(),
            events = one.events,
            entities,
            skipped = one.skipped.len(),
            "rebuilt"
        );
        rebuilt.push(one);
    }
    Ok(sum(rebuilt.into_iter()))
}

fn sum(each: impl Iterator<Item = Rebuilt>) -> Rebuilt {
    each.fold(Rebuilt::default(), |mut sum, one| {
        sum.add(one);
        sum
    })
}
