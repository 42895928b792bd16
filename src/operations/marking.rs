//! The marks that operations set on spaces: their owners, and those of operations that are no longer at work.
//!
//! An owner is a random token, which every step of the operation shows to the store, and the process that runs it. A
//! mark may be taken over once that process is gone; in this process, once the operation has ended. Of a process on
//! another machine nothing is known: its mark may be taken over after [`ELSEWHERE`]. Should it be at work all the same,
//! its next step fails, and nothing is mixed up.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use uuid::Uuid;

use crate::content_store::Store;
use crate::error::{Result, StoreError};
use crate::event_store::MarkOwner;
use crate::operator_log::Operator;
use crate::space::{Space, SpaceState};

/// How old the mark of a process on another machine has to be.
const ELSEWHERE: Duration = Duration::from_secs(600);

/// An operation of this process that sets marks. It has ended when this is dropped.
pub(super) struct Marking {
    pub(super) owner: MarkOwner,
    at_work: Arc<Mutex<HashSet<Uuid>>>,
}

impl Marking {
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

impl Drop for Marking {
    fn drop(&mut self) {
        self.at_work.lock().remove(&self.owner.token);
    }
}

/// The token of the mark that a space has, to be taken over; none where an earlier version set it.
///
/// # Errors
/// [`StoreError::WorkedOn`] if the operation that set it is still at work; failures of the storage.
pub(super) fn to_take_over(store: &Store, space: &Space) -> Result<Option<Uuid>> {
    let Some(owner) = store.events().mark_owner(space.space_id)? else { return Ok(None) };
    let Ok(operator) = serde_json::from_str::<Operator>(&owner.operator) else {
        return Ok(Some(owner.token));
    };
    if !is_at_work(store, &owner, &operator) {
        return Ok(Some(owner.token));
    }
    let doing = if space.state == SpaceState::Importing { "imported" } else { "deleted" };
    let by = format!("{operator} (process {}) since {}", operator.process, owner.since);
    Err(StoreError::WorkedOn { space: space.space_name.clone(), doing, by }.into())
}

fn is_at_work(store: &Store, owner: &MarkOwner, operator: &Operator) -> bool {
    if operator.is_this_process() {
        return store.operations_at_work().lock().contains(&owner.token);
    }
    if operator.is_on_this_machine() {
        return operator.is_there();
    }
    let age = store.clock().now().0.saturating_sub(owner.since.0);
    u64::try_from(age).is_ok_and(|age| Duration::from_millis(age) < ELSEWHERE)
}
