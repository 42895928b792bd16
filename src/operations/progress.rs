//! The progress of an operation, and the callback that watches it.

use std::ops::ControlFlow;

use crate::error::{ReplayError, Result};
use crate::event::EventId;
use crate::sqlite::MigrationProgress;

use super::Phase;

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

impl From<MigrationProgress> for Progress {
    fn from(MigrationProgress { done, total }: MigrationProgress) -> Self {
        Self { phase: Phase::Migrate, done, total, last_event: None, skipped: 0 }
    }
}

/// A callback that receives the progress after every short step. Breaking stops the operation at a point where
/// all data is consistent.
pub type Watch<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Ignores the progress and never stops an operation: the [`Watch`] of a caller that neither shows progress nor cancels.
///
/// ```
/// use ramax::operations::{Operation, OperationContext, Target, Verify, keep_going};
/// use ramax::{Apps, Store};
///
/// # fn main() -> ramax::Result<()> {
/// # let (store, apps) = (Store::memory(), Apps::standard());
/// # let acme = ramax::operations::create_space(&store, "crm_acme", None)?;
/// let context = OperationContext::new(&store, &apps);
/// let verified = Verify::default().run(Target::of(&acme), context, &mut keep_going)?;
/// assert_eq!(verified.count(), 0);
/// # Ok(())
/// # }
/// ```
pub fn keep_going(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Returns a watch of one of several equal parts of an operation.
pub(super) fn part(watch: &mut Watch<'_>, done: u64, parts: u64) -> impl FnMut(Progress) -> ControlFlow<()> {
    move |progress| {
        let (before, total) = (progress.total.saturating_mul(done), progress.total.saturating_mul(parts));
        watch(Progress { done: before.saturating_add(progress.done), total, ..progress })
    }
}

/// Returns a watch to which the number of things done never falls, for parts that take turns.
pub(super) fn rising(watch: &mut Watch<'_>) -> impl FnMut(Progress) -> ControlFlow<()> {
    let mut most = 0;
    move |progress| {
        most = progress.done.max(most);
        watch(Progress { done: most, total: progress.total.max(most), ..progress })
    }
}

/// Reports progress, and turns a request to stop into an error.
pub(super) fn report(watch: &mut Watch<'_>, progress: Progress) -> Result<()> {
    match watch(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ReplayError::cancelled().into()),
    }
}
