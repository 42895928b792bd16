//! The questions that wait for an answer.

use std::collections::VecDeque;

use crate::console::app::past::{PastCommand, PastQuery};
use crate::console::app::state::RequestId;

/// The questions that wait, and the one that is being answered.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<PastQuery>,
    running: Option<PastQuery>,
    /// True if something arrived since the running question was started: it is broken off for that.
    is_interrupted: bool,
    /// True if the running question is not to be answered any more.
    is_dropped: bool,
    /// True if the past that is kept is to be checked before the next question.
    is_recheck_due: bool,
}

impl Queue {
    /// Receives a command. A question supersedes older ones.
    pub(super) fn receive(&mut self, command: PastCommand) {
        match command {
            PastCommand::Answer(query) => {
                self.waiting.retain(|other| !query.supersedes(other));
                self.is_dropped |= self.running.as_ref().is_some_and(|running| query.supersedes(running));
                self.is_interrupted = true;
                self.waiting.push_front(query);
            }
            PastCommand::GiveUp(request) => {
                let is_it = |other: &PastQuery| other.request == request;
                self.waiting.retain(|other| !is_it(other));
                let is_running = self.running.as_ref().is_some_and(is_it);
                self.is_dropped |= is_running;
                self.is_interrupted |= is_running;
            }
            PastCommand::Recheck => self.is_recheck_due = true,
        }
    }

    /// Returns true, once, if the past that is kept is to be checked.
    pub(super) fn take_recheck(&mut self) -> bool {
        std::mem::take(&mut self.is_recheck_due)
    }

    /// Starts to answer the newest question.
    pub(super) fn start(&mut self) -> Option<PastQuery> {
        self.running = self.waiting.pop_front();
        (self.is_interrupted, self.is_dropped) = (false, false);
        self.running.clone()
    }

    /// Returns true if the running question is to be broken off.
    pub(super) fn is_interrupted(&self) -> bool {
        self.is_interrupted
    }

    /// Ends the running question. One that was broken off for a newer one of another kind is answered after that.
    pub(super) fn end(&mut self, is_answered: bool) {
        let running = self.running.take().filter(|_| !is_answered && !self.is_dropped);
        self.waiting.extend(running);
    }

    /// Returns the request that is being answered.
    pub(super) fn running(&self) -> Option<RequestId> {
        self.running.as_ref().map(|query| query.request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::app::past::Ask;
    use crate::console::app::window::Load;
    use crate::event::SpaceSequence;
    use crate::space::SpaceId;

    fn query(request: u64, ask: Ask) -> PastCommand {
        replacing(request, None, ask)
    }

    fn replacing(request: u64, replaces: Option<u64>, ask: Ask) -> PastCommand {
        let replaces = replaces.map(RequestId);
        PastQuery { request: RequestId(request), replaces, space_id: SpaceId(1), ask }.into()
    }

    fn flips(request: u64, replaces: Option<u64>) -> PastCommand {
        let (projection, key) = ("state".to_owned(), "contact:c1".to_owned());
        let condition = "name=Ada".parse().unwrap();
        replacing(request, replaces, Ask::Bisect { projection, key, condition })
    }

    fn changes(request: u64) -> PastCommand {
        query(request, Ask::Changes { sequence: SpaceSequence(1) })
    }

    fn page(request: u64) -> PastCommand {
        let (projection, load, text) = ("state".to_owned(), Load::Start, String::new());
        query(request, Ask::Page { at: SpaceSequence(1), projection, load, text, limit: 1 })
    }

    fn started(queue: &mut Queue) -> Option<u64> {
        queue.start().map(|query| query.request.0)
    }

    #[test]
    fn a_newer_question_of_the_same_kind_replaces_a_running_one() {
        let mut queue = Queue::default();
        queue.receive(page(1));
        assert_eq!((started(&mut queue), queue.is_interrupted()), (Some(1), false));
        queue.receive(page(2));
        assert!(queue.is_interrupted());
        queue.end(false);
        assert_eq!(started(&mut queue), Some(2));
        queue.end(true);
        assert_eq!(started(&mut queue), None);
    }

    #[test]
    fn each_of_several_lists_gets_its_rows() {
        let mut queue = Queue::default();
        queue.receive(flips(1, None));
        queue.start();
        queue.receive(flips(2, None));
        queue.end(false);
        queue.receive(flips(3, Some(2)));
        assert_eq!(started(&mut queue), Some(3));
        queue.end(true);
        assert_eq!(started(&mut queue), Some(1));
    }

    #[test]
    fn a_question_of_another_kind_is_answered_first_and_the_running_one_then() {
        let mut queue = Queue::default();
        queue.receive(page(1));
        queue.start();
        queue.receive(changes(2));
        assert!(queue.is_interrupted());
        queue.end(false);
        assert_eq!(started(&mut queue), Some(2));
        queue.end(true);
        assert_eq!(started(&mut queue), Some(1));
    }

    #[test]
    fn a_question_that_is_given_up_is_not_answered() {
        let mut queue = Queue::default();
        queue.receive(page(1));
        queue.receive(changes(2));
        queue.receive(PastCommand::GiveUp(RequestId(1)));
        assert_eq!((started(&mut queue), queue.running()), (Some(2), Some(RequestId(2))));
        queue.receive(PastCommand::GiveUp(RequestId(1)));
        assert!(!queue.is_interrupted());
        queue.receive(PastCommand::GiveUp(RequestId(2)));
        assert!(queue.is_interrupted());
        queue.end(false);
        assert_eq!(started(&mut queue), None);
    }
}
