//! The wording of findings, for all clients.

use crate::pstate::STATE;

/// A finding, worded for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingText {
    /// The subject: a key, an event, a counter.
    pub subject: String,
    /// The problem.
    pub text: String,
}

impl FindingText {
    /// Names the projection that the finding is about, unless it is the one that every app has.
    pub(super) fn of_projection(self, projection: &str) -> Self {
        if projection == STATE { self } else { self.in_projection(projection) }
    }

    /// Names the projection that the finding is about.
    pub(super) fn in_projection(self, projection: &str) -> Self {
        if projection.is_empty() {
            return self;
        }
        Self { subject: format!("{projection} {}", self.subject), ..self }
    }
}
