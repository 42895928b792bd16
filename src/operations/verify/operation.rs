//! The recorded form of [`verify`](super::verify), with differences as findings and a remedy.

use serde_json::{Map, Value};

use crate::error::{Error, Remedy, Result};
use crate::operations::operation::{Operation, OperationContext, PlanScope, Target, limited};
use crate::operations::summary::{events, keys};
use crate::operations::{Phase, Phases, Report, ReportFinding, Summary, Watch};
use crate::text::counted;

use super::{Difference, Verified, verify};

/// A comparison of a space's projection with its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verify;

impl Operation for Verify {
    type Done = Verified;
    type Error = Error;

    fn name(&self) -> &'static str {
        super::NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        Map::new()
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn needs_app(&self) -> bool {
        true
    }

    fn phases(&self) -> Phases {
        Phases::of(&[Phase::Replay, Phase::Compare])
    }

    fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
        let events = counted(scope.sum(|space| space.checkpoint.sequence.0), "event is", "events are");
        let keys = counted(scope.keys(), "key is", "keys are");
        let mut lines = match scope.single() {
            Some(_) => vec![
                format!("{events} replayed into a temporary projection"),
                format!("its {keys} compared with the result"),
            ],
            None => vec![format!("{events} replayed into temporary projections, {keys} compared")],
        };
        lines.push("nothing is written".to_owned());
        lines
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Verified> {
        target.open(context, |content| verify(content, watch))
    }

    fn summary(&self, done: &Verified) -> Summary {
        done.into()
    }

    fn report(&self, done: &Verified) -> Report {
        // Events that cannot be applied come first, because the other differences may follow from them.
        let (first, others): (Vec<_>, Vec<_>) = done.differences.iter().partition(|found| {
            matches!(
                found,
                Difference::BadEvent(_) | Difference::DamagedEvent(_) | Difference::Blocked { .. }
            )
        });
        let found = |found: &Difference| ReportFinding::of(found.words(), None, &done.remedy_of(found));
        let note = |note: &Difference| ReportFinding::of(note.words(), None, &Remedy::Nothing);
        let findings = first.into_iter().chain(others).flat_map(found);
        let findings = findings.chain(done.notes.iter().flat_map(note));
        limited(findings, done.more > 0, Report::of(self.summary(done)))
    }
}

impl From<&Verified> for Summary {
    fn from(done: &Verified) -> Self {
        let found = match done.count() {
            0 => "projection matches its events".to_owned(),
            count => counted(count, "difference", "differences"),
        };
        let notes = match done.notes.len() as u64 {
            0 => String::new(),
            count => format!(", {}", counted(count, "note", "notes")),
        };
        let detail = format!("{found} ({}, {}){notes}", events(done.events), keys(done.entities));
        Self::done(detail).found(done.count() > 0)
    }
}
