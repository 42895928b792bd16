//! The queries that were used in a store.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

use super::SpaceRef;

/// The most bytes of a query that is kept.
pub(super) const MOST_QUERY: usize = 2000;

/// A query that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedQuery {
    /// The text as it was typed.
    pub query: String,
    /// The space whose events it was used on; `None` for those of several spaces.
    #[serde(default)]
    pub space: Option<SpaceRef>,
    /// When it was used last.
    pub at: Timestamp,
}

/// A query that was saved under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedQuery {
    /// The name, unique in the store.
    pub name: String,
    /// The text.
    pub query: String,
    /// The space whose events it was saved for; `None` for those of several spaces.
    #[serde(default)]
    pub space: Option<SpaceRef>,
    /// When it was saved.
    pub at: Timestamp,
}
