//! Opening projections for reading, unless they belong to another log.

use std::sync::Arc;

use crate::content_store::{Apps, DeclaredProjection, Store, is_on_log, rebuild_of};
use crate::error::{Remedy, Result, StoreError};
use crate::event_store::SpaceRecord;
use crate::pstate::{Projection, ProjectionId};
use crate::space::{Checkpoint, Head, Space, SpaceId};

/// Returns a space's projection [`STATE`](crate::pstate::STATE), as [`projection_named`].
///
/// # Errors
/// As [`projection_named`].
pub fn projection<'a>(store: &'a Store, apps: &Apps, space_id: SpaceId) -> Result<Projection<'a>> {
    projection_named(store, apps, space_id.into())
}

/// Returns a projection, with values migrated to the form that its app uses today, or as stored if no app declares it.
/// Migrated values are written back when the handle is flushed. The projection of a missing space is empty.
///
/// # Errors
/// [`StoreError::ProjectionAhead`] if it belongs to another log: it may then be another tenant's.
pub fn projection_named<'a>(store: &'a Store, apps: &Apps, id: ProjectionId<'a>) -> Result<Projection<'a>> {
    let projection = Projection::new(store.pstate(), id);
    let Some(SpaceRecord { space, .. }) = check_log(store, apps, id)? else { return Ok(projection) };
    let Some(app) = apps.of(store, &space)? else { return Ok(projection) };
    let projections = DeclaredProjection::all_of(&*app)?;
    let Some(declared) = projections.iter().find(|declared| declared.name() == id.name) else {
        return Ok(projection);
    };
    let stored = store.pstate().open(id)?.definition;
    let is_writable = !store.is_read_only() && declared.compare(stored.as_deref()).is_writable();
    Ok(projection.with_shared_schema(declared.schema(), is_writable.then(Arc::default)))
}

/// Checks that a projection belongs to its log, and returns the space. One that is being deleted or imported is
/// inconsistent until that is done.
fn check_log(store: &Store, apps: &Apps, id: ProjectionId<'_>) -> Result<Option<SpaceRecord>> {
    let space_id = id.space_id;
    // In this order, because others may append and apply in between.
    let checkpoint = store.pstate().checkpoint(id)?;
    let Some(record) = store.events().space(space_id)? else { return Ok(None) };
    let is_open = |record: &SpaceRecord| record.space.check_open().is_ok();
    // A delete that has just started removes the events before the projection.
    // The original applies an event when it appends it, whatever its checkpoint says.
    if !store.is_original()
        && is_open(&record)
        && is_ahead(store, space_id, &record.head, &checkpoint)?
        && store.events().space(space_id)?.is_some_and(|record| is_open(&record))
    {
        let (checkpoint, last_sequence) = (checkpoint.sequence, record.head.last_sequence);
        let by = rebuild_of_stored(store, apps, &record.space, id.name);
        let space = record.space.space_name;
        return Err(StoreError::ProjectionAhead { space, checkpoint, last_sequence, by }.into());
    }
    Ok(Some(record))
}

/// Returns true if a projection contains events that the log does not have. If it ends where the log ends, the
/// counters answer that.
pub(super) fn is_ahead(
    store: &Store,
    space_id: SpaceId,
    head: &Head,
    checkpoint: &Checkpoint,
) -> Result<bool> {
    let ends_with_log = (checkpoint.sequence, checkpoint.event_id, checkpoint.updated_at)
        == (head.last_sequence, head.last_event_id, head.last_timestamp);
    let is_within = store.is_shared() && checkpoint.sequence <= head.last_sequence;
    Ok(!ends_with_log && !is_within && !is_on_log(store, space_id, checkpoint)?)
}

/// Returns the operation that replaces a stored projection, whether or not its app is known.
pub(super) fn rebuild_of_stored(store: &Store, apps: &Apps, space: &Space, projection: &str) -> Remedy {
    let app = apps.of(store, space).ok().flatten();
    let declared = app.and_then(|app| DeclaredProjection::all_of(&*app).ok());
    match declared {
        Some(declared) => rebuild_of(store, space.space_id, &declared, projection, false),
        None => Remedy::Rebuild { skip_errors: false },
    }
}
