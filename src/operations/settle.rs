//! What processes that are gone left behind, settled by the next one that opens the store to write.

use crate::content_store::Store;
use crate::error::Result;
use crate::operator_log::{Ended, Operator, Outcome};

/// Entries removed in one transaction.
const BATCH: usize = 2000;
/// Transactions after which the rest is left to the next process, which has something else to do as well.
const BATCHES: usize = 10;

/// Marks operations as interrupted that did not end and whose process `is_there` does not find. Returns how
/// many there were.
///
/// # Errors
/// Failures of the storage.
pub fn settle(store: &Store, is_there: impl Fn(&Operator) -> bool) -> Result<usize> {
    let mut settled = 0;
    for operation in store.operator_log().running()? {
        if is_there(&operation.operator) {
            continue;
        }
        let ended = Ended {
            space_id: None,
            outcome: Outcome::Interrupted,
            detail: "the process that did it is gone".to_owned(),
            ended_at: store.clock().now(),
        };
        store.operator_log().end(operation.operation_id, &ended)?;
        settled += 1;
    }
    Ok(settled)
}

/// Removes what rebuilds and imports left of projections that nobody sees, if their process is gone; much of it in
/// several turns. What a process that `is_there` builds is never touched.
///
/// # Errors
/// Failures of the storage.
pub fn sweep_leftovers(store: &Store, is_there: impl Fn(&Operator) -> bool) -> Result<()> {
    for _ in 0..BATCHES {
        if !store.pstate().sweep_unused(&|owner| !is_there(owner), BATCH)? {
            break;
        }
    }
    Ok(())
}
