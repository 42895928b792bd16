//! The threads that own connections: they answer questions in turn, and are closed before the program ends.

use std::collections::VecDeque;
use std::io;
use std::mem::discriminant;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::console::app::effect::{FileQuery, StepCommand, StoreCommand, StoreQuery};
use crate::console::app::memory::MemoryCommand;
use crate::console::app::message::Message;
use crate::console::app::state::RequestId;
use crate::console::runtime::channel::Teller;
use crate::console::runtime::threads::{Died, Incoming, spawn};
use crate::content_store::Store;
use crate::error::{Error, StoreError};
use crate::operations::Pause;
use crate::sqlite::Stop;

/// The time that a thread may take to finish before its store access is stopped.
const GRACE: Duration = Duration::from_secs(1);
/// The interval between checks whether a thread has finished.
const LOOK: Duration = Duration::from_millis(1);

/// The threads that own connections, and the store that these come from. Cheap to clone.
#[derive(Clone)]
pub(super) struct Workers {
    stop: Stop,
    open: Arc<Mutex<Open>>,
}

struct Open {
    store: Option<Store>,
    threads: Vec<Worker>,
}

struct Worker {
    thread: JoinHandle<()>,
    end: Box<dyn FnOnce() + Send>,
}

/// The connections are closed because the program is ending.
#[derive(Debug, thiserror::Error)]
#[error("the database is already closed")]
pub(super) struct Closed;

impl Workers {
    /// Starts with no threads.
    pub(super) fn of(store: Store) -> Self {
        let stop = store.stop().clone();
        Self { stop, open: Arc::new(Mutex::new(Open { store: Some(store), threads: Vec::new() })) }
    }

    /// Returns the store, for opening connections.
    pub(super) fn store(&self) -> Result<Store, Closed> {
        self.open.lock().store.clone().ok_or(Closed)
    }

    /// Registers a thread to be closed with the others. `end` asks it to finish.
    pub(super) fn add(&self, thread: JoinHandle<()>, end: impl FnOnce() + Send + 'static) {
        let threads = &mut self.open.lock().threads;
        threads.retain(|worker| !worker.thread.is_finished());
        threads.push(Worker { thread, end: Box::new(end) });
    }

    /// Stops the threads' store access at once.
    pub(super) fn stop_now(&self) {
        self.stop.ask();
    }

    /// Asks all threads to finish, stops those that do not, and returns once every connection is closed.
    pub(super) fn close(&self) {
        let mut open = self.open.lock();
        let (threads, ends): (Vec<_>, Vec<_>) =
            open.threads.drain(..).map(|worker| (worker.thread, worker.end)).unzip();
        ends.into_iter().for_each(|end| end());
        self.stop.end_waits();
        let asked = Instant::now();
        for thread in threads {
            while !thread.is_finished() {
                if asked.elapsed() >= GRACE {
                    self.stop.ask();
                }
                std::thread::sleep(LOOK);
            }
            // The panic was reported where it happened.
            let _ = thread.join();
        }
        open.store = None;
    }
}

/// A question, which may supersede older ones.
pub(super) trait Question: Clone + Send + 'static {
    /// Returns true if an older question need not be answered any more.
    fn supersedes(&self, older: &Self) -> bool;

    /// Returns the request if it can be given up before it is answered. What changes something cannot.
    fn revocable(&self) -> Option<RequestId> {
        None
    }
}

impl Question for StoreQuery {
    fn supersedes(&self, older: &Self) -> bool {
        match self {
            Self::LoadSpaces { .. }
            | Self::LoadStats { .. }
            | Self::LoadSparklines { .. }
            | Self::LoadFirstTimes { .. }
            | Self::LoadEvents { .. }
            | Self::LoadProjections { .. }
            | Self::LoadAuditEntries { .. }
            | Self::LoadSubscriptions { .. }
            | Self::Complete { .. }
            | Self::CompleteQuery { .. }
            | Self::FindThings { .. }
            | Self::PlanFork { .. }
            | Self::PlanRedaction { .. } => discriminant(self) == discriminant(older),
            // Several lists on screen ask these.
            Self::LoadActivity { replaces, .. }
            | Self::LoadHistory { replaces, .. }
            | Self::LoadTimeline { replaces, .. } => replaces.is_some() && *replaces == older.of_a_list(),
            Self::FindBlocking { .. }
            | Self::FindTime { .. }
            | Self::ResolveQuery { .. }
            | Self::Trace { .. }
            | Self::FindLinked { .. }
            | Self::ReadReferences { .. }
            | Self::TryBugReport { .. }
            | Self::TakeInventory { .. } => false,
        }
    }

    fn revocable(&self) -> Option<RequestId> {
        Some(self.request())
    }
}

impl StoreQuery {
    /// Returns the request, if it can be replaced by another one of the same list.
    fn of_a_list(&self) -> Option<RequestId> {
        match self {
            Self::LoadActivity { request, .. }
            | Self::LoadHistory { request, .. }
            | Self::LoadTimeline { request, .. } => Some(*request),
            _ => None,
        }
    }
}

impl Question for StoreCommand {
    fn supersedes(&self, older: &Self) -> bool {
        matches!((self, older), (Self::Preview { .. }, Self::Preview { .. }))
    }

    fn revocable(&self) -> Option<RequestId> {
        match self {
            Self::Preview { request, .. } => Some(*request),
            Self::Submit { .. }
            | Self::CreateSpace { .. }
            | Self::ChangeSubscription { .. }
            | Self::ChangeSpace { .. } => None,
        }
    }
}

impl Question for FileQuery {
    fn supersedes(&self, older: &Self) -> bool {
        match self {
            Self::LookInto { .. } | Self::ListDatabases { .. } => discriminant(self) == discriminant(older),
            Self::TryPlaces { .. } => false,
        }
    }
}

impl Question for MemoryCommand {
    fn supersedes(&self, older: &Self) -> bool {
        matches!((self, older), (Self::Keep(_), Self::Keep(_)))
    }
}

impl Question for StepCommand {
    fn supersedes(&self, _: &Self) -> bool {
        false
    }
}

/// A message to the worker thread.
enum Request<Q> {
    Question(Q),
    /// Give up a question, unless it is answered already.
    GiveUp(RequestId),
    /// Stop answering.
    End,
}

/// The sending side of a worker thread. Answers arrive as messages.
pub(super) struct Questions<Q> {
    thread: &'static str,
    ask: Sender<Request<Q>>,
}

impl<Q: Question> Questions<Q> {
    /// Starts a worker thread that answers questions until the workers close. A superseded question is not answered: the pause
    /// of its answer fails.
    pub(super) fn answered_on(
        thread: &'static str,
        answer: impl Fn(Q, &mut Pause<'_>) -> Message + Send + 'static,
        tell: &Teller,
        workers: &Workers,
    ) -> io::Result<Self> {
        let (questions, worker) = Self::begin(thread, answer, tell)?;
        let end = questions.ask.clone();
        workers.add(worker, move || drop(end.send(Request::End)));
        Ok(questions)
    }

    /// Like [`Questions::answered_on`], for a thread without a connection. The program ends without waiting
    /// for it.
    pub(super) fn unclosed(
        thread: &'static str,
        answer: impl Fn(Q, &mut Pause<'_>) -> Message + Send + 'static,
        tell: &Teller,
    ) -> io::Result<Self> {
        Self::begin(thread, answer, tell).map(|(questions, _)| questions)
    }

    fn begin(
        thread: &'static str,
        answer: impl Fn(Q, &mut Pause<'_>) -> Message + Send + 'static,
        tell: &Teller,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let (ask, asked) = mpsc::channel();
        let worker = spawn(thread, tell, move |tell| {
            let mut backlog = Backlog::of(asked);
            while let Some(question) = backlog.next() {
                let message = answer(question, &mut || backlog.check());
                if !backlog.is_stopped && tell.send(Incoming::Message(message)).is_err() {
                    return;
                }
            }
        })?;
        Ok((Self { thread, ask }, worker))
    }

    /// Sends a question.
    pub(super) fn ask(&self, question: Q) -> Result<(), Died> {
        self.ask.send(Request::Question(question)).map_err(|_| Died(self.thread))
    }

    /// Gives up a question, unless it is answered already or answered by another thread.
    pub(super) fn give_up(&self, request: RequestId) -> Result<(), Died> {
        self.ask.send(Request::GiveUp(request)).map_err(|_| Died(self.thread))
    }
}

/// The questions of a worker thread: those that wait, and the one that is being answered.
struct Backlog<Q> {
    asked: Receiver<Request<Q>>,
    waiting: VecDeque<Q>,
    /// The question that is being answered.
    running: Option<Q>,
    /// The running question was superseded or given up.
    is_unwanted: bool,
    has_ended: bool,
    /// The running question was stopped, so that its answer is worth nothing.
    is_stopped: bool,
}

impl<Q: Question> Backlog<Q> {
    fn of(asked: Receiver<Request<Q>>) -> Self {
        let (waiting, running) = (VecDeque::new(), None);
        Self { asked, waiting, running, is_unwanted: false, has_ended: false, is_stopped: false }
    }

    /// Waits for the next question. Returns none at the end.
    fn next(&mut self) -> Option<Q> {
        self.running = None;
        self.receive();
        while self.waiting.is_empty() && !self.has_ended {
            match self.asked.recv() {
                Ok(request) => self.accept(request),
                Err(_) => self.has_ended = true,
            }
            self.receive();
        }
        let question = self.waiting.pop_front().filter(|_| !self.has_ended)?;
        (self.is_unwanted, self.is_stopped) = (false, false);
        self.running = Some(question.clone());
        Some(question)
    }

    /// Stops the running question if it need not be answered any more.
    fn check(&mut self) -> Result<(), Error> {
        self.receive();
        self.is_stopped |= self.is_unwanted || self.has_ended;
        if self.is_stopped { Err(StoreError::Stopped.into()) } else { Ok(()) }
    }

    fn receive(&mut self) {
        while let Ok(request) = self.asked.try_recv() {
            self.accept(request);
        }
    }

    /// Enqueues a question, dropping those that it supersedes, or drops one.
    fn accept(&mut self, request: Request<Q>) {
        match request {
            Request::Question(question) => {
                self.waiting.retain(|other| !question.supersedes(other));
                self.is_unwanted |= self.running.as_ref().is_some_and(|running| question.supersedes(running));
                self.waiting.push_back(question);
            }
            Request::GiveUp(request) => {
                let is_it = |question: &Q| question.revocable() == Some(request);
                self.waiting.retain(|question| !is_it(question));
                self.is_unwanted |= self.running.as_ref().is_some_and(is_it);
            }
            Request::End => self.has_ended = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::app::window::Load;
    use crate::console::runtime::channel::{FileNumber, channel};
    use crate::content_store::{Command, Store};
    use crate::query::Query;
    use crate::space::SpaceId;
    use crate::sqlite::Location;
    use crate::sqlite::OpenOptions;

    #[test]
    fn closing_stops_a_thread_that_waits_for_the_file_and_leaves_no_extra_files() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("store.db");
        let options = OpenOptions { busy_timeout: Duration::from_secs(600), ..OpenOptions::default() };
        let store = Store::open_or_create(&Location::file(&file), options).unwrap();
        let workers = Workers::of(store.clone());
        let holder = rusqlite::Connection::open(&file).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        let thread = std::thread::spawn(move || {
            let now = store.clock().now();
            assert_eq!(store.events().get_or_create_space("a", None, now).unwrap_err().kind(), "stopped");
        });
        workers.add(thread, || {});
        workers.close();
        assert!(workers.store().is_err());
        drop(holder);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    fn create(request: u64) -> StoreCommand {
        StoreCommand::CreateSpace { request: RequestId(request), name: "a".to_owned(), app: "crm" }
    }

    fn preview(request: u64) -> StoreCommand {
        StoreCommand::Preview {
            request: RequestId(request),
            space_id: SpaceId(1),
            command: Command::new("add-contact"),
        }
    }

    fn history(request: u64, replaces: Option<u64>) -> StoreQuery {
        StoreQuery::LoadHistory {
            request: RequestId(request),
            replaces: replaces.map(RequestId),
            space_id: SpaceId(1),
            entity_id: "a".to_owned(),
            query: Query::default(),
            load: Load::Start,
            limit: 1,
        }
    }

    /// Returns the questions that are left of these, which were asked together.
    fn left<Q: Question>(asked: impl IntoIterator<Item = Q>) -> Vec<Q> {
        let (ask, inbox) = mpsc::channel();
        asked.into_iter().for_each(|question| ask.send(Request::Question(question)).unwrap());
        let mut backlog = Backlog::of(inbox);
        backlog.receive();
        backlog.waiting.into()
    }

    #[test]
    fn a_newer_question_supersedes_older_ones_but_commands_are_never_dropped() {
        let asked = [preview(1), create(2), create(3), preview(4)];
        assert_eq!(left(asked), [create(2), create(3), preview(4)]);
    }

    #[test]
    fn a_list_of_several_of_its_kind_supersedes_only_its_own_request() {
        let asked = [history(1, None), history(2, None), history(3, Some(1))];
        assert_eq!(left(asked), [history(2, None), history(3, Some(1))]);
    }

    #[test]
    fn a_question_is_given_up_and_a_command_is_not() {
        let asked = [preview(1), create(2), preview(3)];
        let (ask, inbox) = mpsc::channel();
        let mut backlog = Backlog::of(inbox);
        ask.send(Request::Question(preview(1))).unwrap();
        assert_eq!(backlog.next(), Some(preview(1)));
        ask.send(Request::GiveUp(RequestId(3))).unwrap();
        assert!(backlog.check().is_ok(), "this one is still wanted");
        ask.send(Request::GiveUp(RequestId(1))).unwrap();
        assert!(backlog.check().is_err());
        for question in asked {
            ask.send(Request::Question(question)).unwrap();
        }
        for request in [2, 3] {
            ask.send(Request::GiveUp(RequestId(request))).unwrap();
        }
        assert_eq!((backlog.next(), backlog.check().is_ok()), (Some(create(2)), true));
        assert!(backlog.waiting.is_empty());
    }

    #[test]
    fn a_newer_question_stops_the_one_that_is_being_answered_and_the_end_stops_any() {
        let (tell, inbox) = channel();
        let workers = Workers::of(Store::memory());
        let (start, started) = mpsc::channel();
        // Each answer but that of the command takes until it is stopped.
        let endless = move |command: StoreCommand, pause: &mut Pause<'_>| {
            let is_preview = matches!(command, StoreCommand::Preview { .. });
            start.send(command).unwrap();
            while is_preview && pause().is_ok() {}
            Message::Quiet
        };
        let questions = Questions::answered_on("endless", endless, &tell, &workers).unwrap();
        questions.ask(preview(1)).unwrap();
        assert_eq!(started.recv().unwrap(), preview(1));
        for asked in [create(2), preview(3)] {
            questions.ask(asked.clone()).unwrap();
        }
        assert_eq!([started.recv().unwrap(), started.recv().unwrap()], [create(2), preview(3)]);
        workers.close();
        let answered = inbox.receive(FileNumber::default(), None);
        assert!(matches!(answered, Ok(Incoming::Message(Message::Quiet))), "the answer of the command");
        drop(tell);
        assert!(inbox.receive(FileNumber::default(), None).is_err(), "no other answer");
    }

    #[test]
    fn asking_a_dead_thread_fails() {
        let (tell, inbox) = channel();
        let workers = Workers::of(Store::memory());
        let questions =
            Questions::answered_on("brittle", |_, _| panic!("on purpose"), &tell, &workers).unwrap();
        questions.ask(create(1)).unwrap();
        let Ok(Incoming::Died(error)) = inbox.receive(FileNumber::default(), None) else {
            panic!("the death was not reported")
        };
        assert_eq!(error.to_string(), questions.ask(create(1)).unwrap_err().to_string());
    }
}
