//! The recorded form of [`rebuild`](super::rebuild), with skipped events as findings.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::operations::operation::{
    Operation, OperationContext, PlanScope, Target, add_projection, limited, parameters,
};
use crate::operations::summary::{events, keys, unknown};
use crate::operations::{Phase, Phases, Report, ReportFinding, Summary, Watch};
use crate::pstate::STATE;
use crate::text::{counted, grouped};

use super::{Rebuilt, ReviewDecision, Reviewed, Skipped, rebuild_reviewed};

/// A rebuild of a space's projections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rebuild {
    /// The name of the projection. `None` for all that the app declares.
    pub projection: Option<String>,
    /// Skip events that cannot be applied, and list them.
    pub skip_errors: bool,
    /// Compare the new projections with the stored ones before the switch, and ask the reviewer of the context to accept or
    /// discard them.
    pub review: bool,
}

impl Operation for Rebuild {
    type Done = Rebuilt;
    type Error = Error;

    fn name(&self) -> &'static str {
        super::NAME
    }

    fn projection(&self) -> Option<&str> {
        self.projection.as_deref()
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = parameters([("skip_errors", self.skip_errors.into())]);
        add_projection(&mut parameters, self.projection.as_deref());
        if self.review {
            parameters.insert("review".to_owned(), true.into());
        }
        parameters
    }

    fn needs_app(&self) -> bool {
        true
    }

    fn phases(&self) -> Phases {
        Phases::SHARES
    }

    fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
        let events = counted(scope.events(), "event is", "events are");
        let keys = counted(scope.keys_of(self.projection.as_deref()), "key", "keys");
        let projections = scope.single().map(|space| space.selected(self.projection.as_deref()).count());
        let mut lines = match projections {
            Some(0 | 1) => vec![
                format!("{events} replayed into a new projection"),
                format!("until it is complete, readers see the old one with its {keys}"),
                "other spaces do not change; if cancelled or failed, the old projection stays".to_owned(),
            ],
            Some(several) => vec![
                format!("{events} replayed into {several} new projections"),
                format!("until all of them are complete, readers see the old ones with their {keys}"),
                "other spaces do not change; if cancelled or failed, the old projections stay".to_owned(),
            ],
            None => vec![
                format!("{events} replayed into new projections; the old ones hold {keys}"),
                "until those of a space are complete, readers see its old ones".to_owned(),
            ],
        };
        let bad = if self.skip_errors { "is skipped and listed" } else { "stops the rebuild" };
        lines.push(format!("an event that cannot be applied {bad}"));
        if self.review {
            lines
                .push("before the switch, the differences are shown, to be accepted or discarded".to_owned());
        }
        lines
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        "its projections are unchanged"
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Rebuilt> {
        target.open(context, |content| rebuild_reviewed(content, self.clone(), context.reviewer, watch))
    }

    fn summary(&self, done: &Rebuilt) -> Summary {
        done.into()
    }

    fn report(&self, done: &Rebuilt) -> Report {
        let mut report = limited(done.skipped.iter().map(finding), false, Report::of(self.summary(done)));
        report.differences =
            done.review.as_ref().map(|done| Arc::clone(&done.review.groups)).unwrap_or_default();
        report
    }
}

/// Names the projections that skipped an event, unless it is the one that every app has.
fn of_projections(projections: &[&'static str]) -> String {
    match projections {
        [] | [STATE] => String::new(),
        named => format!(" (in {})", named.join(" and ")),
    }
}

fn finding(skipped: &Skipped) -> ReportFinding {
    ReportFinding {
        subject: format!("event {} (sequence {})", skipped.event_id, skipped.space_sequence),
        text: format!("{}{}", skipped.reason, of_projections(&skipped.projections)),
        ..ReportFinding::default()
    }
}

impl From<&Rebuilt> for Summary {
    fn from(done: &Rebuilt) -> Self {
        let skipped = match done.skipped.len() as u64 {
            0 => String::new(),
            count => format!(", {} skipped", grouped(count)),
        };
        let unknown = unknown(done.unknown);
        let differences = |count| counted(count, "difference", "differences");
        match &done.review {
            Some(reviewed @ Reviewed { decision: ReviewDecision::Discard, review, .. }) => {
                let events = events(done.events);
                let found = match review.groups.count() {
                    0 => "the new projections".to_owned(),
                    count => differences(count),
                };
                let detail = format!(
                    "discarded {found}{} ({events}{skipped}{unknown}); the existing projection is unchanged",
                    reviewed.after()
                );
                Self::done(detail).found(true)
            }
            review => {
                let accepted = review.as_ref().map(|done| match done.review.groups.count() {
                    0 => format!(", no differences{}", done.after()),
                    count => format!(", accepted {}{}", differences(count), done.after()),
                });
                let accepted = accepted.unwrap_or_default();
                let detail = format!(
                    "{} into {}{skipped}{unknown}{accepted}",
                    events(done.events),
                    keys(done.entities)
                );
                Self::done(detail).found(!done.skipped.is_empty())
            }
        }
    }
}
