//! The state of a space that an optimistic unit of work has read at its beginning, so that it is not read again.

use std::collections::HashMap;

use crate::id::SpaceId;
use crate::space::Checkpoint;

/// A live projection.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) projection_id: i64,
    pub(super) checkpoint: Checkpoint,
    pub(super) definition: Option<String>,
}

/// The live projections of a space, by name.
#[derive(Debug)]
pub(super) struct Foreseen {
    pub(super) space_id: SpaceId,
    pub(super) live: HashMap<String, Live>,
}
