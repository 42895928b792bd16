//! Cleaning up after processes that are gone, when the store is next opened for writing.

use crate::audit::{AuditEnd, Outcome};
use crate::content_store::Store;
use crate::error::Result;
use crate::operator::Operator;

/// Entries removed in one transaction.
const BATCH: usize = 2000;
/// The most transactions, so that the process can turn to its own work; the next one does the rest.
const BATCHES: usize = 10;

/// Marks unfinished operations as interrupted, except those whose process may be running. Returns their number.
pub fn mark_interrupted(store: &Store, is_running: impl Fn(&Operator) -> bool) -> Result<usize> {
    let mut marked = 0;
    for operation in store.audit_log().running()? {
        if is_running(&operation.operator) {
            continue;
        }
        let ended = AuditEnd {
            space_id: None,
            outcome: Outcome::Interrupted,
            detail: "no outcome recorded, and its process is gone".to_owned(),
            ended_at: store.clock().now(),
        };
        store.audit_log().end(operation.operation_id, &ended)?;
        marked += 1;
    }
    Ok(marked)
}

/// Removes unused projections of rebuilds and imports whose process is gone, a limited amount per call. Those
/// of a process that may be running are never touched.
pub fn sweep_leftovers(store: &Store, is_running: impl Fn(&Operator) -> bool) -> Result<()> {
    for _ in 0..BATCHES {
        if !store.pstate().sweep_unused(&|owner| !is_running(owner), BATCH)? {
            break;
        }
    }
    Ok(())
}
