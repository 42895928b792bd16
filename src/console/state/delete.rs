//! The question before a space is deleted.

use crate::clock::Timestamp;
use crate::operations::SpaceOverview;
use crate::space::SpaceState;

use super::{Loadable, RequestId, TextInput};

/// The question before a space is deleted: what will be gone, where it is kept, and the name to be typed.
#[derive(Debug, Clone)]
pub struct Delete {
    /// The space as it was when asked.
    pub space: SpaceOverview,
    /// What there is to delete.
    pub inventory: Loadable<Inventory>,
    /// The file is to be rewritten afterwards.
    pub purge: bool,
    /// The space is to be exported before.
    pub archives: bool,
    /// The file for that.
    pub archive: TextInput,
    /// Why it cannot be archived there.
    pub archive_error: Option<String>,
    /// The name as typed so far.
    pub typed: TextInput,
    /// Why it was not yet done.
    pub error: Option<String>,
    /// Which of the two is being typed.
    pub focus: DeleteFocus,
    /// The file is being tried; then it is done.
    pub trying: Option<RequestId>,
}

/// Where the cursor is in the question before a delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeleteFocus {
    /// On the name.
    #[default]
    Name,
    /// On the file of the archive.
    Archive,
}

/// What deleting a space removes: a name and a number a line, and the time that it spans.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory {
    /// What, and how many.
    pub rows: Vec<(String, u64)>,
    /// When its first event was appended, and when its last.
    pub span: Option<(Timestamp, Timestamp)>,
    /// A delete that did not come to its end removed some of it.
    pub partly_removed: bool,
}

impl Delete {
    /// Why there can be no archive, where there can be none: it would be of what is left.
    #[must_use]
    pub fn without_archive(&self) -> Option<&'static str> {
        match &self.inventory {
            Loadable::Ready(inventory) if inventory.partly_removed => {
                Some("no archive: a delete that was interrupted has removed part of it")
            }
            _ if self.space.space.state == SpaceState::Importing => {
                Some("no archive: its import has not come to its end")
            }
            _ => None,
        }
    }

    /// What is being typed.
    pub fn input(&mut self) -> &mut TextInput {
        match self.focus {
            DeleteFocus::Name => &mut self.typed,
            DeleteFocus::Archive => &mut self.archive,
        }
    }
}
