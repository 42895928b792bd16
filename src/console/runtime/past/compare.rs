//! The differences between two points.

use std::ops::ControlFlow;

use crate::console::app::past::{Compared, ComparedField};
use crate::content_store::Change;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::json::Json;
use crate::operations::{Fold, Watch};
use crate::text::excerpt;

/// The most fields that are listed.
const MOST: usize = 5_000;

/// The most characters of a path or value.
const MOST_CHARACTERS: usize = 500;

/// Returns the fields of a projection that differ between two sequences.
pub(super) fn answer(
    fold: &mut Fold,
    projection: &str,
    points: (SpaceSequence, SpaceSequence),
    watch: &mut Watch<'_>,
) -> Result<Compared> {
    let mut compared = Compared::default();
    let mut visit = |change: Change| {
        compared.keys += 1;
        for field in change.fields() {
            let short = |json: &Json| excerpt(json.as_str(), MOST_CHARACTERS);
            compared.fields.push(ComparedField {
                key: change.key.clone(),
                path: excerpt(&field.path, MOST_CHARACTERS),
                before: field.before.as_ref().map(short),
                after: field.after.as_ref().map(short),
            });
        }
        compared.is_cut = compared.fields.len() > MOST;
        compared.fields.truncate(MOST);
        Ok(if compared.is_cut { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    };
    fold.compare((projection, ""), points, &mut visit, watch)?;
    Ok(compared)
}
