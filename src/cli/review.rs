//! Reviewing a rebuild on a terminal.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, IsTerminal};

use crate::error::{ReplayError, Result};
use crate::operations::{RebuildReview, ReviewDecision, Reviewer};

use super::differences::write_groups;
use super::messages::Messages;
use super::output::Output;
use super::session::Session;
use super::stdio::Standard;

/// Shows what a rebuild changes, and asks whether it is to take effect.
pub(super) struct TerminalReviewer {
    messages: Messages,
    out: RefCell<Output>,
    input: RefCell<BufReader<Standard>>,
}

impl TerminalReviewer {
    /// Returns a reviewer if there is a terminal on which a question can be answered.
    pub fn of(session: &Session) -> Option<Self> {
        let is_answered = io::stdin().is_terminal() && io::stderr().is_terminal();
        (is_answered && !session.out.is_json() && session.within.is_none()).then(|| Self {
            messages: session.messages,
            out: RefCell::new(Output::new(session.global.format(), &session.signals)),
            input: RefCell::new(BufReader::new(session.signals.stdin())),
        })
    }
}

impl Reviewer for TerminalReviewer {
    fn decide(&self, review: &RebuildReview, _: &dyn Fn() -> Result<()>) -> Result<ReviewDecision> {
        if self.messages.is_terminal() {
            self.messages.redraw("");
        }
        let out = &mut *self.out.borrow_mut();
        let shown = write_groups(out, &review.groups).and_then(|()| out.flush());
        let mut answer = String::new();
        let asked = shown.and_then(|()| {
            self.messages.say(&question(review));
            self.input.borrow_mut().read_line(&mut answer)
        });
        match asked {
            Ok(_) if ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) => {
                Ok(ReviewDecision::Accept)
            }
            Ok(_) => Ok(ReviewDecision::Discard),
            // A signal ends the wait.
            Err(_) => Err(ReplayError::cancelled().into()),
        }
    }
}

fn question(review: &RebuildReview) -> String {
    let clauses = std::iter::once(review.differences()).chain(review.remarks()).collect::<Vec<_>>();
    format!("{}: {}; accept? [y/N]", review.space_name, clauses.join("; "))
}
