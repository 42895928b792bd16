//! The wording of findings, for all clients.

/// A finding, worded for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingText {
    /// The subject: a key, an event, a counter.
    pub subject: String,
    /// The problem.
    pub text: String,
}
