//! The recorded form of [`check`](super::check), with findings as subject, problem and remedy.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::operations::operation::{
    Operation, OperationContext, PlanScope, Target, findings_of, limited, parameters,
};
use crate::operations::summary::{events, keys};
use crate::operations::{Phase, Report, ReportFinding, Summary, Watch};
use crate::text::{counted, grouped};

use super::{CheckOptions, Checked, Repaired, check, check_and_repair};

/// A check of the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Check {
    /// Compare the indexes too, and every projection with its events.
    pub deep: bool,
    /// Repair everything that can be derived from intact data.
    pub repair: bool,
}

impl Operation for Check {
    type Done = Repaired;
    type Error = Error;

    fn name(&self) -> &'static str {
        super::NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        parameters([("deep", self.deep.into()), ("repair", self.repair.into())])
    }

    fn is_read_only(&self) -> bool {
        !self.repair
    }

    /// A repair may have to repair the audit log first.
    fn runs_unrecorded(&self) -> bool {
        true
    }

    fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
        let all = match scope.totals {
            Some(totals) => format!(
                "{} with {} and {}",
                counted(totals.spaces, "space", "spaces"),
                counted(totals.events, "event", "events"),
                counted(totals.keys, "key is", "keys are"),
            ),
            // Not all spaces were read, perhaps because of damage that the check will find.
            None => "all spaces with their events and keys are".to_owned(),
        };
        let deep = match self.deep {
            true => "deep check: indexes too, and all projections against their events",
            false => "only a deep check covers the indexes and the values of projections",
        };
        let repair = match self.repair {
            true => {
                "repair: wrong counters and index entries are corrected, orphaned rows are removed; events do not \
                 change, and lost data stays lost"
            }
            false => "nothing is written; each finding names its remedy",
        };
        vec![
            format!(
                "{all} checked: sequences, ids, checksums, counters, checkpoints, JSON and the engine's check"
            ),
            deep.to_owned(),
            repair.to_owned(),
        ]
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        if self.repair { "repairs made so far are kept" } else { "existing data is unchanged" }
    }

    fn perform(
        &mut self,
        _target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Repaired> {
        let OperationContext { store, apps, is_running, .. } = context;
        let options = CheckOptions { deep: self.deep, is_running: &is_running };
        if self.repair {
            return check_and_repair(store, apps, options, watch);
        }
        check(store, apps, options, watch).map(|left| Repaired { left, repaired: Vec::new() })
    }

    fn summary(&self, done: &Repaired) -> Summary {
        done.into()
    }

    fn report(&self, done: &Repaired) -> Report {
        let repaired = findings_of("repaired: ", &done.repaired);
        let repaired = repaired.map(|finding| ReportFinding { remedy: None, ..finding });
        let findings = words(&done.left).chain(repaired);
        let mut report = limited(findings, done.left.more > 0, Report::of(self.summary(done)));
        if !done.repaired.is_empty() {
            let count = counted(done.repaired.len() as u64, "problem", "problems");
            report.notes.push(format!("{count} repaired; the database was checked again afterwards"));
        }
        report.notes.extend(done.left.left_to_others());
        report
    }
}

/// FindingText the findings and the notes of a check.
pub(in crate::operations) fn words(checked: &Checked) -> impl Iterator<Item = ReportFinding> {
    findings_of("", &checked.findings).chain(findings_of("note: ", &checked.notes))
}

impl From<&Checked> for Summary {
    fn from(done: &Checked) -> Self {
        // The essentials come first, because the line may be cut.
        let found = match done.count() {
            0 => "no problems".to_owned(),
            count => counted(count, "problem", "problems"),
        };
        Self::done(format!("{found} in {}", totals(done))).found(done.count() > 0)
    }
}

impl From<&Repaired> for Summary {
    fn from(done: &Repaired) -> Self {
        let Repaired { repaired, left } = done;
        if repaired.is_empty() {
            return Self::from(left);
        }
        let repaired = counted(repaired.len() as u64, "problem", "problems");
        let rest = match left.count() {
            0 => "none".to_owned(),
            count => grouped(count),
        };
        Self::done(format!("{repaired} repaired, {rest} left in {}", totals(left))).found(left.count() > 0)
    }
}

/// FindingText the numbers of checked spaces, events, keys and projections.
pub(in crate::operations) fn totals(done: &Checked) -> String {
    let spaces = counted(done.spaces, "space", "spaces");
    let through = format!("{spaces}, {}, {}", events(done.events), keys(done.keys));
    match done.verified {
        0 => through,
        count => format!("{through}, {}", counted(count, "projection verified", "projections verified")),
    }
}
