//! The differences between two points, and between a fork and its origin.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::console::app::past::{Compared, ComparedField};
use crate::console::runtime::queries;
use crate::content_store::{Apps, Change, FieldChange, Store};
use crate::error::{Result, StoreError};
use crate::event::SpaceSequence;
use crate::json::Json;
use crate::operations::{Fold, Watch, compare_spaces, overviews_of};
use crate::space::{SpaceId, SpaceOrigin};
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
    let visit = &mut |change, fields| Ok(add(&mut compared, &mut bytes, &change, fields));
    fold.compare((projection, ""), points, visit, watch)?;
    Ok(compared)
}

/// Returns the fields of a projection that would differ without an event.
pub(super) fn without_event(
    fold: &mut Fold,
    projection: &str,
    event: SpaceSequence,
    watch: &mut Watch<'_>,
) -> Result<Compared> {
    let (mut compared, mut bytes) = (Compared::default(), 0);
    let visit = &mut |change, fields| Ok(add(&mut compared, &mut bytes, &change, fields));
    compared.remarks = fold.compare_without((projection, ""), event, visit, watch)?.remarks();
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
    let (mut compared, mut bytes) = (Compared::default(), 0);
    let visit = &mut |change, fields| Ok(add(&mut compared, &mut bytes, &change, fields));
    compare_spaces((store, apps), (&before, &after), (projection, ""), visit, watch)?;
    for space in overviews_of(store, apps, &[before.space_id, after.space_id])? {
        let lag = space.projection(projection).map_or(0, |projection| projection.lag(&space.head));
        if lag > 0 {
            compared.lagging.push((space.space.space_name, lag));
        }
    }
    Ok(compared)
}

/// Adds the fields of a change, until there are too many to list. Once many bytes are listed, only the beginnings of values follow.
fn add(
    compared: &mut Compared,
    bytes: &mut usize,
    change: &Change,
    fields: Vec<FieldChange>,
) -> ControlFlow<()> {
    compared.keys += 1;
    for field in fields {
        let most = if *bytes < MOST_BYTES { MOST_CHARACTERS } else { BEGINNING };
        let short = |json: &Json| excerpt(json.as_str(), most);
        let field = ComparedField {
            key: change.key.clone(),
            path: excerpt(&field.path, BEGINNING),
            before: field.before.as_ref().map(short),
            after: field.after.as_ref().map(short),
        };
        *bytes += [&field.before, &field.after].into_iter().flatten().map(String::len).sum::<usize>();
        compared.fields.push(Arc::new(field));
    }
    compared.is_cut = compared.fields.len() > MOST;
    compared.fields.truncate(MOST);
    if compared.is_cut { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
