//! What a command or an applicator sees of one space's projection.

use std::cell::RefCell;
use std::collections::HashMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tracing::debug_span;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::json::Json;
use crate::pstate::{Changes, Entry, Schema};

/// Reads one entry of the projection beneath.
type Source<'a> = Box<dyn Fn(&str) -> Result<Option<Entry>> + 'a>;

/// A view of one space's projection: reads fall through to what is stored, writes stay here until
/// they are handed over together. What is read and what is written is in the schema's form of
/// today, so that a replay comes to the same as reading what was stored.
pub struct State<'a> {
    schema: Schema,
    source: Source<'a>,
    cells: RefCell<HashMap<String, Cell>>,
    undo: Vec<(String, Option<Cell>)>,
    now: Timestamp,
    bytes: usize,
}

#[derive(Debug, Clone)]
struct Cell {
    entry: Option<Entry>,
    written: bool,
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
            cells: RefCell::new(HashMap::new()),
            undo: Vec::new(),
            now: Timestamp::default(),
            bytes: 0,
        }
    }

    /// The value at a key.
    ///
    /// # Errors
    /// If it is not of that type; failures of the storage.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StateError> {
        self.look(key, |entry| match entry {
            None => Ok(None),
            Some(entry) => entry
                .value
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
        Ok(self.look(key, |entry| entry.map(|entry| entry.value.clone()))?)
    }

    /// The entry at a key, for a state that lies over this one.
    pub(crate) fn entry(&self, key: &str) -> Result<Option<Entry>> {
        self.look(key, |entry| entry.cloned())
    }

    /// Whether a key has a value.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn contains(&self, key: &str) -> Result<bool, StateError> {
        Ok(self.look(key, |entry| entry.is_some())?)
    }

    /// Gives a key a value, as of the event being applied.
    ///
    /// # Errors
    /// If the value has no JSON form.
    pub fn put(&mut self, key: &str, value: &impl Serialize) -> Result<(), StateError> {
        let value = Json::from_serialize(value)
            .map_err(|error| StateError::Inapplicable(format!("{key} has no JSON form: {error}")))?;
        let entry = Entry { key: key.to_owned(), value, updated_at: self.now };
        let entry = self.schema.migrated_entry(entry);
        self.write(key, Some(entry));
        Ok(())
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
        let mut cells = self.cells.borrow_mut();
        while let Some((key, cell)) = self.undo.pop() {
            match cell {
                Some(cell) => cells.insert(key, cell),
                None => cells.remove(&key),
            };
        }
    }

    /// Hands over what was written, leaving it known.
    pub(crate) fn take_changes(&mut self) -> Changes {
        let mut changes = Changes::default();
        for (key, cell) in self.cells.borrow_mut().iter_mut().filter(|(_, cell)| cell.written) {
            cell.written = false;
            match &cell.entry {
                Some(entry) => changes.put(key, entry.value.clone(), entry.updated_at),
                None => changes.delete(key),
            }
        }
        changes
    }

    /// Hands over what was written and forgets all that is known, so that memory stays bounded.
    pub(crate) fn drain_changes(&mut self) -> Changes {
        let mut changes = Changes::default();
        for (key, cell) in self.cells.borrow_mut().drain().filter(|(_, cell)| cell.written) {
            match cell.entry {
                Some(entry) => changes.put(&key, entry.value, entry.updated_at),
                None => changes.delete(&key),
            }
        }
        self.bytes = 0;
        changes
    }

    /// Roughly how many bytes the known values take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn look<R>(&self, key: &str, then: impl FnOnce(Option<&Entry>) -> R) -> Result<R> {
        if let Some(cell) = self.cells.borrow().get(key) {
            return Ok(then(cell.entry.as_ref()));
        }
        let _span = debug_span!("fetch", key).entered();
        let entry = (self.source)(key)?.map(|entry| self.schema.migrated_entry(entry));
        let result = then(entry.as_ref());
        self.cells.borrow_mut().insert(key.to_owned(), Cell { entry, written: false });
        Ok(result)
    }

    fn write(&mut self, key: &str, entry: Option<Entry>) {
        self.bytes += key.len() + entry.as_ref().map_or(0, |entry| entry.value.as_str().len() + 128);
        let cell = Cell { entry, written: true };
        let before = self.cells.borrow_mut().insert(key.to_owned(), cell);
        self.undo.push((key.to_owned(), before));
    }
}
