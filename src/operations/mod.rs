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
mod checkpoint_order;
mod compare_spaces;
#[cfg(test)]
mod cost_tests;
mod create_space;
mod damaged_spaces;
mod delete;
mod difference_groups;
mod execute;
mod export;
mod find_key;
mod find_space;
mod finding_text;
mod fold;
mod fork;
mod generate;
mod import;
mod import_original;
mod interruptible;
mod leftovers;
mod list_export;
mod lists;
mod merge;
mod new_space;
mod open_projection;
mod operation;
mod operation_mark;
mod overview;
mod phase;
mod progress;
mod projection_runner;
mod projection_status;
mod purge;
mod query_completion;
mod read_overviews;
mod rebuild;
mod redact;
mod release_check;
mod remove_projection;
mod remove_rows;
mod replay;
mod scope;
mod search;
mod search_entries;
mod space_order;
mod stats;
mod summary;
mod trace;
mod verify;
mod workers;

pub use audit_subject::audit_subject;
pub use backup::{BackedUp, Backup, backup};
pub use blocking_event::{NextEvents, find_blocking_event};
pub use catch_up::{CatchUp, catch_up};
pub use change_space::{RenameSpace, SetSpace};
pub use change_subscription::ChangeSubscription;
pub use check::{
    Check, CheckOptions, Checked, Damage, Fault, Finding, Repaired, check, check_and_repair, repair,
};
pub use checkpoint_order::CheckpointOrder;
pub use compare_spaces::compare_spaces;
pub use create_space::{CreateSpace, create_space};
pub use damaged_spaces::DamagedSpaces;
pub use delete::{
    DeleteOptions, DeleteSpace, Deleted, Inventory, ProjectionKeys, Proof, delete, inventory,
    unfinished_delete,
};
pub use difference_groups::{
    DifferenceExample, DifferenceGroup, DifferenceGroups, DifferenceKind, DifferencePlace,
};
pub use execute::{attempt_to_execute, conditions, execute};
#[cfg(feature = "console")]
pub(crate) use export::try_destination;
pub use export::{
    BugReport, BugReported, Export, ExportBugReport, ExportBugReportTo, ExportTo, Exported,
    check_destination, export, export_to_file, file_name, try_bug_report,
};
pub use find_key::find_key;
pub use find_space::{find_record, find_space, has_no_app, lacks_app, open_space};
pub use finding_text::FindingText;
pub use fold::{
    Blamed, EventChanges, EventOutcome, EventSummary, Flip, Fold, FoldLimits, FoldSkips, KeyChange,
    ParsePointError, PastProjection, PointInTime, SkipSummary, SkippedEvents, StoredDifferences, VisitChange,
    WithoutEvent,
};
pub use fork::{Fork, ForkPlan, ForkedSpace, fork, fork_name, plan_fork};
pub use generate::{Generate, GenerateOptions, Generated, GivenUp, generate};
pub use import::{
    Import, ImportFile, ImportHeader, ImportOptions, ImportSummary, Imported, OpenedImport, Spool, import,
};
pub use import_original::{
    DeletedSpace, ImportOriginal, ImportedOriginal, ImportedOriginalSpace, NewTimes, OriginalComparison,
    OriginalFiles, OriginalLeftovers, OriginalPlan, OriginalTrial, PassedOver, PlannedSpace, RefusedSpace,
    SpaceFate, UnappliedEvent, UnreadableEvent, check_original, import_original, plan_original,
    plan_original_numbers, try_original,
};
pub use leftovers::{mark_interrupted, sweep_leftovers};
pub use list_export::{ExportList, ExportedList, ListDestination, ListFormat, StoreList};
#[cfg(feature = "cli")]
pub(crate) use lists::{
    BlockingSearch, ListedCheckpoint, ListedEntry, ListedEvent, ListedOperation, ListedSpace, ListedTraced,
    SpaceNames,
};
pub use new_space::HaltedProjection;
pub use open_projection::{projection, projection_named};
pub use operation::{
    AnyOperation, Attempt, FileAccess, FileTotals, NamedFiles, Operation, OperationContext, OperationError,
    PlanScope, Report, ReportFinding, THE_DATABASE, Target, record_late_ends,
};
pub use operation_mark::{SpaceWorker, name_worker, worked_on};
pub use overview::SpaceOverview;
pub use phase::{Phase, Phases};
#[cfg(feature = "console")]
pub(crate) use progress::pause_of;
use progress::{Handled, part, report, rising, sized_part};
pub use progress::{Pause, Progress, Watch, keep_going, no_pause};
pub use projection_runner::{ProjectionNews, ProjectionRunner};
pub use projection_status::{ProjectionOverview, ProjectionStatus};
pub use query_completion::complete_query;
pub use read_overviews::{add_first_times, overview, overviews, overviews_of};
pub use rebuild::{
    FirstBuild, Rebuild, RebuildReview, Rebuilt, ReviewDecision, Reviewed, Reviewer, Skipped, rebuild,
    rebuild_reviewed,
};
pub use redact::{
    EventRedaction, FieldPath, FieldPlan, Redact, Redacted, RedactionPlan, RedactionProof, Remaining,
    plan_redaction, redact,
};
pub use release_check::{
    CheckedSpace, ReleaseCheck, ReleaseChecked, UnappliedType, UncheckedReason, UncheckedSpace, release_check,
};
pub use remove_projection::RemoveProjection;
pub use replay::replay;
pub use scope::{Position, Scope};
pub use search::{Found, Search, first_of_all, is_event_match};
pub use search_entries::{FoundEntries, is_entry_match, search_entries};
pub use space_order::SpaceOrder;
pub use stats::{
    ActivityUnit, ActivityWindow, EventTypeCount, EventTypeCounts, FileStats, KeysByPrefix, PrefixCount,
    RecentEvents, SpaceActivity, SpaceStats, StatsOptions, activity, activity_in, file_stats, space_stats,
};
pub use summary::{Summary, ahead_of_clock};
pub use trace::{
    Trace, TraceFound, TraceStep, TraceTree, Traced, Unfollowed, leading_to_matches, read_trace, trace,
};
pub use verify::{Difference, FieldDifference, Verified, Verify, verify};
pub use workers::{WorkNews, Worker, Workers};
