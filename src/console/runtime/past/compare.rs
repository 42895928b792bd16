//! The differences between two points, and between a fork and its origin.

use std::ops::ControlFlow;

use crate::console::app::past::{Compared, ComparedField};
use crate::console::runtime::queries;
use crate::content_store::{Apps, Change, Store};
use crate::error::{Result, StoreError};
use crate::event::SpaceSequence;
use crate::json::Json;
use crate::operations::{Fold, Watch, compare_spaces};
use crate::space::{SpaceId, SpaceOrigin};
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
    fold.compare((projection, ""), points, &mut |change| Ok(add(&mut compared, &change)), watch)?;
    Ok(compared)
}

/// Returns the fields of a projection that differ between the origin of a fork and the fork.
pub(super) fn with_origin(
    (store, apps): (&Store, &Apps),
    (fork, origin): (SpaceId, &SpaceOrigin),
    projection: &str,
    watch: &mut Watch<'_>,
) -> Result<Compared> {
    // An id of another store would lead to another tenant here.
    let is_here = store.events().store_id()? == origin.store_id;
    let origin_id = Some(origin.space_id).filter(|_| is_here);
    let before = origin_id.map_or(Ok(None), |space_id| store.events().space(space_id))?;
    let before = before.ok_or_else(|| StoreError::unknown_space(&origin.space_name))?.space;
    let after = queries::open(store, apps, fork)?.space().clone();
    let mut compared = Compared::default();
    let visit = &mut |change| Ok(add(&mut compared, &change));
    compare_spaces((store, apps), (&before, &after), (projection, ""), visit, watch)?;
    Ok(compared)
}

/// Adds the fields of a change, until there are too many to list.
fn add(compared: &mut Compared, change: &Change) -> ControlFlow<()> {
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
    if compared.is_cut { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
