//! A question before something is done that cannot be taken back by Esc.

use crate::operations::SpaceOverview;

use super::{Delete, JobKind};

/// A question before something is done.
#[derive(Debug, Clone)]
pub enum Dialog {
    /// An operation on one space or several, or on the file: what will happen, with numbers.
    Operation {
        /// What is to be done. Delete has its own dialog.
        kind: JobKind,
        /// The spaces as they were when asked, in the order in which it is their turn; none where it is about
        /// the file.
        spaces: Vec<SpaceOverview>,
        /// The marked spaces to which it cannot be done, and why.
        left_out: Vec<(String, String)>,
    },
    /// Discarding the form beneath, in which something was typed.
    Discard {
        /// The form's heading.
        title: String,
    },
    /// Deleting a space.
    Delete(Box<Delete>),
    /// Quitting while a job runs: it and those that wait for it will be cancelled.
    Quit {
        /// How many wait.
        queued: usize,
    },
}
