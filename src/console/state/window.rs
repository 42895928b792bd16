//! A window on a long list: some rows around the selection, more loaded on approach. Ten million rows
//! cost as much as ten.

use std::collections::VecDeque;

use super::{RequestId, scrolled};

/// The most rows kept; beyond, the far side is let go and loaded again when it is come near.
const MOST_ROWS: usize = 4000;

/// A row with an identity by which the list is ordered.
pub trait Row {
    /// The identity.
    type Key: Ord + Clone;
    /// This row's.
    fn key(&self) -> Self::Key;
}

/// Which rows to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Load<K> {
    /// The list's first.
    Start,
    /// The list's last.
    End,
    /// Those behind a place.
    After(K),
    /// Those before a place.
    Before(K),
    /// Those on both sides of a place, itself included.
    Around(K),
}

/// Loaded rows in rising order, with how far was looked: under a filter that is farther than the
/// rows reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<R: Row> {
    /// The rows.
    pub rows: Vec<R>,
    /// The first place that was looked at, unless nothing was.
    pub from: Option<R::Key>,
    /// The last place that was looked at, unless nothing was.
    pub to: Option<R::Key>,
    /// There is nothing before `from`.
    pub at_start: bool,
    /// There is nothing behind `to`.
    pub at_end: bool,
    /// How many rows were looked at for it.
    pub looked_at: u64,
}

/// Which row to select once rows arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select<K> {
    /// The one selected now, or the one nearest to it.
    Keep,
    /// The first.
    First,
    /// The last.
    Last,
    /// This one, or the first one behind it.
    At(K),
}

/// A question under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending<K> {
    /// Its number.
    pub request: RequestId,
    /// What was asked for.
    pub load: Load<K>,
    /// What to select when the answer comes.
    pub select: Select<K>,
}

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish<K> {
    /// Which rows.
    pub load: Load<K>,
    /// What to select when they come.
    pub select: Select<K>,
}

/// A window on a list.
#[derive(Debug, Clone)]
pub struct Window<R: Row> {
    /// The loaded rows, in rising order, without a gap (under a filter: without a missed match).
    pub rows: VecDeque<R>,
    /// The selected row.
    pub selected: Option<R::Key>,
    /// The first row on screen.
    pub top: Option<R::Key>,
    /// How far back was looked.
    pub from: Option<R::Key>,
    /// How far ahead was looked.
    pub to: Option<R::Key>,
    /// There is nothing before `from`.
    pub at_start: bool,
    /// There was nothing behind `to` when it was last looked at.
    pub at_end: bool,
    /// How many rows were looked at, matching or not, since the list was another one.
    pub looked_at: u64,
    /// The question under way, if any.
    pub pending: Option<Pending<R::Key>>,
    /// Whether anything was ever loaded: tells "empty" from "not there yet".
    pub loaded: bool,
    /// Something changed since the question under way was asked.
    pub stale: bool,
    /// What to ask for next, whatever is under way.
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
            looked_at: 0,
            pending: None,
            loaded: false,
            stale: false,
            wish: None,
        }
    }
}

impl<R: Row> Window<R> {
    /// Where a row stands among the loaded ones; for one that is not there, where it would.
    #[must_use]
    pub fn index_of(&self, key: &R::Key) -> usize {
        self.rows.partition_point(|row| row.key() < *key)
    }

    /// Where the selected row stands among the loaded ones.
    #[must_use]
    pub fn selected_index(&self) -> Option<usize> {
        let key = self.selected.as_ref()?;
        let index = self.index_of(key);
        (self.rows.get(index)?.key() == *key).then_some(index)
    }

    /// The selected row.
    #[must_use]
    pub fn selected_row(&self) -> Option<&R> {
        self.rows.get(self.selected_index()?)
    }

    /// Where the first row on screen stands among the loaded ones.
    #[must_use]
    pub fn top_index(&self) -> usize {
        self.top.as_ref().map_or(0, |key| self.index_of(key)).min(self.rows.len().saturating_sub(1))
    }

    /// The rows on screen when `height` fit, from the first on screen.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = &R> {
        self.rows.iter().skip(self.top_index()).take(height)
    }

    /// Forgets everything, as for another list.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Selects a loaded row by its place and keeps it on screen.
    pub fn select_index(&mut self, index: usize, height: usize) {
        self.selected = self.rows.get(index).map(Row::key);
        self.reveal(height);
    }

    /// Scrolls just as far as it takes to have the selected row on screen, and no row wasted.
    pub fn reveal(&mut self, height: usize) {
        let selected = self.selected_index().unwrap_or(0);
        // Rows that are still to be loaded will fill the rest of the screen.
        let count = if self.at_end { self.rows.len() } else { usize::MAX };
        let top = scrolled(self.top_index(), selected, count, height);
        self.top = self.rows.get(top).map(Row::key);
    }

    /// Asks for other rows, whatever is under way.
    pub fn wish(&mut self, load: Load<R::Key>, select: Select<R::Key>) {
        self.wish = Some(Wish { load, select });
    }

    /// Asks for the rows around the selection again, as something may have changed among them.
    pub fn refresh(&mut self) {
        if self.pending.is_some() {
            self.stale = true;
        } else if self.loaded && self.wish.is_none() {
            let load = self.selected.clone().map_or(Load::Start, Load::Around);
            self.wish(load, Select::Keep);
        }
    }

    /// Lets rows go that are not there any more. Where the selected one goes, the next is selected.
    pub fn retain(&mut self, keep: impl Fn(&R) -> bool, height: usize) {
        self.rows.retain(keep);
        self.select(Select::Keep);
        self.reveal(height);
    }

    /// Something may have been added at the end.
    pub fn recheck_end(&mut self) {
        if self.pending.is_some() {
            self.stale = true;
        } else {
            self.at_end = false;
        }
    }

    /// What to ask for now: a wish, or what it takes to have `margin` rows on both sides of the
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

    /// Gives up a question that failed. Returns false if it is stale.
    pub fn fail(&mut self, request: RequestId) -> bool {
        let failed = self.pending.take_if(|pending| pending.request == request).is_some();
        if failed {
            (self.loaded, self.at_start, self.at_end) = (true, true, true);
        }
        failed
    }

    /// Takes in an answer. Returns false, and changes nothing, if it is stale.
    pub fn accept(&mut self, request: RequestId, slice: Slice<R>, height: usize) -> bool {
        let Some(pending) = self.pending.take_if(|pending| pending.request == request) else {
            return false;
        };
        self.loaded = true;
        let before = match pending.load {
            Load::After(_) | Load::Before(_) => self.looked_at,
            Load::Start | Load::End | Load::Around(_) => 0,
        };
        self.looked_at = before + slice.looked_at;
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
