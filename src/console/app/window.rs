//! A window on a long list: the rows around the selection, with more loaded as it approaches an end. A list
//! of ten million rows costs as much as one of ten.

use std::collections::VecDeque;

use crate::console::app::state::RequestId;
use crate::console::widgets::moment::{Day, Moments};
use crate::console::widgets::table::Days;

/// The most rows kept. Rows beyond it are dropped at the far end, and loaded again when needed.
const MOST_ROWS: usize = 4000;

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

/// The widths in cells of the texts of a row, or the largest of many rows, in an order that the list decides.
pub type Widths = [u16; 4];

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
    /// The widths of the widest texts of all rows loaded so far. They never shrink, so that columns keep their places
    /// while the list scrolls.
    pub widest: Widths,
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
            widest: Widths::default(),
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

    /// Returns the rows on screen if `height` lines fit. A line between two days takes one of them.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = &R> {
        let top = self.top_index();
        self.rows.iter().skip(top).take(self.fitting(top, height))
    }

    /// Returns true if a row is on another day than the row before it.
    pub fn begins_day(&self, index: usize) -> bool {
        let day = |index: usize| self.rows.get(index).map(Row::day);
        index.checked_sub(1).is_some_and(|before| day(before) != day(index))
    }

    /// Returns the number of lines between days on a screen of `height` lines.
    pub fn day_lines(&self, height: usize) -> usize {
        let top = self.top_index();
        let below = (top + 1)..(top + self.fitting(top, height));
        below.filter(|index| self.begins_day(*index)).count()
    }

    /// Returns the days of the rows on a screen of `height` lines, for a table whose times are in `column`.
    pub fn days(&self, height: usize, column: usize, day: impl Fn(&R) -> String) -> Option<Days> {
        let top = self.top_index();
        let first = day(self.rows.get(top)?);
        let below = (top + 1)..(top + self.fitting(top, height));
        let others = below.filter(|index| self.begins_day(*index));
        let others = others.filter_map(|index| Some((index - top, day(self.rows.get(index)?)))).collect();
        Some(Days { column, first, others })
    }

    /// Returns the number of lines of a row below another one.
    fn lines_of(&self, index: usize) -> usize {
        1 + usize::from(self.begins_day(index))
    }

    /// Returns the number of rows from `top` on that fit into `height` lines.
    fn fitting(&self, top: usize, height: usize) -> usize {
        let mut used = 0;
        let fits = |index: &usize| {
            used += if *index > top { self.lines_of(*index) } else { 1 };
            used <= height
        };
        (top..self.rows.len()).take_while(fits).count()
    }

    /// Returns the first row of a screen of `height` lines whose last row is at `index`.
    fn first_above(&self, index: usize, height: usize) -> usize {
        let (mut top, mut used) = (index, 1);
        while top > 0 {
            used += self.lines_of(top);
            if used > height {
                break;
            }
            top -= 1;
        }
        top
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
        let mut top = self.top_index();
        if height > 0 {
            top = top.clamp(self.first_above(selected, height).min(selected), selected);
        }
        // Otherwise, rows that are still to be loaded will fill the rest of the screen.
        if height > 0 && self.at_end {
            top = top.min(self.first_above(self.rows.len().saturating_sub(1), height));
        }
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
        for widths in slice.rows.iter().map(Row::widths) {
            self.widest.iter_mut().zip(widths).for_each(|(widest, width)| *widest = width.max(*widest));
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A row with a number and a day.
    struct Numbered(u64, Day);

    impl Row for Numbered {
        type Key = u64;

        fn key(&self) -> u64 {
            self.0
        }

        fn day(&self) -> Day {
            self.1
        }
    }

    fn window(days: &[i64]) -> Window<Numbered> {
        let moments = Moments::default();
        let day = |day: i64| moments.day(crate::clock::Timestamp(day * 86_400_000));
        let rows = days.iter().enumerate().map(|(at, of)| Numbered(at as u64, day(*of))).collect();
        Window { rows, at_start: true, at_end: true, loaded: true, ..Window::default() }
    }

    /// The lines on screen: the numbers of rows, and none for a line between days.
    fn lines(window: &Window<Numbered>, height: usize) -> Vec<Option<u64>> {
        let mut lines = Vec::new();
        let top = window.top_index();
        for (index, row) in window.visible(height).enumerate() {
            if index > 0 && window.begins_day(top + index) {
                lines.push(None);
            }
            lines.push(Some(row.0));
        }
        lines
    }

    #[test]
    fn a_line_between_days_takes_the_room_of_a_row() {
        let mut window = window(&[1, 1, 2, 2, 3]);
        window.select_index(0, 4);
        assert_eq!(lines(&window, 4), [Some(0), Some(1), None, Some(2)]);
        window.select_index(3, 4);
        assert_eq!(lines(&window, 4), [Some(1), None, Some(2), Some(3)]);
        window.select_index(4, 4);
        assert_eq!(lines(&window, 4), [Some(2), Some(3), None, Some(4)]);
        let days = window.days(4, 1, |row| format!("day of {}", row.0)).unwrap();
        assert_eq!((days.first.as_str(), days.others), ("day of 2", vec![(2, "day of 4".to_owned())]));
    }

    proptest! {
        #[test]
        fn the_selected_row_is_on_screen_and_the_screen_is_full(
            days in prop::collection::vec(0_i64..3, 1..60),
            moves in prop::collection::vec((0_usize..60, 0_usize..20), 1..12),
        ) {
            let mut window = window(&days);
            for (index, height) in moves {
                let index = index.min(days.len() - 1);
                window.select_index(index, height);
                let shown = lines(&window, height);
                prop_assert!(shown.len() <= height);
                if height > 0 {
                    prop_assert!(shown.contains(&Some(index as u64)), "{:?}", shown);
                    // One more row, with a line above it, would not have fitted.
                    prop_assert!(shown.len() + 2 > height || shown.iter().flatten().count() == days.len());
                }
            }
        }
    }
}
