//! Runs one job and reports the result.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::console::app::action::Action as Key;
use crate::console::app::bindings::Bindings;
use crate::console::app::message::JobNews;
use crate::console::app::remedy::worded;
use crate::console::app::state::ErrorText;
use crate::console::panes::jobs::job::JobSpec;
use crate::error::{Error, ReplayError, Result};
use crate::operations::{OperationContext, Report, Target, Watch};

impl JobSpec {
    /// Runs it, calling `watch` at every step, and returns the result.
    pub(in crate::console) fn run(
        &self,
        context: OperationContext<'_>,
        bound: &Bindings,
        watch: &mut Watch<'_>,
    ) -> JobNews {
        let unwritten = Arc::new(Mutex::new(None));
        let reason = Arc::clone(&unwritten);
        let store =
            context.store.clone().on_audit_error(move |error| *reason.lock() = Some(error.to_string()));
        let target = match self.space_id {
            Some(space_id) => Target::Space { space_id, space_name: &self.about },
            None => Target::File,
        };
        let done = self.operation.clone().run(target, OperationContext { store: &store, ..context }, watch);
        let mut news = news_of(done, bound);
        if let Some(reason) = unwritten.lock().take() {
            note_audit_error(&mut news, &reason);
        }
        news
    }
}

fn news_of(done: Result<Report>, bound: &Bindings) -> JobNews {
    match done {
        Ok(report) => JobNews::Done(with_keys(report, bound)),
        Err(Error::Replay(
            ReplayError::Cancelled { .. } | ReplayError::DeleteInterrupted | ReplayError::PurgeInterrupted,
        )) => JobNews::Cancelled,
        Err(error) => JobNews::Failed(ErrorText::of(&error, bound)),
    }
}

/// Names the keys that follow the advice, and the one that goes to a new space.
fn with_keys(mut report: Report, bound: &Bindings) -> Report {
    report.notes.extend(report.advice.take().map(|advice| worded(&advice, bound)));
    if let (Some(_), Some(note)) = (report.made, report.notes.last_mut()) {
        note.push_str(&format!("; press `{}` to go there", bound.key_of(Key::GoToSpace)));
    }
    report
}

/// Reports a missing audit entry, as nothing else would.
fn note_audit_error(news: &mut JobNews, reason: &str) {
    let note = format!("not recorded in the audit log: {reason}");
    match news {
        JobNews::Done(report) => report.notes.push(note),
        JobNews::Failed(failure) => {
            failure.hint = Some(failure.hint.take().map_or(note.clone(), |hint| format!("{hint}; {note}")));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::time::Duration;

    use crate::audit::Outcome;
    use crate::content_store::{Apps, Command, ContentStore, Store};
    use crate::event_store::Page;
    use crate::operations::{AnyOperation, DeleteSpace, Rebuild, Verify};
    use crate::sqlite::Location;

    use super::super::files::Places;
    use super::*;

    fn run(operation: AnyOperation, cancel: bool) -> (JobNews, u64, Outcome) {
        let store = Store::memory();
        let crm = ContentStore::open(&store, "crm_acme", Arc::new(crate::apps::Crm)).unwrap();
        let add =
            Command::new("add-contact").with("contact_id", "c1").with("name", "Ada").with("email", "a@b.c");
        crm.execute(add).unwrap();
        let apps = Apps::standard();
        let places = Places::beside(&store);
        let context =
            OperationContext { files: &places, is_running: |_| true, ..OperationContext::new(&store, &apps) };
        let spec = JobSpec { operation, space_id: Some(crm.space_id()), about: "crm_acme".to_owned() };
        let answer = if cancel { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let news = spec.run(context, &Bindings::default(), &mut |_| answer);
        let written = store.audit_log().page(None, Page::backward(None, 1)).unwrap();
        (news, store.pstate().checkpoint(crm.space_id().into()).unwrap().entities, written[0].outcome)
    }

    #[test]
    fn a_cancelled_job_leaves_the_projection_intact_and_is_recorded_as_cancelled() {
        let rebuild = AnyOperation::Rebuild(Rebuild { skip_errors: false, ..Rebuild::default() });
        assert_eq!(run(rebuild.clone(), true), (JobNews::Cancelled, 2, Outcome::Cancelled));
        let summary = "1 event into 5 keys".to_owned();
        let report = Report { summary, ..Report::default() };
        assert_eq!(run(rebuild, false), (JobNews::Done(report), 2, Outcome::Done));
    }

    #[test]
    fn a_delete_stopped_halfway_is_cancelled_in_the_console_and_in_the_audit_log() {
        let (news, _, outcome) =
            run(AnyOperation::DeleteSpace(DeleteSpace { purge: false, archive: None }), true);
        assert_eq!((news, outcome), (JobNews::Cancelled, Outcome::Cancelled));
    }

    #[test]
    fn a_job_that_cannot_be_recorded_reports_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("held.db");
        let options =
            crate::OpenOptions { busy_timeout: Duration::from_millis(1), ..crate::OpenOptions::default() };
        let store = Store::open_or_create(&Location::file(&file), options).unwrap();
        let crm = ContentStore::open(&store, "crm_acme", Arc::new(crate::apps::Crm)).unwrap();
        let holder = rusqlite::Connection::open(&file).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (apps, places) = (Apps::standard(), Places::beside(&store));
        let context =
            OperationContext { files: &places, is_running: |_| true, ..OperationContext::new(&store, &apps) };
        let (space_id, about) = (Some(crm.space_id()), "crm_acme".to_owned());
        let spec = |operation| JobSpec { operation, space_id, about: about.clone() };
        let mut watch = |_| ControlFlow::Continue(());
        let rebuilt = spec(AnyOperation::Rebuild(Rebuild { skip_errors: false, ..Rebuild::default() })).run(
            context,
            &Bindings::default(),
            &mut watch,
        );
        let JobNews::Failed(failure) = rebuilt else { panic!("{rebuilt:?}") };
        assert!(failure.hint.unwrap().contains("not recorded in the audit log"));
        let verified =
            spec(AnyOperation::Verify(Verify::default())).run(context, &Bindings::default(), &mut watch);
        let JobNews::Done(report) = verified else { panic!("{verified:?}") };
        assert!(
            report.notes.iter().any(|note| note.starts_with("not recorded in the audit log")),
            "{report:?}"
        );
    }
}
