//! Confirmations: questions asked before an action that Esc cannot undo.

use crate::operations::{AnyOperation, SpaceOverview};

/// A confirmation.
#[derive(Debug, Clone)]
pub enum Dialog {
    /// An operation on spaces or on the file, with its consequences in numbers.
    Operation {
        /// The operation. Delete has its own dialog.
        operation: AnyOperation,
        /// The spaces when the dialog opened, in processing order; empty for an operation on the file.
        spaces: Vec<SpaceOverview>,
        /// The marked spaces that the operation cannot apply to, with the reasons.
        left_out: Vec<(String, String)>,
    },
    /// Discarding the form underneath, which has unsaved input.
    Discard {
        /// The form's heading.
        title: String,
    },
    /// Quitting while a job runs, which cancels it and all queued jobs.
    Quit {
        /// The number of queued jobs.
        queued: usize,
    },
}
