//! Errors of replaying events.

use thiserror::Error;

use crate::event::{EventId, SpaceSequence};
use crate::timestamp::Timestamp;

use super::{Advice, Remedy};

/// The reason why events were not applied to a projection. The projection is unchanged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// An event handler failed, or the event's checksum does not match.
    #[error("{} cannot be applied: {reason}", named(*event_id, event_type, *sequence))]
    BadEvent {
        /// The event; 0 if it is not stored.
        event_id: EventId,
        /// Its sequence.
        sequence: SpaceSequence,
        /// Its type.
        event_type: String,
        /// The reason.
        reason: String,
        /// True if the event differs from what was appended, so that a backup may still have it.
        damaged: bool,
        /// The rebuild that skips it, or derives again a stored value that could not be read. None helps against an event that is
        /// not stored.
        by: Box<Remedy>,
    },
    /// There is no event with a sequence, or it was appended after the fold was opened.
    #[error("{space} has no event with sequence {sequence}; {}", last_event(*last))]
    NoSuchSequence {
        /// The space.
        space: String,
        /// The sequence asked for.
        sequence: SpaceSequence,
        /// The first sequence that could be asked for: 0 for a point of the past, which may be before all events, and 1 for an
        /// event.
        first: SpaceSequence,
        /// The last sequence.
        last: SpaceSequence,
    },
    /// A time is before the first event of a space.
    #[error("{space} has no event at or before {time}{}", first.map_or_else(String::new, |first| format!("; its first one is of {first}")))]
    BeforeFirstEvent {
        /// The space.
        space: String,
        /// The time asked for.
        time: Timestamp,
        /// The time of the first event. `None` if there is none.
        first: Option<Timestamp>,
    },
    /// The events of a space are no longer those that were folded.
    #[error(
        "the events of {space} have changed since its past was opened: they were redacted, or another copy of the database took its place"
    )]
    PastChanged {
        /// The space.
        space: String,
    },
    /// The operation was stopped on request.
    #[error("cancelled{}", effect.map_or_else(String::new, |effect| format!("; {effect}")))]
    Cancelled {
        /// The effect of the stop, in the words of the operation. `None` unless an operation was run.
        effect: Option<&'static str>,
    },
    /// A delete was stopped on request after it had removed something.
    #[error("the delete was interrupted; the space accepts no more events")]
    DeleteInterrupted,
    /// A redaction was stopped on request while the files were rewritten, after the fields were erased.
    #[error("the fields are erased, but the purge was interrupted: old bytes remain in the database")]
    PurgeInterrupted,
}

fn named(event_id: EventId, event_type: &str, sequence: SpaceSequence) -> String {
    if event_id == EventId::default() {
        format!("the new event {event_type}")
    } else {
        format!("event {event_id} ({event_type}, sequence {sequence})")
    }
}

fn last_event(last: SpaceSequence) -> String {
    if last == SpaceSequence::START {
        "it has no events".to_owned()
    } else {
        format!("its last one is {last}")
    }
}

impl ReplayError {
    /// Creates the error for a stop on request. The operation that is stopped adds its effect.
    pub(crate) const fn cancelled() -> Self {
        Self::Cancelled { effect: None }
    }

    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadEvent { .. } => "bad_event",
            Self::NoSuchSequence { .. } => "unknown_sequence",
            Self::BeforeFirstEvent { .. } => "before_first_event",
            Self::PastChanged { .. } => "past_changed",
            Self::Cancelled { .. } => "cancelled",
            Self::DeleteInterrupted => "delete_interrupted",
            Self::PurgeInterrupted => "purge_interrupted",
        }
    }

    /// Says what to do next, if anything can be done.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::BadEvent { by, .. } if **by == Remedy::Nothing => {
                Some("nothing was written; this is a fault of the app, whose command yields the event".into())
            }
            Self::BadEvent { by, .. } if by.is_rebuild_of_all_events() => {
                Some(Advice::from("a stored value is at fault, not the event: ").and(by.advice()))
            }
            Self::BadEvent { event_id, sequence, damaged, by, .. } => {
                let (event_id, space_sequence) = (*event_id, *sequence);
                let backup = if *damaged { "use the last good backup, if it has the event; " } else { "" };
                let advice = Advice::from(backup)
                    .remedy(Remedy::InspectEvent { event_id, space_sequence })
                    .text("; ")
                    .remedy(Remedy::clone(by))
                    .text(" skips it");
                Some(if *damaged { advice.text(" and loses what is stored because of it") } else { advice })
            }
            Self::NoSuchSequence { last: SpaceSequence::START, .. } => None,
            Self::NoSuchSequence { first: SpaceSequence::START, last, .. } => {
                Some(format!("choose a sequence up to {last}; 0 is the state before the first event").into())
            }
            Self::NoSuchSequence { first, last, .. } => {
                Some(format!("choose a sequence from {first} to {last}").into())
            }
            Self::BeforeFirstEvent { .. } => {
                Some("sequence 0 is the state before the first event; name a later time".into())
            }
            Self::PastChanged { .. } => Some("open it again".into()),
            Self::Cancelled { .. } => None,
            Self::DeleteInterrupted => Some("delete it again to continue".into()),
            Self::PurgeInterrupted => Some("redact the same fields again to purge the database".into()),
        }
    }
}
