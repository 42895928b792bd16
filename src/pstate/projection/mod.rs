//! A handle on one space's projection.

mod draft;
mod link;
mod paths;
mod preload;
mod resolve;
mod write_back;

pub use draft::Draft;
pub use link::Link;
pub use resolve::Depth;
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

use super::{Changes, Entry, PState, Schema};

/// One space's projection: entities by key, which refer to each other.
///
/// Everything read through it is in the form that its [`Schema`] has today; what was stored in an older
/// one is [written back](Projection::flush) in batches. Writes are for projections that you keep by
/// yourself: that of a space with an app is written by the app's events, and only read here.
///
/// ```
/// use ramax::pstate::{Link, MemoryPState};
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
    space_id: SpaceId,
    schema: Schema,
    write_back: Option<Arc<WriteBack>>,
    /// What was preloaded, as it is stored.
    known: RefCell<HashMap<String, Option<Entry>>>,
}

impl<'a> Projection<'a> {
    /// A space's projection, without a schema.
    #[must_use]
    pub fn new(pstate: &'a dyn PState, space_id: SpaceId) -> Self {
        Self { pstate, space_id, schema: Schema::EMPTY, write_back: None, known: RefCell::default() }
    }

    /// The same projection, read as a schema has it. What is migrated is written back, in batches of
    /// [`WriteBack::BATCH`].
    #[must_use]
    pub fn with_schema(self, schema: Schema) -> Self {
        self.with_shared_schema(schema, Some(Arc::default()))
    }

    /// The same projection, read as a schema has it, sharing what waits to be written back with other
    /// handles on the same space; where there is none, nothing is written back.
    #[must_use]
    pub fn with_shared_schema(mut self, schema: Schema, write_back: Option<Arc<WriteBack>>) -> Self {
        self.schema = schema;
        self.write_back = write_back;
        self
    }

    /// The space.
    #[must_use]
    pub fn space_id(&self) -> SpaceId {
        self.space_id
    }

    /// The value at a key, with its references as they are.
    ///
    /// # Errors
    /// [`CommandError::UnreadableState`] if it is no JSON; failures of the storage.
    pub fn fetch(&self, key: &str) -> Result<Option<Value>> {
        self.get(key)
    }

    /// The value at a key, as a type. References in it are [`Reference`](crate::Reference)s.
    ///
    /// # Errors
    /// [`CommandError::UnreadableState`] if it is not of that type; failures of the storage.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        Ok(self.get_many(&[key])?.pop().flatten())
    }

    /// The values at several keys in one read, each at its key's place, as a type.
    ///
    /// # Errors
    /// As [`Projection::get`].
    pub fn get_many<T: DeserializeOwned>(&self, keys: &[&str]) -> Result<Vec<Option<T>>> {
        let _span = debug_span!("fetch", space_id = self.space_id.0, ?keys).entered();
        let entries = self.load(keys)?;
        self.write_back_if_many();
        entries.iter().map(|entry| entry.as_ref().map(parse).transpose()).collect()
    }

    /// The entry at a key.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn entry(&self, key: &str) -> Result<Option<Entry>> {
        let _span = debug_span!("fetch", space_id = self.space_id.0, key).entered();
        let entry = self.load(&[key])?.pop().flatten();
        self.write_back_if_many();
        Ok(entry)
    }

    /// A page of the entries whose keys start with exactly `prefix`. Behind [`PAGE_BYTES`](crate::event_store::PAGE_BYTES)
    /// of values it ends early; the page behind the last one is empty.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.scan_page(prefix, page).map(|(entries, _)| entries)
    }

    /// As [`Projection::scan`], and returns true if it is the last page: the values as they were stored tell.
    pub(crate) fn scan_page(&self, prefix: &str, page: Page<String>) -> Result<(Vec<Entry>, bool)> {
        let _span = debug_span!("fetch", space_id = self.space_id.0, prefix).entered();
        let limit = page.limit;
        let entries = self.pstate.scan(self.space_id, prefix, page)?;
        let is_last = is_last_page(&entries, limit);
        let entries = entries.into_iter().map(|entry| self.migrated(entry)).collect();
        self.write_back_if_many();
        Ok((entries, is_last))
    }

    /// Gives a key a value.
    ///
    /// # Errors
    /// [`CommandError::UnreadableState`] if the value has no JSON form; failures of the storage.
    pub fn put(&self, key: &str, value: &impl Serialize, now: Timestamp) -> Result<()> {
        let _span = debug_span!("put", space_id = self.space_id.0, key).entered();
        let json = Json::from_serialize(value).map_err(|error| unreadable(key, &error))?;
        self.pstate.put(self.space_id, key, json, now)?;
        self.forget(key);
        Ok(())
    }

    /// Takes a key away; one that is not there is no error.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn delete(&self, key: &str) -> Result<()> {
        self.pstate.delete(self.space_id, key)?;
        self.forget(key);
        Ok(())
    }

    /// Takes all keys of the space away, a batch at a time, and those of no other.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn clear(&self) -> Result<()> {
        self.known.borrow_mut().clear();
        loop {
            let entries = self.pstate.scan(self.space_id, "", Page::forward(None, 1000))?;
            if entries.is_empty() {
                return Ok(());
            }
            let mut changes = Changes::default();
            entries.iter().for_each(|entry| changes.delete(&entry.key));
            self.pstate.write(self.space_id, &changes)?;
        }
    }

    /// Writes back what was read in an old form, each only if nobody wrote it since, and at the time that it
    /// carries. Returns how many entities were written. Happens by itself whenever a batch is full; what
    /// cannot be written then is migrated anew when it is read again.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn flush(&self) -> Result<usize> {
        self.write_back.as_ref().map_or(Ok(0), |waiting| waiting.flush(self.pstate, self.space_id))
    }

    /// The entries at several keys in today's form, each at its place: those preloaded as they were then, the
    /// others in one read.
    fn load(&self, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        let known = self.known.borrow();
        let unknown: Vec<&str> = keys.iter().copied().filter(|key| !known.contains_key(*key)).collect();
        debug!(preloaded = keys.len() - unknown.len(), read = unknown.len(), "read");
        let mut read = if unknown.is_empty() {
            Vec::new().into_iter()
        } else {
            self.pstate.multi_get(self.space_id, &unknown)?.into_iter()
        };
        let entry = |key: &&str| known.get(*key).cloned().unwrap_or_else(|| read.next().flatten());
        let entries: Vec<Option<Entry>> = keys.iter().map(entry).collect();
        Ok(entries.into_iter().map(|entry| entry.map(|entry| self.migrated(entry))).collect())
    }

    fn migrated(&self, mut entry: Entry) -> Entry {
        if let Some(value) = self.schema.migrated(&entry.key, &entry.value) {
            if let Some(waiting) = &self.write_back {
                waiting.add(&entry, &value);
            }
            entry.value = value;
        }
        entry
    }

    /// Reading does not fail because writing does.
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
