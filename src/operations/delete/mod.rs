//! Deleting a space, with proof that nothing is left.

mod archive;
mod operation;
mod proof;
mod rows;
mod unfinished;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tracing::{info, info_span};

use crate::clock::Timestamp;
use crate::content_store::{Apps, ForgottenMemory, QuotedData, Store};
use crate::error::{Error, ExportError, ReplayError, Result, StoreError};
use crate::event::EventId;
use crate::event_store::{BeforeDelete, Page, SpaceRecord};
use crate::pstate::StoredProjection;
use crate::space::{Space, SpaceId, SpaceState};
use crate::text::find;

use super::audit_subject::subject_of;
use super::export::Exported;
use super::find_space::find_record;
use super::operation_mark::{OperationMark, to_take_over};
use super::purge::purge;
use super::remove_rows::{has_removed_rows, remove_rows};
use super::{Phase, Progress, Watch, report};

pub use operation::DeleteSpace;
pub use proof::Proof;
pub use unfinished::unfinished_delete;

/// The rows that a delete would remove, or that an interrupted delete has left.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inventory {
    /// The space.
    #[serde(flatten)]
    pub space: Space,
    /// The number of its events.
    pub events: u64,
    /// The number of keys in all of its projections; none if some were removed, so that they would have to be counted.
    #[serde(rename = "keys")]
    pub entities: Option<u64>,
    /// Its projections, by name; empty if their checkpoints were removed.
    pub projections: Vec<ProjectionKeys>,
    /// The size of its events' payloads; none if some were removed, so that they would have to be counted.
    pub payload_bytes: Option<u64>,
    /// True if an unfinished delete has removed some of it. It can no longer be archived.
    pub partly_removed: bool,
    /// True if an unfinished delete was to purge the files, so that the one that finishes it should, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub purge_owed: bool,
    /// The time of its first event.
    #[serde(rename = "first_event_at")]
    pub first_event: Option<Timestamp>,
    /// The time of its last event.
    #[serde(rename = "last_event_at")]
    pub last_event: Option<Timestamp>,
}

/// A projection with its number of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectionKeys {
    /// Its name.
    pub projection: String,
    /// The number of its keys.
    pub keys: u64,
}

/// Options of a delete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeleteOptions {
    /// Rewrite the files afterwards, so that no byte of the space is left in them.
    pub purge: bool,
    /// The id that the space must have, for a caller that looked it up by name before.
    pub space_id: Option<SpaceId>,
    /// A new file to which the space is exported before anything is removed.
    pub archive: Option<PathBuf>,
}

/// The result of a delete.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deleted {
    /// The contents before.
    pub inventory: Inventory,
    /// True if no byte of it is left. If a purge was requested and this is false, other readers of the file
    /// keep the space's name until the last of them closes it; everything else is gone.
    pub purged: bool,
    /// The archive, if one was requested.
    pub archived: Option<Exported>,
    /// The proof that nothing is left.
    pub proof: Proof,
}

/// Returns what deleting this space would remove.
///
/// # Errors
/// [`StoreError::UnknownSpace`].
pub fn inventory(store: &Store, space_name: &str) -> Result<Inventory> {
    inventory_of(store, find_record(store, space_name)?)
}

/// Returns the space with this id if it still has this name.
fn known(store: &Store, space_id: SpaceId, space_name: &str) -> Result<SpaceRecord> {
    let record = store.events().space(space_id)?.filter(|record| record.space.space_name == space_name);
    record.ok_or_else(|| StoreError::unknown_space(format!("{space_name} with the id {space_id}")).into())
}

fn inventory_of(store: &Store, record: SpaceRecord) -> Result<Inventory> {
    let space_id = record.space.space_id;
    let last = record.head.last_sequence.0;
    let first = store.events().read_space(space_id, Page::forward(None, 1))?;
    let first = first.first();
    let partly_removed = record.space.state != SpaceState::Open && has_removed_rows(store, space_id)?;
    // The oldest events are removed first; of the projections, first their checkpoints, which count the keys.
    let left = first.map_or(0, |event| (last + 1).saturating_sub(event.space_sequence.0));
    let stored = store.pstate().stored(&[space_id])?.into_iter().flatten();
    let of_name = |stored: StoredProjection| ProjectionKeys {
        projection: stored.name.into_owned(),
        keys: stored.checkpoint.entities,
    };
    let projections: Vec<ProjectionKeys> = stored.map(of_name).collect();
    let entities: u64 = projections.iter().map(|projection| projection.keys).sum();
    Ok(Inventory {
        events: if partly_removed { left } else { last },
        entities: Some(entities).filter(|entities| !partly_removed || *entities > 0),
        payload_bytes: Some(record.head.payload_bytes).filter(|_| !partly_removed),
        first_event: first.map(|event| event.timestamp),
        last_event: record.head.last_timestamp.filter(|_| first.is_some() || !partly_removed),
        projections,
        partly_removed,
        purge_owed: unfinished_delete(store, &record.space)?.purge,
        space: record.space,
    })
}

/// Deletes a space in short transactions, so that other writers get their turn, and then proves that no row of
/// it is left. If interrupted, the space stays marked as being deleted and accepts no more events; deleting it
/// again resumes.
///
/// An archive is written, read back and compared before anything is removed. If that fails or is stopped, the
/// space is reopened unchanged.
///
/// Nothing is recorded in the audit log. Run [`DeleteSpace`](crate::operations::DeleteSpace) to record it.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; [`ExportError`](crate::ExportError); [`ReplayError::Cancelled`] if `watch`
/// breaks before anything is removed, and [`ReplayError::DeleteInterrupted`] if it does so later;
/// [`StoreError::DeleteUnfinished`] if the store is busy or its disk is full once the space is closed.
pub fn delete(
    store: &Store,
    space_name: &str,
    options: DeleteOptions,
    watch: &mut Watch<'_>,
) -> Result<Deleted> {
    delete_with(store, &Apps::default(), space_name, options, watch)
}

/// As [`delete`], with the apps that say what replaces a projection which cannot be archived.
fn delete_with(
    store: &Store,
    apps: &Apps,
    space_name: &str,
    options: DeleteOptions,
    watch: &mut Watch<'_>,
) -> Result<Deleted> {
    let _span = info_span!("delete", space = space_name, purge = options.purge).entered();
    let inventory = match options.space_id {
        None => inventory(store, space_name)?,
        Some(space_id) => inventory_of(store, known(store, space_id, space_name)?)?,
    };
    let space = &inventory.space;
    let mark = OperationMark::begin(store);
    let archive = options.archive.as_deref().map(|path| (path, apps));
    let archived = close(store, space, archive, &mark, watch)?;
    let (purged, removed) = remove(store, &inventory, (&options, &mark), watch)?;
    let proof = proof::prove(store, space, removed, options.purge);
    let proof = proof.map_err(|error| unproven(space, error))?;
    info!(events = inventory.events, "deleted");
    Ok(Deleted { inventory, purged, archived, proof })
}

/// Removes the rows of a closed space and what clients remember of it, purges the files if requested, and removes
/// the space. Returns true if no byte is left, the number of audit entries that hold details, and what was removed from clients.
fn remove(
    store: &Store,
    inventory: &Inventory,
    (options, mark): (&DeleteOptions, &OperationMark),
    watch: &mut Watch<'_>,
) -> Result<(bool, (u64, ForgottenMemory))> {
    let (space, total) = (&inventory.space, inventory.events);
    let space_id = space.space_id;
    let unfinished =
        |purge_missing| move |error| unfinished(space, options.purge, purge_missing, interrupted(error));
    let at = |phase, done, total| Progress { phase, done, total, last_event: None::<EventId>, skipped: 0 };
    remove_rows(store, space_id, mark.token(), &mut |left| {
        report(watch, at(Phase::Delete, total.saturating_sub(left), total))
    })
    .map_err(unfinished(false))?;
    let names = subject_of(store, space_id).map_err(unfinished(false))?.space_names;
    let forgotten = forget_in_clients(store, space_id, &names);
    store.audit_log().forget(space_id, &names).map_err(unfinished(false))?;
    if options.purge {
        purge(store, at(Phase::Purge, 0, 0), watch).map_err(unfinished(true))?;
    }
    // Again, because entries may have been added since. As soon as the space is gone, another one may use its name.
    let residue = store.audit_log().forget(space_id, &names).map_err(unfinished(false))?;
    // The space is removed last, so that until then the delete can be repeated.
    let purged = store.events().end_delete(space_id, mark.token(), options.purge);
    let purged = purged.map_err(unfinished(false))?;
    // A console may have written its position since.
    Ok((purged, (residue, forgotten.then(forget_in_clients(store, space_id, &names)))))
}

/// Converts an error that would otherwise claim that nothing was done.
fn unfinished(space: &Space, purge: bool, purge_missing: bool, error: Error) -> Error {
    match error.is_of_engine() {
        true => {
            let (space, reason) = (space.space_name.clone(), error.to_string());
            StoreError::DeleteUnfinished { space, purge_missing, purge, reason }.into()
        }
        false => error,
    }
}

/// Removes what clients remember of a space.
fn forget_in_clients(store: &Store, space_id: SpaceId, names: &BTreeSet<String>) -> ForgottenMemory {
    let quotes = |text: &str| names.iter().any(|name| find(text, name, 0).is_some());
    let data = QuotedData { in_text: &quotes, in_query: &quotes };
    store.client_memory().map(|memory| memory.forget(space_id, data)).unwrap_or_default()
}

/// Converts an error of the proof: the space is gone in spite of it.
fn unproven(space: &Space, error: Error) -> Error {
    match error {
        Error::Store(StoreError::Corrupt { .. } | StoreError::ProjectionsCorrupt { .. }) => error,
        error => StoreError::Unproven { space: space.space_name.clone(), reason: error.to_string() }.into(),
    }
}

/// Closes the space to everything but its delete, and archives it if requested.
fn close(
    store: &Store,
    space: &Space,
    archive: Option<(&Path, &Apps)>,
    mark: &OperationMark,
    watch: &mut Watch<'_>,
) -> Result<Option<Exported>> {
    if archive.is_some() && space.state == SpaceState::Importing {
        space.check_open()?;
    }
    let over = to_take_over(store, space)?;
    // Checked before this operation takes over a delete that it would not finish.
    if archive.is_some() && space.state == SpaceState::Deleting && has_removed_rows(store, space.space_id)? {
        return Err(ExportError::PartlyDeleted { space: space.space_name.clone() }.into());
    }
    let before = store.events().begin_delete(space.space_id, &mark.owner, over)?;
    // From here on, nothing renames the space.
    if let Err(renamed) = known(store, space.space_id, &space.space_name) {
        if before == BeforeDelete::Open {
            store.events().cancel_delete(space.space_id, mark.token())?;
        }
        return Err(renamed);
    }
    let Some((path, apps)) = archive else { return Ok(None) };
    // From here on, no other operation removes rows.
    if before == BeforeDelete::Removing || has_removed_rows(store, space.space_id)? {
        return Err(ExportError::PartlyDeleted { space: space.space_name.clone() }.into());
    }
    let closed = Space { state: SpaceState::Deleting, ..space.clone() };
    let archived = archive::archive(store, apps, &closed, path, watch);
    if archived.is_err() {
        check_marked(store, space, mark)?;
    }
    if archived.is_err() && before == BeforeDelete::Open {
        store.events().cancel_delete(space.space_id, mark.token())?;
    }
    archived.map(Some)
}

/// Checks that no other operation took over the space: rows that it removed are not a difference to the
/// archive.
fn check_marked(store: &Store, space: &Space, mark: &OperationMark) -> Result<()> {
    match store.events().mark_owner(space.space_id)? {
        Some(owner) if owner.token == mark.token() => Ok(()),
        _ => Err(StoreError::MarkLost { space: space.space_name.clone() }.into()),
    }
}

/// Marks the error of a stopped delete, which, unlike other operations, leaves a partial result.
fn interrupted(error: Error) -> Error {
    match error {
        Error::Replay(ReplayError::Cancelled { .. }) => ReplayError::DeleteInterrupted.into(),
        other => other,
    }
}
