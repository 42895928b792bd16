//! Deleting a space, with proof that nothing of it is left.

mod again;
mod archive;
mod proof;
mod purge;
mod rows;

use std::path::{Path, PathBuf};

use serde::Serialize;
use tracing::{info, info_span};

use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::error::{Error, ExportError, ReplayError, Result, StoreError};
use crate::event::EventId;
use crate::event_store::{BeforeDelete, Page, SpaceRecord};
use crate::space::{Space, SpaceId, SpaceState};

use super::export::Exported;
use super::marking::{Marking, to_take_over};
use super::overview::find_record;
use super::removal::{is_begun, remove_rows};
use super::{Phase, Progress, Watch, report};

pub use again::delete_again;
pub use proof::Proof;

/// What a delete would remove. Where one began before, that is what it left.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inventory {
    /// The space.
    #[serde(flatten)]
    pub space: Space,
    /// How many events it has.
    pub events: u64,
    /// How many keys its projection has; none where some were removed before and they would have to be counted.
    #[serde(rename = "keys")]
    pub entities: Option<u64>,
    /// Bytes of its events' payloads; none where some were removed before and they would have to be counted.
    pub payload_bytes: Option<u64>,
    /// Whether a delete that did not come to its end removed some of it. No archive can be made of it any more.
    pub partly_removed: bool,
    /// When its first event was appended.
    #[serde(rename = "first_event_at")]
    pub first_event: Option<Timestamp>,
    /// When its last event was appended.
    #[serde(rename = "last_event_at")]
    pub last_event: Option<Timestamp>,
}

/// How to delete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeleteOptions {
    /// Rewrite the files afterwards, so that not a byte of the space is left in them.
    pub purge: bool,
    /// The id that the space has to have, for a caller that looked at a space of that name before.
    pub space_id: Option<SpaceId>,
    /// A file that is not there yet, to export the space to before anything of it is removed.
    pub archive: Option<PathBuf>,
}

/// What a delete removed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deleted {
    /// What there was.
    pub inventory: Inventory,
    /// Whether no byte of it is left. Where that was asked for and is not so, others who read the file hold on
    /// to the space's name until the last of them closes it; everything else is gone.
    pub purged: bool,
    /// What was archived before, if that was asked for.
    pub archived: Option<Exported>,
    /// That nothing is left.
    pub proof: Proof,
}

/// What deleting this space would remove.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; failures of the storage.
pub fn inventory(store: &Store, space_name: &str) -> Result<Inventory> {
    inventory_of(store, find_record(store, space_name)?)
}

/// The space with this id, which still has to have this name.
fn known(store: &Store, space_id: SpaceId, space_name: &str) -> Result<SpaceRecord> {
    let record = store.events().space(space_id)?.filter(|record| record.space.space_name == space_name);
    record.ok_or_else(|| StoreError::unknown_space(format!("{space_name} with the id {space_id}")).into())
}

fn inventory_of(store: &Store, record: SpaceRecord) -> Result<Inventory> {
    let space_id = record.space.space_id;
    let last = record.head.last_sequence.0;
    let first = store.events().read_space(space_id, Page::forward(None, 1))?;
    let first = first.first();
    let partly_removed = record.space.state != SpaceState::Open && is_begun(store, space_id)?;
    // The oldest events go first, and of the projection its checkpoint, which counts the keys.
    let left = first.map_or(0, |event| (last + 1).saturating_sub(event.space_sequence.0));
    let entities = store.pstate().checkpoint(space_id)?.entities;
    Ok(Inventory {
        events: if partly_removed { left } else { last },
        entities: Some(entities).filter(|entities| !partly_removed || *entities > 0),
        payload_bytes: Some(record.head.payload_bytes).filter(|_| !partly_removed),
        first_event: first.map(|event| event.timestamp),
        last_event: record.head.last_timestamp.filter(|_| first.is_some() || !partly_removed),
        partly_removed,
        space: record.space,
    })
}

/// Deletes a space in short transactions, between which others get their turn, and then makes sure that
/// no row of it is left. Interrupted, the space stays marked as being deleted, takes no more events, and
/// deleting it again goes on where it stopped.
///
/// An archive is written, read back and compared before anything is removed. Where that fails or is stopped,
/// the space is opened again, as it was.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; [`ExportError`](crate::ExportError);
/// [`ReplayError::Cancelled`] if `watch` breaks before anything was removed, and
/// [`ReplayError::DeleteInterrupted`] if it does later; failures of the storage.
pub fn delete(
    store: &Store,
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
    let space_id = space.space_id;
    let marking = Marking::begin(store);
    let archived = close(store, space, options.archive.as_deref(), &marking, watch)?;
    let total = inventory.events;
    let at = |phase, done, total| Progress { phase, done, total, last_event: None::<EventId>, skipped: 0 };
    remove_rows(store, space_id, marking.token(), &mut |left| {
        report(watch, at(Phase::Delete, total.saturating_sub(left), total)).map_err(interrupted)
    })?;
    let name = Some(space.space_name.as_str());
    store.operator_log().forget(space_id, name)?;
    if options.purge {
        purge::purge(store, at(Phase::Purge, 0, 0), watch)?;
    }
    // Once the space is gone, another one may take its name.
    let said = forget_again(store, space)?;
    // Last of all, so that until then the space is there to be deleted again.
    let purged = store.events().end_delete(space_id, marking.token(), options.purge)?;
    let proof = proof::prove(store, space, said, options.purge)?;
    info!(events = inventory.events, "deleted");
    Ok(Deleted { inventory, purged, archived, proof })
}

/// Forgets what others wrote of the space since it was forgotten, and counts what is left of that: in one unit, so that
/// nothing comes between.
fn forget_again(store: &Store, space: &Space) -> Result<u64> {
    let (log, name) = (store.operator_log(), Some(space.space_name.as_str()));
    let mut said = 0;
    store.events().unit(space.space_id, &mut || {
        log.forget(space.space_id, name)?;
        said = log.residue(space.space_id, name)?;
        Ok(())
    })?;
    Ok(said)
}

/// Closes the space to everything but its delete, and archives it where that was asked for.
fn close(
    store: &Store,
    space: &Space,
    archive: Option<&Path>,
    marking: &Marking,
    watch: &mut Watch<'_>,
) -> Result<Option<Exported>> {
    if archive.is_some() && space.state == SpaceState::Importing {
        space.check_open()?;
    }
    let over = to_take_over(store, space)?;
    // Before it takes over what it would then not finish.
    if archive.is_some() && space.state == SpaceState::Deleting && is_begun(store, space.space_id)? {
        return Err(ExportError::PartlyDeleted { space: space.space_name.clone() }.into());
    }
    let before = store.events().begin_delete(space.space_id, &marking.owner, over)?;
    let Some(path) = archive else { return Ok(None) };
    // From here on, no other operation removes anything.
    if before == BeforeDelete::Removing || is_begun(store, space.space_id)? {
        return Err(ExportError::PartlyDeleted { space: space.space_name.clone() }.into());
    }
    let closed = Space { state: SpaceState::Deleting, ..space.clone() };
    let archived = archive::archive(store, &closed, path, watch);
    if archived.is_err() {
        check_marked(store, space, marking)?;
    }
    if archived.is_err() && before == BeforeDelete::Open {
        store.events().cancel_delete(space.space_id, marking.token())?;
    }
    archived.map(Some)
}

/// Checks that no other operation took the space over: what that removed is no difference to an archive.
fn check_marked(store: &Store, space: &Space, marking: &Marking) -> Result<()> {
    match store.events().mark_owner(space.space_id)? {
        Some(owner) if owner.token == marking.token() => Ok(()),
        _ => Err(StoreError::MarkLost { space: space.space_name.clone() }.into()),
    }
}

/// Unlike elsewhere, stopping a delete leaves something done.
fn interrupted(error: Error) -> Error {
    match error {
        Error::Replay(ReplayError::Cancelled) => ReplayError::DeleteInterrupted.into(),
        other => other,
    }
}
