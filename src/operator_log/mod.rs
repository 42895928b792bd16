//! What operators did to a store: who, when, what, and what came of it.
//!
//! [`OperatorLog`] is the contract; [`MemoryOperatorLog`] and [`SqliteOperatorLog`] keep it. An operation is
//! written down when it begins and again when it ends, so that one whose process died stays behind as
//! running, and is found to be interrupted. The log outlives the spaces it speaks of, but not what it says of
//! their contents.

mod memory;
mod process;
mod sqlite;

pub use memory::MemoryOperatorLog;
pub use sqlite::SqliteOperatorLog;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::event_store::Page;
use crate::space::SpaceId;

/// The action that deletes a space. It says what it removed in numbers alone, and so need not be forgotten.
pub const DELETE: &str = "delete";

/// The number of an operation. Numbers rise and are never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(pub u64);

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who operates: a person at a machine, through a process.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Operator {
    /// The user's name.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The process's number on that machine.
    pub process: u32,
    /// What tells that process from another one that gets its number later, where the machine says.
    pub since: Option<String>,
    /// What the operator works through: `console`, `cli`.
    pub face: String,
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{} {}", self.user, self.host, self.face)
    }
}

/// How an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is under way.
    Running,
    /// It did what was asked for.
    Done,
    /// It did, and found something that is not as it should be.
    Found,
    /// It was turned down, and changed nothing.
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

    /// Its name.
    #[must_use]
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

    /// The outcome of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// An operation that begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Begun {
    /// Who.
    pub operator: Operator,
    /// What: `rebuild`, `delete`, `run`.
    pub action: String,
    /// To which space, where there is one.
    pub space_id: Option<SpaceId>,
    /// That space's name, or the one that it was to have; to the whole file where there is none.
    pub space_name: Option<String>,
    /// With which parameters.
    pub parameters: Map<String, Value>,
    /// When.
    pub started_at: Timestamp,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// The space that it made, or turned out to be about: it takes the place of what was known when it began.
    pub space_id: Option<SpaceId>,
    /// The outcome.
    pub outcome: Outcome,
    /// What it came to, in one line.
    pub detail: String,
    /// When.
    pub ended_at: Timestamp,
}

/// An operation as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// Its number.
    pub operation_id: OperationId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; nothing where it did not, or nobody saw it.
    pub ended_at: Option<Timestamp>,
    /// Who.
    pub operator: Operator,
    /// What.
    pub action: String,
    /// To which space.
    pub space_id: Option<SpaceId>,
    /// The name that it had then.
    pub space_name: Option<String>,
    /// With which parameters; nothing once they are forgotten.
    pub parameters: Option<Map<String, Value>>,
    /// How it stands.
    pub outcome: Outcome,
    /// What it came to; nothing once that is forgotten.
    pub detail: Option<String>,
}

/// The log of operations. Every method is one round trip, and may be called from several threads.
pub trait OperatorLog: Send + Sync {
    /// Writes down that an operation begins.
    ///
    /// # Errors
    /// Failures of the storage.
    fn begin(&self, begun: &Begun) -> Result<OperationId>;

    /// Writes down how an operation ended. One that has ended already keeps its outcome.
    ///
    /// # Errors
    /// Failures of the storage.
    fn end(&self, operation_id: OperationId, ended: &Ended) -> Result<()>;

    /// Writes down an operation that began and has ended.
    ///
    /// # Errors
    /// Failures of the storage.
    fn record(&self, begun: &Begun, ended: &Ended) -> Result<OperationId>;

    /// As [`OperatorLog::record`], where the store was just found to be busy: it is waited for no longer than a
    /// moment.
    ///
    /// # Errors
    /// Failures of the storage.
    fn attempt(&self, begun: &Begun, ended: &Ended) -> Result<OperationId> {
        self.record(begun, ended)
    }

    /// A page of operations by rising number (or falling, read backward): all, or those of the spaces that had
    /// this name.
    ///
    /// # Errors
    /// Failures of the storage.
    fn page(&self, space_name: Option<&str>, page: Page<OperationId>) -> Result<Vec<Operation>>;

    /// The operations that have not ended.
    ///
    /// # Errors
    /// Failures of the storage.
    fn running(&self) -> Result<Vec<Operation>>;

    /// Forgets the parameters and details of what was done to a space, for good: what still runs, or comes
    /// later, is written down without them. With its name, so is what was done to a space of that name when
    /// there was none. What its [deletes](DELETE) say stays.
    ///
    /// # Errors
    /// Failures of the storage.
    fn forget(&self, space_id: SpaceId, space_name: Option<&str>) -> Result<()>;

    /// How many operations still say something that [`OperatorLog::forget`] forgets.
    ///
    /// # Errors
    /// Failures of the storage.
    fn residue(&self, space_id: SpaceId, space_name: Option<&str>) -> Result<u64>;
}
