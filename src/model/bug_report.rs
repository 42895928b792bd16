//! Bug reports: spaces that hold some events of another one, taken out to be examined elsewhere.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{CorrelationId, EventId, SpaceId, SpaceSequence};

/// The subject of a bug report, which decides about its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportSubject {
    /// An event: the events of its entity up to it, and the chain of its causes in the space.
    #[serde(rename = "event_id")]
    Event(EventId),
    /// All events of an entity.
    #[serde(rename = "entity_id")]
    Entity(String),
    /// All events of the space with a correlation.
    #[serde(rename = "correlation_id")]
    Correlation(CorrelationId),
}

/// Writes `entity c30`.
impl fmt::Display for ReportSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event_id) => write!(f, "event {event_id}"),
            Self::Entity(entity_id) => write!(f, "entity {entity_id}"),
            Self::Correlation(correlation_id) => write!(f, "correlation {correlation_id}"),
        }
    }
}

/// The origin of a bug report, as the metadata of its space names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportOrigin {
    /// The name of the space that the events are from.
    #[serde(rename = "space")]
    pub space_name: String,
    /// Its id.
    pub space_id: SpaceId,
    /// The id of its store.
    #[serde(rename = "store")]
    pub store_id: Uuid,
    /// The subject. A masked entity has its stand-in.
    #[serde(flatten)]
    pub subject: ReportSubject,
    /// The sequence in the report of the event at which it is opened.
    #[serde(rename = "open_at")]
    pub sequence: SpaceSequence,
    /// The masked fields.
    pub masked: Vec<String>,
}
