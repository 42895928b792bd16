//! The recorded form of [`fork`](super::fork()), with halted projections as findings.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::operations::operation::{Operation, OperationContext, PlanScope, Target};
use crate::operations::summary::{ahead_of_clock, dated_ahead, events, keys, unknown};
use crate::operations::{Phase, PointInTime, Report, ReportFinding, Summary, Watch};
use crate::text::counted;

use super::{ForkedSpace, fork};

/// A fork of a space. It is recorded under the space that is forked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fork {
    /// The name of the new space. `None` for the usual one, [`fork_name`](super::fork_name).
    pub name: Option<String>,
    /// The last event of the fork. `None` for the last one of the space.
    pub at: Option<PointInTime>,
}

impl Operation for Fork {
    type Done = ForkedSpace;
    type Error = Error;

    fn name(&self) -> &'static str {
        super::NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        let name = self.name.as_ref().map(|name| ("name".to_owned(), name.as_str().into()));
        let at = self.at.as_ref().map(|at| ("at".to_owned(), at.to_string().into()));
        name.into_iter().chain(at).collect()
    }

    fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
        let until = match &self.at {
            Some(PointInTime::Sequence(sequence)) => format!("up to sequence {sequence}"),
            Some(PointInTime::Time(time)) => format!("up to {time}"),
            None => format!("of which there are {}", scope.events()),
        };
        let is_unknown = scope.spaces.iter().any(|space| space.app.is_none());
        let projections = match is_unknown {
            true => "no projections are built, as this program does not know the app",
            false => "the projections are built from them",
        };
        vec![
            format!("the events {until} are copied with new ids; their times, causes and correlations stay"),
            format!("{projections}; idempotency keys are not copied"),
            "the new space takes no commands until it is complete; if cancelled or failed, nothing of it remains"
                .to_owned(),
            "subscriptions do not receive the copied events; the forked space does not change".to_owned(),
        ]
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        "nothing is forked"
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<ForkedSpace> {
        target.with_space(context, |space| fork(context.store, context.apps, space, self, watch))
    }

    fn summary(&self, done: &ForkedSpace) -> Summary {
        done.into()
    }

    fn report(&self, done: &ForkedSpace) -> Report {
        let mut notes = vec![format!("created {}, a fork of {}", done.space.space_name, done.origin)];
        notes.extend(done.ahead_of_clock.map(ahead_of_clock));
        let halted = done.halted.iter().map(|halted| ReportFinding {
            group: None,
            subject: format!("projection {}", halted.projection),
            text: format!("stops before sequence {}: {}", halted.event.space_sequence, halted.event.reason),
            // A remedy would be about the space that was forked.
            remedy: None,
        });
        let findings = halted.collect();
        Report { notes, findings, made: Some(done.space.space_id), ..Report::of(self.summary(done)) }
    }
}

/// Names the new space only in the text, since the entry belongs to the space that was forked.
impl From<&ForkedSpace> for Summary {
    fn from(done: &ForkedSpace) -> Self {
        let ForkedSpace { space, .. } = done;
        let into = format!("into {} ({})", space.space_name, space.space_id);
        let halted = match done.halted.len() as u64 {
            0 => String::new(),
            count => format!(
                "; {} at an event that cannot be applied",
                counted(count, "projection stops", "projections stop")
            ),
        };
        let ahead = dated_ahead(done.ahead_of_clock);
        let (events, keys, unknown) = (events(done.events), keys(done.keys), unknown(done.unknown));
        Self::done(format!("{events} {into}, {keys}{unknown}{ahead}{halted}")).found(!done.halted.is_empty())
    }
}
