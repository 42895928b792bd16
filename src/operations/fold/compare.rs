//! Comparing a projection at two points of its past.

use std::ops::ControlFlow;

use crate::content_store::Change;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::operations::Watch;
use crate::operations::merge::merge;
use crate::pstate::Entry;

use super::Fold;
use super::pace::Pace;
use super::playhead::Playhead;

impl Fold {
    /// Passes the keys that start with `prefix` and have different values at two sequences to `visit`, in byte order,
    /// until it breaks. The position of the fold stays.
    ///
    /// # Errors
    /// As [`Fold::seek`] and [`Fold::projection`]; the error of `visit`.
    pub fn compare(
        &mut self,
        (projection, prefix): (&str, &str),
        (before, after): (SpaceSequence, SpaceSequence),
        visit: &mut dyn FnMut(Change) -> Result<ControlFlow<()>>,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let name = self.projection(projection)?.name();
        self.check(before.max(after))?;
        let pace = &mut Pace::new(watch);
        let (before, after) = (self.fold_to(before, pace)?, self.fold_to(after, pace)?);
        differences(name, (&before, &after), prefix, visit, pace)
    }
}

/// Passes the keys of a projection that have different values in two states to `visit`.
pub(super) fn differences(
    name: &'static str,
    (before, after): (&Playhead, &Playhead),
    prefix: &str,
    visit: &mut dyn FnMut(Change) -> Result<ControlFlow<()>>,
    pace: &mut Pace<'_, '_>,
) -> Result<()> {
    let (Some(before), Some(after)) = (before.state(name), after.state(name)) else { return Ok(()) };
    merge(&before, &after, prefix, &mut |before, after| {
        pace.check()?;
        let key = before.as_ref().or(after.as_ref()).map(|entry: &Entry| entry.key.clone());
        let (before, after) = (before.map(|entry| entry.value), after.map(|entry| entry.value));
        match key {
            Some(key) if before != after => visit(Change { projection: name, key, before, after }),
            _ => Ok(ControlFlow::Continue(())),
        }
    })
}
