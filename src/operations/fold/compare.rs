//! Comparing a projection at two points of its past.

use std::ops::ControlFlow;

use crate::content_store::{Change, FieldChange};
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
    /// until it breaks: each change with the fields that differ. The position of the fold stays.
    ///
    /// # Errors
    /// As [`Fold::seek`] and [`Fold::projection`]; the error of `visit`.
    pub fn compare(
        &mut self,
        (projection, prefix): (&str, &str),
        (before, after): (SpaceSequence, SpaceSequence),
        visit: &mut VisitChange<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let name = self.projection(projection)?.name();
        self.check(before.max(after))?;
        let pace = &mut Pace::new(watch);
        let (before, after) = (self.fold_to(before, pace)?, self.fold_to(after, pace)?);
        differences(name, (&before, &after), prefix, visit, pace)
    }
}

/// Called with a changed key and the fields that differ.
pub type VisitChange<'a> = dyn FnMut(Change, Vec<FieldChange>) -> Result<ControlFlow<()>> + 'a;

/// Passes the keys of a projection that have different values in two states to `visit`, each with the fields that differ.
pub(super) fn differences(
    name: &'static str,
    states: (&Playhead, &Playhead),
    prefix: &str,
    visit: &mut VisitChange<'_>,
    pace: &mut Pace<'_, '_>,
) -> Result<()> {
    differing_keys(name, states, prefix, pace, &mut |change, pace| {
        let fields = change.fields_between(&mut || pace.ask())?;
        visit(change, fields)
    })
}

/// Passes the same keys without the fields.
pub(super) fn differing_keys<'w, 'a>(
    name: &'static str,
    (before, after): (&Playhead, &Playhead),
    prefix: &str,
    pace: &mut Pace<'w, 'a>,
    visit: &mut dyn FnMut(Change, &mut Pace<'w, 'a>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let (Some(before), Some(after)) = (before.state(name), after.state(name)) else { return Ok(()) };
    merge(&before, &after, prefix, &mut |before, after| {
        pace.check()?;
        let key = before.as_ref().or(after.as_ref()).map(|entry: &Entry| entry.key.clone());
        let (before, after) = (before.map(|entry| entry.value), after.map(|entry| entry.value));
        match key {
            Some(key) if before != after => visit(Change { projection: name, key, before, after }, pace),
            _ => Ok(ControlFlow::Continue(())),
        }
    })
}
