//! The threads that own connections: they answer questions in turn, and are closed before the program ends.

use std::collections::VecDeque;
use std::io;
use std::mem::discriminant;
use std::sync::mpsc::Sender;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::console::app::effect::{FileQuery, StepCommand, StoreCommand, StoreQuery};
use crate::console::app::memory::MemoryCommand;
use crate::console::app::message::Message;
use crate::console::runtime::channel::Teller;
use crate::console::runtime::threads::{Died, Incoming, spawn};
use crate::content_store::Store;
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

/// A question, which may supersede older ones of its kind.
pub(super) trait Question: Send + 'static {
    /// Returns true if it supersedes older questions of its kind.
    fn overtakes(&self) -> bool;
}

impl Question for StoreQuery {
    fn overtakes(&self) -> bool {
        match self {
            Self::LoadSpaces { .. }
            | Self::LoadActivity { .. }
            | Self::LoadStats { .. }
            | Self::LoadSparklines { .. }
            | Self::LoadEvents { .. }
            | Self::LoadProjections { .. }
            | Self::LoadAuditEntries { .. }
            | Self::LoadSubscriptions { .. }
            | Self::Complete { .. }
            | Self::CompleteQuery { .. }
            | Self::FindThings { .. }
            | Self::PlanFork { .. }
            | Self::PlanRedaction { .. } => true,
            Self::FindBlocking { .. }
            | Self::FindTime { .. }
            | Self::LoadHistory { .. }
            | Self::LoadTimeline { .. }
            | Self::ResolveQuery { .. }
            | Self::Trace { .. }
            | Self::FindLinked { .. }
            | Self::ReadReferences { .. }
            | Self::TryBugReport { .. }
            | Self::TakeInventory { .. } => false,
        }
    }
}

impl Question for StoreCommand {
    fn overtakes(&self) -> bool {
        match self {
            Self::Preview { .. } => true,
            Self::Submit { .. }
            | Self::CreateSpace { .. }
            | Self::ChangeSpace { .. }
            | Self::ChangeSubscription { .. } => false,
        }
    }
}

impl Question for FileQuery {
    fn overtakes(&self) -> bool {
        match self {
            Self::LookInto { .. } | Self::ListDatabases { .. } => true,
            Self::TryPlaces { .. } => false,
        }
    }
}

impl Question for MemoryCommand {
    fn overtakes(&self) -> bool {
        matches!(self, Self::Keep(_))
    }
}

impl Question for StepCommand {
    fn overtakes(&self) -> bool {
        false
    }
}

/// A message to the worker thread.
enum Request<Q> {
    Question(Q),
    /// Stop answering.
    End,
}

/// The sending side of a worker thread. Answers arrive as messages.
pub(super) struct Questions<Q> {
    thread: &'static str,
    ask: Sender<Request<Q>>,
}

impl<Q: Question> Questions<Q> {
    /// Starts a worker thread that answers questions until the workers close. Superseded questions are not
    /// answered.
    pub(super) fn answered_on(
        thread: &'static str,
        answer: impl Fn(Q) -> Message + Send + 'static,
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
        answer: impl Fn(Q) -> Message + Send + 'static,
        tell: &Teller,
    ) -> io::Result<Self> {
        Self::begin(thread, answer, tell).map(|(questions, _)| questions)
    }

    fn begin(
        thread: &'static str,
        answer: impl Fn(Q) -> Message + Send + 'static,
        tell: &Teller,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let (ask, asked) = mpsc::channel();
        let worker = spawn(thread, tell, move |tell| {
            let mut waiting = VecDeque::new();
            loop {
                if waiting.is_empty() {
                    let Ok(Request::Question(question)) = asked.recv() else { return };
                    waiting.push_back(question);
                }
                while let Ok(asked) = asked.try_recv() {
                    let Request::Question(question) = asked else { return };
                    overtake(&mut waiting, question);
                }
                let answered = waiting.pop_front().map(&answer);
                if answered.is_some_and(|message| tell.send(Incoming::Message(message)).is_err()) {
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
}

/// Enqueues a question, dropping those that it supersedes.
fn overtake<Q: Question>(waiting: &mut VecDeque<Q>, question: Q) {
    if question.overtakes() {
        waiting.retain(|other| discriminant(other) != discriminant(&question));
    }
    waiting.push_back(question);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::app::state::RequestId;
    use crate::console::runtime::channel::{FileNumber, channel};
    use crate::content_store::{Command, Store};
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

    #[test]
    fn a_newer_question_supersedes_older_ones_but_commands_are_never_dropped() {
        let preview = |request| StoreCommand::Preview {
            request: RequestId(request),
            space_id: SpaceId(1),
            command: Command::new("add-contact"),
        };
        let mut waiting = VecDeque::new();
        for command in [preview(1), create(2), create(3), preview(4)] {
            overtake(&mut waiting, command);
        }
        assert_eq!(waiting, [create(2), create(3), preview(4)]);
    }

    #[test]
    fn asking_a_dead_thread_fails() {
        let (tell, inbox) = channel();
        let workers = Workers::of(Store::memory());
        let questions = Questions::answered_on("brittle", |_| panic!("on purpose"), &tell, &workers).unwrap();
        questions.ask(create(1)).unwrap();
        let Ok(Incoming::Died(error)) = inbox.receive(FileNumber::default(), None) else {
            panic!("the death was not reported")
        };
        assert_eq!(error.to_string(), questions.ask(create(1)).unwrap_err().to_string());
    }
}
