//! One thing, looked at closely.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::event::Event;
use crate::json::Json;
use crate::operator_log::Operation;
use crate::pstate::Entry;
use crate::space::SpaceId;

use super::JobId;

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An event with its payload.
    Event(Arc<Event>),
    /// A projection's key with its value.
    Entry {
        /// The space.
        space_id: SpaceId,
        /// Key and value.
        entry: Arc<Entry>,
    },
    /// A space with its counters and metadata.
    Space(SpaceId),
    /// A job with its report or error.
    Job(JobId),
    /// What an operator did, as it was written down.
    Operation(Arc<Operation>),
}

/// The details of one thing, with the keys in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// What is looked at.
    pub subject: Subject,
    /// The line that the cursor is on: of the JSON for an event or entry, else of the findings.
    pub cursor: usize,
    /// The first line on screen.
    pub top: usize,
    /// The parts of the JSON that are folded, named by the byte where they start.
    pub folded: BTreeSet<usize>,
}

impl Detail {
    /// A fresh look at something.
    #[must_use]
    pub fn of(subject: Subject) -> Self {
        Self { subject, cursor: 0, top: 0, folded: BTreeSet::new() }
    }

    /// The JSON document that it shows, if it shows one.
    #[must_use]
    pub fn json(&self) -> Option<&Json> {
        match &self.subject {
            Subject::Event(event) => Some(&event.payload),
            Subject::Entry { entry, .. } => Some(&entry.value),
            Subject::Space(_) | Subject::Job(_) | Subject::Operation(_) => None,
        }
    }

    /// Whether it is text that is scrolled through, without a cursor.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self.subject, Subject::Space(_) | Subject::Job(_) | Subject::Operation(_))
    }
}
