//! Runs one job, records it in the audit log and reports the result.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Map, Value};

use crate::console::app::message::JobNews;
use crate::console::app::state::Failure;
use crate::console::panes::jobs::job::Report;
use crate::console::panes::jobs::job_kind::JobKind;
use crate::content_store::{Apps, Location, Store};
use crate::error::{Error, ReplayError, Result, StoreError};
use crate::operations::{
    self, Action, CheckOptions, DeleteOptions, RebuildOptions, Told, Watch, logged, recorded,
};
use crate::operator_log::Operator;
use crate::space::SpaceId;

use crate::console::runtime::places::Places;
use crate::console::runtime::{queries, report, transfer};

/// The environment of a job.
#[derive(Clone, Copy)]
pub(in crate::console) struct Desk<'a> {
    pub(in crate::console) store: &'a Store,
    pub(in crate::console) apps: &'a Apps,
    /// Resolves file names.
    pub(in crate::console) places: &'a Places,
    /// Returns true if an operator's process is still running.
    pub(in crate::console) is_there: fn(&Operator) -> bool,
}

/// A job to run.
#[derive(Debug, Clone)]
pub(in crate::console) struct Order {
    pub(in crate::console) kind: JobKind,
    /// The space, unless the job is on a file.
    pub(in crate::console) space_id: Option<SpaceId>,
    /// The name of the space or the file.
    pub(in crate::console) about: String,
}

impl Order {
    /// Runs it, calling `watch` at every step, and returns the result.
    pub(in crate::console) fn carry_out(&self, desk: Desk<'_>, watch: &mut Watch<'_>) -> JobNews {
        let unwritten = Arc::new(Mutex::new(None));
        let told = Arc::clone(&unwritten);
        let store = desk.store.clone().telling(move |error| *told.lock() = Some(error.to_string()));
        let mut news = self.done(Desk { store: &store, ..desk }, watch);
        if let Some(reason) = unwritten.lock().take() {
            say_unwritten(&mut news, &reason);
        }
        news
    }

    fn done(&self, desk: Desk<'_>, watch: &mut Watch<'_>) -> JobNews {
        let done = match &self.kind {
            JobKind::Import { file, into } => transfer::import(desk, file, into.as_ref(), watch),
            _ => self.logged(desk, watch),
        };
        match done {
            Ok(report) => JobNews::Done(report),
            Err(Error::Replay(ReplayError::Cancelled | ReplayError::DeleteInterrupted)) => JobNews::Cancelled,
            Err(error) => JobNews::Failed(Failure::from(&error)),
        }
    }

    fn logged(&self, desk: Desk<'_>, watch: &mut Watch<'_>) -> Result<Report> {
        let work = || self.work(desk, watch).map_err(|error| self.named(error));
        match self.kind {
            // Recorded when finished. Otherwise the copy would contain an entry that never ends.
            JobKind::Backup { .. } => {
                recorded(desk.store, self.action(), self.parameters(desk), work, Report::told)
            }
            _ => logged(desk.store, self.action(), self.parameters(desk), work, Report::told),
        }
    }

    fn action(&self) -> Action<'_> {
        Action {
            name: self.kind.title(),
            space_id: self.space_id,
            space_name: self.space_id.map(|_| self.about.as_str()),
            changes: !self.kind.only_looks(),
        }
    }

    fn parameters(&self, desk: Desk<'_>) -> Map<String, Value> {
        let file = |file: &Path| desk.places.written_down(file);
        let parameters: Vec<(&str, Value)> = match &self.kind {
            JobKind::Rebuild { skip_errors } => vec![("skip_errors", (*skip_errors).into())],
            JobKind::Check { deep, repair } => vec![("deep", (*deep).into()), ("repair", (*repair).into())],
            JobKind::Delete { purge, archive } => {
                let archive = archive.as_deref().map(|archive| ("archive", file(archive)));
                std::iter::once(("purge", (*purge).into())).chain(archive).collect()
            }
            JobKind::Export { file: output, .. } => vec![("output", file(output))],
            JobKind::Backup { target, .. } => {
                let second = target.projections.as_deref().map(|second| ("projections_file", file(second)));
                std::iter::once(("file", file(&target.database))).chain(second).collect()
            }
            JobKind::Import { file: source, .. } => vec![("file", file(source))],
            JobKind::CatchUp | JobKind::Verify => Vec::new(),
        };
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn work(&self, desk: Desk<'_>, watch: &mut Watch<'_>) -> Result<Report> {
        let Desk { store, apps, places, is_there } = desk;
        let space_id = || self.space_id.ok_or_else(|| self.no_space());
        let opened = || queries::open(store, apps, space_id()?);
        Ok(match &self.kind {
            JobKind::Rebuild { skip_errors } => {
                let options = RebuildOptions { skip_errors: *skip_errors };
                report::rebuilt(&operations::rebuild(&opened()?, options, watch)?)
            }
            JobKind::CatchUp => Report::of(Told::from(&operations::catch_up(&opened()?, watch)?)),
            JobKind::Verify => report::verified(&operations::verify(&opened()?, watch)?),
            JobKind::Check { deep, repair } => {
                let options = CheckOptions { deep: *deep, is_there: &is_there };
                if *repair {
                    report::repaired(&operations::check_and_repair(store, apps, options, watch)?)
                } else {
                    report::checked(&operations::check(store, apps, options, watch)?)
                }
            }
            JobKind::Export { file, replace } => {
                let path = places.to_write(file)?;
                report::exported(&transfer::export(store, space_id()?, &path, *replace, watch)?, &path)
            }
            JobKind::Backup { target, replace } => {
                let target = Location {
                    database: places.to_write(&target.database)?,
                    projections: target
                        .projections
                        .as_deref()
                        .map(|file| places.to_write(file))
                        .transpose()?,
                };
                report::backed_up(&operations::backup(store, apps, &target, *replace, watch)?, &target)
            }
            JobKind::Import { .. } => return Err(self.no_space()),
            JobKind::Delete { purge, archive } => {
                let archive = archive.as_deref().map(|file| places.to_write(file)).transpose()?;
                let options =
                    DeleteOptions { space_id: self.space_id, purge: *purge, archive: archive.clone() };
                let deleted = operations::delete(store, &self.about, options, watch)?;
                report::deleted(&deleted, *purge, archive.as_deref())
            }
        })
    }

    /// Names a deleted space by its former name. Delete already does.
    fn named(&self, error: Error) -> Error {
        match (error, &self.kind) {
            (error, JobKind::Delete { .. }) => error,
            (Error::Store(StoreError::UnknownSpace { .. }), _) => self.no_space(),
            (error, _) => error,
        }
    }

    fn no_space(&self) -> Error {
        StoreError::unknown_space(&self.about).into()
    }
}

/// Reports a missing audit entry, as nothing else would.
fn say_unwritten(news: &mut JobNews, reason: &str) {
    let said = format!("not recorded in the audit log: {reason}");
    match news {
        JobNews::Done(report) => report.notes.push(said),
        JobNews::Failed(failure) => {
            failure.hint = Some(failure.hint.take().map_or(said.clone(), |hint| format!("{hint}; {said}")));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::time::Duration;

    use super::*;
    use crate::content_store::{Command, ContentStore, Location};
    use crate::event_store::Page;
    use crate::operator_log::Outcome;

    fn run(kind: JobKind, cancel: bool) -> (JobNews, u64, Outcome) {
        let store = Store::memory();
        let crm = ContentStore::open(&store, "crm_acme", Arc::new(crate::apps::Crm)).unwrap();
        let add =
            Command::new("add-contact").with("contact_id", "c1").with("name", "Ada").with("email", "a@b.c");
        crm.execute(add).unwrap();
        let apps = Apps::standard();
        let places = Places::beside(&store);
        let desk = Desk { store: &store, apps: &apps, places: &places, is_there: |_| true };
        let order = Order { kind, space_id: Some(crm.space_id()), about: "crm_acme".to_owned() };
        let answer = if cancel { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let news = order.carry_out(desk, &mut |_| answer);
        let written = store.operator_log().page(None, Page::backward(None, 1)).unwrap();
        (news, store.pstate().checkpoint(crm.space_id()).unwrap().entities, written[0].outcome)
    }

    #[test]
    fn a_cancelled_job_leaves_the_projection_intact_and_is_recorded_as_cancelled() {
        let rebuild = JobKind::Rebuild { skip_errors: false };
        assert_eq!(run(rebuild.clone(), true), (JobNews::Cancelled, 2, Outcome::Cancelled));
        let summary = "1 event into 2 keys".to_owned();
        let report = Report { summary, ..Report::default() };
        assert_eq!(run(rebuild, false), (JobNews::Done(report), 2, Outcome::Done));
    }

    #[test]
    fn a_delete_stopped_halfway_is_cancelled_in_the_console_and_in_the_audit_log() {
        let (news, _, outcome) = run(JobKind::Delete { purge: false, archive: None }, true);
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
        let desk = Desk { store: &store, apps: &apps, places: &places, is_there: |_| true };
        let (space_id, about) = (Some(crm.space_id()), "crm_acme".to_owned());
        let order = |kind| Order { kind, space_id, about: about.clone() };
        let mut watch = |_| ControlFlow::Continue(());
        let rebuilt = order(JobKind::Rebuild { skip_errors: false }).carry_out(desk, &mut watch);
        let JobNews::Failed(failure) = rebuilt else { panic!("{rebuilt:?}") };
        assert!(failure.hint.unwrap().contains("not recorded in the audit log"));
        let verified = order(JobKind::Verify).carry_out(desk, &mut watch);
        let JobNews::Done(report) = verified else { panic!("{verified:?}") };
        assert!(
            report.notes.iter().any(|note| note.starts_with("not recorded in the audit log")),
            "{report:?}"
        );
    }
}
