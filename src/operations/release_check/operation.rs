//! The recorded form of [`release_check`](super::release_check).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::error::{Error, Remedy, Result};
use crate::operations::operation::{Operation, OperationContext, PlanScope, Target, limited};
use crate::operations::summary::events;
use crate::operations::{Phase, Phases, Report, ReportFinding, Summary, Watch};
use crate::space::SpaceId;
use crate::text::{counted, grouped, span};

use super::result::Rebuilt;
use super::{CheckedSpace, ReleaseChecked, UnappliedType, UncheckedSpace, release_check};

/// A check of what the code of this program would make of stored projections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReleaseCheck {
    /// The spaces, if it runs on the file; none for all.
    pub spaces: Vec<SpaceId>,
}

impl Operation for ReleaseCheck {
    type Done = ReleaseChecked;
    type Error = Error;

    fn name(&self) -> &'static str {
        super::NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = Map::new();
        if !self.spaces.is_empty() {
            parameters.insert("spaces".to_owned(), json!(self.spaces));
        }
        parameters
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn phases(&self) -> Phases {
        Phases::measured_by(Phase::Replay)
    }

    fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
        let all = match scope.totals {
            Some(totals) => format!(
                "{} with {} replayed with the code of this program",
                counted(totals.spaces, "space", "spaces"),
                counted(totals.events, "event is", "events are")
            ),
            None => "the events of all spaces are replayed with the code of this program".to_owned(),
        };
        vec![
            all,
            "the results are compared with the stored projections, field by field".to_owned(),
            "nothing is written; a rebuild with this program would make these changes".to_owned(),
        ]
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<ReleaseChecked> {
        let OperationContext { store, apps, .. } = context;
        match target {
            Target::File => release_check(store, apps, &self.spaces, watch),
            Target::Space { .. } | Target::Name(_) => {
                target.with_space(context, |space| release_check(store, apps, &[space.space_id], watch))
            }
        }
    }

    fn summary(&self, done: &ReleaseChecked) -> Summary {
        done.into()
    }

    fn report(&self, done: &ReleaseChecked) -> Report {
        let changed = done.changed.iter().flat_map(|space| space.words(done.original.as_deref()));
        let unreadable = done.unreadable.iter().map(UnappliedType::words);
        let unchecked = done.unchecked.iter().map(UncheckedSpace::words);
        let unknown = done.unknown.iter().map(UnappliedType::words);
        let more = done.changed_count > done.changed.len() as u64 || done.more_unchecked > 0;
        // The advice below the findings is about the changed spaces.
        let findings = unreadable.chain(unchecked).chain(unknown).chain(changed);
        let mut report = limited(findings, more, Report::of(self.summary(done)));
        report.differences = Arc::new(done.groups.clone());
        report.notes.extend(done.prediction());
        report
    }
}

impl From<&ReleaseChecked> for Summary {
    fn from(done: &ReleaseChecked) -> Self {
        let found = match (done.groups.count(), done.differs()) {
            (0, false) => "this program derives the same projections".to_owned(),
            (0, true) => "no difference found, but not all events or spaces could be checked".to_owned(),
            (count, _) => counted(count, "difference", "differences"),
        };
        let found = match done.newer {
            0 => found,
            newer => {
                let which = counted(newer, "projection is", "projections are");
                format!("{found}; {which} of a later version and not compared")
            }
        };
        let spaces = counted(done.spaces, "space", "spaces");
        Self::done(format!("{found} ({spaces}, {})", events(done.events))).found(done.differs())
    }
}

impl ReleaseChecked {
    /// Says how long a rebuild of all checked spaces that this program can rebuild would take, and at which rate: events of
    /// several projections count once. `None` if nothing was replayed, or nothing can be rebuilt.
    pub fn prediction(&self) -> Option<String> {
        let Rebuilt { spaces, events, beside_newer } = self.rebuilt;
        let are_all = spaces == self.spaces;
        let of = match (spaces, beside_newer) {
            (0, _) => return None,
            (1, 0) if are_all => "the space".to_owned(),
            (1, _) if are_all => "the other projections".to_owned(),
            (1, _) => "the other space".to_owned(),
            (several, _) if are_all => format!("the {} spaces", grouped(several)),
            (several, _) => format!("the other {} spaces", grouped(several)),
        };
        let without = match (self.spaces, beside_newer) {
            (1, _) | (_, 0) => "",
            _ => ", without projections of a later version,",
        };
        let rate = grouped((events as f64 / self.rebuild.as_secs_f64().max(1e-6)) as u64);
        let taken = time(self.rebuild);
        (self.folded > 0)
            .then(|| format!("a rebuild of {of}{without} would take about {taken} ({rate} events/s)"))
    }
}

impl CheckedSpace {
    /// Returns true if a rebuild with this program would change the space.
    pub fn needs_rebuild(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Returns the rebuilds with this program that change the space: one of all projections, or else one of each, if a later
    /// version of the program built another one.
    pub fn rebuilds(&self) -> Vec<Remedy> {
        let rebuild = |name: &&'static str| {
            let rebuild = Remedy::Rebuild { skip_errors: self.unreadable > 0 };
            rebuild.beside_newer(Some(name), self.newer.iter().copied())
        };
        let mut rebuilds: Vec<Remedy> = self.changed.iter().map(rebuild).collect();
        rebuilds.dedup();
        rebuilds
    }

    /// Describes the space, in a file that the original wrote if there is one.
    fn words(&self, original: Option<&Path>) -> Vec<ReportFinding> {
        let one = |text| ReportFinding { subject: self.space_name.clone(), text, ..ReportFinding::default() };
        let mut remedies = match (original, self.damaged) {
            _ if !self.needs_rebuild() => Vec::new(),
            (Some(path), _) => vec![Remedy::ImportOriginal { path: path.to_owned() }],
            (None, 0) => self.rebuilds(),
            // No rebuild restores what was appended.
            (None, _) => vec![Remedy::Restore],
        }
        .into_iter();
        let first = ReportFinding { remedy: remedies.next(), ..one(self.text()) };
        let others = remedies.map(|remedy| {
            let text = "another projection is rebuilt on its own".to_owned();
            ReportFinding { remedy: Some(remedy), ..one(text) }
        });
        std::iter::once(first).chain(others).chain(self.faults.iter().cloned().map(one)).collect()
    }

    /// Says what this program would change in the space.
    pub fn text(&self) -> String {
        let mut text = match self.differences {
            0 => "no difference".to_owned(),
            count => format!(
                "{} in {}",
                counted(count, "difference", "differences"),
                counted(self.differing_keys, "key", "keys")
            ),
        };
        if self.unreadable > 0 {
            let events = counted(self.unreadable, "event", "events");
            text.push_str(&format!("; {events} cannot be applied"));
        }
        if self.damaged > 0 {
            text.push_str(&format!(", of which {} damaged", counted(self.damaged, "is", "are")));
        }
        if !self.outdated.is_empty() {
            text.push_str(&format!("; outdated: {}", self.outdated.join(", ")));
        }
        if !self.newer.is_empty() {
            text.push_str(&format!("; of a later version, so not compared: {}", self.newer.join(", ")));
        }
        if !self.unbuilt.is_empty() {
            text.push_str(&format!("; not built yet: {}", self.unbuilt.join(", ")));
        }
        match (self.newer.is_empty(), self.needs_rebuild()) {
            // It would be refused, or stop.
            _ if self.rebuild.is_zero() => text,
            (true, _) => format!("{text}; a rebuild would take about {}", time(self.rebuild)),
            (false, true) => {
                format!("{text}; a rebuild of the other projections would take about {}", time(self.rebuild))
            }
            (false, false) => text,
        }
    }
}

impl UnappliedType {
    fn words(&self) -> ReportFinding {
        ReportFinding { subject: self.event_type.clone(), text: self.text(), ..ReportFinding::default() }
    }

    /// Says how many events of the type there are, and what is wrong with them.
    pub fn text(&self) -> String {
        let spaces = counted(self.spaces, "space", "spaces");
        let count = counted(self.count, "event", "events");
        match &self.reason {
            None => {
                let verb = if self.count == 1 { "is" } else { "are" };
                format!("is unknown to the app {}; {count} in {spaces} {verb} ignored", self.app)
            }
            Some(reason) => format!(
                "has {count} in {spaces} that cannot be applied, first event {} (sequence {}) of {}: {reason}",
                self.event_id, self.space_sequence, self.space_name
            ),
        }
    }
}

impl UncheckedSpace {
    fn words(&self) -> ReportFinding {
        ReportFinding {
            subject: self.space_name.clone(),
            text: format!("not checked: {}", self.text),
            ..ReportFinding::default()
        }
    }
}

/// Returns a predicted time, rounded to seconds if there are any.
fn time(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    span(if millis < 1000 { millis } else { millis.saturating_add(500) / 1000 * 1000 })
}
