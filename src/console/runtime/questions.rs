//! Questions that are answered one after the other, on a thread of their own.

use std::collections::VecDeque;
use std::io;
use std::mem::discriminant;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use crate::console::update::{Effect, Message};

use super::threads::{Died, Incoming, spawn};
use super::workers::Workers;

/// A request to an answering thread.
enum Asked {
    Question(Effect),
    /// Not to answer any more.
    End,
}

/// Where questions are asked. Answers come in as messages.
pub(super) struct Questions {
    thread: &'static str,
    ask: Sender<Asked>,
}

impl Questions {
    /// Has a thread of this name answer them, until the workers are closed. A question that a newer one has overtaken is
    /// not answered.
    pub(super) fn answered_on(
        thread: &'static str,
        answer: impl Fn(Effect) -> Option<Message> + Send + 'static,
        tell: &Sender<Incoming>,
        workers: &Workers,
    ) -> io::Result<Self> {
        let (questions, worker) = Self::begin(thread, answer, tell)?;
        let end = questions.ask.clone();
        workers.add(worker, move || drop(end.send(Asked::End)));
        Ok(questions)
    }

    /// As [`Questions::answered_on`], on a thread that has no connection, and that the program's end does not wait for.
    pub(super) fn unclosed(
        thread: &'static str,
        answer: impl Fn(Effect) -> Option<Message> + Send + 'static,
        tell: &Sender<Incoming>,
    ) -> io::Result<Self> {
        Self::begin(thread, answer, tell).map(|(questions, _)| questions)
    }

    fn begin(
        thread: &'static str,
        answer: impl Fn(Effect) -> Option<Message> + Send + 'static,
        tell: &Sender<Incoming>,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let (ask, asked) = mpsc::channel();
        let worker = spawn(thread, tell, move |tell| {
            let mut waiting = VecDeque::new();
            loop {
                if waiting.is_empty() {
                    let Ok(Asked::Question(effect)) = asked.recv() else { return };
                    waiting.push_back(effect);
                }
                while let Ok(asked) = asked.try_recv() {
                    let Asked::Question(effect) = asked else { return };
                    overtake(&mut waiting, effect);
                }
                let answered = waiting.pop_front().and_then(&answer);
                if answered.is_some_and(|message| tell.send(Incoming::Message(message)).is_err()) {
                    return;
                }
            }
        })?;
        Ok((Self { thread, ask }, worker))
    }

    /// Asks this as well.
    ///
    /// # Errors
    /// If the thread has died.
    pub(super) fn ask(&self, effect: Effect) -> Result<(), Died> {
        self.ask.send(Asked::Question(effect)).map_err(|_| Died(self.thread))
    }
}

/// Puts a question at the end of the queue in place of those that it makes pointless.
fn overtake(waiting: &mut VecDeque<Effect>, effect: Effect) {
    let overtakes = matches!(
        effect,
        Effect::LoadSpaces { .. }
            | Effect::LoadEvents { .. }
            | Effect::LoadProjections { .. }
            | Effect::LoadOperations { .. }
            | Effect::Preview { .. }
            | Effect::LookInto { .. }
    );
    if overtakes {
        waiting.retain(|other| discriminant(other) != discriminant(&effect));
    }
    waiting.push_back(effect);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::RequestId;
    use crate::content_store::Store;

    #[test]
    fn a_newer_question_takes_the_place_of_an_older_one_and_commands_are_never_dropped() {
        let spaces = |request| Effect::LoadSpaces {
            request: RequestId(request),
            on_screen: Vec::new(),
            after: None,
            limit: 1,
        };
        let create =
            |request| Effect::CreateSpace { request: RequestId(request), name: "a".to_owned(), app: "crm" };
        let mut waiting = VecDeque::new();
        for effect in [spaces(1), create(2), create(3), spaces(4)] {
            overtake(&mut waiting, effect);
        }
        assert_eq!(waiting, [create(2), create(3), spaces(4)]);
    }

    #[test]
    fn whoever_asks_a_thread_that_has_died_is_told_so() {
        let (tell, incoming) = mpsc::channel();
        let workers = Workers::of(Store::memory());
        let questions = Questions::answered_on("brittle", |_| panic!("on purpose"), &tell, &workers).unwrap();
        let question = || Effect::CreateSpace { request: RequestId(1), name: "a".to_owned(), app: "crm" };
        questions.ask(question()).unwrap();
        let Ok(Incoming::Died(told)) = incoming.recv() else { panic!("nobody was told") };
        assert_eq!(told.to_string(), questions.ask(question()).unwrap_err().to_string());
    }
}
