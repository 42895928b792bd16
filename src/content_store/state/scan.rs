//! Reading the keys with a prefix in order, over stored entries and pending writes alike.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::ops::Bound;
use std::vec::IntoIter;

use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::event_store::{Page, is_last_page};
use crate::pstate::{Entries, Entry};

use super::{State, StateError};

/// Entries read at once.
const PAGE: usize = 100;

impl State<'_> {
    /// Returns the keys that start with exactly `prefix`, in byte order, with their values. They are read on demand, a page
    /// at a time.
    ///
    /// ```
    /// use ramax::{Schema, State, pstate::NoEntries};
    ///
    /// # fn main() -> Result<(), ramax::content_store::StateError> {
    /// let mut state = State::new(Schema::EMPTY, NoEntries);
    /// for (key, amount) in [("line:2", 20), ("line:1", 10), ("total", 30)] {
    ///     state.put(key, &amount)?;
    /// }
    /// let lines: Vec<(String, u64)> = state.scan("line:").collect::<Result<_, _>>()?;
    /// assert_eq!(lines, [("line:1".to_owned(), 10), ("line:2".to_owned(), 20)]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn scan<T: DeserializeOwned>(&self, prefix: &str) -> Scan<'_, T> {
        let page = Vec::new().into_iter();
        Scan { state: self, prefix: prefix.to_owned(), after: None, page, ended: false, of: PhantomData }
    }

    /// Returns a page of entries, as [`Entries::scan`]. It may end early, but only the last one is empty.
    pub(crate) fn scan_page(
        &self,
        prefix: &str,
        mut after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        self.order_keys();
        loop {
            let stored = self.source.scan(prefix, Page::forward(after.clone(), limit))?;
            let is_last = is_last_page(&stored, limit);
            let upto = stored.last().filter(|_| !is_last).map(|entry| entry.key.clone());
            let merged = self.merged(prefix, after.as_deref(), upto.as_deref(), stored);
            if is_last || !merged.is_empty() {
                return Ok(merged);
            }
            // All of the page is deleted.
            after = upto;
        }
    }

    /// Begins to keep the written keys in order.
    fn order_keys(&self) {
        let written = || {
            let cells = self.cells.borrow();
            let written = cells.iter().filter(|(_, cell)| cell.as_ref().is_some_and(|cell| cell.written));
            written.map(|(key, _)| key.clone()).collect::<BTreeSet<_>>()
        };
        self.in_order.borrow_mut().get_or_insert_with(written);
    }

    /// Merges stored entries between two keys with the pending writes between them.
    fn merged(
        &self,
        prefix: &str,
        after: Option<&str>,
        upto: Option<&str>,
        stored: Vec<Entry>,
    ) -> Vec<Entry> {
        let from = after.filter(|after| *after >= prefix).map_or(Bound::Included(prefix), Bound::Excluded);
        let (cells, in_order) = (self.cells.borrow(), self.in_order.borrow());
        let pending = in_order.iter().flat_map(|keys| keys.range::<str, _>((from, Bound::Unbounded)));
        let mut pending = pending
            .take_while(|key| key.starts_with(prefix) && upto.is_none_or(|upto| key.as_str() <= upto))
            // An undone write left nothing.
            .filter_map(|key| cells.get(key)?.as_ref().map(|cell| (key, cell)))
            .peekable();
        let mut merged = Vec::with_capacity(stored.len());
        for entry in stored {
            while let Some((key, cell)) = pending.next_if(|(key, _)| **key < entry.key) {
                merged.extend(cell.entry(key));
            }
            match pending.next_if(|(key, _)| **key == entry.key) {
                Some((key, cell)) => merged.extend(cell.entry(key)),
                None => merged.push(self.schema.migrated_entry(entry)),
            }
        }
        merged.extend(pending.filter_map(|(key, cell)| cell.entry(key)));
        merged
    }
}

/// A state as the entries of another one that is layered over it.
impl Entries for &State<'_> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.entry(key)
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.scan_page(prefix, page.after, page.limit)
    }
}

/// The keys of a state that start with a prefix, with their values. See [`State::scan`].
pub struct Scan<'s, T> {
    state: &'s State<'s>,
    prefix: String,
    after: Option<String>,
    page: IntoIter<Entry>,
    ended: bool,
    of: PhantomData<T>,
}

impl<T: DeserializeOwned> Iterator for Scan<'_, T> {
    type Item = Result<(String, T), StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.len() == 0 && !self.ended {
            match self.state.scan_page(&self.prefix, self.after.take(), PAGE) {
                Ok(entries) => {
                    self.ended = entries.is_empty();
                    self.after = entries.last().map(|entry| entry.key.clone());
                    self.page = entries.into_iter();
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error.into()));
                }
            }
        }
        let Entry { key, value, .. } = self.page.next()?;
        Some(match value.parse_owned() {
            Ok(value) => Ok((key, value)),
            Err(error) => Err(StateError::Unreadable { key, reason: error.to_string() }),
        })
    }
}
