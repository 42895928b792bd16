//! The events that a fold skipped.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::event::{Event, SpaceSequence};
use crate::operations::Skipped;
use crate::text::{counted, grouped};

use super::Fold;
use super::sequences::Sequences;

/// The most skipped events of each projection that are listed.
const MOST: u64 = 1000;

/// The events that a fold skipped so far, by projection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoldSkips {
    /// The first thousand of each projection, in their order.
    listed: Vec<Skipped>,
    all: SkipsOf,
    by_projection: BTreeMap<&'static str, SkipsOf>,
}

/// The events that a projection cannot apply, or that any cannot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct SkipsOf {
    sequences: Sequences,
    /// The index of the first one among those listed.
    first: usize,
}

impl FoldSkips {
    /// Notes an event that these projections cannot apply, each with its reason.
    pub(super) fn note(&mut self, event: &Event, failed: &[(&'static str, String)]) {
        let Some((_, first)) = failed.first() else { return };
        let others = failed.iter().filter(|(_, reason)| reason != first);
        let reason = others.fold(first.clone(), |text, (name, reason)| format!("{text}; {name}: {reason}"));
        let (event_id, space_sequence) = (event.event_id, event.space_sequence);
        let (next, mut is_listed) = (self.listed.len(), false);
        for (projection, _) in failed {
            let of_projection = self.by_projection.entry(projection).or_insert_with(|| SkipsOf::at(next));
            is_listed |= of_projection.sequences.count() < MOST;
            of_projection.sequences.add(space_sequence);
        }
        self.all.sequences.add(space_sequence);
        if is_listed {
            let projections = failed.iter().map(|(projection, _)| *projection).collect();
            self.listed.push(Skipped { event_id, space_sequence, reason, projections });
        }
    }

    /// Returns true if a projection cannot apply an event.
    pub(super) fn has(&self, projection: &str, event: SpaceSequence) -> bool {
        self.by_projection.get(projection).is_some_and(|skips| skips.sequences.contains(event))
    }

    /// Returns the number of events.
    pub(super) fn count(&self) -> u64 {
        self.all.sequences.count()
    }

    fn of(&self, projection: Option<&str>) -> Option<&SkipsOf> {
        projection.map_or(Some(&self.all), |name| self.by_projection.get(name))
    }

    /// Returns the number of events up to a sequence that a projection cannot apply, or that any cannot, with the first of
    /// them. `None` if there are none.
    pub fn summary(&self, projection: Option<&str>, until: SpaceSequence) -> Option<SkipSummary<'_>> {
        let skips = self.of(projection)?;
        let count = skips.sequences.count_up_to(until);
        let first = self.listed.get(skips.first).filter(|_| count > 0)?;
        Some(SkipSummary { count, first })
    }

    /// Returns those up to a sequence that a projection cannot apply, or that any cannot. The first thousand of each projection
    /// are listed.
    pub fn up_to(&self, projection: Option<&str>, until: SpaceSequence) -> SkippedEvents {
        let is_of = |event: &&Skipped| projection.is_none_or(|name| event.projections.contains(&name));
        let listed = self.listed.iter().take_while(|event| event.space_sequence <= until);
        let events = listed.filter(is_of).cloned().collect();
        let count = self.of(projection).map_or(0, |skips| skips.sequences.count_up_to(until));
        SkippedEvents { count, events }
    }
}

impl SkipsOf {
    /// Returns the skips of a projection whose first one is listed at this index.
    fn at(first: usize) -> Self {
        Self { first, ..Self::default() }
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

/// The number of events that a projection cannot apply, with the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkipSummary<'a> {
    /// The number of events.
    pub count: u64,
    /// The first one.
    pub first: &'a Skipped,
}

impl SkipSummary<'_> {
    /// Says how many events cannot be applied where another event is missing.
    pub fn without_event(&self) -> String {
        let events = counted(self.count, "event", "events");
        let Skipped { space_sequence, reason, .. } = self.first;
        format!(
            "{events} cannot be applied then, the first at sequence {}: {reason}",
            grouped(space_sequence.0)
        )
    }
}

impl Fold {
    /// Returns the events folded so far that a projection cannot apply.
    pub fn skips(&self) -> &FoldSkips {
        &self.timeline.skips
    }

    /// Returns the listed ones of the events folded so far that a projection cannot apply, and the number of further ones.
    pub fn skipped(&self) -> (&[Skipped], u64) {
        let skips = self.skips();
        (&skips.listed, skips.count() - skips.listed.len() as u64)
    }
}

impl SkippedEvents {
    /// Returns true if no event was skipped.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl SkipSummary<'_> {
    /// Describes them with separators in the numbers.
    pub fn with_separators(&self) -> String {
        self.described(grouped)
    }

    fn described(&self, number: impl Fn(u64) -> String) -> String {
        let Skipped { event_id, space_sequence, reason, .. } = self.first;
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
        match self.events.first() {
            Some(first) => {
                f.write_str(&SkipSummary { count: self.count, first }.described(|number| number.to_string()))
            }
            None => f.write_str("no event was skipped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventId;

    /// Notes an event at this sequence that these projections cannot apply.
    fn note(skips: &mut FoldSkips, at: u64, projections: &[&'static str]) {
        let event = Event { event_id: EventId(at), space_sequence: SpaceSequence(at), ..Event::blank() };
        let failed: Vec<_> = projections.iter().map(|name| (*name, "r".to_owned())).collect();
        skips.note(&event, &failed);
    }

    #[test]
    fn events_that_are_not_listed_count_up_to_a_sequence_as_well() {
        let mut skips = FoldSkips::default();
        (1..=1_500).for_each(|number| note(&mut skips, 2 * number, &["a"]));
        (1_501..=1_600).for_each(|number| note(&mut skips, 2 * number, &["b"]));
        let until = |projection, until| {
            let (summary, listed) = (
                skips.summary(projection, SpaceSequence(until)),
                skips.up_to(projection, SpaceSequence(until)),
            );
            assert_eq!(summary.map_or(0, |summary| summary.count), listed.count);
            (listed.count, listed.events.len(), summary.map(|summary| summary.first.space_sequence.0))
        };
        assert_eq!(until(None, 1), (0, 0, None));
        assert_eq!(until(Some("a"), 2_999), (1_499, 1_000, Some(2)));
        assert_eq!(until(Some("a"), u64::MAX), (1_500, 1_000, Some(2)));
        assert_eq!(until(Some("b"), 3_000), (0, 0, None), "the second projection fails later");
        assert_eq!(until(Some("b"), 3_004), (2, 2, Some(3_002)));
        assert_eq!(until(None, 2_500), (1_250, 1_000, Some(2)), "more than are listed");
        assert_eq!(until(None, 3_004), (1_502, 1_002, Some(2)), "both projections");
        assert_eq!(until(Some("c"), u64::MAX), (0, 0, None));
    }

    #[test]
    fn only_the_text_for_people_has_separators() {
        let mut skips = FoldSkips::default();
        note(&mut skips, 1_004, &["a"]);
        let one = skips.up_to(None, SpaceSequence(2_000)).to_string();
        assert_eq!(
            one, "1 event was skipped, because it cannot be applied: event 1004 at sequence 1004: r",
            "an id can be typed"
        );
        let text = skips.summary(None, SpaceSequence(2_000)).map(|summary| summary.with_separators());
        assert!(text.is_some_and(|text| text.contains("event 1,004 at sequence 1,004")));
        assert_eq!(skips.up_to(None, SpaceSequence(1)).to_string(), "no event was skipped");
    }
}
