//! Putting right what can be worked out from what is there. No event is touched.

use tracing::{info_span, warn};

use crate::apps::Apps;
use crate::content_store::Store;
use crate::error::{Error, Result, StoreError};
use crate::operations::{Mend, Phase, Progress, Watch, report};
use crate::space::{Head, SpaceId};

use super::found::Task;
use super::log::READ;
use super::{CheckOptions, Checked, Finding, check};

/// Rows removed in one transaction.
const BATCH: usize = 2000;

/// Mends what a check found and [`Mend::CheckMend`](crate::operations::Mend::CheckMend) mends, in short
/// transactions. A further check tells what is left.
///
/// # Errors
/// [`StoreError::ReadOnly`]; [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks, with
/// what was mended so far in place; failures of the storage.
pub fn mend(store: &Store, checked: &Checked, watch: &mut Watch<'_>) -> Result<()> {
    let _span = info_span!("mend").entered();
    if store.is_read_only() {
        return Err(StoreError::ReadOnly.into());
    }
    let total = checked.tasks.len() as u64;
    for (task, done) in checked.tasks.iter().zip(0..) {
        let mut step =
            || report(watch, Progress { phase: Phase::Write, done, total, last_event: None, skipped: 0 });
        step()?;
        match carry_out(store, *task, &mut step) {
            // Damage stands in the way of this, and of nothing else.
            Err(Error::Store(error @ (StoreError::Corrupt { .. } | StoreError::Engine { .. }))) => {
                warn!(?task, %error, "not mended");
            }
            result => result?,
        }
    }
    Ok(())
}

/// What a check came to that mends.
#[derive(Debug, Clone, Default)]
pub struct Mended {
    /// What was mended.
    pub mended: Vec<Finding>,
    /// What a further check found.
    pub left: Checked,
}

/// Checks a whole store, mends what it can, and checks once more.
///
/// # Errors
/// As [`check`] and [`mend`].
pub fn check_and_mend(
    store: &Store,
    apps: &Apps,
    options: CheckOptions<'_>,
    watch: &mut Watch<'_>,
) -> Result<Mended> {
    let first = check(store, apps, options, watch)?;
    if first.count() == 0 {
        return Ok(Mended { mended: Vec::new(), left: first });
    }
    mend(store, &first, watch)?;
    let left = check(store, apps, options, watch)?;
    let is_mended = |finding: &Finding| finding.mend == Mend::CheckMend && !left.findings.contains(finding);
    let mended = first.findings.into_iter().filter(is_mended).collect();
    Ok(Mended { mended, left })
}

fn carry_out(store: &Store, task: Task, step: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    match task {
        Task::Head(space_id) => mend_head(store, space_id, step),
        Task::Index(space_id) => store.events().mend_index(space_id, step),
        Task::Orphans(space_id) => mend_orphans(store, space_id, step),
        Task::Leftovers(space_id) => mend_leftovers(store, space_id, step),
        Task::Strays => {
            while store.pstate().mend_strays(BATCH)? {
                step()?;
            }
            Ok(())
        }
        Task::Numbers => {
            store.events().mend_numbers()?;
            store.pstate().mend_numbers()
        }
        Task::Count(space_id) => store.pstate().mend_count(space_id),
    }
}

/// Counts the events that there are, the last of them while nobody can append.
fn mend_head(store: &Store, space_id: SpaceId, step: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    let events = store.events();
    let mut head = Head::default();
    while count_some(store, space_id, &mut head)? == READ {
        step()?;
    }
    events.unit(space_id, &mut || {
        while count_some(store, space_id, &mut head)? > 0 {}
        events.mend_head(space_id, &head)
    })?;
    // An index of a space that had lost its counters begins anew.
    events.mend_index(space_id, step)
}

fn count_some(store: &Store, space_id: SpaceId, head: &mut Head) -> Result<usize> {
    store.events().replay(space_id, head.last_sequence, READ, &mut |event| {
        head.last_sequence = event.space_sequence;
        head.last_event_id = event.event_id;
        head.last_timestamp = Some(event.timestamp);
        head.payload_bytes += event.payload.as_str().len() as u64;
        Ok(())
    })
}

/// Removes the projections of a space that is not there.
fn mend_orphans(store: &Store, space_id: SpaceId, step: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    if store.events().space(space_id)?.is_some() {
        return Ok(());
    }
    while store.pstate().delete_some(space_id, BATCH)? {
        step()?;
    }
    Ok(())
}

fn mend_leftovers(store: &Store, space_id: SpaceId, step: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    store.pstate().retire_leftovers(space_id)?;
    while store.pstate().sweep(space_id, BATCH)? {
        step()?;
    }
    Ok(())
}
