//! The view of one projection that commands and event handlers work on.

mod scan;
mod undo;

use std::cell::{Cell as Counter, RefCell};
use std::collections::BTreeSet;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tracing::debug_span;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::json::Json;
use crate::pstate::{Changes, Entries, Entry, Schema, Write};

pub use scan::Scan;
pub(crate) use undo::Overwritten;

/// A view of one projection of a space. Reads fall through to the stored values; writes are buffered until they are
/// drained together. Values are always in the current form of the schema, so that a replay yields the same values as
/// reading the stored ones.
pub struct State<'a> {
    schema: Schema,
    source: Box<dyn Entries + 'a>,
    cells: RefCell<Cells>,
    /// The previous values of the cells written since [`State::begin`], by index.
    undo: Vec<(usize, Option<Cell>)>,
    now: Timestamp,
    /// The size of the written values.
    bytes: usize,
    /// The size of the values read from the source.
    read: Counter<usize>,
    /// The size of the values parsed and serialised since [`State::take_work`].
    work: Counter<usize>,
    /// The written keys in order, once there was a scan.
    in_order: RefCell<Option<BTreeSet<String>>>,
    /// A buffer for serialising, so that the kept text has no spare capacity.
    scratch: Vec<u8>,
}

/// The keys read or written so far. An undone write leaves `None`.
type Cells = IndexMap<String, Option<Cell>, RandomState>;

/// The known value of a key.
struct Cell {
    value: Option<Value>,
    written: bool,
}

/// A value, with the time of the event that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) json: Json,
    pub(crate) updated_at: Timestamp,
}

/// The reason why the state cannot be read or an event cannot be applied.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StateError {
    /// The storage failed.
    #[error(transparent)]
    Storage(Box<Error>),
    /// The value of this key does not have the form that the app expects.
    #[error("the value at {key} cannot be read: {reason}")]
    Unreadable {
        /// The key.
        key: String,
        /// The reason.
        reason: String,
    },
    /// The event cannot be applied.
    #[error("{0}")]
    Inapplicable(String),
}

impl From<Error> for StateError {
    fn from(error: Error) -> Self {
        Self::Storage(Box::new(error))
    }
}

impl From<serde_json::Error> for StateError {
    fn from(error: serde_json::Error) -> Self {
        Self::Inapplicable(format!("the payload cannot be read: {error}"))
    }
}

impl<'a> State<'a> {
    /// Creates a view of the entries of `source`, in the form of `schema`.
    pub fn new(schema: Schema, source: impl Entries + 'a) -> Self {
        Self {
            schema,
            source: Box::new(source),
            cells: RefCell::default(),
            undo: Vec::new(),
            now: Timestamp::default(),
            bytes: 0,
            read: Counter::default(),
            work: Counter::default(),
            in_order: RefCell::default(),
            scratch: Vec::new(),
        }
    }

    /// Returns the value of a key.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StateError> {
        self.look(key, |value| match value {
            None => Ok(None),
            Some(value) => {
                self.note_work(value.json.as_str().len());
                let parsed = value.json.parse_owned().map(Some);
                parsed.map_err(|error| StateError::Unreadable {
                    key: key.to_owned(),
                    reason: error.to_string(),
                })
            }
        })?
    }

    /// Returns the text of the value of a key.
    pub fn json(&self, key: &str) -> Result<Option<Json>, StateError> {
        Ok(self.look(key, |value| value.map(|value| value.json.clone()))?)
    }

    /// Returns the entry of a key, for a state layered over this one.
    pub(crate) fn entry(&self, key: &str) -> Result<Option<Entry>> {
        let entry = |value: &Value| Entry {
            key: key.to_owned(),
            value: value.json.clone(),
            updated_at: value.updated_at,
        };
        self.look(key, |value| value.map(entry))
    }

    /// Returns true if the key has a value.
    pub fn contains(&self, key: &str) -> Result<bool, StateError> {
        Ok(self.look(key, |value| value.is_some())?)
    }

    /// Sets the value of a key, with the time of the event being applied.
    pub fn put(&mut self, key: &str, value: &impl Serialize) -> Result<(), StateError> {
        let json = self
            .serialized(value)
            .map_err(|error| StateError::Inapplicable(format!("{key} has no JSON form: {error}")))?;
        let json = self.schema.migrated(key, &json).unwrap_or(json);
        self.write(key, Some(Value { json, updated_at: self.now }));
        Ok(())
    }

    fn serialized(&mut self, value: &impl Serialize) -> std::result::Result<Json, serde_json::Error> {
        self.scratch.clear();
        serde_json::to_writer(&mut self.scratch, value)?;
        self.note_work(self.scratch.len());
        // Checking first is several times faster than a lossy conversion, and JSON is always valid UTF-8.
        Ok(Json::from_stored(match std::str::from_utf8(&self.scratch) {
            Ok(text) => text.to_owned(),
            Err(_) => String::from_utf8_lossy(&self.scratch).into_owned(),
        }))
    }

    /// Changes the value of a key.
    ///
    /// # Errors
    /// [`StateError::Inapplicable`] if the key has no value.
    pub fn change<T: DeserializeOwned + Serialize>(
        &mut self,
        key: &str,
        change: impl FnOnce(&mut T),
    ) -> Result<(), StateError> {
        let missing = || StateError::Inapplicable(format!("it changes {key}, which does not exist"));
        let mut value = self.get(key)?.ok_or_else(missing)?;
        change(&mut value);
        self.put(key, &value)
    }

    /// Changes the value of a key, which is the default if the key has none: a counter, a sum, a list.
    ///
    /// ```
    /// # use ramax::{Event, State};
    /// # use ramax::content_store::StateError;
    /// fn count(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    ///     state.change_or_default(&format!("type:{}", event.event_type), |count: &mut u64| *count += 1)
    /// }
    /// ```
    pub fn change_or_default<T: DeserializeOwned + Serialize + Default>(
        &mut self,
        key: &str,
        change: impl FnOnce(&mut T),
    ) -> Result<(), StateError> {
        let mut value = self.get(key)?.unwrap_or_default();
        change(&mut value);
        self.put(key, &value)
    }

    /// Deletes a key, if it exists.
    pub fn delete(&mut self, key: &str) {
        self.write(key, None);
    }

    /// Returns the writes and clears the view, so that memory stays bounded.
    pub(crate) fn drain_changes(&mut self) -> Changes {
        self.bytes = 0;
        self.read.set(0);
        self.undo.clear();
        *self.in_order.get_mut() = None;
        let written = |(key, cell): (String, Option<Cell>)| Some((key, cell?.into_write()?));
        self.cells.get_mut().drain(..).filter_map(written).collect()
    }

    /// Returns true if the key was written since the view was created or drained, even if it was deleted.
    pub(crate) fn is_written(&self, key: &str) -> bool {
        self.cells.borrow().get(key).is_some_and(|cell| cell.as_ref().is_some_and(|cell| cell.written))
    }

    /// Estimates the size of the known values in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.read.get()
    }

    /// Returns the size of the values that were parsed and serialised since it was last called.
    pub(crate) fn take_work(&self) -> usize {
        self.work.take()
    }

    fn note_work(&self, bytes: usize) {
        self.work.set(self.work.get() + bytes);
    }

    fn look<R>(&self, key: &str, then: impl FnOnce(Option<&Value>) -> R) -> Result<R> {
        if let Some(Some(cell)) = self.cells.borrow().get(key) {
            return Ok(then(cell.value.as_ref()));
        }
        let value = self.read_value(key)?;
        let result = then(value.as_ref());
        self.read.set(self.read.get() + size(key, value.as_ref()));
        self.cells.borrow_mut().insert(key.to_owned(), Some(Cell { value, written: false }));
        Ok(result)
    }

    /// Reads the stored value of a key, in its current form.
    fn read_value(&self, key: &str) -> Result<Option<Value>> {
        let _span = debug_span!("fetch", key).entered();
        let entry = self.source.get(key)?.map(|entry| self.schema.migrated_entry(entry));
        Ok(entry.map(|entry| Value { json: entry.value, updated_at: entry.updated_at }))
    }

    fn write(&mut self, key: &str, value: Option<Value>) {
        let cell = Some(Cell { value, written: true });
        self.bytes += written_size(key, cell.as_ref());
        let cells = self.cells.get_mut();
        let undo = match cells.get_full_mut(key) {
            Some((place, _, known)) => {
                self.bytes -= written_size(key, known.as_ref());
                (place, std::mem::replace(known, cell))
            }
            None => (cells.insert_full(key.to_owned(), cell).0, None),
        };
        if let Some(in_order) = self.in_order.get_mut()
            && !in_order.contains(key)
        {
            in_order.insert(key.to_owned());
        }
        self.undo.push(undo);
    }
}

/// Estimates the size of a known key in bytes.
fn size(key: &str, value: Option<&Value>) -> usize {
    /// The overhead of the key, the cell, their allocations and their slot in the map.
    const APART: usize = 128;
    APART + key.len() + value.map_or(0, |value| value.json.as_str().len())
}

/// Estimates the size of a written key in bytes: 0 if it was only read.
fn written_size(key: &str, cell: Option<&Cell>) -> usize {
    cell.filter(|cell| cell.written).map_or(0, |cell| size(key, cell.value.as_ref()))
}

impl Cell {
    /// Returns the entry at this key, unless it is deleted.
    fn entry(&self, key: &str) -> Option<Entry> {
        let Value { json, updated_at } = self.value.as_ref()?;
        Some(Entry { key: key.to_owned(), value: json.clone(), updated_at: *updated_at })
    }

    fn into_write(self) -> Option<Write> {
        let put = |value: Value| Write::Put { value: value.json, updated_at: value.updated_at };
        self.written.then(|| self.value.map_or(Write::Delete, put))
    }
}
