//! Rows of the table of actions.

use crate::console::layers::Run;
use crate::console::state::State;

use super::able;
use super::reason::Able;
use super::{Action, Context};

/// A row of the table of actions.
pub struct Spec {
    /// The action.
    pub action: Action,
    /// Its name in a word or two.
    pub title: &'static str,
    /// Its effect, in one sentence.
    pub description: &'static str,
    /// Its keys. Hints show the first.
    pub keys: &'static [&'static str],
    /// The contexts in which it works.
    pub contexts: &'static [Context],
    /// Its rank on the hint line, 1 first; 0 for none.
    pub rank: u8,
    /// Returns true if it has a meaning in the current state.
    pub applies: fn(&State) -> bool,
    /// Returns the reason if it cannot be done now.
    pub enabled: fn(&State) -> Able,
    /// Performs it.
    pub(crate) run: Option<Run>,
}

pub(crate) const fn row(
    action: Action,
    title: &'static str,
    description: &'static str,
    keys: &'static [&'static str],
    contexts: &'static [Context],
) -> Spec {
    Spec {
        action,
        title,
        description,
        keys,
        contexts,
        rank: 0,
        applies: always,
        enabled: able::always,
        run: None,
    }
}

impl Spec {
    pub(crate) const fn run(mut self, run: Run) -> Self {
        self.run = Some(run);
        self
    }

    pub(crate) const fn hint(mut self, rank: u8) -> Self {
        self.rank = rank;
        self
    }

    pub(crate) const fn able(mut self, enabled: fn(&State) -> Able) -> Self {
        self.enabled = enabled;
        self
    }

    pub(crate) const fn applies(mut self, applies: fn(&State) -> bool) -> Self {
        self.applies = applies;
        self
    }
}

fn always(_: &State) -> bool {
    true
}
