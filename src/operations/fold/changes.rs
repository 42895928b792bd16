//! The changes that an event made.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::content_store::{Change, FieldChange};
use crate::event::{CorrelationId, Event, EventId, SpaceSequence};
use crate::json::Json;
use crate::operations::Pause;
use crate::text::find;

/// An event without its payload, as the origin of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventSummary {
    /// The event.
    pub event_id: EventId,
    /// Its sequence.
    pub space_sequence: SpaceSequence,
    /// The entity that it concerns.
    pub entity_id: String,
    /// Its type, as stored.
    pub event_type: Arc<str>,
    /// The time when it was appended.
    pub timestamp: Timestamp,
    /// The event that caused it.
    pub causation_id: Option<EventId>,
    /// The correlation that it belongs to.
    pub correlation_id: Option<CorrelationId>,
    /// The `actor` of its metadata, if it names one: the user who ran the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

impl From<&Event> for EventSummary {
    fn from(event: &Event) -> Self {
        Self {
            event_id: event.event_id,
            space_sequence: event.space_sequence,
            entity_id: event.entity_id.clone(),
            event_type: Arc::clone(&event.event_type),
            timestamp: event.timestamp,
            causation_id: event.causation_id,
            correlation_id: event.correlation_id,
            actor: event.metadata.as_ref().and_then(actor),
        }
    }
}

/// Returns the actor that metadata names. A redacted one is none.
fn actor(metadata: &Json) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        actor: String,
    }
    metadata.parse::<Named>().ok().map(|named| named.actor)
}

/// The effect of an event on the projections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum EventOutcome {
    /// It was applied. It may have changed nothing.
    Applied,
    /// No projection handles its type.
    UnknownType,
    /// A projection cannot apply it, so the fold skips it there.
    Skipped {
        /// The name of the first such projection.
        projection: &'static str,
        /// The reason.
        reason: String,
        /// True if the event differs from what was appended.
        damaged: bool,
    },
}

/// An event with the changes that it made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventChanges {
    /// The event.
    #[serde(flatten)]
    pub event: EventSummary,
    /// Its effect.
    #[serde(flatten)]
    pub outcome: EventOutcome,
    /// The keys that it wrote, by projection, with their values before and after it. They are equal if it only renewed the
    /// time of the key.
    pub changes: Vec<Change>,
}

/// A change of one key, with its event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// The event that made it.
    #[serde(flatten)]
    pub event: EventSummary,
    /// The change.
    #[serde(flatten)]
    pub change: Change,
}

impl KeyChange {
    /// Returns the fields that differ if the type of the event, or the path or a value of one of them, contains a text, ignoring
    /// ASCII case. Calls `pause` often enough to stop within large values.
    ///
    /// # Errors
    /// The error of `pause`.
    pub fn fields_with<E>(
        &self,
        text: &str,
        pause: &mut Pause<'_, E>,
    ) -> Result<Option<Vec<FieldChange>>, E> {
        let fields = self.change.fields_between(pause)?;
        let mut is_found = text.is_empty() || find(&self.event.event_type, text, 0).is_some();
        for field in &fields {
            is_found = is_found || field.contains(text, pause)?;
        }
        Ok(is_found.then_some(fields))
    }
}
