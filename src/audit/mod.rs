//! The audit log: who did what to a store, when, and with which result.
//!
//! [`AuditLog`] is the contract, implemented by the engines in [`engines`](crate::engines). An
//! operation is recorded when it starts and again when it ends, so that one whose process died stays recorded
//! as running, and is later marked as interrupted. Entries outlive the spaces they concern, but not their
//! details about contents.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::event_store::Page;
use crate::operator::Operator;
use crate::space::SpaceId;
use crate::text::find;

/// The action that deletes a space. Its entries contain only counts, so they need not be forgotten.
pub const DELETE: &str = "delete";

/// The action that erases fields of one entity's events. Its entries name the entity and the fields, but no values.
pub const REDACT: &str = "redact";

/// The id of an operation. Ids rise and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(pub u64);

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The outcome of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// It is running.
    Running,
    /// It succeeded.
    Done,
    /// It succeeded, and found a problem.
    Found,
    /// It was refused, and changed nothing.
    Refused,
    /// It failed.
    Failed,
    /// It was stopped on request.
    Cancelled,
    /// Its process ended before it did.
    Interrupted,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 7] = [
        Self::Running,
        Self::Done,
        Self::Found,
        Self::Refused,
        Self::Failed,
        Self::Cancelled,
        Self::Interrupted,
    ];

    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Found => "found",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// Returns the outcome with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// An operation that starts.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditStart {
    /// The operator.
    pub operator: Operator,
    /// The action: `rebuild`, `delete`, `run`.
    pub action: String,
    /// The space's id, if there is one.
    pub space_id: Option<SpaceId>,
    /// The name of the existing or future space; none if the operation concerns the whole file.
    pub space_name: Option<String>,
    /// The parameters.
    pub parameters: Map<String, Value>,
    /// The time of the start.
    pub started_at: Timestamp,
}

/// The end of an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEnd {
    /// The space that it created or turned out to concern. Replaces the id recorded at the start.
    pub space_id: Option<SpaceId>,
    /// The outcome.
    pub outcome: Outcome,
    /// The result in one line.
    pub detail: String,
    /// The time of the end.
    pub ended_at: Timestamp,
}

/// The reason why an entry has neither parameters nor a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Forgotten {
    /// The space was deleted.
    Deleted,
    /// They quoted values that a redaction has erased.
    Redacted,
}

impl Forgotten {
    /// Returns what happened to the parameters and the result, in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Deleted => "deleted with the space",
            Self::Redacted => "erased by a redaction",
        }
    }
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// The operation's id.
    pub operation_id: OperationId,
    /// The time of the start.
    pub started_at: Timestamp,
    /// The time of the end; none if it is not known to have ended.
    pub ended_at: Option<Timestamp>,
    /// The operator.
    pub operator: Operator,
    /// The action.
    pub action: String,
    /// The space's id.
    pub space_id: Option<SpaceId>,
    /// The space's name at that time.
    pub space_name: Option<String>,
    /// The parameters; none once they are forgotten.
    pub parameters: Option<Map<String, Value>>,
    /// The outcome.
    pub outcome: Outcome,
    /// The result in one line; none once it is forgotten.
    pub detail: Option<String>,
    /// Why the parameters and the result are forgotten; none if they are not.
    pub forgotten: Option<Forgotten>,
}

impl AuditEntry {
    /// Returns true if the operator, the action, the space, the outcome, a parameter or the result contains a text, ignoring ASCII
    /// case.
    pub fn contains(&self, text: &str) -> bool {
        let has = |part: &str| find(part, text, 0).is_some();
        let Self { action, space_name, parameters, detail, forgotten, .. } = self;
        text.is_empty()
            || [action.as_str(), self.outcome.name()].into_iter().any(has)
            || has(&self.operator.to_string())
            || [space_name, detail].into_iter().flatten().any(|part| has(part))
            || forgotten.is_some_and(|forgotten| has(forgotten.in_words()))
            || parameters
                .iter()
                .flatten()
                .any(|(name, value)| has(name) || value.as_str().map_or_else(|| has(&value.to_string()), has))
    }

    /// Returns the milliseconds that the operation took, if its start and its end are known.
    pub fn millis(&self) -> Option<i64> {
        let start = Some(self.started_at).filter(|start| *start != Timestamp::UNKNOWN)?;
        Some(self.ended_at?.0.saturating_sub(start.0))
    }
}

/// The spaces whose entries are read, with all names that they have or had.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditSubject {
    /// The ids.
    pub space_ids: BTreeSet<SpaceId>,
    /// The names. Entries without the id of a space belong to a name.
    pub space_names: BTreeSet<String>,
}

impl AuditSubject {
    /// Returns true if an entry is about one of the spaces.
    pub fn includes(&self, entry: &AuditEntry) -> bool {
        match (entry.space_id, &entry.space_name) {
            (Some(space_id), _) => self.space_ids.contains(&space_id),
            (None, Some(name)) => self.space_names.contains(name),
            (None, None) => false,
        }
    }
}

/// The audit log. Every method is one round trip, and may be called from several threads.
pub trait AuditLog: Send + Sync {
    /// Records the start of an operation.
    fn begin(&self, start: &AuditStart) -> Result<OperationId>;

    /// Records the end of an operation. One that has ended already keeps its outcome.
    fn end(&self, operation_id: OperationId, end: &AuditEnd) -> Result<()>;

    /// Records an operation that has already ended.
    fn record(&self, start: &AuditStart, end: &AuditEnd) -> Result<OperationId>;

    /// Records the same, but waits only a moment, because the store was just found to be busy.
    fn attempt(&self, start: &AuditStart, end: &AuditEnd) -> Result<OperationId> {
        self.record(start, end)
    }

    /// Returns a page of entries by rising id, or by falling id when read backward: all, or those about some
    /// spaces.
    fn page(&self, about: Option<&AuditSubject>, page: Page<OperationId>) -> Result<Vec<AuditEntry>>;

    /// Returns the names that a space has in its entries.
    fn names_of(&self, space_id: SpaceId) -> Result<BTreeSet<String>>;

    /// Returns the spaces that have this name in an entry.
    fn spaces_named(&self, name: &str) -> Result<BTreeSet<SpaceId>>;

    /// Returns the operations that have not ended.
    fn running(&self) -> Result<Vec<AuditEntry>>;

    /// Permanently forgets the parameters and results of what was done to a space. Running and later
    /// operations on it are recorded without them. With names, this includes operations on a name from
    /// times when no space had it. Its [deletes](DELETE) keep their results. Returns what
    /// [`AuditLog::residue`] then returns, before anyone else adds an entry.
    fn forget(&self, space_id: SpaceId, space_names: &BTreeSet<String>) -> Result<u64>;

    /// Permanently forgets the parameters and results of those operations on a space, or on its names, whose parameters or
    /// result `quotes` recognises. [Redactions](REDACT) and [deletes](DELETE) keep theirs. Returns the number of entries.
    fn forget_where(
        &self,
        space_id: SpaceId,
        space_names: &BTreeSet<String>,
        quotes: &dyn Fn(&str) -> bool,
    ) -> Result<u64>;

    /// Returns the number of entries with details that [`AuditLog::forget`] would forget.
    fn residue(&self, space_id: SpaceId, space_names: &BTreeSet<String>) -> Result<u64>;
}
