//! Errors of storing an event.

use thiserror::Error;

use crate::limits::{LONGEST_ENTITY_ID, LONGEST_EVENT_TYPE, LONGEST_PAYLOAD};
use crate::text::grouped;

/// The reason why an event cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidEvent {
    /// The payload is not JSON.
    #[error("the payload of an event of {entity_id} is not JSON: {reason}")]
    PayloadNotJson {
        /// The event's entity.
        entity_id: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// The payload is too large.
    #[error(
        "the payload of an event of {entity_id} has {} bytes, more than the {} MiB that one may have",
        grouped(*bytes as u64),
        LONGEST_PAYLOAD >> 20
    )]
    PayloadTooLarge {
        /// The event's entity.
        entity_id: String,
        /// The payload's size.
        bytes: usize,
    },
    /// The id of the entity is empty or too long.
    #[error(
        "the id of an entity must have between 1 and {} characters, not {}",
        grouped(LONGEST_ENTITY_ID as u64),
        grouped(*characters as u64)
    )]
    EntityId {
        /// Its length.
        characters: usize,
    },
    /// The type is empty or too long.
    #[error(
        "the type of an event must have between 1 and {LONGEST_EVENT_TYPE} characters, not {}",
        grouped(*characters as u64)
    )]
    EventType {
        /// Its length.
        characters: usize,
    },
}

impl InvalidEvent {
    /// Suggests what to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::PayloadNotJson { .. } => {
                "nothing was stored; make the payload with Json::of or Json::from_serialize"
            }
            Self::PayloadTooLarge { .. } => {
                "nothing was stored; keep large content elsewhere and refer to it, or divide it among several events"
            }
            Self::EntityId { .. } => "nothing was stored; name the entity by a short id",
            Self::EventType { .. } => "nothing was stored; a type is a name such as contact.added",
        }
    }
}
