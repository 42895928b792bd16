//! Marks that close a space for an import or a delete.

use uuid::Uuid;

use crate::clock::Timestamp;

/// The operation that set a mark. Only that operation acts on the mark and removes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkOwner {
    /// A random number of the operation.
    pub token: Uuid,
    /// Identifies the process that runs it, so that another process can tell if it is still running.
    pub operator: String,
    /// When it set the mark.
    pub since: Timestamp,
}

/// The state of a space when it was marked for deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeforeDelete {
    /// Open and complete. The mark can be removed again.
    Open,
    /// Marked by an earlier delete, which is not known to have removed anything.
    Marked,
    /// Marked by an earlier delete, which removed rows.
    Removing,
    /// An import, which may be incomplete or partly removed by an earlier delete.
    Importing,
}
