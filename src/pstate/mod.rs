//! Projections: states of a space by key, derived from its events.
//!
//! A space has one projection or more, told apart by name ([`ProjectionId`]); every app has the one named [`STATE`].
//!
//! [`PState`] is the contract. The engines in [`engines`](crate::engines) implement it, and pass the same conformance suite.
//! A [`Shadow`] is built next to a live projection, which it replaces in one short step.
//!
//! [`Projection`] is a handle on one projection, for any implementation. It follows [references](Reference) and
//! [paths](Path) from entity to entity, and migrates values that were stored under an older [`Schema`].

mod definition;
mod inspect;
mod live;
pub mod path;
mod projection;
mod reference;
pub mod schema;

pub use crate::model::changes::{Changes, Write};
pub use crate::projection::{BlockingEvent, ProjectionId, STATE, is_projection_name};
pub use definition::{Compatibility, Definition};
pub use inspect::{Counted, InspectProjections, Leftover};
pub use live::{Entries, LiveProjection, NoEntries, StoredProjection};
pub use path::Path;
pub use projection::{Depth, Draft, Link, Projection, WriteBack};
pub(crate) use projection::{resolve_at, resolve_key};
pub use reference::Reference;
pub use schema::Schema;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::event_store::{Access, Advance, Page, PageRow, ReadyShadow, Storage};
use crate::json::Json;
use crate::operator::Operator;
use crate::space::{Checkpoint, SpaceId};

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, for example `contact:c1`.
    pub key: String,
    /// The value.
    pub value: Json,
    /// The time of the event that wrote it.
    pub updated_at: Timestamp,
}

impl PageRow for Entry {
    fn bytes(&self) -> usize {
        self.value.as_str().len()
    }
}

/// A key as it was read, for a write that depends on it being unchanged.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The key.
    pub key: &'a str,
    /// The entry that was read, if there was one.
    pub entry: Option<&'a Entry>,
}

/// Returns the keys in `seen` that differ from the entries in `found`, which have the same order.
pub(crate) fn moved(seen: &[Seen<'_>], found: &[Option<Entry>]) -> Vec<String> {
    let differs = |(seen, found): &(&Seen<'_>, &Option<Entry>)| seen.entry != found.as_ref();
    seen.iter().zip(found).filter(differs).map(|(seen, _)| seen.key.to_owned()).collect()
}

/// The projections of all spaces.
///
/// Every method is one round trip and thread-safe.
pub trait PState: ReadProjections + WriteProjections + Shadows + Storage + InspectProjections {}

impl<T: ReadProjections + WriteProjections + Shadows + Storage + InspectProjections> PState for T {}

/// Reads projections.
pub trait ReadProjections: Send + Sync {
    /// Returns true if the engine can keep a projection of this name. Files of the Elixir original have only one per space.
    fn keeps(&self, _name: &str) -> bool {
        true
    }

    /// Reads one value.
    fn get(&self, projection: ProjectionId<'_>, key: &str) -> Result<Option<Entry>> {
        Ok(self.multi_get(projection, &[key])?.pop().flatten())
    }

    /// Reads several values, in the order of `keys`.
    fn multi_get(&self, projection: ProjectionId<'_>, keys: &[&str]) -> Result<Vec<Option<Entry>>>;

    /// Returns a page of the entries whose keys start with exactly `prefix`, in byte order of their keys. It may
    /// [end early](crate::event_store::PAGE_BYTES).
    fn scan(&self, projection: ProjectionId<'_>, prefix: &str, page: Page<String>) -> Result<Vec<Entry>>;

    /// Opens a projection for use in a unit of work, during which no other one can replace it.
    fn open(&self, projection: ProjectionId<'_>) -> Result<LiveProjection<'_>>;

    /// Returns the checkpoint of a projection. One that does not exist is before the first event.
    fn checkpoint(&self, projection: ProjectionId<'_>) -> Result<Checkpoint>;

    /// Returns the names of the projections of a space that have a checkpoint, even if the rest of it cannot be read.
    fn names(&self, space_id: SpaceId) -> Result<Vec<String>>;

    /// Returns the projections of several spaces, by name, in the order of `space_ids`. Those of which only a shadow exists
    /// are among them.
    fn stored(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<StoredProjection>>>;

    /// Runs `work` in a snapshot: every read of this thread sees the same state, whatever is written meanwhile.
    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()>;
}

/// Changes live projections.
pub trait WriteProjections: ReadProjections {
    /// Writes one value, regardless of the checkpoint.
    fn put(&self, projection: ProjectionId<'_>, key: &str, value: Json, now: Timestamp) -> Result<()> {
        let mut changes = Changes::default();
        changes.put(key, value, now);
        self.write(projection, &changes)
    }

    /// Deletes one value. A missing value is not an error.
    fn delete(&self, projection: ProjectionId<'_>, key: &str) -> Result<()> {
        let mut changes = Changes::default();
        changes.delete(key);
        self.write(projection, &changes)
    }

    /// Writes all of several changes or none, regardless of the checkpoint.
    fn write(&self, projection: ProjectionId<'_>, changes: &Changes) -> Result<()>;

    /// Writes all of several changes or none, regardless of the checkpoint, but only if every key in `seen` is unchanged.
    /// Returns the keys that have changed; if there are any, nothing was written.
    fn write_if(
        &self,
        projection: ProjectionId<'_>,
        seen: &[Seen<'_>],
        changes: &Changes,
    ) -> Result<Vec<String>>;

    /// Writes the effect of events together with the next checkpoint, or nothing.
    ///
    /// # Errors
    /// [`StoreError::CheckpointMoved`](crate::StoreError::CheckpointMoved).
    fn advance(&self, projection: ProjectionId<'_>, advance: &Advance<'_>) -> Result<()>;

    /// Keeps an event that cannot be applied as the projection's last error, until the projection advances.
    fn block(&self, projection: ProjectionId<'_>, event: &BlockingEvent) -> Result<()>;

    /// Removes a projection in one short transaction: readers find it empty, as if it had never been built. Retires a shadow of
    /// it as well. [`Shadows::sweep`] then removes its entries. A missing projection is not an error.
    fn remove(&self, projection: ProjectionId<'_>) -> Result<()>;

    /// Removes up to `limit` entries of all projections of a space, and their checkpoints, in one short transaction. Returns
    /// true if there may be more.
    fn delete_some(&self, space_id: SpaceId, limit: usize) -> Result<bool>;
}

/// Builds projections next to the live ones, and removes those that are no longer used.
pub trait Shadows: Send + Sync {
    /// Starts an empty projection next to the live one, with its definition, if it is known. Retires the shadow of an earlier
    /// rebuild, if there is one. While the process of `owner` runs, the shadow is not considered abandoned.
    ///
    /// # Errors
    /// If the projections are in the same storage as the log: without this access to the space, as
    /// [`EventLog::begin`](crate::event_store::EventLog::begin).
    fn shadow(
        &self,
        projection: ProjectionId<'_>,
        definition: Option<&str>,
        access: Access,
        owner: Option<&Operator>,
    ) -> Result<Box<dyn Shadow + '_>>;

    /// Writes the last changes of a shadow, and replaces the live projection by it, at this checkpoint, in one
    /// short transaction. Returns its number of keys.
    ///
    /// # Errors
    /// [`StoreError::ShadowGone`](crate::StoreError::ShadowGone) if the shadow was retired.
    fn activate(
        &self,
        projection: ProjectionId<'_>,
        shadow: ReadyShadow,
        changes: &Changes,
        at: Checkpoint,
    ) -> Result<u64>;

    /// Removes up to `limit` entries of any space's unused projection, in one short transaction. A projection is unused if
    /// it is a former one, or a shadow whose owner `is_gone`. Returns true if there may be more.
    fn sweep_unused(&self, _is_gone: &dyn Fn(&Operator) -> bool, _limit: usize) -> Result<bool> {
        Ok(false)
    }

    /// Removes up to `limit` entries of a space's projections that are no longer live, in one short transaction. Returns
    /// true if there may be more.
    fn sweep(&self, space_id: SpaceId, limit: usize) -> Result<bool>;
}

/// A projection that is being built next to the live one, which stays in use until [`Shadows::activate`]. When it is
/// dropped, its invisible entries stay until they are swept or the next rebuild starts.
pub trait Shadow {
    /// Reads several values of the shadow, in the order of `keys`.
    fn multi_get(&self, keys: &[&str]) -> Result<Vec<Option<Entry>>>;

    /// Returns a page of the shadow's entries, as [`ReadProjections::scan`].
    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>>;

    /// Writes several changes to the shadow, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::ShadowGone`](crate::StoreError::ShadowGone) if the shadow was retired.
    fn write(&self, changes: &Changes) -> Result<()>;

    /// Checks that the shadow was not retired.
    ///
    /// # Errors
    /// [`StoreError::ShadowGone`](crate::StoreError::ShadowGone).
    fn check(&self) -> Result<()>;

    /// Returns its number and its number of keys, to [activate](Shadows::activate) it.
    fn ready(&self) -> ReadyShadow;

    /// Retires the shadow, so that [`Shadows::sweep`] removes its entries.
    fn abandon(&self) -> Result<()>;
}

/// Returns the first possible key after all keys that start with `prefix`, if there is one.
pub(crate) fn end_of_prefix(prefix: &str) -> Option<String> {
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
