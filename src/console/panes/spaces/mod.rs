//! The pane that lists the spaces, with the parts of its state that other panes read.

mod actions;
mod availability;
mod first_times;
mod lags;
mod order;
pub mod reading;
mod sparklines;
mod tally;
mod trend;
mod update;
pub mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use ratatui::layout::Rect;

use crate::clock::Timestamp;
use crate::console::app::availability::Availability;
use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::motion::{Motion, go_in_list, reveal_panes};
use crate::console::app::shown_list::ShownList;
use crate::console::app::state::{ConsoleState, ErrorText};
use crate::console::panes::Filter;
use crate::console::panes::Pane;
use crate::console::panes::detail::Subject;
use crate::console::panes::spaces::reading::{Blocking, Reading, keep};
use crate::console::panes::view::Note;
use crate::console::panes::{List, remember};
use crate::console::theme::Glyphs;
use crate::console::widgets::pen::{Pen, width};
use crate::operations::{DamagedSpaces, SpaceOrder, SpaceOverview, StoreList};
use crate::shell::CommandLine;
use crate::space::SpaceId;
use crate::text::visible;

pub(crate) use actions::ACTIONS;
pub(crate) use availability::{
    can_command, can_delete, can_export_list, can_import, can_run_on, chosen_projection, file_is_writable,
    has_space, is_about_marked, is_open, space, split_targets, with_past, writable,
};
pub use first_times::FirstTimes;
pub(crate) use first_times::{load as load_first_times, loaded as first_times_loaded};
pub use lags::{Lags, Samples};
pub use order::Listed;
pub(crate) use reading::{found_blocking, loaded};
pub use sparklines::Sparklines;
pub(crate) use sparklines::{load as load_sparklines, loaded as sparklines_loaded};
pub use tally::Tally;
pub use trend::Trends;
pub(crate) use update::{add_created, remove_deleted, reselect, select_space, show_spaces};

/// The behaviour of the pane, as a [`List`].
pub(super) struct Spaces;

impl List for Spaces {
    fn context(&self) -> KeyContext {
        KeyContext::Spaces
    }

    fn command(&self, state: &ConsoleState) -> Option<Commands> {
        let SpacesPane { filter, sort, is_reversed, .. } = &state.spaces;
        let (filter, order) = (filter.as_str(), (*sort != SpaceOrder::default()).then(|| sort.word()));
        let list =
            CommandLine::of("spaces list").option_if("--contains", (!filter.is_empty()).then_some(filter));
        Some(list.option_if("--sort", order).flag("--reverse", *is_reversed).into())
    }

    fn check_export(&self, state: &ConsoleState) -> Availability {
        availability::can_export_list(state, &state.spaces.shown)
    }

    fn exported(&self, state: &ConsoleState) -> Option<ShownList> {
        let SpacesPane { shown, filter, .. } = &state.spaces;
        let list = ShownList::spaces(StoreList::Spaces, shown, shown.len(), !filter.is_empty());
        Some(ShownList { commands: self.command(state), ..list })
    }

    fn is_of_space(&self) -> bool {
        true
    }

    fn reveal(&self, state: &mut ConsoleState) {
        let height = state.viewports.of(Pane::Spaces);
        let spaces = &mut state.spaces;
        let place = spaces.selected.and_then(|id| spaces.shown.place(id));
        go_in_list(place, spaces.shown.len(), &mut spaces.top, Motion::Rows(0), height);
    }

    fn recheck(&self, state: &mut ConsoleState) {
        state.spaces.reading.change();
    }

    fn reload(&self, state: &mut ConsoleState) {
        state.spaces.reading.change();
        state.spaces.reading.read_rest();
    }

    /// They leave the list when it is read.
    fn forget(&self, _state: &mut ConsoleState, _gone: &[SpaceId]) {}

    fn selection(&self, state: &ConsoleState) -> Option<Subject> {
        state.space().map(|found| Subject::Space(found.space.space_id))
    }

    fn check_selection(&self, state: &ConsoleState) -> Availability {
        space(state).map(|_| ())
    }

    fn beside(&self, state: &ConsoleState) -> Option<Subject> {
        state.main.list().selection(state)
    }

    fn spaces<'a>(&self, state: &'a ConsoleState) -> Option<&'a [SpaceId]> {
        Some(&state.spaces.shown)
    }

    fn go(&self, state: &mut ConsoleState, motion: Motion) {
        let spaces = &mut state.spaces;
        let place = spaces.selected.and_then(|id| spaces.shown.place(id));
        let to =
            go_in_list(place, spaces.shown.len(), &mut spaces.top, motion, state.viewports.of(Pane::Spaces));
        spaces.selected = spaces.shown.get(to).copied().or(spaces.selected);
        reveal_panes(state);
    }

    fn is_at_last(&self, state: &ConsoleState) -> bool {
        let SpacesPane { shown, selected, .. } = &state.spaces;
        selected.is_some() && shown.last() == selected.as_ref()
    }

    fn select(&self, state: &mut ConsoleState, row: usize) {
        let spaces = &mut state.spaces;
        let clicked = spaces.top.checked_add(row).and_then(|place| spaces.shown.get(place));
        spaces.selected = clicked.copied().or(spaces.selected);
        reveal_panes(state);
    }

    fn sort_by(&self, state: &mut ConsoleState, column: &str) {
        if let Some(sort) = order::by_column(column) {
            update::sort_by(state, sort);
        }
    }

    fn filter<'a>(&self, state: &'a ConsoleState) -> Option<&'a Filter> {
        Some(&state.spaces.filter)
    }

    fn set_filter(&self, state: &mut ConsoleState, filter: Filter) {
        let SpacesPane { filter: before, selected, before_filter, .. } = &mut state.spaces;
        remember(before, &filter, selected, before_filter);
        *before = filter;
        show_spaces(state);
    }

    fn restore_selection(&self, state: &mut ConsoleState) {
        state.spaces.selected = state.spaces.before_filter;
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, focused: bool) {
        view::draw(pen, state, inner, focused);
    }

    fn note(&self, glyphs: &Glyphs, state: &ConsoleState) -> Note {
        view::note(glyphs, state)
    }
}

/// The extent of a change to the loaded spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// Nothing changed.
    None,
    /// Only counters changed.
    Counters,
    /// Spaces or projections were added or removed.
    Spaces,
}

/// The state of the pane: the spaces loaded so far, with cursor, filter and marks.
#[derive(Debug, Clone, Default)]
pub struct SpacesPane {
    /// The spaces loaded so far.
    pub all: BTreeMap<SpaceId, SpaceOverview>,
    /// The same by name.
    pub names: BTreeMap<String, SpaceId>,
    /// The width of the longest name loaded so far. It never shrinks, so that the layout keeps still.
    pub widest_name: u16,
    /// Their totals.
    pub tally: Tally,
    /// The spaces shown, in order.
    pub shown: Listed<SpaceId>,
    /// The selected space, whose events and projections are shown.
    pub selected: Option<SpaceId>,
    /// The spaces that operations apply to instead of the selected one. A filter may hide some.
    pub marked: BTreeSet<SpaceId>,
    /// The first row on screen, as an index into `shown`.
    pub top: usize,
    /// The number of events of each space when it was first seen, from which the trend is computed.
    pub first_seen: BTreeMap<SpaceId, u64>,
    /// The trend of the lag of each projection.
    pub trends: Trends,
    /// The lag of each projection over time.
    pub lags: Lags,
    /// The events over time of the spaces on screen.
    pub sparklines: Sparklines,
    /// The reading of the times of first events.
    pub first_times: FirstTimes,
    /// The sort order.
    pub sort: SpaceOrder,
    /// True if the order is reversed.
    pub is_reversed: bool,
    /// The text to find in names.
    pub filter: Filter,
    /// The selection before filtering, restored afterwards.
    pub before_filter: Option<SpaceId>,
    /// The reading of the spaces.
    pub reading: Reading,
    /// The search for the events that block the spaces on screen.
    pub blocking: Blocking,
    /// True once any were loaded: tells "empty" from "not loaded yet".
    pub loaded: bool,
    /// True once all were loaded.
    pub complete: bool,
    /// The reason why they cannot be read.
    pub failure: Option<ErrorText>,
    /// The damaged spaces that were reported.
    pub damaged: DamagedSpaces,
}

impl SpacesPane {
    /// Returns a loaded space.
    pub fn get(&self, space_id: SpaceId) -> Option<&SpaceOverview> {
        self.all.get(&space_id)
    }

    /// Returns the id of a loaded space by name.
    pub fn named(&self, name: &str) -> Option<SpaceId> {
        self.names.get(name).copied()
    }

    /// Returns how many events a space gained since the console opened.
    pub fn growth(&self, overview: &SpaceOverview) -> u64 {
        let first = self.first_seen.get(&overview.space.space_id);
        overview.head.last_sequence.0.saturating_sub(first.copied().unwrap_or_default())
    }

    /// Updates the requested spaces; one that was not found is removed. During the first pass, the counters
    /// found are the baseline of the trend. A space that appears later starts from zero. They were read at `at`.
    pub fn apply(&mut self, asked: &[SpaceId], found: Vec<SpaceOverview>, at: Timestamp) -> News {
        let mut news = News::None;
        let there: BTreeSet<SpaceId> = found.iter().map(|space| space.space.space_id).collect();
        for space_id in asked.iter().filter(|space_id| !there.contains(space_id)) {
            self.marked.remove(space_id);
            self.trends.remove(*space_id);
            self.lags.remove(*space_id);
            self.sparklines.remove(*space_id);
            self.first_times.remove(*space_id);
            if self.remove(*space_id).is_some() {
                news = News::Spaces;
            }
        }
        for mut space in found {
            let space_id = space.space.space_id;
            keep(self.get(space_id), &mut space);
            first_times::keep(self.get(space_id), &mut space);
            if self.get(space_id) == Some(&space) {
                continue;
            }
            let before = self.remove(space_id);
            self.trends.note(before.as_ref(), &space);
            self.lags.note(before.as_ref(), &space, at);
            self.sparklines.note(&space);
            let rows = before.as_ref().map(|before| before.projections.len());
            news =
                news.max(if rows == Some(space.projections.len()) { News::Counters } else { News::Spaces });
            if !self.complete {
                self.first_seen.entry(space_id).or_insert(space.head.last_sequence.0);
            }
            let grew = self.growth(&space) > 0;
            self.tally.add(&space, grew);
            self.widest_name = self.widest_name.max(width(&visible(&space.space.space_name)));
            self.names.insert(space.space.space_name.clone(), space_id);
            self.all.insert(space_id, space);
        }
        (self.loaded, self.failure) = (true, None);
        news
    }

    /// Returns the loaded spaces that were requested and not found.
    pub fn missing(&self, asked: &[SpaceId], found: &[SpaceOverview]) -> Vec<SpaceId> {
        let there: BTreeSet<SpaceId> = found.iter().map(|space| space.space.space_id).collect();
        let is_missing = |space_id: &&SpaceId| !there.contains(space_id) && self.all.contains_key(space_id);
        asked.iter().filter(is_missing).copied().collect()
    }

    /// Returns the loaded spaces after `after`, up to `last` if given.
    pub fn between(&self, after: Option<SpaceId>, last: Option<SpaceId>) -> Vec<SpaceId> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.all.range((after, Bound::Unbounded)).map(|(space_id, _)| *space_id);
        behind.take_while(|space_id| last.is_none_or(|last| *space_id <= last)).collect()
    }

    fn remove(&mut self, space_id: SpaceId) -> Option<SpaceOverview> {
        let space = self.all.remove(&space_id)?;
        let grew = self.growth(&space) > 0;
        self.tally.take(&space, grew);
        self.names.remove(&space.space.space_name);
        Some(space)
    }
}
