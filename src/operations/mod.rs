//! Operations on whole spaces, cancellable and with progress, shared by all clients.
//!
//! An operation is a value that implements [`Operation`], such as [`Rebuild`]. [`Operation::run`] records it in the audit
//! log, however it ends. The functions of the same names, such as [`rebuild()`], do the same work on behalf of a caller
//! that keeps its own records: nothing is recorded. [`create_space()`] and [`execute()`] are shorthands for recorded
//! operations.

mod audit_subject;
mod backup;
mod blocking_event;
mod catch_up;
mod change_space;
mod change_subscription;
mod check;
#[cfg(test)]
mod cost_tests;
mod create_space;
mod delete;
mod execute;
mod export;
mod finding_text;
mod generate;
mod import;
mod interruptible;
mod leftovers;
mod operation;
mod operation_mark;
mod overview;
mod phases;
mod projection_runner;
mod projection_status;
mod rebuild;
mod replay;
mod scope;
mod search;
mod search_entries;
mod space_rows;
mod summary;
mod trace;
mod verify;

pub use audit_subject::audit_subject;
pub use backup::{BackedUp, Backup, backup};
pub use blocking_event::{NextEvents, find_blocking_event};
pub use catch_up::{CatchUp, catch_up};
pub use change_space::{RenameSpace, SetSpace};
pub use change_subscription::ChangeSubscription;
pub use check::{
    Check, CheckOptions, Checked, Damage, Fault, Finding, Repaired, check, check_and_repair, repair,
};
pub use create_space::{CreateSpace, create_space};
pub use delete::{DeleteOptions, DeleteSpace, Deleted, Inventory, Proof, archive_owed, delete, inventory};
pub use execute::{attempt_to_execute, conditions, execute};
#[cfg(feature = "console")]
pub(crate) use export::try_destination;
pub use export::{Export, ExportTo, Exported, check_destination, export, export_to_file, file_name};
pub use finding_text::FindingText;
pub use generate::{Generate, GenerateOptions, Generated, GivenUp, generate};
pub use import::{
    Import, ImportFile, ImportHeader, ImportOptions, ImportSummary, Imported, OpenedImport, Spool, import,
};
pub use leftovers::{mark_interrupted, sweep_leftovers};
pub use operation::{
    AnyOperation, Attempt, FileAccess, FileTotals, NamedFiles, Operation, OperationContext, OperationError,
    PlanScope, Report, ReportFinding, Target,
};
pub use overview::{
    SpaceOverview, find_record, find_space, open_space, overview, overviews, overviews_of, projection,
    projection_named,
};
pub use phases::Phases;
pub use projection_runner::ProjectionRunner;
pub use projection_status::{ProjectionOverview, ProjectionStatus};
pub use rebuild::{Rebuild, Rebuilt, Skipped, rebuild};
pub use replay::replay;
pub use scope::{Position, Scope};
pub use search::{Found, Search, first_of_all};
pub use search_entries::{FoundEntries, search_entries};
pub use summary::Summary;
pub use trace::{Trace, Traced, trace};
pub use verify::{Difference, FieldDifference, Verified, Verify, verify};

use std::ops::ControlFlow;

use crate::error::{ReplayError, Result};
use crate::event::EventId;

/// A phase of a long operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Phase {
    /// Events are replayed.
    Replay,
    /// The derived state is written.
    Write,
    /// Events that arrived meanwhile are applied.
    CatchUp,
    /// The new projection takes the old one's place.
    Switch,
    /// Rows no longer needed are removed.
    Sweep,
    /// Stored data is compared with derived data.
    Compare,
    /// Events are removed.
    Delete,
    /// The file is rewritten without what was deleted.
    Purge,
    /// Commands are executed.
    Generate,
    /// A snapshot of the keys is set aside, to be exported.
    SetAside,
    /// Events and entries are written to a file.
    Export,
    /// A written file is compared with its source.
    ReadBack,
    /// A file is read and checked line by line.
    Read,
    /// Events and entries of a file are stored.
    Import,
    /// Rows are checked one by one.
    Check,
    /// The pages of a file are copied.
    Copy,
}

impl Phase {
    /// Returns the title for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Replay => "replaying",
            Self::Write => "writing",
            Self::CatchUp => "catching up",
            Self::Switch => "switching",
            Self::Sweep => "sweeping",
            Self::Compare => "comparing",
            Self::Delete => "deleting",
            Self::Purge => "purging",
            Self::Generate => "generating",
            Self::SetAside => "setting keys aside",
            Self::Export => "exporting",
            Self::ReadBack => "reading back",
            Self::Read => "reading",
            Self::Import => "importing",
            Self::Check => "checking",
            Self::Copy => "copying",
        }
    }

    /// Returns true if the operation may pause after a step of this phase. It then holds no transaction and
    /// no snapshot, so that others can read and write.
    pub fn can_pause(self) -> bool {
        // Comparing and setting aside use a snapshot; a switch must follow its last catch-up at once.
        matches!(
            self,
            Self::Replay
                | Self::Write
                | Self::CatchUp
                | Self::Sweep
                | Self::Delete
                | Self::Generate
                | Self::Export
                | Self::ReadBack
                | Self::Read
                | Self::Import
                | Self::Check
        )
    }
}

/// The progress of a long operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    /// The current phase.
    pub phase: Phase,
    /// The number of events or entries done. During a rebuild it never decreases. It is 0 in phases without
    /// countable steps: rewriting a file, sweeping rows.
    pub done: u64,
    /// The total, which may grow while others write; 0 if unknown.
    pub total: u64,
    /// The last event that was handled.
    pub last_event: Option<EventId>,
    /// The number of events skipped so far because they cannot be applied.
    pub skipped: u64,
}

/// A callback that receives the progress after every short step. Breaking stops the operation at a point where
/// all data is consistent.
pub type Watch<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Returns a watch of one of several equal parts of an operation.
fn part(watch: &mut Watch<'_>, done: u64, parts: u64) -> impl FnMut(Progress) -> ControlFlow<()> {
    move |progress| {
        let (before, total) = (progress.total.saturating_mul(done), progress.total.saturating_mul(parts));
        watch(Progress { done: before.saturating_add(progress.done), total, ..progress })
    }
}

/// Reports progress, and turns a request to stop into an error.
fn report(watch: &mut Watch<'_>, progress: Progress) -> Result<()> {
    match watch(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ReplayError::Cancelled.into()),
    }
}
