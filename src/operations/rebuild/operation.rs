//! The recorded form of [`rebuild`](super::rebuild), with skipped events as findings.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::operations::operation::{
    Operation, OperationContext, PlanScope, Target, add_projection, limited, parameters,
};
use crate::operations::summary::{events, keys, unknown};
use crate::operations::{Phase, Phases, Report, ReportFinding, Summary, Watch};
use crate::text::{counted, grouped};

use super::{Rebuilt, Skipped, rebuild};

/// A rebuild of a space's projections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rebuild {
    /// The name of the projection. `None` for all that the app declares.
    pub projection: Option<String>,
    /// Skip events that cannot be applied, and list them.
    pub skip_errors: bool,
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
                format!("until each is complete, readers see the old one; the old ones hold {keys}"),
                "other spaces do not change; if cancelled or failed, the old projection stays".to_owned(),
            ],
            None => vec![
                format!("{events} replayed into new projections; the old ones hold {keys}"),
                "until each is complete, readers see the old one".to_owned(),
            ],
        };
        let bad = if self.skip_errors { "is skipped and listed" } else { "stops the rebuild" };
        lines.push(format!("an event that cannot be applied {bad}"));
        lines
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        "the existing projection is unchanged"
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Rebuilt> {
        target.open(context, |content| rebuild(content, self.clone(), watch))
    }

    fn summary(&self, done: &Rebuilt) -> Summary {
        done.into()
    }

    fn report(&self, done: &Rebuilt) -> Report {
        limited(done.skipped.iter().map(finding), false, Report::of(self.summary(done)))
    }
}

fn finding(skipped: &Skipped) -> ReportFinding {
    let (event_id, sequence) = (grouped(skipped.event_id.0), grouped(skipped.space_sequence.0));
    ReportFinding {
        subject: format!("event {event_id} (sequence {sequence})"),
        text: skipped.reason.clone(),
        ..ReportFinding::default()
    }
}

impl From<&Rebuilt> for Summary {
    fn from(done: &Rebuilt) -> Self {
        let skipped = match done.skipped.len() as u64 {
            0 => String::new(),
            count => format!(", {} skipped", grouped(count)),
        };
        let detail =
            format!("{} into {}{skipped}{}", events(done.events), keys(done.entities), unknown(done.unknown));
        Self::done(detail).found(!done.skipped.is_empty())
    }
}
