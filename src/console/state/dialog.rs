//! A question before something is done that cannot be taken back by Esc.

use crate::clock::Timestamp;
use crate::operations::SpaceOverview;

use super::{JobKind, Loadable, TextInput};

/// A question before something is done.
#[derive(Debug, Clone)]
pub enum Dialog {
    /// An operation on one space or several: what will happen, with numbers.
    Operation {
        /// What is to be done. Delete has its own dialog.
        kind: JobKind,
        /// The spaces as they were when asked, in the order in which it is their turn.
        spaces: Vec<SpaceOverview>,
        /// The marked spaces to which it cannot be done, and why.
        left_out: Vec<(String, String)>,
    },
    /// Deleting a space: what will be gone, and the name to be typed.
    Delete {
        /// The space as it was when asked.
        space: Box<SpaceOverview>,
        /// What there is to delete.
        inventory: Loadable<Inventory>,
        /// The name as typed so far.
        typed: TextInput,
        /// The file is to be rewritten afterwards.
        purge: bool,
        /// Why it was not yet done.
        error: Option<String>,
    },
    /// Quitting while a job runs: it and those that wait for it will be cancelled.
    Quit {
        /// How many wait.
        queued: usize,
    },
}

/// What deleting a space removes: a name and a number a line, and the time that it spans.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory {
    /// What, and how many.
    pub rows: Vec<(String, u64)>,
    /// When its first event was appended, and when its last.
    pub span: Option<(Timestamp, Timestamp)>,
}
