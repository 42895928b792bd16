//! Changes of a subscription.

use crate::id::SpaceId;

use super::Start;

/// A change of a subscription by an operator. A running holder notices it and continues accordingly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionChange {
    /// Tries parked events once more: all, or those of one space.
    Retry {
        /// The space.
        space_id: Option<SpaceId>,
    },
    /// Gives up parked events for good, all or those of one space. Spaces that have stopped at one continue after it.
    Skip {
        /// The space.
        space_id: Option<SpaceId>,
    },
    /// Moves the positions of all spaces, or of one, and forgets their parked events. Ends a suspension.
    Reset {
        /// The space.
        space_id: Option<SpaceId>,
        /// The next positions.
        to: Start,
    },
    /// Continues a subscription in a copy of its store at its positions.
    Resume,
    /// Removes the subscription with its positions and parked events. The marks of its effects stay. A program that
    /// declares it again registers a new one.
    Remove,
}

impl SubscriptionChange {
    /// Returns the space, if the change is about only one.
    pub fn space_id(&self) -> Option<SpaceId> {
        match self {
            Self::Retry { space_id } | Self::Skip { space_id } | Self::Reset { space_id, .. } => *space_id,
            Self::Resume | Self::Remove => None,
        }
    }
}
