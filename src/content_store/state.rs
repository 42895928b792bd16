//! What a command or an applicator sees of one space's projection.

use std::cell::RefCell;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tracing::debug_span;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::json::Json;
use crate::pstate::{Changes, Entry, Schema, Write};

/// Reads one entry of the projection beneath.
type Source<'a> = Box<dyn Fn(&str) -> Result<Option<Entry>> + 'a>;

/// A view of one space's projection: reads fall through to what is stored, writes stay here until
/// they are handed over together. What is read and what is written is in the schema's form of
/// today, so that a replay comes to the same as reading what was stored.
pub struct State<'a> {
    schema: Schema,
    source: Source<'a>,
    cells: RefCell<Cells>,
    /// The cells written since [`State::begin`] as they were before, by place.
    undo: Vec<(usize, Option<Cell>)>,
    now: Timestamp,
    bytes: usize,
    /// A value while it is being serialised: what is kept then takes no more than it needs.
    scratch: Vec<u8>,
}

/// What came up so far, each key at a place of its own. A write that was undone leaves an empty cell.
type Cells = IndexMap<String, Option<Cell>, RandomState>;

/// What is known of a key.
struct Cell {
    value: Option<Value>,
    written: bool,
}

struct Value {
    json: Json,
    updated_at: Timestamp,
}

/// Why the state cannot be read or an event not be applied.
#[derive(Debug, Error)]
pub enum StateError {
    /// The storage failed.
    #[error(transparent)]
    Storage(Box<Error>),
    /// The value at this key is not what the app expects.
    #[error("the value at {key} cannot be read: {reason}")]
    Unreadable {
        /// The key.
        key: String,
        /// Why.
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
    /// A view of what `source` reads, as `schema` has it.
    pub fn new(schema: Schema, source: impl Fn(&str) -> Result<Option<Entry>> + 'a) -> Self {
        Self {
            schema,
            source: Box::new(source),
            cells: RefCell::default(),
            undo: Vec::new(),
            now: Timestamp::default(),
            bytes: 0,
            scratch: Vec::new(),
        }
    }

    /// The value at a key.
    ///
    /// # Errors
    /// If it is not of that type; failures of the storage.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StateError> {
        self.look(key, |value| match value {
            None => Ok(None),
            Some(value) => value
                .json
                .parse_owned()
                .map(Some)
                .map_err(|error| StateError::Unreadable { key: key.to_owned(), reason: error.to_string() }),
        })?
    }

    /// The text of the value at a key.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn json(&self, key: &str) -> Result<Option<Json>, StateError> {
        Ok(self.look(key, |value| value.map(|value| value.json.clone()))?)
    }

    /// The entry at a key, for a state that lies over this one.
    pub(crate) fn entry(&self, key: &str) -> Result<Option<Entry>> {
        let entry = |value: &Value| Entry {
            key: key.to_owned(),
            value: value.json.clone(),
            updated_at: value.updated_at,
        };
        self.look(key, |value| value.map(entry))
    }

    /// Whether a key has a value.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn contains(&self, key: &str) -> Result<bool, StateError> {
        Ok(self.look(key, |value| value.is_some())?)
    }

    /// Gives a key a value, as of the event being applied.
    ///
    /// # Errors
    /// If the value has no JSON form.
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
        // Checking first is several times faster than replacing at once, and JSON is always text.
        Ok(Json::from_stored(match std::str::from_utf8(&self.scratch) {
            Ok(text) => text.to_owned(),
            Err(_) => String::from_utf8_lossy(&self.scratch).into_owned(),
        }))
    }

    /// Takes a key away; one that is not there is no error.
    pub fn delete(&mut self, key: &str) {
        self.write(key, None);
    }

    /// Begins an event appended at `now`: what it writes carries that time, and can be undone.
    pub(crate) fn begin(&mut self, now: Timestamp) {
        self.now = now;
        self.undo.clear();
    }

    /// Drops what was written since [`State::begin`].
    pub(crate) fn undo(&mut self) {
        let cells = self.cells.get_mut();
        while let Some((place, before)) = self.undo.pop() {
            if let Some((key, cell)) = cells.get_index_mut(place) {
                self.bytes += size(key, before.as_ref());
                self.bytes -= size(key, cell.as_ref());
                *cell = before;
            }
        }
    }

    /// Hands over what was written and forgets all that is known, so that memory stays bounded.
    pub(crate) fn drain_changes(&mut self) -> Changes {
        self.bytes = 0;
        self.undo.clear();
        let written = |(key, cell): (String, Option<Cell>)| Some((key, cell?.into_write()?));
        self.cells.get_mut().drain(..).filter_map(written).collect()
    }

    /// Roughly how many bytes the written values take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn look<R>(&self, key: &str, then: impl FnOnce(Option<&Value>) -> R) -> Result<R> {
        if let Some(Some(cell)) = self.cells.borrow().get(key) {
            return Ok(then(cell.value.as_ref()));
        }
        let _span = debug_span!("fetch", key).entered();
        let entry = (self.source)(key)?.map(|entry| self.schema.migrated_entry(entry));
        let value = entry.map(|entry| Value { json: entry.value, updated_at: entry.updated_at });
        let result = then(value.as_ref());
        self.cells.borrow_mut().insert(key.to_owned(), Some(Cell { value, written: false }));
        Ok(result)
    }

    fn write(&mut self, key: &str, value: Option<Value>) {
        let cell = Some(Cell { value, written: true });
        self.bytes += size(key, cell.as_ref());
        let cells = self.cells.get_mut();
        let undo = match cells.get_full_mut(key) {
            Some((place, _, known)) => {
                self.bytes -= size(key, known.as_ref());
                (place, std::mem::replace(known, cell))
            }
            None => (cells.insert_full(key.to_owned(), cell).0, None),
        };
        self.undo.push(undo);
    }
}

/// Roughly how many bytes a key takes, once it is written.
fn size(key: &str, cell: Option<&Cell>) -> usize {
    /// Of the key, the cell, their allocations and their place in the map.
    const APART: usize = 128;
    let value = |cell: &Cell| cell.value.as_ref().map_or(0, |value| value.json.as_str().len());
    cell.filter(|cell| cell.written).map_or(0, |cell| APART + key.len() + value(cell))
}

impl Cell {
    fn into_write(self) -> Option<Write> {
        let put = |value: Value| Write::Put { value: value.json, updated_at: value.updated_at };
        self.written.then(|| self.value.map_or(Write::Delete, put))
    }
}
