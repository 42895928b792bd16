//! Undoing the writes of the last event.

use std::collections::BTreeSet;
use std::mem;

use crate::clock::Timestamp;
use crate::error::Result;

use super::{State, Value, written_size};

/// A key that an event wrote, with its value before. `None` if it had none.
#[derive(Debug)]
pub(crate) struct Overwritten {
    pub(crate) key: String,
    pub(crate) before: Option<Value>,
}

impl State<'_> {
    /// Begins an event appended at `now`. Its writes carry that time and can be undone.
    pub(crate) fn begin(&mut self, now: Timestamp) {
        self.now = now;
        self.undo.clear();
    }

    /// Discards the writes since [`State::begin`].
    pub(crate) fn undo(&mut self) {
        let cells = self.cells.get_mut();
        while let Some((index, before)) = self.undo.pop() {
            if let Some((key, cell)) = cells.get_index_mut(index) {
                self.bytes += written_size(key, before.as_ref());
                self.bytes -= written_size(key, cell.as_ref());
                *cell = before;
            }
        }
    }

    /// Takes the keys written since [`State::begin`], in the order of their first write. Afterwards only [`State::restore`]
    /// undoes these writes.
    pub(crate) fn take_overwritten(&mut self) -> Result<Vec<Overwritten>> {
        let (mut taken, mut seen) = (Vec::with_capacity(self.undo.len()), BTreeSet::new());
        for (index, before) in mem::take(&mut self.undo) {
            let found = self.cells.get_mut().get_index(index).map(|(key, _)| key.clone());
            let Some(key) = found.filter(|_| seen.insert(index)) else { continue };
            let before = match before {
                Some(cell) => cell.value,
                None => self.read_value(&key)?,
            };
            taken.push(Overwritten { key, before });
        }
        Ok(taken)
    }

    /// Gives the keys that an event wrote the values that they had before.
    pub(crate) fn restore(&mut self, overwritten: Vec<Overwritten>) {
        for Overwritten { key, before } in overwritten {
            self.write(&key, before);
        }
        self.undo.clear();
    }
}
