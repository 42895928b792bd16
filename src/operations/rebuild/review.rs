//! Reviewing a rebuild before its switch.

use std::sync::Arc;

use crate::content_store::ContentStore;
use crate::error::Result;
use crate::operations::{DifferenceGroups, Watch};
use crate::space::SpaceId;

use super::Builder;

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

/// The differences found so far.
#[derive(Default)]
pub(super) struct Comparison {
    groups: DifferenceGroups,
    lag: u64,
}

impl Comparison {
    /// Adds those of a projection that is built but for the last few events.
    pub fn add(&mut self, builder: &mut Builder<'_>, watch: &mut Watch<'_>) -> Result<()> {
        self.lag = self.lag.max(builder.review(&mut self.groups, watch)?);
        Ok(())
    }

    /// Asks the reviewer about all of them. Without any difference and any skipped event, there is nothing to decide.
    pub fn decide(
        self,
        content: &ContentStore,
        builders: &[Builder<'_>],
        reviewer: &dyn Reviewer,
    ) -> Result<Reviewed> {
        let (space, groups) = (content.space(), Arc::new(self.groups));
        let review = RebuildReview {
            space_id: space.space_id,
            space_name: space.space_name.clone(),
            events: builders.iter().map(|builder| builder.sequence().0).max().unwrap_or(0),
            lag: self.lag,
            skipped: builders.iter().map(Builder::skipped).max().unwrap_or(0),
            groups: Arc::clone(&groups),
        };
        let decision = match groups.count() {
            0 if review.skipped == 0 => ReviewDecision::Accept,
            _ => reviewer.decide(&review)?,
        };
        Ok(Reviewed { decision, groups })
    }
}
