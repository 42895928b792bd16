//! One line being typed at the bottom: a filter or a sequence to jump to.

use std::ops::Range;

use super::{Filter, Pane, TextInput};
use crate::error::QueryError;

/// A line being typed at the bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What it is for.
    pub purpose: PromptPurpose,
    /// What is typed.
    pub input: TextInput,
    /// What is wrong with it.
    pub error: Option<Fault>,
}

/// What is wrong with something typed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What, and what to do next.
    pub message: String,
    /// The bytes that are wrong. Empty where something is missing.
    pub place: Range<usize>,
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        Self { message: format!("{}: {}", error.problem, error.hint()), place: error.place }
    }
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
