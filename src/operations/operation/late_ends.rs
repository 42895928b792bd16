//! Ends of operations that are recorded late, because the server of the store was lost when they ended.

use crate::audit::{AuditEnd, OperationId};
use crate::content_store::Store;
use crate::error::Error;

/// Keeps an end that could not be recorded, unless no later attempt would succeed either.
pub(super) fn keep(store: &Store, operation_id: OperationId, end: &AuditEnd, error: &Error) {
    if error.is_server_away() {
        store.late_ends().lock().push((operation_id, end.clone()));
    }
}

/// Records the ends that this process could not record before. Keeps the rest for the next time if one fails.
pub fn record_late_ends(store: &Store) {
    loop {
        let Some((operation_id, end)) = store.late_ends().lock().pop() else { return };
        if let Err(error) = store.audit_log().end(operation_id, &end) {
            return keep(store, operation_id, &end, &error);
        }
    }
}
