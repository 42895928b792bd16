//! A window on a long list: the rows around the selection, with more loaded as it approaches an end. A list
//! of ten million rows costs as much as one of ten.

use std::collections::VecDeque;

use crate::console::app::motion::scrolled;
use crate::console::app::state::RequestId;

/// The most rows kept. Rows beyond it are dropped at the far end, and loaded again when needed.
const MOST_ROWS: usize = 4000;

/// A row with an id that orders the list.
pub trait Row {
    /// The id.
    type Key: Ord + Clone;
    /// Returns the id of this row.
    fn key(&self) -> Self::Key;
}

/// The rows to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Load<K> {
    /// The first rows.
    Start,
    /// The last rows.
    End,
    /// The rows after a position.
    After(K),
    /// The rows before a position.
    Before(K),
    /// The rows around a position, including its own.
    Around(K),
}

/// Loaded rows in ascending order, with the range that was scanned. A filtered scan can reach farther than
/// its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<R: Row> {
    /// The rows.
    pub rows: Vec<R>,
    /// The first position scanned, if any.
    pub from: Option<R::Key>,
    /// The last position scanned, if any.
    pub to: Option<R::Key>,
    /// True if there is nothing before `from`.
    pub at_start: bool,
    /// True if there is nothing after `to`.
    pub at_end: bool,
    /// The number of rows scanned.
    pub searched: u64,
}

/// The row to select once rows arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select<K> {
    /// The selected row, or the nearest one.
    Keep,
    /// The first row.
    First,
    /// The last row.
    Last,
    /// This row, or the first one after it.
    At(K),
}

/// A request in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending<K> {
    /// The request id.
    pub request: RequestId,
    /// The rows requested.
    pub load: Load<K>,
    /// The row to select when the answer arrives.
    pub select: Select<K>,
}

/// A request to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish<K> {
    /// The rows to load.
    pub load: Load<K>,
    /// The row to select when they arrive.
    pub select: Select<K>,
}

/// A window on a list.
#[derive(Debug, Clone)]
pub struct Window<R: Row> {
    /// The loaded rows, in ascending order and without gaps. With a filter, no match is missing.
    pub rows: VecDeque<R>,
    /// The selected row.
    pub selected: Option<R::Key>,
    /// The first row on screen.
    pub top: Option<R::Key>,
    /// The first position scanned.
    pub from: Option<R::Key>,
    /// The last position scanned.
    pub to: Option<R::Key>,
    /// True if there is nothing before `from`.
    pub at_start: bool,
    /// True if there was nothing after `to` at the last look.
    pub at_end: bool,
    /// The number of rows scanned, matching or not, since the list last changed.
    pub searched: u64,
    /// The request in flight, if any.
    pub pending: Option<Pending<R::Key>>,
    /// True once anything was loaded: tells "empty" from "not loaded yet".
    pub loaded: bool,
    /// True if something changed since the pending request was sent.
    pub stale: bool,
    /// The next request, sent even if another one is in flight.
    pub wish: Option<Wish<R::Key>>,
}

impl<R: Row> Default for Window<R> {
    fn default() -> Self {
        Self {
            rows: VecDeque::new(),
            selected: None,
            top: None,
            from: None,
            to: None,
            at_start: false,
            at_end: false,
            searched: 0,
            pending: None,
            loaded: false,
            stale: false,
            wish: None,
        }
    }
}

impl<R: Row> Window<R> {
    /// Returns the index of a row among the loaded ones, or the index at which it belongs.
    pub fn index_of(&self, key: &R::Key) -> usize {
        self.rows.partition_point(|row| row.key() < *key)
    }

    /// Returns the index of the selected row among the loaded ones.
    pub fn selected_index(&self) -> Option<usize> {
        let key = self.selected.as_ref()?;
        let index = self.index_of(key);
        (self.rows.get(index)?.key() == *key).then_some(index)
    }

    /// Returns the selected row.
    pub fn selected_row(&self) -> Option<&R> {
        self.rows.get(self.selected_index()?)
    }

    /// Returns the index of the first row on screen among the loaded ones.
    pub fn top_index(&self) -> usize {
        self.top.as_ref().map_or(0, |key| self.index_of(key)).min(self.rows.len().saturating_sub(1))
    }

    /// Returns the rows on screen if `height` fit.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = &R> {
        self.rows.iter().skip(self.top_index()).take(height)
    }

    /// Forgets everything, for a different list.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Selects the loaded row at an index and shows it.
    pub fn select_index(&mut self, index: usize, height: usize) {
        self.selected = self.rows.get(index).map(Row::key);
        self.reveal(height);
    }

    /// Selects a row by its number on screen, if there is one.
    pub fn select_shown(&mut self, row: usize, height: usize) {
        let index = self.top_index().saturating_add(row);
        if index < self.rows.len() {
            self.select_index(index, height);
        }
    }

    /// Scrolls just far enough to show the selected row and to leave no row needlessly blank.
    pub fn reveal(&mut self, height: usize) {
        let selected = self.selected_index().unwrap_or(0);
        // Rows that are still to be loaded will fill the rest of the screen.
        let count = if self.at_end { self.rows.len() } else { usize::MAX };
        let top = scrolled(self.top_index(), selected, count, height);
        self.top = self.rows.get(top).map(Row::key);
    }

    /// Requests other rows, replacing any request in flight.
    pub fn wish(&mut self, load: Load<R::Key>, select: Select<R::Key>) {
        self.wish = Some(Wish { load, select });
    }

    /// Requests the rows around the selection again, as they may have changed.
    pub fn refresh(&mut self) {
        if self.pending.is_some() {
            self.stale = true;
        } else if self.loaded && self.wish.is_none() {
            let load = self.selected.clone().map_or(Load::Start, Load::Around);
            self.wish(load, Select::Keep);
        }
    }

    /// Keeps only the rows that satisfy `keep`. If the selected row is dropped, the next one is selected.
    pub fn retain(&mut self, keep: impl Fn(&R) -> bool, height: usize) {
        self.rows.retain(keep);
        self.select(Select::Keep);
        self.reveal(height);
    }

    /// Records that rows may have been added at the end.
    pub fn recheck_end(&mut self) {
        if self.pending.is_some() {
            self.stale = true;
        } else {
            self.at_end = false;
        }
    }

    /// Returns the next request: a wish, or whatever keeps `margin` rows loaded on both sides of the
    /// selection.
    pub fn next_load(&mut self, margin: usize) -> Option<Wish<R::Key>> {
        self.wish.take().or_else(|| Some(Wish { load: self.wanted(margin)?, select: Select::Keep }))
    }

    fn wanted(&self, margin: usize) -> Option<Load<R::Key>> {
        if self.pending.is_some() || !self.loaded {
            return None;
        }
        let index = self.selected_index().unwrap_or(0);
        if !self.at_end && index + margin >= self.rows.len() {
            return Some(self.to.clone().map_or(Load::Start, Load::After));
        }
        if !self.at_start && index < margin {
            return Some(self.from.clone().map_or(Load::End, Load::Before));
        }
        None
    }

    /// Drops a failed request. Returns false if it is stale.
    pub fn fail(&mut self, request: RequestId) -> bool {
        let failed = self.pending.take_if(|pending| pending.request == request).is_some();
        if failed {
            (self.loaded, self.at_start, self.at_end) = (true, true, true);
        }
        failed
    }

    /// Applies an answer. Returns false, and changes nothing, if it is stale.
    pub fn accept(&mut self, request: RequestId, slice: Slice<R>, height: usize) -> bool {
        let Some(pending) = self.pending.take_if(|pending| pending.request == request) else {
            return false;
        };
        self.loaded = true;
        let before = match pending.load {
            Load::After(_) | Load::Before(_) => self.searched,
            Load::Start | Load::End | Load::Around(_) => 0,
        };
        self.searched = before + slice.searched;
        match pending.load {
            Load::After(_) => self.extend(slice),
            Load::Before(_) => self.extend_back(slice),
            Load::Start | Load::End | Load::Around(_) => self.replace(slice),
        }
        self.select(pending.select);
        self.trim();
        self.reveal(height);
        true
    }

    fn extend(&mut self, slice: Slice<R>) {
        self.rows.extend(slice.rows);
        self.to = slice.to.or_else(|| self.to.take());
        self.at_end = slice.at_end;
    }

    fn extend_back(&mut self, slice: Slice<R>) {
        for row in slice.rows.into_iter().rev() {
            self.rows.push_front(row);
        }
        self.from = slice.from.or_else(|| self.from.take());
        self.at_start = slice.at_start;
    }

    fn replace(&mut self, slice: Slice<R>) {
        self.rows = slice.rows.into();
        self.from = slice.from;
        self.to = slice.to;
        self.at_start = slice.at_start;
        self.at_end = slice.at_end;
    }

    fn select(&mut self, select: Select<R::Key>) {
        let last = self.rows.len().saturating_sub(1);
        let index = match select {
            Select::First => 0,
            Select::Last => last,
            Select::At(key) => self.index_of(&key).min(last),
            Select::Keep => self.selected.as_ref().map_or(0, |key| self.index_of(key)).min(last),
        };
        self.selected = self.rows.get(index).map(Row::key);
    }

    fn trim(&mut self) {
        let index = self.selected_index().unwrap_or(0);
        while self.rows.len() > MOST_ROWS {
            if index > self.rows.len() / 2 {
                self.rows.pop_front();
                self.from = self.rows.front().map(Row::key);
                self.at_start = false;
            } else {
                self.rows.pop_back();
                self.to = self.rows.back().map(Row::key);
                self.at_end = false;
            }
        }
    }
}
