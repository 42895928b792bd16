//! A window on a long list: the rows around the selection, with more loaded as it approaches an end. A list
//! of ten million rows costs as much as one of ten.

mod loading;
mod screen;
mod widths;

use std::collections::VecDeque;

use crate::console::widgets::moment::{Day, Moments};

pub use loading::{Load, Pending, Select, Slice, Wish};
pub use widths::{MeasuredWidths, Widths};

/// A row with an id that orders the list.
pub trait Row {
    /// The id.
    type Key: Ord + Clone;
    /// Returns the id of this row.
    fn key(&self) -> Self::Key;

    /// Returns the widths in cells of texts of this row, from which the widths of columns are decided.
    fn widths(&self) -> Widths {
        Widths::default()
    }

    /// Finds out the day of this row, if it has one.
    fn set_day(&mut self, _moments: &Moments) {}

    /// Returns the day of this row. A line separates it from a row of another day.
    fn day(&self) -> Day {
        Day::default()
    }
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
    /// True from a change of the filter to its first answer: the rows are still those of the list before.
    superseded: bool,
    /// True if something changed since the pending request was sent.
    pub stale: bool,
    /// The next request, sent even if another one is in flight.
    pub wish: Option<Wish<R::Key>>,
    /// The row that was selected when the list was filtered last, which is selected again if nothing matched.
    before_filter: Option<R::Key>,
    /// The widths of the texts of all rows loaded so far, so that columns keep their places while the list scrolls.
    pub measured: MeasuredWidths,
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
            superseded: false,
            stale: false,
            wish: None,
            before_filter: None,
            measured: MeasuredWidths::default(),
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

    /// Returns true if something of the list was loaded: its rows can be counted, and an empty one is empty.
    pub(crate) fn is_loaded(&self) -> bool {
        self.loaded && !self.superseded
    }

    /// Returns true if the whole list is loaded.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_loaded() && self.at_start && self.at_end
    }

    /// Returns true if the rows of the list are awaited.
    pub(crate) fn is_awaited(&self) -> bool {
        self.pending.is_some() || self.wish.is_some()
    }

    /// Returns true if no row comes after the selected one.
    pub(crate) fn is_at_last(&self) -> bool {
        self.at_end && self.selected_index().is_some_and(|index| index + 1 == self.rows.len())
    }

    /// Returns the selected row.
    pub fn selected_row(&self) -> Option<&R> {
        self.rows.get(self.selected_index()?)
    }

    /// Forgets everything, for a different list.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Notes that the list has another filter. Its rows stay on screen until those of the other list arrive.
    pub(crate) fn supersede(&mut self) {
        self.superseded = true;
    }

    /// Requests the rows around the selected one again, because the list has another filter. Without a selection, requests those
    /// around the row that was selected before nothing matched, or else those of `load`.
    pub fn refilter(&mut self, load: Load<R::Key>, select: Select<R::Key>) {
        let at = self.selected.clone().or(self.before_filter.take());
        self.before_filter.clone_from(&at);
        self.supersede();
        match at {
            Some(at) => self.wish(Load::Around(at.clone()), Select::At(at)),
            None => self.wish(load, select),
        }
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

    /// Requests the rows around the selection again, in place of a request in flight, whose answer may be out of date.
    pub fn reread(&mut self) {
        if self.wish.is_some() {
            return;
        }
        let (load, select) = match self.pending.take() {
            Some(Pending { load, select, .. }) if !matches!(load, Load::After(_) | Load::Before(_)) => {
                (load, select)
            }
            _ if self.loaded => (self.selected.clone().map_or(Load::Start, Load::Around), Select::Keep),
            _ => return,
        };
        self.wish(load, select);
    }

    /// Finds out the days of the loaded rows again, for another time zone.
    pub fn set_days(&mut self, moments: &Moments) {
        self.rows.iter_mut().for_each(|row| row.set_day(moments));
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
}
