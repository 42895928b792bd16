//! Errors of replaying events.

use thiserror::Error;

use crate::event::{EventId, SpaceSequence};

/// Why events cannot be folded into a projection. The projection stands as it was.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// An event's applicator failed, or its checksum does not match.
    #[error("event {event_id} ({event_type}, sequence {sequence}) cannot be applied: {reason}")]
    BadEvent {
        /// The event.
        event_id: EventId,
        /// Its place in the space.
        sequence: SpaceSequence,
        /// Its type.
        event_type: String,
        /// Why.
        reason: String,
        /// It is not what was appended: a backup may still have that.
        damaged: bool,
    },
    /// It was stopped on request.
    #[error("cancelled; what is there is whole")]
    Cancelled,
    /// A delete was stopped on request, after it had begun.
    #[error("the delete was interrupted; the space takes no more events")]
    DeleteInterrupted,
}

impl ReplayError {
    /// The error's name, stable for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadEvent { .. } => "bad_event",
            Self::Cancelled => "cancelled",
            Self::DeleteInterrupted => "delete_interrupted",
        }
    }

    /// What to do next, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::BadEvent { event_id, damaged: true, .. } => Some(format!(
                "take the last good backup, if it has the event; look at it with `ramax events show {event_id}`; \
                 `ramax rebuild SPACE --skip-errors` leaves it out, and what is stored because of it is lost"
            )),
            Self::BadEvent { event_id, .. } => Some(format!(
                "look at it with `ramax events show {event_id}`; `ramax rebuild SPACE --skip-errors` leaves it out"
            )),
            Self::Cancelled => None,
            Self::DeleteInterrupted => Some("delete it again: it goes on where it stopped".to_owned()),
        }
    }
}
