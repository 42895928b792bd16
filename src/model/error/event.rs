//! Errors of storing an event.

use thiserror::Error;

use crate::limits::{LONGEST_ENTITY_ID, LONGEST_EVENT_TYPE, LONGEST_METADATA, LONGEST_PAYLOAD};
use crate::text::grouped;

use super::Advice;

/// The reason why an event cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidEvent {
    /// The payload is not JSON.
    #[error("the payload of an event of {entity_id} is not JSON: {reason}")]
    PayloadNotJson {
        /// The event's entity.
        entity_id: String,
        /// The problem and its position.
        reason: String,
    },
    /// The payload is too large.
    #[error(
        "the payload of an event of {entity_id} has {} bytes; the limit is {} MiB",
        grouped(*bytes as u64),
        LONGEST_PAYLOAD >> 20
    )]
    PayloadTooLarge {
        /// The event's entity.
        entity_id: String,
        /// The payload's size.
        bytes: usize,
    },
    /// The metadata is not a JSON object.
    #[error("the metadata of an event of {entity_id} is not a JSON object: {reason}")]
    MetadataNotAnObject {
        /// The event's entity.
        entity_id: String,
        /// The problem and its position.
        reason: String,
    },
    /// The metadata is too large.
    #[error(
        "the metadata of an event of {entity_id} has {} bytes; the limit is {} MiB",
        grouped(*bytes as u64),
        LONGEST_METADATA >> 20
    )]
    MetadataTooLarge {
        /// The event's entity.
        entity_id: String,
        /// The size of the metadata.
        bytes: usize,
    },
    /// The metadata has a name that only the store may use.
    #[error(
        "the metadata of an event of {entity_id} has the name {name}; names that begin with $ are reserved"
    )]
    MetadataReserved {
        /// The event's entity.
        entity_id: String,
        /// The name.
        name: String,
    },
    /// The id of the entity is empty or too long.
    #[error(
        "an entity id must have 1 to {} characters, not {}",
        grouped(LONGEST_ENTITY_ID as u64),
        grouped(*characters as u64)
    )]
    EntityId {
        /// Its length.
        characters: usize,
    },
    /// The type is empty or too long.
    #[error(
        "an event type must have 1 to {LONGEST_EVENT_TYPE} characters, not {}",
        grouped(*characters as u64)
    )]
    EventType {
        /// Its length.
        characters: usize,
    },
}

impl InvalidEvent {
    /// Says what to do next.
    pub fn advice(&self) -> Advice {
        Advice::from(match self {
            Self::PayloadNotJson { .. } => {
                "nothing was stored; create the payload with Json::of or Json::from_serialize"
            }
            Self::PayloadTooLarge { .. } => {
                "nothing was stored; keep large content elsewhere and refer to it, or split it into several events"
            }
            Self::MetadataNotAnObject { .. } => {
                "nothing was stored; create the metadata with Json::of from an object, such as {\"actor\":\"ada\"}"
            }
            Self::MetadataTooLarge { .. } => {
                "nothing was stored; keep large content in the payload or elsewhere"
            }
            Self::MetadataReserved { .. } => "nothing was stored; choose a name without $",
            Self::EntityId { .. } => "nothing was stored; give the entity a short id",
            Self::EventType { .. } => "nothing was stored; a type is a name such as contact.added",
        })
    }
}
