//! The differences between two points.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::console::app::past::{Compared, ComparedField};
use crate::content_store::Change;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::json::Json;
use crate::operations::{Fold, Watch};
use crate::text::excerpt;

/// The most fields that are listed.
const MOST: usize = 5_000;

/// The most characters of a value.
const MOST_CHARACTERS: usize = 64 << 10;

/// The most bytes of all values, beyond which only the beginning of each further one is kept.
const MOST_BYTES: usize = 16 << 20;

/// The most characters of a path, and of a value beyond [`MOST_BYTES`].
const BEGINNING: usize = 500;

/// Returns the fields of a projection that differ between two sequences.
pub(super) fn answer(
    fold: &mut Fold,
    projection: &str,
    points: (SpaceSequence, SpaceSequence),
    watch: &mut Watch<'_>,
) -> Result<Compared> {
    let (mut compared, mut bytes) = (Compared::default(), 0);
    let mut visit = |change: Change| {
        compared.keys += 1;
        for field in change.fields() {
            let most = if bytes < MOST_BYTES { MOST_CHARACTERS } else { BEGINNING };
            let short = |json: &Json| excerpt(json.as_str(), most);
            let field = ComparedField {
                key: change.key.clone(),
                path: excerpt(&field.path, BEGINNING),
                before: field.before.as_ref().map(short),
                after: field.after.as_ref().map(short),
            };
            bytes += [&field.before, &field.after].into_iter().flatten().map(String::len).sum::<usize>();
            compared.fields.push(Arc::new(field));
        }
        compared.is_cut = compared.fields.len() > MOST;
        compared.fields.truncate(MOST);
        Ok(if compared.is_cut { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    };
    fold.compare((projection, ""), points, &mut visit, watch)?;
    Ok(compared)
}
