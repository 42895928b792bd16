//! A page of a projection as of a sequence.

use crate::console::app::past::PastPage;
use crate::console::app::window::Load;
use crate::console::runtime::pages;
use crate::console::widgets::diff::Diff;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::operations::{Fold, Watch, pause_of};

/// Returns a page of a projection, with the changes of the event at the sequence.
pub(super) fn answer(
    fold: &mut Fold,
    at: SpaceSequence,
    (projection, load, text, limit): (&str, &Load<String>, &str, usize),
    watch: &mut Watch<'_>,
) -> Result<Box<PastPage>> {
    let step = match at {
        SpaceSequence::START => {
            fold.seek(at, watch)?;
            None
        }
        at => Some(fold.changes_of(at, watch)?),
    };
    let pause = &mut pause_of(watch);
    let diff = step.as_ref().map(|step| Diff::of(&step.changes, pause)).transpose()?;
    let diff = diff.unwrap_or_default();
    let slice = pages::past(&fold.projection(projection)?, load.clone(), text, limit, pause)?;
    Ok(Box::new(PastPage { slice, step, diff, is_spilled: fold.is_spilled() }))
}
