//! A projection as it would be without one of the events.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::event::{Event, SpaceSequence};
use crate::event_store::Page;
use crate::operations::Watch;
use crate::redacted::VALUE;
use crate::text::counted;

use super::compare::{VisitChange, differences, differing_keys};
use super::pace::Pace;
use super::timeline::{Recording, Timeline};
use super::{Fold, FoldLimits};

/// The most bytes of keyframes in memory of the replay without the event. It needs none to answer, only less memory for its state.
const KEYFRAMES: usize = 8 << 20;

/// The remarks on a comparison with what the events without one of them give.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WithoutEvent {
    /// True if values of the event were erased, so that what they set is erased on both sides.
    pub is_redacted: bool,
    /// The events that can be applied with it but not without it, in words.
    pub skipped: Option<String>,
    /// The other projections of the fold in which keys differ, with the numbers of these keys.
    pub elsewhere: Vec<(&'static str, u64)>,
}

impl WithoutEvent {
    /// Returns the remarks, a sentence each.
    pub fn remarks(&self) -> Vec<String> {
        let redacted = "values of the event were erased, so that differences in them cannot be shown";
        let remarks = self.is_redacted.then(|| redacted.to_owned()).into_iter().chain(self.skipped.clone());
        remarks.chain(self.elsewhere()).collect()
    }

    /// Says in which other projections keys differ.
    fn elsewhere(&self) -> Option<String> {
        let count = |(name, keys): &(&str, u64)| format!("{} of {name}", counted(*keys, "key", "keys"));
        let others: Vec<String> = self.elsewhere.iter().map(count).collect();
        let verb =
            if self.elsewhere.iter().map(|(_, keys)| keys).sum::<u64>() == 1 { "differs" } else { "differ" };
        (!others.is_empty()).then(|| format!("other projections: {} {verb}, too", others.join(", ")))
    }
}

impl Fold {
    /// Passes the keys that start with `prefix` and would have another value without an event to `visit`, in byte order, until it
    /// breaks: from the value after the last event to the value that the same events without this one give. The later events stay
    /// as they are, as no command is decided again. The position of the fold stays.
    ///
    /// Returns what else is to be known about the answer. If the fold has other projections, their differing keys are counted.
    ///
    /// # Errors
    /// As [`Fold::changes_of`] and [`Fold::projection`]; the error of `visit`.
    pub fn compare_without(
        &mut self,
        (projection, prefix): (&str, &str),
        event: SpaceSequence,
        visit: &mut VisitChange<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<WithoutEvent> {
        let name = self.projection(projection)?.name();
        self.check_event(event)?;
        let is_redacted = self.is_redacted(event)?;
        let (pace, last) = (&mut Pace::new(watch), self.last());
        let limits = FoldLimits { memory: KEYFRAMES, ..self.timeline.limits };
        let names: Vec<&'static str> = self.timeline.names().collect();
        let only = Some(name).filter(|_| names.len() == 1);
        let with = self.fold_to(last, pace)?;
        let mut timeline = Timeline::new(&self.timeline.content, only, limits)?;
        (timeline.without, timeline.known) = (Some(event), self.timeline.skips.clone());
        let mut without = timeline.playhead(None);
        timeline.advance(&mut without, last, &mut Recording::default(), pace)?;
        differences(name, (&with, &without), prefix, visit, pace)?;
        let mut elsewhere = Vec::new();
        for other in names.into_iter().filter(|other| *other != name) {
            let mut keys = 0;
            let count = &mut |_, _: &mut Pace<'_, '_>| {
                keys += 1;
                Ok(ControlFlow::Continue(()))
            };
            differing_keys(other, (&with, &without), "", pace, count)?;
            elsewhere.extend((keys > 0).then_some((other, keys)));
        }
        let skipped = timeline.skips.summary(Some(name), last).map(|summary| summary.without_event());
        Ok(WithoutEvent { is_redacted, skipped, elsewhere })
    }

    /// Returns true if values of an event were erased.
    fn is_redacted(&self, sequence: SpaceSequence) -> Result<bool> {
        let content = &self.timeline.content;
        let page = Page::forward(sequence.0.checked_sub(1).map(SpaceSequence), 1);
        let found = content.store().events().read_space(content.space_id(), page)?;
        let is_it = |event: &&Event| event.space_sequence == sequence;
        // In a text, the quotes would be escaped.
        Ok(found.iter().find(is_it).is_some_and(|event| event.payload.as_str().contains(VALUE)))
    }
}
