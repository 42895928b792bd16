//! Reading the keys with a prefix in order, over stored entries and pending writes alike.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::ops::Bound;
use std::vec::IntoIter;

use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::event_store::{Direction, Page, is_last_page};
use crate::pstate::{Entries, Entry, end_of_prefix};

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
    pub(crate) fn scan_page(&self, prefix: &str, mut page: Page<String>) -> Result<Vec<Entry>> {
        self.order_keys();
        loop {
            let stored = self.source.scan(prefix, page.clone())?;
            let is_last = is_last_page(&stored, page.limit);
            let upto = stored.last().filter(|_| !is_last).map(|entry| entry.key.clone());
            let merged = match page.direction {
                Direction::Forward => {
                    let (from, to) = keys_after(prefix, page.after.as_deref(), upto.as_deref());
                    self.merged((from, to), prefix, stored)
                }
                Direction::Backward => {
                    let end = end_of_prefix(prefix);
                    let (from, to) =
                        keys_before(prefix, page.after.as_deref(), upto.as_deref(), end.as_deref());
                    let stored = stored.into_iter().rev().collect();
                    let mut merged = self.merged((from, to), prefix, stored);
                    merged.reverse();
                    merged
                }
            };
            if is_last || !merged.is_empty() {
                return Ok(merged);
            }
            // All of the page is deleted.
            page.after = upto;
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

    /// Merges stored entries between two keys, in byte order, with the pending writes between them.
    fn merged(&self, (from, to): (Bound<&str>, Bound<&str>), prefix: &str, stored: Vec<Entry>) -> Vec<Entry> {
        let (cells, in_order) = (self.cells.borrow(), self.in_order.borrow());
        // A range that ends before it starts would panic.
        let keys = in_order.as_ref().filter(|_| is_range(from, to));
        let pending = keys.into_iter().flat_map(|keys| keys.range::<str, _>((from, to)));
        let mut pending = pending
            .take_while(|key| key.starts_with(prefix))
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

/// Returns the bounds of the keys with a prefix after one key and up to another.
fn keys_after<'a>(
    prefix: &'a str,
    after: Option<&'a str>,
    upto: Option<&'a str>,
) -> (Bound<&'a str>, Bound<&'a str>) {
    let from = after.filter(|after| *after >= prefix).map_or(Bound::Included(prefix), Bound::Excluded);
    (from, upto.map_or(Bound::Unbounded, Bound::Included))
}

/// Returns the bounds of the keys with a prefix before one key and down to another. `end` is the first key after the prefix.
fn keys_before<'a>(
    prefix: &'a str,
    before: Option<&'a str>,
    downto: Option<&'a str>,
    end: Option<&'a str>,
) -> (Bound<&'a str>, Bound<&'a str>) {
    let last = before.into_iter().chain(end).min();
    (Bound::Included(downto.unwrap_or(prefix)), last.map_or(Bound::Unbounded, Bound::Excluded))
}

/// Returns true if the bounds do not cross, as the range of a map requires.
fn is_range(from: Bound<&str>, to: Bound<&str>) -> bool {
    match (from, to) {
        (Bound::Included(from), Bound::Included(to)) => from <= to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => {
            from < to
        }
        _ => true,
    }
}

/// A state as the entries of another one that is layered over it.
impl Entries for &State<'_> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.entry(key)
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.scan_page(prefix, page)
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
            match self.state.scan_page(&self.prefix, Page::forward(self.after.take(), PAGE)) {
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
