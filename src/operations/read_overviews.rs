//! Reading the spaces of a file with their counters.

use crate::content_store::{Apps, DeclaredProjection, Store};
use crate::error::{Result, StoreError};
use crate::event_store::{Page, SpaceFault, SpaceRecord};
use crate::space::{Checkpoint, Space, SpaceId};

use super::damaged_spaces::fault_of;
use super::find_space::find_record;
use super::open_projection::is_ahead;
use super::operation_mark::worker;
use super::overview::SpaceOverview;
use super::projection_status::{ProjectionStatus, projection_overviews};

/// Returns a page of spaces with their counters, at the cost of a few queries for any number of spaces. With
/// two files, each lagging projection costs one more query, which finds its last event in the log. A damaged space is among
/// them, with its fault.
pub fn overviews(store: &Store, apps: &Apps, page: Page<SpaceId>) -> Result<Vec<SpaceOverview>> {
    join_each(store, apps, store.events().spaces(page)?)
}

/// Returns the existing ones of these spaces with their counters, by rising id, damaged ones too.
pub fn overviews_of(store: &Store, apps: &Apps, space_ids: &[SpaceId]) -> Result<Vec<SpaceOverview>> {
    join_each(store, apps, store.events().spaces_of(space_ids)?)
}

/// Returns one space with its counters.
///
/// # Errors
/// [`StoreError::UnknownSpace`].
pub fn overview(store: &Store, apps: &Apps, space_name: &str) -> Result<SpaceOverview> {
    let unknown = || StoreError::unknown_space(space_name).into();
    let mut found = join(store, apps, vec![find_record(store, space_name)?])?;
    add_first_times(store, &mut found)?;
    found.pop().ok_or_else(unknown)
}

/// Joins spaces with their projections. One that cannot be read hides no other: it is shown without projections.
fn join_each(store: &Store, apps: &Apps, records: Vec<SpaceRecord>) -> Result<Vec<SpaceOverview>> {
    let is_damaged = |record: &SpaceRecord| record.fault.as_ref().is_some_and(SpaceFault::prevents_use);
    let ids: Vec<SpaceId> = records.iter().map(|record| record.space.space_id).collect();
    if !records.iter().any(is_damaged) {
        match join(store, apps, records) {
            Err(error) if fault_of(&error).is_some() => {}
            joined => return joined,
        }
    }
    let mut overviews = Vec::with_capacity(ids.len());
    for space_id in ids {
        for record in store.events().spaces_of(&[space_id])? {
            if is_damaged(&record) {
                overviews.push(unread(record));
                continue;
            }
            match join(store, apps, vec![record.clone()]) {
                Ok(joined) => overviews.extend(joined),
                Err(error) => {
                    let fault = Some(fault_of(&error).ok_or(error)?);
                    overviews.push(unread(SpaceRecord { fault, ..record }));
                }
            }
        }
    }
    Ok(overviews)
}

/// Returns a space of which nothing but its record could be read.
fn unread(SpaceRecord { space, head, fault }: SpaceRecord) -> SpaceOverview {
    SpaceOverview { fault, ..SpaceOverview::of(space, head) }
}

fn join(store: &Store, apps: &Apps, records: Vec<SpaceRecord>) -> Result<Vec<SpaceOverview>> {
    let ids: Vec<SpaceId> = records.iter().map(|record| record.space.space_id).collect();
    let stored = store.pstate().stored(&ids)?;
    let spaces: Vec<&Space> = records.iter().map(|record| &record.space).collect();
    let running = apps.of_each(store, &spaces)?;
    let mut declared: Vec<(&'static str, Vec<DeclaredProjection>)> = Vec::new();
    let mut overviews = Vec::with_capacity(records.len());
    for ((SpaceRecord { space, head, fault }, stored), app) in records.into_iter().zip(stored).zip(running) {
        let space_id = space.space_id;
        let name = app.as_ref().map(|app| app.name());
        let declared = match &app {
            None => None,
            Some(app) => {
                if !declared.iter().any(|(name, _)| *name == app.name()) {
                    let mut all = DeclaredProjection::all_of(&**app)?;
                    all.retain(|projection| store.pstate().keeps(projection.name()));
                    declared.push((app.name(), all));
                }
                declared.iter().find(|(name, _)| *name == app.name()).map(|(_, all)| all.as_slice())
            }
        };
        let is_ahead = |checkpoint: &Checkpoint| is_ahead(store, space_id, &head, checkpoint);
        let projections = projection_overviews(space_id, &head, declared, &stored, is_ahead)?;
        let state = projections.first();
        let checkpoint = state.map(|state| state.checkpoint).unwrap_or_default();
        let ahead = state.is_some_and(|state| state.status == ProjectionStatus::Ahead);
        let worker = worker(store, &space)?;
        let overview = SpaceOverview::of(space, head);
        overviews.push(SpaceOverview {
            app: name,
            checkpoint,
            projections,
            ahead,
            worker,
            fault,
            ..overview
        });
    }
    Ok(overviews)
}

/// Adds the times of the first events of spaces with a projection that was never built, as
/// [`lag_millis_of`](SpaceOverview::lag_millis_of) needs them. Each is on a page of the file of its own, so lists that show
/// no such time do without.
pub fn add_first_times(store: &Store, overviews: &mut [SpaceOverview]) -> Result<()> {
    let mut unbuilt: Vec<&mut SpaceOverview> = overviews.iter_mut().filter(|one| one.has_unbuilt()).collect();
    if unbuilt.is_empty() {
        return Ok(());
    }
    let ids: Vec<SpaceId> = unbuilt.iter().map(|one| one.space.space_id).collect();
    for (overview, first) in unbuilt.iter_mut().zip(store.events().first_timestamps(&ids)?) {
        overview.first_event_at = first;
    }
    Ok(())
}
