//! The job thread, and pausing, resuming and cancelling it. One job runs at a time.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::console::app::bindings::Bindings;
use crate::console::app::message::{JobNews, Message};
use crate::console::app::state::ErrorText;
use crate::console::panes::jobs::job::{JobId, JobSpec};
use crate::console::runtime::channel::Teller;
use crate::console::runtime::files::Places;
use crate::console::runtime::reporter::Reporter;
use crate::console::runtime::threads::{Incoming, spawn};
use crate::console::runtime::workers::Workers;
use crate::error::{ReplayError, Result};
use crate::operations::{OperationContext, Phase, RebuildReview, ReviewDecision, Reviewer};

/// The request to the running job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum JobRequest {
    #[default]
    Continue,
    Hold,
    /// Final: no later request changes it.
    Stop,
}

/// Controls a running job from another thread.
#[derive(Default)]
struct JobControl {
    request: Mutex<JobRequest>,
    /// The answer to a review, until the job takes it.
    decision: Mutex<Option<ReviewDecision>>,
    /// True if the review may be void, because the store has changed.
    is_doubtful: AtomicBool,
    changed: Condvar,
}

/// Asks the user about a rebuild, and waits for the answer or for the end of the job.
struct UserReview<'a> {
    control: &'a JobControl,
    tell: &'a dyn Fn(JobNews),
}

impl Reviewer for UserReview<'_> {
    fn decide(&self, review: &RebuildReview, check: &dyn Fn() -> Result<()>) -> Result<ReviewDecision> {
        let mut request = self.control.request.lock();
        (self.tell)(JobNews::Review(Arc::new(review.clone())));
        loop {
            if *request == JobRequest::Stop {
                return Err(ReplayError::cancelled().into());
            }
            if let Some(decision) = self.control.decision.lock().take() {
                (self.tell)(JobNews::Reviewed(decision));
                return Ok(decision);
            }
            if self.control.is_doubtful.swap(false, Ordering::Relaxed) {
                MutexGuard::unlocked(&mut request, check)?;
                continue;
            }
            self.control.changed.wait(&mut request);
        }
    }
}

impl JobControl {
    fn ask(&self, what: JobRequest) {
        let mut request = self.request.lock();
        if *request != JobRequest::Stop {
            *request = what;
        }
        self.changed.notify_all();
    }

    /// Answers a review.
    fn decide(&self, decision: ReviewDecision) {
        let _request = self.request.lock();
        *self.decision.lock() = Some(decision);
        self.changed.notify_all();
    }

    /// Has a review checked.
    fn recheck(&self) {
        let _request = self.request.lock();
        self.is_doubtful.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    /// Pauses at a step if asked to and if the phase allows it. Returns `Break` if the job is to stop.
    fn checkpoint(&self, phase: Phase, tell: &dyn Fn(JobNews)) -> ControlFlow<()> {
        let mut request = self.request.lock();
        if *request == JobRequest::Hold && phase.can_pause() {
            tell(JobNews::Paused);
            self.changed.wait_while(&mut request, |request| *request == JobRequest::Hold);
            if *request == JobRequest::Continue {
                tell(JobNews::Resumed);
            }
        }
        if *request == JobRequest::Stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// The running job, or the last one that ran.
#[derive(Default)]
pub(super) struct Jobs(Option<(JobId, Arc<JobControl>)>);

impl Jobs {
    /// Starts a job, which is cancelled when the workers close. The previous one must have ended.
    pub(super) fn start(
        &mut self,
        context: OperationContext<'_>,
        places: &Places,
        bound: &Bindings,
        (id, spec): (JobId, JobSpec),
        tell: &Teller,
        workers: &Workers,
    ) -> io::Result<()> {
        let control = Arc::new(JobControl::default());
        let (store, apps, controlled) = (context.store.clone(), context.apps.clone(), Arc::clone(&control));
        let (places, bound, is_running) = (places.clone(), bound.clone(), context.is_running);
        let thread = spawn("job", tell, move |tell| {
            let clock = store.clone();
            let news = |news| {
                let _ = tell.send(Incoming::Message(Message::Job(id, clock.clock().now(), news)));
            };
            news(JobNews::Started);
            let ended = match store.reconnect() {
                Ok(store) => {
                    let reviewer = &UserReview { control: &controlled, tell: &news };
                    let context =
                        OperationContext { store: &store, apps: &apps, files: &places, reviewer, is_running };
                    let mut progress = Reporter::default();
                    let ended = spec.run(context, &bound, &mut |step| {
                        progress.tell(step, &news);
                        controlled.checkpoint(step.phase, &news)
                    });
                    progress.tell_last(&news);
                    ended
                }
                Err(error) => JobNews::Failed(ErrorText::of(&error, &bound)),
            };
            news(ended);
        })?;
        let stopped = Arc::clone(&control);
        workers.add(thread, move || stopped.ask(JobRequest::Stop));
        self.0 = Some((id, control));
        Ok(())
    }

    /// Pauses a job at its next step at which it does not block other writers.
    pub(super) fn pause(&self, id: JobId) {
        self.ask(id, JobRequest::Hold);
    }

    /// Resumes a job.
    pub(super) fn resume(&self, id: JobId) {
        self.ask(id, JobRequest::Continue);
    }

    /// Cancels a job at its next step, or immediately if it is paused.
    pub(super) fn cancel(&self, id: JobId) {
        self.ask(id, JobRequest::Stop);
    }

    /// Answers the review of a job.
    pub(super) fn decide(&self, id: JobId, decision: ReviewDecision) {
        if let Some(control) = self.control_of(id) {
            control.decide(decision);
        }
    }

    /// Has the review of a job checked, after the store has changed.
    pub(super) fn recheck(&self, id: JobId) {
        if let Some(control) = self.control_of(id) {
            control.recheck();
        }
    }

    fn ask(&self, id: JobId, what: JobRequest) {
        if let Some(control) = self.control_of(id) {
            control.ask(what);
        }
    }

    fn control_of(&self, id: JobId) -> Option<&JobControl> {
        self.0.as_ref().filter(|(running, _)| *running == id).map(|(_, control)| &**control)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver};

    use super::*;
    use crate::audit::Outcome;
    use crate::content_store::{Apps, Command, ContentStore, Store};
    use crate::event_store::Page;
    use crate::operations::{AnyOperation, Export, Import, Rebuild, audit_subject};
    use crate::space::SpaceId;

    fn crm(contacts: usize) -> (Store, ContentStore) {
        let store = Store::memory();
        let crm = ContentStore::open(&store, "crm_acme", Arc::new(crate::apps::Crm)).unwrap();
        for at in 0..contacts {
            crm.execute(add(at)).unwrap();
        }
        (store, crm)
    }

    fn add(at: usize) -> Command {
        Command::new("add-contact")
            .with("contact_id", format!("c{at}"))
            .with("name", "Ada")
            .with("email", "a@b.c")
    }

    fn next(incoming: &Receiver<Incoming>) -> JobNews {
        match incoming.recv().unwrap() {
            Incoming::Message(Message::Job(_, _, news)) => news,
            _ => panic!("expected news of a job"),
        }
    }

    fn paused_rebuild(store: &Store, space_id: SpaceId) -> (Arc<JobControl>, Receiver<Incoming>) {
        let operation = AnyOperation::Rebuild(Rebuild { skip_errors: false, ..Rebuild::default() });
        let spec = JobSpec { operation, space_id: Some(space_id), about: "crm_acme".to_owned() };
        paused(store, spec, Places::beside(store))
    }

    /// Starts a job that is to pause, and waits until it has.
    fn paused(store: &Store, spec: JobSpec, places: Places) -> (Arc<JobControl>, Receiver<Incoming>) {
        let control = Arc::new(JobControl::default());
        control.ask(JobRequest::Hold);
        let (tell, incoming) = mpsc::channel();
        let (store, controlled) = (store.clone(), Arc::clone(&control));
        std::thread::spawn(move || {
            let apps = Apps::standard();
            let files = &places;
            let context =
                OperationContext { files, is_running: |_| true, ..OperationContext::new(&store, &apps) };
            let news = |news| {
                tell.send(Incoming::Message(Message::Job(JobId(1), crate::clock::Timestamp(0), news)))
                    .unwrap();
            };
            let ended =
                spec.run(context, &Bindings::default(), &mut |step| controlled.checkpoint(step.phase, &news));
            news(ended);
        });
        assert_eq!(next(&incoming), JobNews::Paused);
        (control, incoming)
    }

    #[test]
    fn a_paused_export_or_import_does_not_block_writers() {
        let directory = tempfile::tempdir().unwrap();
        let (store, crm) = crm(3);
        let file = std::path::PathBuf::from("a.jsonl");
        let export = AnyOperation::Export(Export { file: file.clone(), replace: false });
        let import = AnyOperation::Import(Import { file, into: Some("crm_copy".to_owned()) });
        for (at, (operation, space_id)) in
            [(export, Some(crm.space_id())), (import, None)].into_iter().enumerate()
        {
            let spec = JobSpec { operation, space_id, about: "crm_acme".to_owned() };
            let places = Places::within(Some(directory.path().to_owned()));
            let (control, incoming) = paused(&store, spec, places);
            crm.execute(add(10 + at)).unwrap();
            control.ask(JobRequest::Continue);
            assert_eq!(next(&incoming), JobNews::Resumed);
            let JobNews::Done(report) = next(&incoming) else { panic!("the job did not finish") };
            assert!(report.summary.starts_with("3 events, 4 keys"), "later events are not included");
        }
    }

    #[test]
    fn a_paused_rebuild_does_not_block_writers_and_includes_their_events_when_it_resumes() {
        let (store, crm) = crm(3);
        let (control, incoming) = paused_rebuild(&store, crm.space_id());
        crm.execute(add(3)).unwrap();
        control.ask(JobRequest::Continue);
        assert_eq!(next(&incoming), JobNews::Resumed);
        let JobNews::Done(report) = next(&incoming) else { panic!("the job did not finish") };
        assert_eq!(report.summary, "4 events into 14 keys");
    }

    #[test]
    fn a_paused_job_can_be_cancelled_and_is_recorded_as_cancelled() {
        let (store, crm) = crm(3);
        let (control, incoming) = paused_rebuild(&store, crm.space_id());
        control.ask(JobRequest::Stop);
        assert_eq!(next(&incoming), JobNews::Cancelled);
        let written = store
            .audit_log()
            .page(Some(&audit_subject(&store, "crm_acme").unwrap()), Page::backward(None, 1))
            .unwrap();
        assert_eq!((written[0].action.as_str(), written[0].outcome), ("rebuild", Outcome::Cancelled));
        control.ask(JobRequest::Continue);
        assert_eq!(*control.request.lock(), JobRequest::Stop, "a cancelled job cannot be resumed");
    }

    #[test]
    fn a_job_does_not_pause_in_a_phase_that_blocks_others() {
        let control = JobControl::default();
        control.ask(JobRequest::Hold);
        for phase in [Phase::Compare, Phase::SetAside, Phase::Switch, Phase::Purge] {
            assert_eq!(control.checkpoint(phase, &|news| panic!("{news:?}")), ControlFlow::Continue(()));
        }
    }
}
