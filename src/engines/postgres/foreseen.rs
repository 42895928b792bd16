//! The state of a space that an optimistic unit of work has read at its beginning, so that it is not read again.

use std::collections::HashMap;

use crate::id::SpaceId;
use crate::pstate::Entry;
use crate::space::Checkpoint;

/// A live projection.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) projection_id: i64,
    pub(super) checkpoint: Checkpoint,
    pub(super) definition: Option<String>,
}

/// The live projections of a space, by name, and entries of one of them.
#[derive(Debug)]
pub(super) struct Foreseen {
    pub(super) space_id: SpaceId,
    pub(super) live: HashMap<String, Live>,
    pub(super) entries: Option<Entries>,
}

/// Entries of a projection by key. Those that are known to be missing are among them.
#[derive(Debug)]
pub(super) struct Entries {
    pub(super) projection_id: i64,
    pub(super) by_key: HashMap<String, Option<Entry>>,
}

impl Foreseen {
    /// Returns an entry, if it was read.
    pub(super) fn entry(&self, projection_id: i64, key: &str) -> Option<Option<Entry>> {
        let entries = self.entries.as_ref().filter(|entries| entries.projection_id == projection_id)?;
        entries.by_key.get(key).cloned()
    }
}
