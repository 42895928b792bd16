//! What a row of the table of actions says.

use crate::console::state::State;

use super::able;
use super::reason::Able;
use super::{Action, Context};

/// One action.
pub struct Spec {
    /// The action.
    pub action: Action,
    /// Its name in a word or two.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub description: &'static str,
    /// Its keys, the first being the one hinted at.
    pub keys: &'static [&'static str],
    /// Where it can be called for.
    pub contexts: &'static [Context],
    /// Its rank on the hint line, 1 first; 0 for actions that are not hinted at.
    pub rank: u8,
    /// Whether it has a meaning in what is focused.
    pub applies: fn(&State) -> bool,
    /// Whether it can be done now, or why not.
    pub enabled: fn(&State) -> Able,
}

pub(super) const fn row(
    action: Action,
    title: &'static str,
    description: &'static str,
    keys: &'static [&'static str],
    contexts: &'static [Context],
) -> Spec {
    Spec { action, title, description, keys, contexts, rank: 0, applies: always, enabled: able::always }
}

impl Spec {
    pub(super) const fn hint(mut self, rank: u8) -> Self {
        self.rank = rank;
        self
    }

    pub(super) const fn able(mut self, enabled: fn(&State) -> Able) -> Self {
        self.enabled = enabled;
        self
    }

    pub(super) const fn applies(mut self, applies: fn(&State) -> bool) -> Self {
        self.applies = applies;
        self
    }
}

fn always(_: &State) -> bool {
    true
}
