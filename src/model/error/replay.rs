//! Errors of replaying events.

use thiserror::Error;

use crate::event::{EventId, SpaceSequence};

use super::{Advice, Remedy};

/// The reason why events were not applied to a projection. The projection is unchanged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// An event handler failed, or the event's checksum does not match.
    #[error("event {event_id} ({event_type}, sequence {sequence}) cannot be applied: {reason}")]
    BadEvent {
        /// The event.
        event_id: EventId,
        /// Its sequence.
        sequence: SpaceSequence,
        /// Its type.
        event_type: String,
        /// The reason.
        reason: String,
        /// True if the event differs from what was appended, so that a backup may still have it.
        damaged: bool,
    },
    /// The operation was stopped on request.
    #[error("cancelled; existing data is unchanged")]
    Cancelled,
    /// A delete was stopped on request after it had removed something.
    #[error("the delete was interrupted; the space accepts no more events")]
    DeleteInterrupted,
    /// A redaction was stopped on request while the files were rewritten, after the fields were erased.
    #[error("the fields are erased, but the purge was interrupted: old bytes remain in the file")]
    PurgeInterrupted,
}

impl ReplayError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadEvent { .. } => "bad_event",
            Self::Cancelled => "cancelled",
            Self::DeleteInterrupted => "delete_interrupted",
            Self::PurgeInterrupted => "purge_interrupted",
        }
    }

    /// Says what to do next, if anything can be done.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::BadEvent { event_id, sequence, damaged, .. } => {
                let (event_id, space_sequence) = (*event_id, *sequence);
                let backup = if *damaged { "use the last good backup, if it has the event; " } else { "" };
                let advice = Advice::from(backup)
                    .remedy(Remedy::InspectEvent { event_id, space_sequence })
                    .text("; ")
                    .remedy(Remedy::Rebuild { skip_errors: true })
                    .text(" skips it");
                Some(if *damaged { advice.text(" and loses what is stored because of it") } else { advice })
            }
            Self::Cancelled => None,
            Self::DeleteInterrupted => Some("delete it again to continue".into()),
            Self::PurgeInterrupted => Some("redact the same fields again to purge the file".into()),
        }
    }
}
