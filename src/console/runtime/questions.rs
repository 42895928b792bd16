//! Questions answered in turn on a worker thread.

use std::collections::VecDeque;
use std::io;
use std::mem::discriminant;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use crate::console::app::effect::{FileQuery, StepCommand, StoreCommand, StoreQuery};
use crate::console::app::message::Message;

use crate::console::runtime::threads::{Died, Incoming, spawn};
use crate::console::runtime::workers::Workers;

/// A question, which may supersede older ones of its kind.
pub(super) trait Question: Send + 'static {
    /// Returns true if it supersedes older questions of its kind.
    fn overtakes(&self) -> bool;
}

impl Question for StoreQuery {
    fn overtakes(&self) -> bool {
        matches!(
            self,
            Self::LoadSpaces { .. }
                | Self::LoadEvents { .. }
                | Self::LoadProjections { .. }
                | Self::LoadOperations { .. }
        )
    }
}

impl Question for StoreCommand {
    fn overtakes(&self) -> bool {
        matches!(self, Self::Preview { .. })
    }
}

impl Question for FileQuery {
    fn overtakes(&self) -> bool {
        matches!(self, Self::LookInto { .. })
    }
}

impl Question for StepCommand {
    fn overtakes(&self) -> bool {
        false
    }
}

/// A message to the worker thread.
enum Asked<Q> {
    Question(Q),
    /// Stop answering.
    End,
}

/// The sending side of a worker thread. Answers arrive as messages.
pub(super) struct Questions<Q> {
    thread: &'static str,
    ask: Sender<Asked<Q>>,
}

impl<Q: Question> Questions<Q> {
    /// Starts a worker thread that answers questions until the workers close. Superseded questions are not
    /// answered.
    pub(super) fn answered_on(
        thread: &'static str,
        answer: impl Fn(Q) -> Message + Send + 'static,
        tell: &Sender<Incoming>,
        workers: &Workers,
    ) -> io::Result<Self> {
        let (questions, worker) = Self::begin(thread, answer, tell)?;
        let end = questions.ask.clone();
        workers.add(worker, move || drop(end.send(Asked::End)));
        Ok(questions)
    }

    /// Like [`Questions::answered_on`], for a thread without a connection. The program ends without waiting
    /// for it.
    pub(super) fn unclosed(
        thread: &'static str,
        answer: impl Fn(Q) -> Message + Send + 'static,
        tell: &Sender<Incoming>,
    ) -> io::Result<Self> {
        Self::begin(thread, answer, tell).map(|(questions, _)| questions)
    }

    fn begin(
        thread: &'static str,
        answer: impl Fn(Q) -> Message + Send + 'static,
        tell: &Sender<Incoming>,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let (ask, asked) = mpsc::channel();
        let worker = spawn(thread, tell, move |tell| {
            let mut waiting = VecDeque::new();
            loop {
                if waiting.is_empty() {
                    let Ok(Asked::Question(question)) = asked.recv() else { return };
                    waiting.push_back(question);
                }
                while let Ok(asked) = asked.try_recv() {
                    let Asked::Question(question) = asked else { return };
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
        self.ask.send(Asked::Question(question)).map_err(|_| Died(self.thread))
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
    use crate::content_store::{Command, Store};
    use crate::space::SpaceId;

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
        let (tell, incoming) = mpsc::channel();
        let workers = Workers::of(Store::memory());
        let questions = Questions::answered_on("brittle", |_| panic!("on purpose"), &tell, &workers).unwrap();
        questions.ask(create(1)).unwrap();
        let Ok(Incoming::Died(told)) = incoming.recv() else { panic!("the death was not reported") };
        assert_eq!(told.to_string(), questions.ask(create(1)).unwrap_err().to_string());
    }
}
