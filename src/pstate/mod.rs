//! Materialised state: what a space's events amount to, by key.
//!
//! [`PState`] is the contract; [`MemoryPState`] and [`SqlitePState`] keep it, as one conformance suite
//! shows. A [`Shadow`] is a second projection of a space, built beside the live one and put in its
//! place in one short step.
//!
//! On top of that, [`Projection`] is a handle on one space's projection, for any adapter: it follows
//! [references](Reference) and [paths](Path) from entity to entity and migrates what was stored under an
//! older [`Schema`].

mod changes;
mod inspect;
mod memory;
pub mod path;
mod projection;
mod reference;
pub mod schema;
mod sqlite;

pub use changes::{Changes, Write};
pub use inspect::{Counted, InspectProjections, Leftover};
pub use memory::MemoryPState;
pub use path::Path;
pub use projection::{Depth, Draft, Link, Projection, WriteBack};
pub use reference::Reference;
pub use schema::Schema;
pub use sqlite::SqlitePState;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::event_store::{Page, PageRow, Slack};
use crate::json::Json;
use crate::operator_log::Operator;
use crate::space::{Checkpoint, SpaceId};

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, for example `contact:c1`.
    pub key: String,
    /// The value.
    pub value: Json,
    /// When the event that wrote it was appended.
    pub updated_at: Timestamp,
}

impl PageRow for Entry {
    fn bytes(&self) -> usize {
        self.value.as_str().len()
    }
}

/// A key as somebody saw it, to be written only if it still is so.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The key.
    pub key: &'a str,
    /// What was there; none if nothing was.
    pub entry: Option<&'a Entry>,
}

/// The keys in `seen` that are not as they are found now, each at its place.
fn moved(seen: &[Seen<'_>], found: &[Option<Entry>]) -> Vec<String> {
    let differs = |(seen, found): &(&Seen<'_>, &Option<Entry>)| seen.entry != found.as_ref();
    seen.iter().zip(found).filter(differs).map(|(seen, _)| seen.key.to_owned()).collect()
}

/// Reads one value by its key.
pub type Reader<'a> = Box<dyn Fn(&str) -> Result<Option<Entry>> + 'a>;

/// The projections of all spaces.
///
/// Every method is one round trip, and may be called from several threads at once.
pub trait PState: InspectProjections {
    /// One value.
    ///
    /// # Errors
    /// Failures of the storage.
    fn get(&self, space_id: SpaceId, key: &str) -> Result<Option<Entry>> {
        Ok(self.multi_get(space_id, &[key])?.pop().flatten())
    }

    /// How far a space's projection has come, and a reader of its values: for a unit of work, during which
    /// no other projection takes its place.
    ///
    /// # Errors
    /// Failures of the storage.
    fn begin(&self, space_id: SpaceId) -> Result<(Checkpoint, Reader<'_>)> {
        Ok((self.checkpoint(space_id)?, Box::new(move |key: &str| self.get(space_id, key))))
    }

    /// Several values, each at its key's place.
    ///
    /// # Errors
    /// Failures of the storage.
    fn multi_get(&self, space_id: SpaceId, keys: &[&str]) -> Result<Vec<Option<Entry>>>;

    /// A page of the entries whose keys start with exactly `prefix`, in the order of their keys'
    /// bytes. It may [end early](crate::event_store::PAGE_BYTES).
    ///
    /// # Errors
    /// Failures of the storage.
    fn scan(&self, space_id: SpaceId, prefix: &str, page: Page<String>) -> Result<Vec<Entry>>;

    /// Writes one value, whatever the checkpoint.
    ///
    /// # Errors
    /// Failures of the storage.
    fn put(&self, space_id: SpaceId, key: &str, value: Json, now: Timestamp) -> Result<()> {
        let mut changes = Changes::default();
        changes.put(key, value, now);
        self.write(space_id, &changes)
    }

    /// Deletes one value; one that is not there is no error.
    ///
    /// # Errors
    /// Failures of the storage.
    fn delete(&self, space_id: SpaceId, key: &str) -> Result<()> {
        let mut changes = Changes::default();
        changes.delete(key);
        self.write(space_id, &changes)
    }

    /// Writes several changes, all or none, whatever the checkpoint.
    ///
    /// # Errors
    /// Failures of the storage.
    fn write(&self, space_id: SpaceId, changes: &Changes) -> Result<()>;

    /// Writes several changes, all or none, whatever the checkpoint, but only if every key in `seen` is
    /// still as it was seen. Returns the keys that are not: where there are any, nothing was written.
    ///
    /// # Errors
    /// Failures of the storage.
    fn write_if(&self, space_id: SpaceId, seen: &[Seen<'_>], changes: &Changes) -> Result<Vec<String>>;

    /// Runs `work`, in which every read of this thread sees the projections as they are at one moment,
    /// whatever others write meanwhile.
    ///
    /// # Errors
    /// What `work` returned; failures of the storage.
    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()>;

    /// How far a space's projection has come.
    ///
    /// # Errors
    /// Failures of the storage.
    fn checkpoint(&self, space_id: SpaceId) -> Result<Checkpoint>;

    /// The checkpoints of several spaces, each at its space's place.
    ///
    /// # Errors
    /// Failures of the storage.
    fn checkpoints(&self, space_ids: &[SpaceId]) -> Result<Vec<Checkpoint>>;

    /// Writes the effect of the events after `from` together with the checkpoint `to`, all or none,
    /// and only if the checkpoint is still `from`: no event is ever applied twice. `to.entities` is
    /// not read; the store counts for itself.
    ///
    /// # Errors
    /// [`StoreError::CheckpointMoved`](crate::StoreError::CheckpointMoved); failures of the storage.
    fn advance(
        &self,
        space_id: SpaceId,
        from: SpaceSequence,
        changes: &Changes,
        to: Checkpoint,
    ) -> Result<()>;

    /// Begins an empty projection beside the live one. One that an earlier rebuild left behind is
    /// given up.
    ///
    /// # Errors
    /// Failures of the storage.
    fn shadow(&self, space_id: SpaceId) -> Result<Box<dyn Shadow + '_>>;

    /// As [`PState::shadow`], with the operator whose process builds it. As long as that is there, nobody takes the
    /// shadow for left behind.
    ///
    /// # Errors
    /// Failures of the storage.
    fn shadow_of(&self, space_id: SpaceId, _owner: &Operator) -> Result<Box<dyn Shadow + '_>> {
        self.shadow(space_id)
    }

    /// Removes up to `limit` entries of any space's projection that nobody uses, a former one or a shadow whose owner
    /// `is_gone`, in one short transaction. Returns whether there may be more.
    ///
    /// # Errors
    /// Failures of the storage.
    fn sweep_unused(&self, _is_gone: &dyn Fn(&Operator) -> bool, _limit: usize) -> Result<bool> {
        Ok(false)
    }

    /// Removes up to `limit` entries of projections that are no longer live, in one short
    /// transaction. Returns whether there may be more.
    ///
    /// # Errors
    /// Failures of the storage.
    fn sweep(&self, space_id: SpaceId, limit: usize) -> Result<bool>;

    /// Removes a space's projections, checkpoint included, up to `limit` entries in one short
    /// transaction. Returns whether there may be more.
    ///
    /// # Errors
    /// Failures of the storage.
    fn delete_some(&self, space_id: SpaceId, limit: usize) -> Result<bool>;

    /// How many rows carry this space's id, by table: every table that may.
    ///
    /// # Errors
    /// Failures of the storage.
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>>;

    /// Rows that still carry this space's id, by table; no table that has none.
    ///
    /// # Errors
    /// Failures of the storage.
    fn residue(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        Ok(self.rows_by_table(space_id)?.into_iter().filter(|(_, rows)| *rows > 0).collect())
    }

    /// Rewrites the storage so that no byte of what was deleted is left in it.
    ///
    /// # Errors
    /// Failures of the storage, an interruption among them: nothing was changed then.
    fn purge(&self) -> Result<()>;

    /// Asks a purge that another thread is in to stop. Where there is none, nothing happens.
    fn interrupt_purge(&self) {}

    /// Where bytes of what was deleted may still lie; none where nothing is on disk.
    ///
    /// # Errors
    /// Failures of the storage.
    fn slack(&self) -> Result<Option<Slack>> {
        Ok(None)
    }

    /// A number that changes whenever somebody else committed something.
    ///
    /// # Errors
    /// Failures of the storage.
    fn version(&self) -> Result<u64>;

    /// Bytes that the projections take on disk, where they are on disk in a file of their own.
    ///
    /// # Errors
    /// Failures of the storage.
    fn storage_bytes(&self) -> Result<Option<u64>>;
}

/// A projection that is being built beside the live one, which stands until [`Shadow::activate`].
/// Dropped, its entries stay behind, seen by nobody, until they are swept or the next rebuild begins.
pub trait Shadow {
    /// Several values of the shadow, each at its key's place.
    ///
    /// # Errors
    /// Failures of the storage.
    fn multi_get(&self, keys: &[&str]) -> Result<Vec<Option<Entry>>>;

    /// Writes several changes to the shadow, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::ShadowGone`](crate::StoreError::ShadowGone) if it was given up; failures of the
    /// storage.
    fn write(&self, changes: &Changes) -> Result<()>;

    /// Puts the shadow in the live projection's place, at this checkpoint, in one short transaction
    /// (or as part of the current unit of work). Returns how many keys it holds.
    ///
    /// # Errors
    /// [`StoreError::ShadowGone`](crate::StoreError::ShadowGone) if it was given up; failures of the
    /// storage.
    fn activate(&self, checkpoint: Checkpoint) -> Result<u64>;

    /// Gives the shadow up; [`PState::sweep`] then removes its entries.
    ///
    /// # Errors
    /// Failures of the storage.
    fn abandon(&self) -> Result<()>;
}

/// The first key behind all those that start with `prefix`, if there is one.
fn behind_prefix(prefix: &str) -> Option<String> {
    let mut head = prefix.to_owned();
    while let Some(last) = head.pop() {
        let above = (last as u32 + 1..=char::MAX as u32).find_map(char::from_u32);
        if let Some(above) = above {
            head.push(above);
            return Some(head);
        }
    }
    None
}
