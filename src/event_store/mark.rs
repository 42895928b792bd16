//! Marks that close a space for an import or a delete.

use uuid::Uuid;

use crate::clock::Timestamp;

/// The operation that set a mark. Only that operation acts on the mark, and takes it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkOwner {
    /// A random number of the operation.
    pub token: Uuid,
    /// Who runs it, in the caller's words, so that another process can tell whether it is still at work.
    pub operator: String,
    /// When it set the mark.
    pub since: Timestamp,
}

/// A space as it was when it was marked as being deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeforeDelete {
    /// It was open, and nothing of it is removed. The mark can be taken back.
    Open,
    /// It was marked by an earlier delete, which removed nothing that is known of.
    Marked,
    /// It was marked by an earlier delete, which removed rows.
    Removing,
    /// It was being imported, or an earlier delete removed what was.
    Importing,
}
