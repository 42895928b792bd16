//! Repairing whatever can be derived from existing data. No event is touched.

use tracing::{info_span, warn};

use crate::content_store::{Apps, Store};
use crate::error::{Error, Remedy, Result};
use crate::event_store::EventStore;
use crate::operations::{Phase, Progress, Watch, report};
use crate::space::{Head, SpaceId};
use crate::subscriptions::{LeaseHolder, SubscriptionId};

use super::findings::Task;
use super::log::READ;
use super::{CheckOptions, Checked, Finding, check};

/// The most rounds of repairs.
const ROUNDS: usize = 3;

/// Rows removed in one transaction.
const BATCH: usize = 2000;

/// Repairs the findings whose remedy is a [`Remedy::Check`] with `repair`, in short transactions. A further check shows
/// what is left.
///
/// # Errors
/// As [`Store::check_writable`]; [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks;
/// repairs made before stay.
pub fn repair(store: &Store, checked: &Checked, watch: &mut Watch<'_>) -> Result<()> {
    let _span = info_span!("repair").entered();
    store.check_writable()?;
    let total = checked.tasks.len() as u64;
    for (task, done) in checked.tasks.iter().zip(0..) {
        let mut step =
            || report(watch, Progress { phase: Phase::Write, done, total, last_event: None, skipped: 0 });
        step()?;
        match run_task(store, checked, *task, &mut step) {
            // Damage prevents this repair, but no other.
            Err(Error::Store(error)) if error.is_damage() => {
                warn!(?task, %error, "not repaired");
            }
            result => result?,
        }
    }
    Ok(())
}

/// The result of a check that repairs.
#[derive(Debug, Clone, Default)]
pub struct Repaired {
    /// The findings that were repaired.
    pub repaired: Vec<Finding>,
    /// The result of the second check.
    pub left: Checked,
}

/// Checks a whole store, repairs what it can, and checks again.
///
/// Nothing is recorded in the audit log. Run [`Check`](crate::operations::Check) to record it.
///
/// # Errors
/// As [`check`] and [`repair`].
pub fn check_and_repair(
    store: &Store,
    apps: &Apps,
    options: CheckOptions<'_>,
    watch: &mut Watch<'_>,
) -> Result<Repaired> {
    let first = check(store, apps, options, watch)?;
    if first.tasks.is_empty() {
        return Ok(Repaired { repaired: Vec::new(), left: first });
    }
    repair(store, &first, watch)?;
    let mut left = check(store, apps, options, watch)?;
    // A repair may uncover damage that could not be seen before.
    for _ in 1..ROUNDS {
        if left.tasks.is_empty() || left.tasks == first.tasks {
            break;
        }
        repair(store, &left, watch)?;
        left = check(store, apps, options, watch)?;
    }
    let is_repaired = |finding: &Finding| {
        matches!(
            finding.remedy,
            Remedy::Check { deep: false, repair: true } | Remedy::Check { deep: true, repair: true }
        ) && !left.findings.contains(finding)
    };
    let repaired = first.findings.into_iter().filter(is_repaired).collect();
    Ok(Repaired { repaired, left })
}

fn run_task(
    store: &Store,
    checked: &Checked,
    task: Task,
    step: &mut dyn FnMut() -> Result<()>,
) -> Result<()> {
    match task {
        Task::SpaceIds => store.events().repair_space_ids(),
        Task::Keys => store.events().repair_keys(),
        Task::Types(space_id) => {
            let names = checked.types.get(&space_id).map(Vec::as_slice).unwrap_or_default();
            store.events().repair_types(space_id, names)
        }
        Task::Head(space_id) => repair_head(store, space_id, step),
        Task::Index(space_id) => store.events().repair_index(space_id, step),
        Task::Orphans(space_id) => repair_orphans(store, space_id, step),
        Task::Leftover(space_id, projection) => repair_leftover(store, space_id, projection, step),
        Task::Strays => {
            while store.pstate().repair_strays(BATCH)? {
                step()?;
            }
            Ok(())
        }
        Task::Causes => store.events().repair_causes(step),
        Task::Subscriptions => store.events().repair_progress(),
        Task::Lease(subscription_id) => end_lease(store, subscription_id),
        Task::Redaction(space_id) => store.events().set_redacting(space_id, false),
        Task::Rewrite => {
            store.events().rewrite()?;
            if store.is_shared() { Ok(()) } else { store.pstate().rewrite() }
        }
        Task::Ranges => {
            store.events().repair_ranges()?;
            store.pstate().repair_ranges()
        }
        Task::Numbers => {
            store.events().repair_numbers()?;
            store.pstate().repair_numbers()
        }
    }
}

/// Counts the events again, the last ones while nothing is appended.
fn repair_head(store: &Store, space_id: SpaceId, step: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    let events = store.events();
    let mut head = Head::default();
    while count_some(events, space_id, &mut head)? == READ {
        step()?;
    }
    events.repair_head(space_id, head)?;
    // The index of a space without counters is rebuilt from the start.
    events.repair_index(space_id, step)
}

fn count_some(events: &dyn EventStore, space_id: SpaceId, head: &mut Head) -> Result<usize> {
    events.replay(space_id, head.last_sequence, READ, &mut |event| {
        head.advance(event);
        Ok(())
    })
}

/// Takes a lease over and releases it. A holder that still runs notices that, and takes it again.
fn end_lease(store: &Store, subscription_id: SubscriptionId) -> Result<()> {
    let events = store.events();
    let mut records = events.subscriptions()?.into_iter();
    let Some(record) = records.find(|record| record.subscription_id == subscription_id) else {
        return Ok(());
    };
    let holder = LeaseHolder { operator: String::new(), until: store.clock().now() };
    match events.take_lease(subscription_id, record.epoch, &holder)? {
        Some(lease) => events.release_lease(&lease),
        None => Ok(()),
    }
}

/// Removes the projections of a space that does not exist.
fn repair_orphans(store: &Store, space_id: SpaceId, step: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    if store.events().space(space_id)?.is_some() {
        return Ok(());
    }
    while store.pstate().delete_some(space_id, BATCH)? {
        step()?;
    }
    Ok(())
}

fn repair_leftover(
    store: &Store,
    space_id: SpaceId,
    projection: i64,
    step: &mut dyn FnMut() -> Result<()>,
) -> Result<()> {
    store.pstate().retire_leftover(space_id, projection)?;
    while store.pstate().sweep(space_id, BATCH)? {
        step()?;
    }
    Ok(())
}
