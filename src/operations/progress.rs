//! The progress of an operation, and the callback that watches it.

use std::ops::ControlFlow;

use crate::error::{Error, ReplayError, Result};
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

/// Called between the pieces of a large value. Its error stops the work there.
pub type Pause<'a, E = Error> = dyn FnMut() -> Result<(), E> + 'a;

/// Never stops within a large value: the [`Pause`] of a caller that cannot be asked to stop.
pub fn no_pause() -> Result<()> {
    Ok(())
}

/// The bytes of values after which an operation asks its watch.
const LARGE: usize = 1 << 20;

/// Counts the bytes of the values that an operation has handled since it last asked its watch, so that it asks after each large
/// one.
#[derive(Debug, Default)]
pub(super) struct Handled(usize);

impl Handled {
    /// Counts the bytes of a value. Returns true if it is time to ask.
    pub fn add(&mut self, bytes: usize) -> bool {
        self.0 += bytes;
        let is_enough = self.0 > LARGE;
        if is_enough {
            self.0 = 0;
        }
        is_enough
    }
}

/// Returns a watch of one of several equal parts of an operation, each of which goes through the same steps. A step counts
/// once: it is done when all parts have done it.
pub(super) fn part(watch: &mut Watch<'_>, done: u64, parts: u64) -> impl FnMut(Progress) -> ControlFlow<()> {
    move |progress| watch(of_part(progress, done, parts))
}

fn of_part(progress: Progress, done: u64, parts: u64) -> Progress {
    let steps = progress.total.saturating_mul(done).saturating_add(progress.done);
    Progress { done: steps / parts.max(1), ..progress }
}

/// Returns a watch of one of several parts of an operation, which go through these numbers of steps.
pub(super) fn sized_part(
    watch: &mut Watch<'_>,
    sizes: &[u64],
    index: usize,
) -> impl FnMut(Progress) -> ControlFlow<()> {
    move |progress| watch(of_sized_part(progress, sizes, index))
}

fn of_sized_part(progress: Progress, sizes: &[u64], index: usize) -> Progress {
    let sum = |sizes: Option<&[u64]>| {
        sizes.unwrap_or_default().iter().fold(0, |sum: u64, size| sum.saturating_add(*size))
    };
    let (before, after) = (sum(sizes.get(..index)), sum(sizes.get(index + 1..)));
    let done = before.saturating_add(progress.done);
    Progress { done, total: before.saturating_add(progress.total).saturating_add(after), ..progress }
}

/// The steps of an operation that replays the events into several projections, one after the other, and compares the keys of
/// each. An event counts once, and the keys of all projections count.
pub(super) struct ProjectionSteps {
    /// The number of keys of each projection.
    keys: Vec<u64>,
}

impl ProjectionSteps {
    /// Returns the steps for projections with these numbers of stored keys.
    pub fn of(keys: impl Iterator<Item = u64>) -> Self {
        Self { keys: keys.collect() }
    }

    /// Returns the progress of the whole, given that of one projection.
    pub fn progress(&self, index: usize, progress: Progress) -> Progress {
        if progress.phase != Phase::Compare {
            return of_part(progress, index as u64, self.keys.len() as u64);
        }
        // While the last few events are replayed, no keys are counted.
        if progress.total == 0 { progress } else { of_sized_part(progress, &self.keys, index) }
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

/// Returns the pause within large values of work on a fold, which asks its watch.
#[cfg(feature = "console")]
pub(crate) fn pause_of<'a>(watch: &'a mut Watch<'_>) -> impl FnMut() -> Result<()> + 'a {
    let progress = Progress { phase: Phase::Replay, done: 0, total: 0, last_event: None, skipped: 0 };
    move || report(watch, progress)
}

/// Reports progress, and turns a request to stop into an error.
pub(super) fn report(watch: &mut Watch<'_>, progress: Progress) -> Result<()> {
    match watch(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ReplayError::cancelled().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(phase: Phase, done: u64, total: u64) -> Progress {
        Progress { phase, done, total, last_event: None, skipped: 0 }
    }

    #[test]
    fn an_event_counts_once_however_many_projections_it_is_replayed_into() {
        let mut seen = Vec::new();
        for (index, done) in [(0, 0), (0, 40), (0, 80), (1, 0), (1, 80)] {
            let _ = part(
                &mut |progress| {
                    seen.push((progress.done, progress.total));
                    ControlFlow::Continue(())
                },
                index,
                2,
            )(steps(Phase::Replay, done, 80));
        }
        assert_eq!(seen, [(0, 80), (20, 80), (40, 80), (40, 80), (80, 80)]);
    }

    #[test]
    fn the_keys_of_all_projections_count() {
        let all = ProjectionSteps::of([30, 5, 12].into_iter());
        assert_eq!(all.progress(1, steps(Phase::Compare, 2, 5)), steps(Phase::Compare, 32, 47));
        assert_eq!(all.progress(2, steps(Phase::Compare, 12, 12)), steps(Phase::Compare, 47, 47));
        assert_eq!(all.progress(2, steps(Phase::Compare, 0, 0)), steps(Phase::Compare, 0, 0));
        assert_eq!(all.progress(1, steps(Phase::Replay, 80, 80)), steps(Phase::Replay, 53, 80));
    }
}
