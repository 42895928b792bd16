//! Reviewing a rebuild before its switch.

use std::sync::Arc;
use std::time::Duration;

use crate::content_store::ContentStore;
use crate::error::{Error, Result, StoreError};
use crate::operations::{DifferenceGroups, Watch};
use crate::space::SpaceId;
use crate::text::{counted, span};

use super::{Builder, Skipped, unless_deleted};

/// The shortest wait for a decision, in milliseconds, that the audit log mentions.
const WORTH_MENTIONING: u64 = 2000;

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
    /// The first of them.
    pub first_skipped: Option<Skipped>,
    /// The differences between the stored projections and the new ones.
    pub groups: Arc<DifferenceGroups>,
    /// The projections with keys that were never built before, so that there was nothing to compare.
    pub first_builds: Vec<FirstBuild>,
}

/// A projection that is built for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct FirstBuild {
    /// Its name.
    pub projection: &'static str,
    /// The number of its keys.
    pub keys: u64,
}

impl RebuildReview {
    /// Returns true if the rebuild changes anything for readers, or skips events.
    pub fn needs_decision(&self) -> bool {
        self.groups.count() > 0 || self.skipped > 0 || !self.first_builds.is_empty()
    }

    /// Says how many differences there are: `3 differences in 2 keys`.
    pub fn differences(&self) -> String {
        match self.groups.count() {
            0 => "no differences".to_owned(),
            count => format!(
                "{} in {}",
                counted(count, "difference", "differences"),
                counted(self.groups.keys(), "key", "keys")
            ),
        }
    }

    /// Says what else is to be known for a decision, in clauses.
    pub fn remarks(&self) -> Vec<String> {
        let first = self.first_builds.iter().map(|FirstBuild { projection, keys }| {
            format!("{projection} is built for the first time, with {}", counted(*keys, "key", "keys"))
        });
        let lag = counted(self.lag, "event that was not applied yet", "events that were not applied yet");
        let lag =
            (self.lag > 0 && self.groups.count() > 0).then(|| format!("some differences are due to {lag}"));
        let skipped = (self.skipped > 0).then(|| {
            let skipped = counted(self.skipped, "bad event is", "bad events are");
            let first =
                self.first_skipped.as_ref().map(|Skipped { event_id, space_sequence, reason, .. }| {
                    let which = if self.skipped > 1 { "the first is " } else { "" };
                    format!(": {which}event {event_id} at sequence {space_sequence}: {reason}")
                });
            format!("{skipped} skipped{}", first.unwrap_or_default())
        });
        first.chain(lag).chain(skipped).collect()
    }
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
    /// The time for which the rebuild waited for it.
    pub waited: Duration,
    /// The review that it was about.
    pub review: RebuildReview,
}

impl Reviewed {
    /// Says how long the decision took, unless it took no time worth mentioning: ` after 5 min of review`.
    pub(super) fn after(&self) -> String {
        let millis = u64::try_from(self.waited.as_millis()).unwrap_or(u64::MAX);
        if millis < WORTH_MENTIONING { String::new() } else { format!(" after {} of review", span(millis)) }
    }
}

/// Decides about a rebuild before its switch. No transaction is open meanwhile, and others may write; events that they append
/// are applied before the switch.
pub trait Reviewer {
    /// Returns the decision. A reviewer that takes long may call `check` now and then, at best after the store has changed.
    /// It fails once the review is void, because a later rebuild or a delete has removed the new projections: an acceptance
    /// would fail in the same way.
    ///
    /// # Errors
    /// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if the rebuild was cancelled meanwhile, and any other reason
    /// for which there is no decision. The new projections are then discarded.
    fn decide(&self, review: &RebuildReview, check: &dyn Fn() -> Result<()>) -> Result<ReviewDecision>;
}

/// Always decides the same.
impl Reviewer for ReviewDecision {
    fn decide(&self, _: &RebuildReview, _: &dyn Fn() -> Result<()>) -> Result<ReviewDecision> {
        Ok(*self)
    }
}

/// The differences found so far.
#[derive(Default)]
pub(super) struct Comparison {
    review: RebuildReview,
    groups: DifferenceGroups,
}

impl Comparison {
    /// Adds those of a projection that is built but for the last few events.
    pub fn add(&mut self, builder: &mut Builder<'_>, watch: &mut Watch<'_>) -> Result<()> {
        builder.review(&mut self.review, &mut self.groups, watch)
    }

    /// Asks the reviewer about all of them. Without any difference, skipped event or first build, there is nothing to decide.
    pub fn decide(
        self,
        content: &ContentStore,
        builders: &[Builder<'_>],
        reviewer: &dyn Reviewer,
    ) -> Result<Reviewed> {
        let space = content.space();
        let (space_id, space_name) = (space.space_id, space.space_name.clone());
        let review = RebuildReview { space_id, space_name, groups: Arc::new(self.groups), ..self.review };
        if !review.needs_decision() {
            return Ok(Reviewed { decision: ReviewDecision::Accept, waited: Duration::ZERO, review });
        }
        let clock = content.store().clock();
        let asked = clock.now();
        let decision = reviewer.decide(&review, &|| check(content, builders))?;
        let waited = u64::try_from(clock.now().0.saturating_sub(asked.0)).unwrap_or(0);
        Ok(Reviewed { decision, waited: Duration::from_millis(waited), review })
    }
}

/// Checks that the projections can still be switched to. A busy store says nothing about that.
fn check(content: &ContentStore, builders: &[Builder<'_>]) -> Result<()> {
    let checked = content.event_count().and_then(|_| builders.iter().try_for_each(Builder::check));
    match checked {
        Err(Error::Store(StoreError::Busy { .. } | StoreError::HandleBusy { .. })) => Ok(()),
        checked => checked.map_err(|error| unless_deleted(content, error)),
    }
}
