//! The events that a fold skipped.

use std::fmt;

use serde::Serialize;

use crate::event::SpaceSequence;
use crate::operations::Skipped;
use crate::text::{counted, grouped};

use super::Fold;

/// The events up to a sequence that a projection cannot apply, so that the fold skipped them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SkippedEvents {
    /// The number of events.
    #[serde(rename = "skipped")]
    pub count: u64,
    /// The first of them.
    #[serde(rename = "skipped_events")]
    pub events: Vec<Skipped>,
}

impl Fold {
    /// Returns the first thousand of the events folded so far that a projection cannot apply, and the number of further ones.
    pub fn skipped(&self) -> (&[Skipped], u64) {
        (&self.timeline.skipped, self.timeline.more_skipped)
    }

    /// Returns the events up to a sequence, as far as they were folded, that a projection cannot apply.
    pub fn skipped_up_to(&self, until: SpaceSequence) -> SkippedEvents {
        let (events, more) = self.skipped();
        SkippedEvents { count: events.len() as u64 + more, events: events.to_vec() }.up_to(until)
    }
}

impl SkippedEvents {
    /// Returns those up to a sequence.
    #[must_use]
    pub fn up_to(&self, until: SpaceSequence) -> Self {
        let listed = self.events.iter().take_while(|event| event.space_sequence <= until).cloned();
        let events: Vec<Skipped> = listed.collect();
        // The events that are not listed come after the listed ones.
        let count = if events.len() == self.events.len() { self.count } else { events.len() as u64 };
        Self { count, events }
    }

    /// Returns true if no event was skipped.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl fmt::Display for SkippedEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Skipped { event_id, space_sequence, reason, .. }) = self.events.first() else {
            return f.write_str("no event was skipped");
        };
        let which =
            format!("event {} at sequence {}: {reason}", grouped(event_id.0), grouped(space_sequence.0));
        match self.count {
            1 => write!(f, "1 event was skipped, because it cannot be applied: {which}"),
            count => {
                let events = counted(count, "event was", "events were");
                write!(f, "{events} skipped, because they cannot be applied; the first is {which}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventId;

    #[test]
    fn only_the_events_up_to_a_sequence_count() {
        let event = |at: u64| Skipped {
            event_id: EventId(at),
            space_sequence: SpaceSequence(at),
            reason: "r".to_owned(),
            projections: Vec::new(),
        };
        let skipped = SkippedEvents { count: 5, events: vec![event(2), event(1_004)] };
        assert_eq!(skipped.up_to(SpaceSequence(1)), SkippedEvents::default());
        let one = skipped.up_to(SpaceSequence(1_003));
        assert_eq!(
            one.to_string(),
            "1 event was skipped, because it cannot be applied: event 2 at sequence 2: r"
        );
        assert_eq!(skipped.up_to(SpaceSequence(1_004)).count, 5, "those that are not listed are later");
    }
}
