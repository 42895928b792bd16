//! The identity of a projection, and the event that blocks one.

use serde::{Deserialize, Serialize};

use crate::id::{EventId, SpaceId, SpaceSequence};

/// The name of the projection that every app has: commands read it, and it changes together with the events.
pub const STATE: &str = "state";

/// Returns true if a projection may have this name: lowercase letters, digits and underscores, beginning with a letter.
pub fn is_projection_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(is_allowed)
}

/// Identifies one projection of one space.
///
/// ```
/// use ramax::{SpaceId, pstate::{ProjectionId, STATE}};
/// assert_eq!(ProjectionId::from(SpaceId(2)), ProjectionId { space_id: SpaceId(2), name: STATE });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectionId<'a> {
    /// The space.
    pub space_id: SpaceId,
    /// The name of the projection in it.
    pub name: &'a str,
}

impl<'a> ProjectionId<'a> {
    /// Creates the id of the projection with this name.
    pub const fn new(space_id: SpaceId, name: &'a str) -> Self {
        Self { space_id, name }
    }
}

impl From<SpaceId> for ProjectionId<'_> {
    /// Returns the id of the space's projection [`STATE`].
    fn from(space_id: SpaceId) -> Self {
        Self { space_id, name: STATE }
    }
}

/// An event that keeps a projection from being caught up. If it blocks an inline projection, it blocks every command of
/// the space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockingEvent {
    /// Its id.
    pub event_id: EventId,
    /// Its position in the space.
    pub space_sequence: SpaceSequence,
    /// Its type.
    pub event_type: String,
    /// The reason why it cannot be applied.
    pub reason: String,
    /// True if the event is damaged. A backup may still hold it intact.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}
