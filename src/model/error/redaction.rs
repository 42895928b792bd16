//! Errors of erasing fields.

use thiserror::Error;

use crate::event::{EventId, SpaceSequence};

use super::{Advice, Remedy};

/// The reason why fields cannot be erased. Nothing was changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RedactionError {
    /// The path of a field is malformed.
    #[error("{field:?} is not a field: {reason}")]
    InvalidField {
        /// The path.
        field: String,
        /// The problem.
        reason: &'static str,
    },
    /// No field is named.
    #[error("no field is named")]
    NoField,
    /// The space has no event of this entity.
    #[error("the space {space} has no event of the entity {entity_id}")]
    UnknownEntity {
        /// The space.
        space: String,
        /// The entity.
        entity_id: String,
    },
    /// A field occurs in none of the entity's events.
    #[error("no event of the entity {entity_id} has the field {field}")]
    UnknownField {
        /// The entity.
        entity_id: String,
        /// The field.
        field: String,
        /// The fields that its events have.
        known: Vec<String>,
    },
    /// An event of the entity differs from what was appended. A new checksum would hide that.
    #[error(
        "event {event_id} (sequence {sequence}) differs from what was appended, so that nothing of it is erased"
    )]
    DamagedEvent {
        /// The event.
        event_id: EventId,
        /// Its sequence.
        sequence: SpaceSequence,
    },
    /// The app cannot apply an event without the fields, so that no projection could be built.
    #[error(
        "event {event_id} ({event_type}, sequence {sequence}) cannot be applied without the fields: {reason}; \
         nothing was erased"
    )]
    NeededField {
        /// The event.
        event_id: EventId,
        /// Its sequence.
        sequence: SpaceSequence,
        /// Its type.
        event_type: String,
        /// The reason.
        reason: String,
    },
    /// The app cannot apply an event, whatever is erased, so that no projection could be built.
    #[error(
        "event {event_id} ({event_type}, sequence {sequence}) cannot be applied, even before a field is erased: {reason}; \
         nothing was erased"
    )]
    BadEvent {
        /// The event.
        event_id: EventId,
        /// Its sequence.
        sequence: SpaceSequence,
        /// Its type.
        event_type: String,
        /// The reason.
        reason: String,
    },
    /// A projection that the space's app does not declare contains some of the values, and cannot be rebuilt.
    #[error("the projection {projection} may contain the values, and the space's app does not declare it")]
    UndeclaredProjection {
        /// Its name.
        projection: String,
    },
}

impl RedactionError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::InvalidField { .. } => "invalid_field",
            Self::NoField => "no_field",
            Self::UnknownEntity { .. } => "unknown_entity",
            Self::UnknownField { .. } => "field_not_found",
            Self::DamagedEvent { .. } => "damaged_event",
            Self::NeededField { .. } => "needed_field",
            Self::BadEvent { .. } => "bad_event",
            Self::UndeclaredProjection { .. } => "undeclared_projection",
        }
    }

    /// Says what to do next, if anything can be done.
    pub fn advice(&self) -> Option<Advice> {
        Some(match self {
            Self::InvalidField { .. } => {
                "a field is a path such as email or address.street, or meta.actor for metadata".into()
            }
            Self::NoField => "name each field to be erased, such as email".into(),
            Self::UnknownEntity { .. } => "the list of the space's events shows its entities".into(),
            Self::UnknownField { known, .. } => format!("its events have: {}", known.join(", ")).into(),
            Self::DamagedEvent { event_id, sequence } => {
                Advice::from("restore it from a good backup first; ")
                    .remedy(Remedy::InspectEvent { event_id: *event_id, space_sequence: *sequence })
            }
            Self::NeededField { event_id, sequence, .. } => {
                Advice::from(r#"let its handler accept {"redacted":true} in their place; "#)
                    .remedy(Remedy::InspectEvent { event_id: *event_id, space_sequence: *sequence })
            }
            Self::BadEvent { event_id, sequence, .. } => {
                Advice::from("a redaction that skips events which cannot be applied erases the fields as well, and loses what is stored \
                    because of those events; ")
                    .remedy(Remedy::InspectEvent { event_id: *event_id, space_sequence: *sequence })
            }
            Self::UndeclaredProjection { projection } => {
                Advice::from("use the program that declares it; or ")
                    .remedy(Remedy::RemoveProjection { projection: projection.clone() })
                    .text(" removes it")
            }
        })
    }
}
