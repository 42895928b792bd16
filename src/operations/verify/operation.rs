//! The recorded form of [`verify`](super::verify), with differences as findings and a remedy.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::{Error, Remedy, Result};
use crate::operations::operation::{Operation, OperationContext, PlanScope, Target, add_projection, limited};
use crate::operations::summary::{events, keys};
use crate::operations::{Phase, Phases, Report, ReportFinding, SpaceOverview, Summary, Watch};
use crate::text::counted;

use super::{Difference, Verified, verify_selected};

/// A comparison of a space's projections with its events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verify {
    /// The name of the projection. `None` for all that the app declares.
    pub projection: Option<String>,
}

impl Operation for Verify {
    type Done = Verified;
    type Error = Error;

    fn name(&self) -> &'static str {
        super::NAME
    }

    fn projection(&self) -> Option<&str> {
        self.projection.as_deref()
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = Map::new();
        add_projection(&mut parameters, self.projection.as_deref());
        parameters
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
        let selected = self.projection.as_deref();
        let last =
            |space: &SpaceOverview| space.selected(selected).map(|one| one.checkpoint.sequence.0).max();
        let events = counted(scope.sum(|space| last(space).unwrap_or(0)), "event is", "events are");
        let keys = counted(scope.keys_of(selected), "key is", "keys are");
        let projections = scope.single().map(|space| space.selected(selected).count());
        let mut lines = match projections {
            Some(0 | 1) => vec![
                format!("{events} replayed into a temporary projection"),
                format!("its {keys} compared with the result"),
            ],
            Some(several) => vec![
                format!("{events} replayed into {several} temporary projections"),
                format!("their {keys} compared with the result"),
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
        target.open(context, |content| verify_selected(content, self.projection.as_deref(), watch))
    }

    fn summary(&self, done: &Verified) -> Summary {
        done.into()
    }

    fn report(&self, done: &Verified) -> Report {
        // Events that cannot be applied come first, because the other differences may follow from them.
        let is_first = |found: &Difference| {
            matches!(
                found,
                Difference::BadEvent(_) | Difference::DamagedEvent(_) | Difference::Blocked { .. }
            )
        };
        let all = || done.each().flat_map(|one| one.differences.iter().map(move |found| (one, found)));
        let first = all().filter(|(_, found)| is_first(found));
        let found = first.chain(all().filter(|(_, found)| !is_first(found)));
        let findings = found
            .flat_map(|(one, found)| ReportFinding::of(one.words(found), None, &done.remedy_of(one, found)));
        let notes = done.each().flat_map(|one| {
            let note = |note| ReportFinding::of(one.words(note), None, &Remedy::Nothing);
            one.notes.iter().flat_map(note)
        });
        let more = done.each().any(|one| one.more > 0);
        let mut report = limited(findings.chain(notes), more, Report::of(self.summary(done)));
        report.differences = Arc::new(done.groups());
        report
    }
}

impl From<&Verified> for Summary {
    fn from(done: &Verified) -> Self {
        let found = match done.count() {
            0 => done.matching().to_owned(),
            count => counted(count, "difference", "differences"),
        };
        let notes = match done.each().map(|one| one.notes.len() as u64).sum() {
            0 => String::new(),
            count => format!(", {}", counted(count, "note", "notes")),
        };
        let detail = format!("{found} ({}, {}){notes}", events(done.replayed()), keys(done.keys()));
        Self::done(detail).found(done.count() > 0)
    }
}
