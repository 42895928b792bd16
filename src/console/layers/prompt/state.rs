//! The prompt: one line typed at the bottom, for a filter or a sequence to jump to.

use std::ops::Range;

use crate::console::app::filter::Filter;
use crate::console::app::text_input::TextInput;
use crate::console::panes::Pane;
use crate::error::QueryError;

/// A line being typed at the bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The purpose.
    pub purpose: PromptPurpose,
    /// The text typed.
    pub input: TextInput,
    /// The error in it.
    pub error: Option<Fault>,
}

/// An error in typed text, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The message, including what to do.
    pub message: String,
    /// The bytes that are wrong; empty if something is missing.
    pub place: Range<usize>,
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        Self { message: format!("{}: {}", error.problem, error.hint()), place: error.place }
    }
}

/// The purpose of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptPurpose {
    /// Filters a pane while typing.
    Filter {
        /// The pane.
        pane: Pane,
        /// The previous filter, which Esc restores.
        before: Filter,
    },
    /// Jumps to a sequence (in one space) or an event id (in all).
    Jump,
}
