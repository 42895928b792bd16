//! One line being typed at the bottom: a filter or a sequence to jump to.

use super::{Filter, Pane, TextInput};

/// A line being typed at the bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What it is for.
    pub purpose: PromptPurpose,
    /// What is typed.
    pub input: TextInput,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// What a prompt is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptPurpose {
    /// Filters a pane while it is typed.
    Filter {
        /// The pane.
        pane: Pane,
        /// The filter before, which Esc brings back.
        before: Filter,
    },
    /// Jumps to a sequence (in one space) or an event id (in all).
    Jump,
}
