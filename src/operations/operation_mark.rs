//! Marks that operations set on spaces, and when another operation may take them over.
//!
//! A mark's owner is a random token, which the operation presents with every step, and the operator's process.
//! A mark may be taken over once that process is gone, or, within this process, once the operation has
//! finished. The state of a process on another machine is unknown: its mark may be taken over after
//! [`ELSEWHERE`]. If that process is still running after all, its next step fails, so that the two never mix.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use uuid::Uuid;

use crate::content_store::Store;
use crate::error::{Error, Result, StoreError};
use crate::event_store::MarkOwner;
use crate::operator::Operator;
use crate::space::{Space, SpaceState};

use super::{find_record, unfinished_delete};

/// The age at which the mark of a process on another machine may be taken over.
const ELSEWHERE: Duration = Duration::from_secs(600);

/// A running operation of this process that sets marks. Dropping it ends the operation.
pub(super) struct OperationMark {
    pub(super) owner: MarkOwner,
    at_work: Arc<Mutex<HashSet<Uuid>>>,
}

impl OperationMark {
    pub(super) fn begin(store: &Store) -> Self {
        let operator = store.operator().in_this_process();
        let owner = MarkOwner {
            token: Uuid::new_v4(),
            operator: serde_json::to_string(&operator).unwrap_or_default(),
            since: store.clock().now(),
        };
        let at_work = Arc::clone(store.operations_at_work());
        at_work.lock().insert(owner.token);
        Self { owner, at_work }
    }

    pub(super) fn token(&self) -> Uuid {
        self.owner.token
    }
}

impl Drop for OperationMark {
    fn drop(&mut self) {
        self.at_work.lock().remove(&self.owner.token);
    }
}

/// Returns the token of the mark to be taken over; none if an earlier version set it.
///
/// # Errors
/// [`StoreError::WorkedOn`] if the operation that set it is still running.
pub(super) fn to_take_over(store: &Store, space: &Space) -> Result<Option<Uuid>> {
    let Some(owner) = store.events().mark_owner(space.space_id)? else { return Ok(None) };
    match worked_on_by(store, space, &owner) {
        Some(refused) => Err(refused.into()),
        None => Ok(Some(owner.token)),
    }
}

/// A running operation that has closed a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceWorker {
    /// The operation, as a participle: `imported`, `deleted`.
    pub doing: &'static str,
    /// The operator and the process, with the start time.
    pub by: String,
}

/// Returns the operation that has closed a space, if it is still running.
pub(super) fn worker(store: &Store, space: &Space) -> Result<Option<SpaceWorker>> {
    if space.check_open().is_ok() {
        return Ok(None);
    }
    let owner = store.events().mark_owner(space.space_id)?;
    Ok(owner.and_then(|owner| working(store, space, &owner)))
}

/// Returns the error that names the operation which has closed a space, if it is still running.
pub fn worked_on(store: &Store, space: &Space) -> Result<Option<StoreError>> {
    let owner = store.events().mark_owner(space.space_id)?;
    Ok(owner.and_then(|owner| worked_on_by(store, space, &owner)))
}

/// If a space is closed, names the operation that closed it in the error, as long as it is running. Until then no
/// other operation can finish its work, so advice to do so would not help. If a delete was interrupted, says whether it
/// owes a purge.
pub fn name_worker(store: &Store, error: Error) -> Error {
    let Error::Store(
        StoreError::SpaceDeleting { space, .. }
        | StoreError::SpaceImporting { space }
        | StoreError::SpaceForking { space },
    ) = &error
    else {
        return error;
    };
    let Ok(record) = find_record(store, space) else { return error };
    match (worked_on(store, &record.space), &error) {
        (Ok(Some(worker)), _) => worker.into(),
        (_, Error::Store(StoreError::SpaceDeleting { space, .. })) => {
            let purge = unfinished_delete(store, &record.space).is_ok_and(|owed| owed.purge);
            StoreError::SpaceDeleting { space: space.clone(), purge }.into()
        }
        _ => error,
    }
}

fn worked_on_by(store: &Store, space: &Space, owner: &MarkOwner) -> Option<StoreError> {
    let SpaceWorker { doing, by } = working(store, space, owner)?;
    Some(StoreError::WorkedOn { space: space.space_name.clone(), doing, by })
}

fn working(store: &Store, space: &Space, owner: &MarkOwner) -> Option<SpaceWorker> {
    let operator = serde_json::from_str::<Operator>(&owner.operator).ok()?;
    if !is_at_work(store, owner, &operator) {
        return None;
    }
    let doing = match space.state {
        SpaceState::Importing if space.is_fork() => "forked",
        SpaceState::Importing => "imported",
        SpaceState::Open | SpaceState::Deleting => "deleted",
    };
    let by = format!("{operator} (process {}) since {}", operator.process, owner.since);
    Some(SpaceWorker { doing, by })
}

fn is_at_work(store: &Store, owner: &MarkOwner, operator: &Operator) -> bool {
    if operator.is_this_process() {
        return store.operations_at_work().lock().contains(&owner.token);
    }
    if operator.is_on_this_machine() {
        return operator.is_running();
    }
    let age = store.clock().now().0.saturating_sub(owner.since.0);
    u64::try_from(age).is_ok_and(|age| Duration::from_millis(age) < ELSEWHERE)
}
