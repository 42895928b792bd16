//! Deleting a space, with proof that nothing of it is left.

use serde::Serialize;
use tracing::{info, info_span};

use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::error::{Error, ReplayError, Result, StoreError};
use crate::event::EventId;
use crate::event_store::Page;
use crate::space::{Space, SpaceId};

use super::overview::find_record;
use super::{Phase, Progress, Watch, report};

/// Rows removed in one transaction.
const BATCH: usize = 2000;

/// What a delete would remove.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inventory {
    /// The space.
    #[serde(flatten)]
    pub space: Space,
    /// How many events it has.
    pub events: u64,
    /// How many keys its projection has.
    pub entities: u64,
    /// Bytes of its events' payloads.
    pub payload_bytes: u64,
    /// When its first event was appended.
    pub first_event: Option<Timestamp>,
    /// When its last event was appended.
    pub last_event: Option<Timestamp>,
}

/// How to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeleteOptions {
    /// Rewrite the files afterwards, so that not a byte of the space is left in them.
    pub purge: bool,
    /// The number that the space has to have, for those who looked at one of that name before.
    pub space_id: Option<SpaceId>,
}

/// What a delete removed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deleted {
    /// What there was.
    pub inventory: Inventory,
    /// Whether no byte of it is left. Where that was asked for and is not so, others who read the file hold on
    /// to the space's name until the last of them closes it; everything else is gone.
    pub purged: bool,
}

/// What deleting this space would remove.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; failures of the storage.
pub fn inventory(store: &Store, space_name: &str) -> Result<Inventory> {
    let record = find_record(store, space_name)?;
    let space_id = record.space.space_id;
    let first = store.events().read_space(space_id, Page::forward(None, 1))?;
    Ok(Inventory {
        events: record.head.last_sequence.0,
        entities: store.pstate().checkpoint(space_id)?.entities,
        payload_bytes: record.head.payload_bytes,
        first_event: first.first().map(|event| event.timestamp),
        last_event: record.head.last_timestamp,
        space: record.space,
    })
}

/// Deletes a space in short transactions, between which others get their turn, and then makes sure that
/// no row of it is left. Interrupted, the space stays marked as being deleted, takes no more events, and
/// deleting it again goes on where it stopped.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; [`ReplayError::Cancelled`] if `watch` breaks; failures of the storage.
pub fn delete(
    store: &Store,
    space_name: &str,
    options: DeleteOptions,
    watch: &mut Watch<'_>,
) -> Result<Deleted> {
    let _span = info_span!("delete", space = space_name, purge = options.purge).entered();
    let inventory = inventory(store, space_name)?;
    let space_id = inventory.space.space_id;
    if options.space_id.is_some_and(|expected| expected != space_id) {
        return Err(StoreError::UnknownSpace { space: format!("{space_name} with the number it had") }.into());
    }
    store.events().begin_delete(space_id)?;
    let total = inventory.events;
    let at = |phase, done| Progress { phase, done, total, last_event: None::<EventId>, skipped: 0 };
    while store.pstate().delete_some(space_id, BATCH)? {
        report(watch, at(Phase::Delete, 0)).map_err(interrupted)?;
    }
    while let Some(left) = store.events().delete_some(space_id, BATCH)? {
        report(watch, at(Phase::Delete, total.saturating_sub(left))).map_err(interrupted)?;
    }
    store.operator_log().forget(space_id)?;
    if options.purge {
        let _ = watch(at(Phase::Purge, total));
        store.events().purge()?;
        if !store.is_shared() {
            store.pstate().purge()?;
        }
    }
    // Last of all, so that until then the space is there to be deleted again.
    let purged = store.events().end_delete(space_id, options.purge)?;
    check_residue(store, &inventory)?;
    info!(events = inventory.events, entities = inventory.entities, "deleted");
    Ok(Deleted { inventory, purged })
}

/// Unlike elsewhere, stopping a delete leaves something done.
fn interrupted(error: Error) -> Error {
    match error {
        Error::Replay(ReplayError::Cancelled) => ReplayError::DeleteInterrupted.into(),
        other => other,
    }
}

fn check_residue(store: &Store, inventory: &Inventory) -> Result<()> {
    let space_id = inventory.space.space_id;
    let mut left = store.events().residue(space_id)?;
    left.extend(store.pstate().residue(space_id)?);
    if left.is_empty() {
        return Ok(());
    }
    let tables: Vec<String> = left.iter().map(|(table, rows)| format!("{rows} in {table}")).collect();
    let detail =
        format!("rows of the deleted space {} are left: {}", inventory.space.space_name, tables.join(", "));
    Err(StoreError::Corrupt { detail }.into())
}
