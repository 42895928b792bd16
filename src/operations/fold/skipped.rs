//! The events that a fold skipped.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::event::{Event, SpaceSequence};
use crate::operations::Skipped;
use crate::text::{counted, grouped};

use super::Fold;

/// The most skipped events of each projection that are listed.
const MOST: usize = 1000;

/// The events that a fold skipped so far, by projection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoldSkips {
    /// The first thousand of each projection, in their order.
    listed: Vec<Skipped>,
    count: u64,
    counts: BTreeMap<&'static str, u64>,
}

impl FoldSkips {
    /// Notes an event that these projections cannot apply, each with its reason.
    pub(super) fn note(&mut self, event: &Event, failed: &[(&'static str, String)]) {
        let Some((_, first)) = failed.first() else { return };
        let others = failed.iter().filter(|(_, reason)| reason != first);
        let reason = others.fold(first.clone(), |text, (name, reason)| format!("{text}; {name}: {reason}"));
        let mut is_listed = false;
        for (projection, _) in failed {
            let count = self.counts.entry(projection).or_default();
            is_listed |= *count < MOST as u64;
            *count += 1;
        }
        self.count += 1;
        if is_listed {
            let (event_id, space_sequence) = (event.event_id, event.space_sequence);
            let projections = failed.iter().map(|(projection, _)| *projection).collect();
            self.listed.push(Skipped { event_id, space_sequence, reason, projections });
        }
    }

    /// Returns the number of events.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Returns those up to a sequence that a projection cannot apply, or that any cannot.
    pub fn up_to(&self, projection: Option<&str>, until: SpaceSequence) -> SkippedEvents {
        let is_of = |event: &&Skipped| projection.is_none_or(|name| event.projections.contains(&name));
        let events = self.listed.iter().filter(is_of).cloned().collect();
        let count = projection.map_or(self.count, |name| self.counts.get(name).copied().unwrap_or(0));
        SkippedEvents { count, events }.up_to(until)
    }
}

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
    /// Returns the events folded so far that a projection cannot apply.
    pub fn skips(&self) -> &FoldSkips {
        &self.timeline.skips
    }

    /// Returns the listed ones of the events folded so far that a projection cannot apply, and the number of further ones.
    pub fn skipped(&self) -> (&[Skipped], u64) {
        let skips = self.skips();
        (&skips.listed, skips.count - skips.listed.len() as u64)
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

    /// Describes them with separators in the numbers.
    pub fn with_separators(&self) -> String {
        self.described(grouped)
    }

    /// Returns true if no event was skipped.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn described(&self, number: impl Fn(u64) -> String) -> String {
        let Some(Skipped { event_id, space_sequence, reason, .. }) = self.events.first() else {
            return "no event was skipped".to_owned();
        };
        let which =
            format!("event {} at sequence {}: {reason}", number(event_id.0), number(space_sequence.0));
        match self.count {
            1 => format!("1 event was skipped, because it cannot be applied: {which}"),
            count => {
                let events = counted(count, "event was", "events were");
                format!("{events} skipped, because they cannot be applied; the first is {which}")
            }
        }
    }
}

/// Ids and sequences can be typed as they are written.
impl fmt::Display for SkippedEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.described(|number| number.to_string()))
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
        let last = SkippedEvents { count: 1, events: vec![event(1_004)] };
        assert!(last.to_string().contains("event 1004 at sequence 1004"), "an id can be typed: {last}");
        assert!(last.with_separators().contains("event 1,004 at sequence 1,004"));
    }
}
