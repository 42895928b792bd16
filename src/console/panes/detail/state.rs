//! The details of one item.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::event::Event;
use crate::json::Json;
use crate::operator_log::Operation;
use crate::pstate::Entry;
use crate::space::SpaceId;

use crate::console::panes::jobs::job::JobId;

/// The item shown in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An event and its payload.
    Event(Arc<Event>),
    /// A key of a projection and its value.
    Entry {
        /// The space.
        space_id: SpaceId,
        /// Key and value.
        entry: Arc<Entry>,
    },
    /// A space, its counters and metadata.
    Space(SpaceId),
    /// A job and its report or error.
    Job(JobId),
    /// An entry of the audit log.
    Operation(Arc<Operation>),
}

/// The details of one item, with the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The item.
    pub subject: Subject,
    /// The line of the cursor: in the JSON of an event or entry, otherwise in the findings.
    pub cursor: usize,
    /// The first line on screen.
    pub top: usize,
    /// The folded containers, identified by their start bytes.
    pub folded: BTreeSet<usize>,
}

impl Detail {
    /// The details of an item, unfolded and from the top.
    pub fn of(subject: Subject) -> Self {
        Self { subject, cursor: 0, top: 0, folded: BTreeSet::new() }
    }

    /// The JSON document shown, if any.
    pub fn json(&self) -> Option<&Json> {
        match &self.subject {
            Subject::Event(event) => Some(&event.payload),
            Subject::Entry { entry, .. } => Some(&entry.value),
            Subject::Space(_) | Subject::Job(_) | Subject::Operation(_) => None,
        }
    }

    /// Returns true if it is plain text, which scrolls without a cursor.
    pub fn is_text(&self) -> bool {
        matches!(self.subject, Subject::Space(_) | Subject::Job(_) | Subject::Operation(_))
    }
}
