//! A projection as it would be without one of the events.

use std::ops::ControlFlow;

use crate::content_store::Change;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::operations::Watch;

use super::compare::differences;
use super::pace::Pace;
use super::timeline::{Recording, Timeline};
use super::{Fold, FoldLimits, FoldSkips};

/// The most bytes of keyframes in memory of the replay without the event. It needs none to answer, only less memory for its state.
const KEYFRAMES: usize = 8 << 20;

impl Fold {
    /// Passes the keys that start with `prefix` and would have another value without an event to `visit`, in byte order, until it
    /// breaks: from the value after the last event to the value that the same events without this one give. The later events stay
    /// as they are, as no command is decided again. The position of the fold stays.
    ///
    /// Returns the events that cannot be applied without it.
    ///
    /// # Errors
    /// As [`Fold::changes_of`] and [`Fold::projection`]; the error of `visit`.
    pub fn compare_without(
        &mut self,
        (projection, prefix): (&str, &str),
        event: SpaceSequence,
        visit: &mut dyn FnMut(Change) -> Result<ControlFlow<()>>,
        watch: &mut Watch<'_>,
    ) -> Result<FoldSkips> {
        let name = self.projection(projection)?.name();
        if event == SpaceSequence::START {
            return Err(self.timeline.pin.no_such(&self.timeline.content, event));
        }
        self.check(event)?;
        let (pace, last) = (&mut Pace::new(watch), self.last());
        let limits = FoldLimits { memory: KEYFRAMES, ..self.timeline.limits };
        let mut timeline = Timeline::new(&self.timeline.content, Some(name), limits)?;
        timeline.without = Some(event);
        let mut without = timeline.playhead(None);
        timeline.advance(&mut without, last, &mut Recording::default(), pace)?;
        let with = self.fold_to(last, pace)?;
        differences(name, (&with, &without), prefix, visit, pace)?;
        Ok(timeline.skips)
    }
}
