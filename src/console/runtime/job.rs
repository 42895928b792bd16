//! One long operation, run to its end, with what it has to say.

use crate::apps::Apps;
use crate::console::state::{Failure, Finding, JobKind, Report};
use crate::console::update::{Action, JobNews, key_of};
use crate::content_store::{CaughtUp, Store};
use crate::error::{Error, ReplayError, Result};
use crate::operations::{
    self, DeleteOptions, Deleted, Difference, RebuildOptions, Rebuilt, Skipped, Verified, Watch, Words,
};
use crate::space::SpaceId;
use crate::text::{counted, grouped};

use super::queries;

/// The most findings kept; a broken projection may have a million.
const MOST_FINDINGS: usize = 1000;

/// A long operation.
pub(in crate::console) struct Work<'a> {
    pub(in crate::console) store: &'a Store,
    pub(in crate::console) apps: &'a Apps,
    pub(in crate::console) kind: JobKind,
    pub(in crate::console) space_id: SpaceId,
    pub(in crate::console) space_name: &'a str,
}

impl Work<'_> {
    /// Runs it, watched step by step, and returns how it ended.
    pub(in crate::console) fn run(&self, watch: &mut Watch<'_>) -> JobNews {
        match self.attempt(watch) {
            Ok(report) => JobNews::Done(report),
            Err(error) if error.is_cancelled() => JobNews::Cancelled,
            Err(error) => JobNews::Failed(failure(&error)),
        }
    }

    fn attempt(&self, watch: &mut Watch<'_>) -> Result<Report> {
        if let JobKind::Delete { purge } = self.kind {
            let options = DeleteOptions { space_id: Some(self.space_id), purge };
            let deleted = operations::delete(self.store, self.space_name, options, watch)?;
            return Ok(deleted_report(&deleted));
        }
        let content = queries::open(self.store, self.apps, self.space_id)?;
        Ok(match self.kind {
            JobKind::Rebuild { skip_errors } => {
                rebuilt_report(&operations::rebuild(&content, RebuildOptions { skip_errors }, watch)?)
            }
            JobKind::CatchUp => caught_up_report(operations::catch_up(&content, watch)?),
            JobKind::Verify | JobKind::Delete { .. } => {
                verified_report(&operations::verify(&content, watch)?)
            }
        })
    }
}

/// What stopped it, with the way out that there is from here.
fn failure(error: &Error) -> Failure {
    match error {
        Error::Replay(ReplayError::BadEvent { sequence, .. }) => Failure {
            message: error.to_string(),
            hint: Some(format!(
                "`{}` `{}` {sequence} looks at it; `{}` `{}` `{}` builds the projection without it",
                key_of(Action::FocusEvents),
                key_of(Action::Jump),
                key_of(Action::Rebuild),
                key_of(Action::SkipErrors),
                key_of(Action::Confirm),
            )),
        },
        _ => Failure::from(error),
    }
}

fn events(count: u64) -> String {
    counted(count, "event", "events")
}

fn keys(count: u64) -> String {
    counted(count, "key", "keys")
}

fn unknown(count: u64) -> String {
    if count == 0 { String::new() } else { format!(", {} of unknown types passed over", grouped(count)) }
}

fn rebuilt_report(done: &Rebuilt) -> Report {
    let skipped = match done.skipped.len() {
        0 => String::new(),
        count => format!(", {count} left out"),
    };
    let unknown = unknown(done.unknown);
    Report {
        summary: format!("{} into {}{skipped}{unknown}", events(done.events), keys(done.entities)),
        problem: !done.skipped.is_empty(),
        findings: done.skipped.iter().take(MOST_FINDINGS).map(skipped_finding).collect(),
        truncated: done.skipped.len() > MOST_FINDINGS,
    }
}

fn caught_up_report(done: CaughtUp) -> Report {
    let summary = format!("{} applied{}", events(done.events), unknown(done.unknown));
    Report { summary, ..Report::default() }
}

fn deleted_report(done: &Deleted) -> Report {
    let (events, keys) = (done.inventory.events, done.inventory.entities);
    let left = if done.purged { "byte" } else { "row" };
    Report {
        summary: format!("{events} events and {keys} keys removed; no {left} is left"),
        ..Report::default()
    }
}

fn verified_report(done: &Verified) -> Report {
    let found = match done.count() {
        0 => "no difference".to_owned(),
        count => counted(count, "difference", "differences"),
    };
    let outlook = done.mend().map(|mend| format!("; {}", mend.outlook())).unwrap_or_default();
    // What cannot be applied comes first: the other differences may follow from it.
    let (first, others): (Vec<_>, Vec<_>) =
        done.differences.iter().partition(|found| matches!(found, Difference::BadEvent(_)));
    let told = |difference: &Difference| {
        let mend = done.mend_of(difference).name();
        let told = move |Words { subject, text }| Finding { subject, text: format!("{text}  [{mend}]") };
        difference.words().into_iter().map(told)
    };
    let mut findings: Vec<Finding> =
        first.into_iter().chain(others).flat_map(told).take(MOST_FINDINGS + 1).collect();
    let truncated = done.more > 0 || findings.len() > MOST_FINDINGS;
    findings.truncate(MOST_FINDINGS);
    Report {
        summary: format!("{found} between {} and {}{outlook}", events(done.events), keys(done.entities)),
        problem: done.count() > 0,
        findings,
        truncated,
    }
}

fn skipped_finding(skipped: &Skipped) -> Finding {
    Finding {
        subject: format!("event {} (sequence {})", skipped.event_id, skipped.space_sequence),
        text: skipped.reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_store::{Command, ContentStore};
    use std::ops::ControlFlow;
    use std::sync::Arc;

    fn run(kind: JobKind, cancel: bool) -> (JobNews, u64) {
        let store = Store::memory();
        let crm = ContentStore::open(&store, "crm_acme", Arc::new(crate::apps::Crm)).unwrap();
        let add =
            Command::new("add-contact").with("contact_id", "c1").with("name", "Ada").with("email", "a@b.c");
        crm.execute(add).unwrap();
        let apps = Apps::standard();
        let (space_id, space_name) = (crm.space_id(), "crm_acme");
        let work = Work { store: &store, apps: &apps, kind, space_id, space_name };
        let answer = if cancel { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let news = work.run(&mut |_| answer);
        (news, store.pstate().checkpoint(space_id).unwrap().entities)
    }

    #[test]
    fn a_job_asked_to_stop_stops_and_leaves_the_projection_whole() {
        let rebuild = JobKind::Rebuild { skip_errors: false };
        assert_eq!(run(rebuild, true), (JobNews::Cancelled, 2));
        let summary = "1 event into 2 keys".to_owned();
        assert_eq!(run(rebuild, false), (JobNews::Done(Report { summary, ..Report::default() }), 2));
    }
}
