//! Entries of the audit log as rows.

use serde::Serialize;

use crate::audit::AuditEntry;

/// An entry of the audit log, as JSON.
#[derive(Serialize)]
pub(crate) struct ListedOperation<'a> {
    #[serde(flatten)]
    operation: &'a AuditEntry,
    /// The seconds that it took, if its start and its end are known.
    pub(crate) seconds: Option<f64>,
}

impl<'a> ListedOperation<'a> {
    pub(crate) fn of(operation: &'a AuditEntry) -> Self {
        Self { operation, seconds: operation.millis().map(|millis| millis as f64 / 1000.0) }
    }
}
