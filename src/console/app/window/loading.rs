//! Loading rows into a window: requests, and the pages that answer them.

use crate::console::app::state::RequestId;
use crate::console::widgets::moment::Moments;

use super::{Row, Window};

/// The most rows kept. Rows beyond it are dropped at the far end, and loaded again when needed.
const MOST_ROWS: usize = 4000;

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

impl<R: Row> Slice<R> {
    /// Returns the same rows with their days.
    pub fn dated(mut self, moments: &Moments) -> Self {
        self.rows.iter_mut().for_each(|row| row.set_day(moments));
        self
    }
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

impl<R: Row> Window<R> {
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
        slice.rows.iter().for_each(|row| self.measured.note(row.widths()));
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
        self.superseded = false;
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
