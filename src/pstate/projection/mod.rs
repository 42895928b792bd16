//! A handle on one projection of a space.

mod draft;
mod link;
mod paths;
mod preload;
mod resolve;
mod write_back;

pub use draft::Draft;
pub use link::Link;
pub(crate) use paths::resolve_at;
pub use resolve::Depth;
pub(crate) use resolve::resolve_key;
pub use write_back::WriteBack;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::{debug, debug_span, warn};

use crate::clock::Timestamp;
use crate::error::{CommandError, Result};
use crate::event_store::{Page, is_last_page};
use crate::json::Json;
use crate::space::SpaceId;

use super::{Changes, Entry, PState, ProjectionId, Schema};

/// One projection of a space: entities by key, which refer to each other.
///
/// All reads return values in the current form of the [`Schema`]. Values that were stored in an older form are
/// [written back](Projection::flush) in batches. Writes are for projections that you maintain yourself: the projection
/// of a space with an app is written by the app's events, and only read here.
///
/// ```
/// use ramax::engines::memory::MemoryPState;
/// use ramax::pstate::Link;
/// use ramax::{Depth, Projection, SpaceId, Timestamp};
/// use serde_json::{Value, json};
///
/// # fn main() -> ramax::Result<()> {
/// let pstate = MemoryPState::default();
/// let projection = Projection::new(&pstate, SpaceId(1));
/// let now = Timestamp(0);
/// projection.put("deck:d1", &json!({"name": "Greetings"}), now)?;
/// projection.create_linked(
///     &Link::new(("card", "c1"), ("deck", "d1")).in_collection("cards"),
///     json!({"front": "Hello"}),
///     now,
/// )?;
///
/// let raw: Value = projection.fetch("deck:d1")?.unwrap_or_default();
/// assert_eq!(raw["cards"]["c1"], json!({"$ref": "card:c1"}));
/// let resolved = projection.get_resolved("deck:d1", Depth::Levels(1))?.unwrap_or_default();
/// assert_eq!(resolved["cards"]["c1"]["front"], "Hello");
/// let front = projection.value_at(&"deck:d1.cards.c1.front".parse()?)?;
/// assert_eq!(front, Some(json!("Hello")));
/// # Ok(())
/// # }
/// ```
pub struct Projection<'a> {
    pstate: &'a dyn PState,
    id: ProjectionId<'a>,
    schema: Schema,
    write_back: Option<Arc<WriteBack>>,
    /// Preloaded entries, as stored.
    known: RefCell<HashMap<String, Option<Entry>>>,
}

impl<'a> Projection<'a> {
    /// Creates a handle on a projection, without a schema. A [`SpaceId`] stands for its projection
    /// [`STATE`](super::STATE).
    pub fn new(pstate: &'a dyn PState, projection: impl Into<ProjectionId<'a>>) -> Self {
        let id = projection.into();
        Self { pstate, id, schema: Schema::EMPTY, write_back: None, known: RefCell::default() }
    }

    /// Sets the schema for reading. Migrated entries are written back in batches of [`WriteBack::BATCH`].
    pub fn with_schema(self, schema: Schema) -> Self {
        self.with_shared_schema(schema, Some(Arc::default()))
    }

    /// Sets the schema for reading, and shares the entries to be written back with other handles on the same projection. With
    /// `None`, nothing is written back.
    pub fn with_shared_schema(mut self, schema: Schema, write_back: Option<Arc<WriteBack>>) -> Self {
        self.schema = schema;
        self.write_back = write_back;
        self
    }

    /// Returns the id of the projection.
    pub fn id(&self) -> ProjectionId<'a> {
        self.id
    }

    /// Returns the id of the space.
    pub fn space_id(&self) -> SpaceId {
        self.id.space_id
    }

    /// Returns the name of the projection.
    pub fn name(&self) -> &'a str {
        self.id.name
    }

    /// Returns the value at a key, with unresolved references.
    ///
    /// # Errors
    /// [`CommandError::UnreadableState`] if it is not JSON.
    pub fn fetch(&self, key: &str) -> Result<Option<Value>> {
        self.get(key)
    }

    /// Returns the value at a key as a type, with references as [`Reference`](crate::Reference)s.
    ///
    /// # Errors
    /// [`CommandError::UnreadableState`] if it is not of that type.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        Ok(self.get_many(&[key])?.pop().flatten())
    }

    /// Returns the values at several keys as a type, in one read and in the order of `keys`.
    pub fn get_many<T: DeserializeOwned>(&self, keys: &[&str]) -> Result<Vec<Option<T>>> {
        let _span = debug_span!("fetch", space_id = self.id.space_id.0, ?keys).entered();
        let entries = self.load(keys)?;
        self.write_back_if_many();
        entries.iter().map(|entry| entry.as_ref().map(parse).transpose()).collect()
    }

    /// Returns the entry at a key.
    pub fn entry(&self, key: &str) -> Result<Option<Entry>> {
        let _span = debug_span!("fetch", space_id = self.id.space_id.0, key).entered();
        let entry = self.load(&[key])?.pop().flatten();
        self.write_back_if_many();
        Ok(entry)
    }

    /// Returns a page of the entries whose keys start with exactly `prefix`. It ends early after
    /// [`PAGE_BYTES`](crate::event_store::PAGE_BYTES) of values; the page after the last one is empty.
    pub fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.scan_page(prefix, page).map(|(entries, _)| entries)
    }

    /// Like [`Projection::scan`], and also returns true for the last page, judged by the values as stored.
    pub(crate) fn scan_page(&self, prefix: &str, page: Page<String>) -> Result<(Vec<Entry>, bool)> {
        let _span = debug_span!("fetch", space_id = self.id.space_id.0, prefix).entered();
        let limit = page.limit;
        let mut entries = self.pstate.scan(self.id, prefix, page)?;
        let is_last = is_last_page(&entries, limit);
        entries.iter_mut().for_each(|entry| self.migrate(entry));
        self.write_back_if_many();
        Ok((entries, is_last))
    }

    /// Sets the value at a key.
    ///
    /// # Errors
    /// [`CommandError::UnreadableState`] if the value has no JSON form.
    pub fn put(&self, key: &str, value: &impl Serialize, now: Timestamp) -> Result<()> {
        let _span = debug_span!("put", space_id = self.id.space_id.0, key).entered();
        let json = Json::from_serialize(value).map_err(|error| unreadable(key, &error))?;
        self.pstate.put(self.id, key, json, now)?;
        self.forget(key);
        Ok(())
    }

    /// Deletes a key. A missing key is not an error.
    pub fn delete(&self, key: &str) -> Result<()> {
        self.pstate.delete(self.id, key)?;
        self.forget(key);
        Ok(())
    }

    /// Deletes all keys of the space, a batch at a time.
    pub fn clear(&self) -> Result<()> {
        self.known.borrow_mut().clear();
        loop {
            let entries = self.pstate.scan(self.id, "", Page::forward(None, 1000))?;
            if entries.is_empty() {
                return Ok(());
            }
            let mut changes = Changes::default();
            entries.iter().for_each(|entry| changes.delete(&entry.key));
            self.pstate.write(self.id, &changes)?;
        }
    }

    /// Writes back the entities that were read in an old form, with their original time, unless they were written since.
    /// Returns the number of entities written. This also happens whenever a batch is full. Entities that cannot be written
    /// are migrated again when they are next read.
    pub fn flush(&self) -> Result<usize> {
        self.write_back.as_ref().map_or(Ok(0), |waiting| waiting.flush(self.pstate, self.id))
    }

    /// Returns the entries at several keys in their current form, in the order of `keys`: preloaded ones as they were then,
    /// all others in one read.
    fn load(&self, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        let known = self.known.borrow();
        let unknown: Vec<&str> = keys.iter().copied().filter(|key| !known.contains_key(*key)).collect();
        debug!(preloaded = keys.len() - unknown.len(), read = unknown.len(), "read");
        let mut read = if unknown.is_empty() {
            Vec::new().into_iter()
        } else {
            self.pstate.multi_get(self.id, &unknown)?.into_iter()
        };
        let entry = |key: &&str| known.get(*key).cloned().unwrap_or_else(|| read.next().flatten());
        let mut entries: Vec<Option<Entry>> = keys.iter().map(entry).collect();
        entries.iter_mut().flatten().for_each(|entry| self.migrate(entry));
        Ok(entries)
    }

    /// Brings an entry into its current form.
    fn migrate(&self, entry: &mut Entry) {
        if let Some(value) = self.schema.migrated(&entry.key, &entry.value) {
            if let Some(waiting) = &self.write_back {
                waiting.add(entry, &value);
            }
            entry.value = value;
        }
    }

    /// Writes back full batches. A failure does not fail the read.
    fn write_back_if_many(&self) {
        if self.write_back.as_ref().is_some_and(|waiting| waiting.is_full())
            && let Err(error) = self.flush()
        {
            warn!(%error, "not written back");
        }
    }

    fn forget(&self, key: &str) {
        self.known.borrow_mut().remove(key);
    }
}

fn parse<T: DeserializeOwned>(entry: &Entry) -> Result<T> {
    entry.value.parse_owned().map_err(|error| unreadable(&entry.key, &error))
}

fn unreadable(key: &str, reason: &impl ToString) -> crate::Error {
    CommandError::UnreadableState { key: key.to_owned(), reason: reason.to_string() }.into()
}
