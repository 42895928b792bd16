//! Entries of the audit log as rows.

use serde::Serialize;

use crate::audit::AuditEntry;

/// An entry of the audit log, as JSON.
#[derive(Serialize)]
pub(crate) struct ListedOperation<'a> {
    #[serde(flatten)]
    operation: &'a AuditEntry,
    /// The seconds that it took, if it has ended.
    pub(crate) seconds: Option<f64>,
}

impl<'a> ListedOperation<'a> {
    pub(crate) fn of(operation: &'a AuditEntry) -> Self {
        let millis = operation.ended_at.map(|ended_at| ended_at.0.saturating_sub(operation.started_at.0));
        Self { operation, seconds: millis.map(|millis| millis as f64 / 1000.0) }
    }
}
