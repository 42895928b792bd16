//! The thread on which a job runs, and the rein by which it is held and stopped. One runs at a time.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use parking_lot::{Condvar, Mutex};

use crate::console::state::{Failure, JobId};
use crate::console::update::{JobNews, Message};
use crate::operations::Phase;

use super::job::{Desk, Order};
use super::telling::Telling;
use super::threads::{Incoming, spawn};
use super::workers::Workers;

/// What a job is to do, as asked from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Asked {
    #[default]
    GoOn,
    Hold,
    /// The last that can be asked.
    Stop,
}

/// By which a job is held and stopped from elsewhere.
#[derive(Default)]
struct Rein {
    asked: Mutex<Asked>,
    changed: Condvar,
}

impl Rein {
    fn ask(&self, what: Asked) {
        let mut asked = self.asked.lock();
        if *asked != Asked::Stop {
            *asked = what;
        }
        self.changed.notify_all();
    }

    /// Holds after a step of a phase that can be held, for as long as asked to. Answers whether to go on.
    fn heed(&self, phase: Phase, tell: &dyn Fn(JobNews)) -> ControlFlow<()> {
        let mut asked = self.asked.lock();
        if *asked == Asked::Hold && phase.can_pause() {
            tell(JobNews::Paused);
            self.changed.wait_while(&mut asked, |asked| *asked == Asked::Hold);
            if *asked == Asked::GoOn {
                tell(JobNews::Resumed);
            }
        }
        if *asked == Asked::Stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// The job that runs, or ran last.
#[derive(Default)]
pub(super) struct Jobs(Option<(JobId, Arc<Rein>)>);

impl Jobs {
    /// Begins a job, which is stopped when the workers are closed. The one before has ended.
    pub(super) fn start(
        &mut self,
        desk: Desk<'_>,
        id: JobId,
        order: Order,
        tell: &Sender<Incoming>,
        workers: &Workers,
    ) -> io::Result<()> {
        let rein = Arc::new(Rein::default());
        let (store, apps, reined) = (desk.store.clone(), desk.apps.clone(), Arc::clone(&rein));
        let (places, is_there) = (desk.places.clone(), desk.is_there);
        let thread = spawn("job", tell, move |tell| {
            let clock = store.clone();
            let news = |news| {
                let _ = tell.send(Incoming::Message(Message::Job(id, clock.clock().now(), news)));
            };
            news(JobNews::Started);
            let ended = match store.reconnect() {
                Ok(store) => {
                    let desk = Desk { store: &store, apps: &apps, places: &places, is_there };
                    let mut progress = Telling::default();
                    let ended = order.carry_out(desk, &mut |step| {
                        progress.tell(step, &news);
                        reined.heed(step.phase, &news)
                    });
                    progress.tell_last(&news);
                    ended
                }
                Err(error) => JobNews::Failed(Failure::from(&error)),
            };
            news(ended);
        })?;
        let stopped = Arc::clone(&rein);
        workers.add(thread, move || stopped.ask(Asked::Stop));
        self.0 = Some((id, rein));
        Ok(())
    }

    /// Has a job hold at its next step at which that holds nobody else up.
    pub(super) fn pause(&self, id: JobId) {
        self.ask(id, Asked::Hold);
    }

    /// Has a job go on.
    pub(super) fn resume(&self, id: JobId) {
        self.ask(id, Asked::GoOn);
    }

    /// Has a job stop at its next step, or where it holds.
    pub(super) fn cancel(&self, id: JobId) {
        self.ask(id, Asked::Stop);
    }

    fn ask(&self, id: JobId, what: Asked) {
        if let Some((_, rein)) = self.0.as_ref().filter(|(running, _)| *running == id) {
            rein.ask(what);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver};

    use super::super::places::Places;
    use super::*;
    use crate::apps::Apps;
    use crate::console::state::JobKind;
    use crate::content_store::{Command, ContentStore, Store};
    use crate::event_store::Page;
    use crate::operator_log::Outcome;
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
            _ => panic!("news of a job were expected"),
        }
    }

    /// Runs a rebuild whose rein says so from the first step on.
    fn held(store: &Store, space_id: SpaceId, rein: &Arc<Rein>) -> Receiver<Incoming> {
        let kind = JobKind::Rebuild { skip_errors: false };
        let order = Order { kind, space_id: Some(space_id), about: "crm_acme".to_owned() };
        reined(store, order, Places::beside(store), rein)
    }

    fn reined(store: &Store, order: Order, places: Places, rein: &Arc<Rein>) -> Receiver<Incoming> {
        let (tell, incoming) = mpsc::channel();
        let (store, rein) = (store.clone(), Arc::clone(rein));
        std::thread::spawn(move || {
            let apps = Apps::standard();
            let desk = Desk { store: &store, apps: &apps, places: &places, is_there: |_| true };
            let news = |news| {
                tell.send(Incoming::Message(Message::Job(JobId(1), crate::clock::Timestamp(0), news)))
                    .unwrap();
            };
            let ended = order.carry_out(desk, &mut |step| rein.heed(step.phase, &news));
            news(ended);
        });
        incoming
    }

    #[test]
    fn a_paused_export_or_import_holds_nobody_else_up() {
        let directory = tempfile::tempdir().unwrap();
        let (store, crm) = crm(3);
        let file = std::path::PathBuf::from("a.jsonl");
        let export = JobKind::Export { file: file.clone(), replace: false };
        let import = JobKind::Import { file, into: Some("crm_copy".to_owned()) };
        for (at, (kind, space_id)) in [(export, Some(crm.space_id())), (import, None)].into_iter().enumerate()
        {
            let rein = Arc::new(Rein::default());
            rein.ask(Asked::Hold);
            let order = Order { kind, space_id, about: "crm_acme".to_owned() };
            let places = Places::within(Some(directory.path().to_owned()));
            let incoming = reined(&store, order, places, &rein);
            assert_eq!(next(&incoming), JobNews::Paused);
            crm.execute(add(10 + at)).unwrap();
            rein.ask(Asked::GoOn);
            assert_eq!(next(&incoming), JobNews::Resumed);
            let JobNews::Done(report) = next(&incoming) else { panic!("it should be done") };
            assert!(report.summary.starts_with("3 events, 4 keys"), "what came later is not of that moment");
        }
    }

    #[test]
    fn a_paused_job_holds_nobody_else_up_and_contains_what_they_wrote_when_it_goes_on() {
        let (store, crm) = crm(3);
        let rein = Arc::new(Rein::default());
        rein.ask(Asked::Hold);
        let incoming = held(&store, crm.space_id(), &rein);
        assert_eq!(next(&incoming), JobNews::Paused);
        crm.execute(add(3)).unwrap();
        rein.ask(Asked::GoOn);
        assert_eq!(next(&incoming), JobNews::Resumed);
        let JobNews::Done(report) = next(&incoming) else { panic!("it should be done") };
        assert_eq!(report.summary, "4 events into 5 keys");
    }

    #[test]
    fn a_paused_job_is_cancelled_where_it_stands_and_that_is_written_down() {
        let (store, crm) = crm(3);
        let rein = Arc::new(Rein::default());
        rein.ask(Asked::Hold);
        let incoming = held(&store, crm.space_id(), &rein);
        assert_eq!(next(&incoming), JobNews::Paused);
        rein.ask(Asked::Stop);
        assert_eq!(next(&incoming), JobNews::Cancelled);
        let written = store.operator_log().page(Some("crm_acme"), Page::backward(None, 1)).unwrap();
        assert_eq!((written[0].action.as_str(), written[0].outcome), ("rebuild", Outcome::Cancelled));
        rein.ask(Asked::GoOn);
        assert_eq!(*rein.asked.lock(), Asked::Stop, "nothing is asked of it any more");
    }

    #[test]
    fn a_job_does_not_hold_within_a_view_that_others_would_have_to_wait_for() {
        let rein = Rein::default();
        rein.ask(Asked::Hold);
        for phase in [Phase::Compare, Phase::SetAside, Phase::Switch, Phase::Purge] {
            assert_eq!(rein.heed(phase, &|news| panic!("{news:?}")), ControlFlow::Continue(()));
        }
    }
}
