//! The box of a pane, and what several panes draw in theirs.

use std::borrow::Cow;

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::ConsoleState;
use crate::console::app::view::failed;
use crate::console::app::window::{Row, Window};
use crate::console::panes::Filter;
use crate::console::panes::Pane;
use crate::console::panes::spaces::SpacesPane;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, Placeholder, beside_title, inside};
use crate::console::widgets::graphemes::graphemes;
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width, width};
use crate::operations::SpaceOverview;
use crate::text::{counted, grouped, short, visible};

/// Draws a pane with its box. `tabs` are the panes that share its area.
pub(crate) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, pane: Pane, area: Rect, tabs: &[Pane]) {
    let focused = state.focus == pane && state.layers.below_prompt().is_none();
    let shared: &[Pane] = if tabs.contains(&pane) { tabs } else { &[] };
    let note = pane.list().note(pen.glyphs(), state);
    // Where every pane is a tab, its name counts for more than the note.
    let reserved = if shared.len() == Pane::ALL.len() { 0 } else { note.width_in_full() + BESIDE };
    let mut title = title(state, pane, shared, focused, area.width.saturating_sub(reserved));
    if shows_now(state, pane) && pieces_width(&title) + NOW.len() as u16 + BESIDE <= area.width {
        title.push(piece(NOW, Role::Past));
    }
    let note = note.fit(beside_title(area.width, &title));
    let inner = Frame { title, note, focused, ..Frame::default() }.draw(pen, area);
    pane.list().draw(pen, state, inner, focused);
}

/// The end of the title of what shows the present while others show the past.
pub(crate) const NOW: &str = "  now";

/// Returns the end of the title of a view that shows the present, while the panes show the past.
pub(crate) fn now(state: &ConsoleState) -> Option<Piece<'static>> {
    state.travel.as_ref().map(|_| piece(NOW, Role::Past))
}

/// Returns true if a pane shows the present while others show the past.
fn shows_now(state: &ConsoleState, pane: Pane) -> bool {
    state.travel.is_some() && matches!(pane, Pane::Spaces | Pane::Checkpoints)
}

/// Returns the number of rows that a pane shows.
pub(crate) fn rows(state: &ConsoleState, pane: Pane, area: Rect) -> u16 {
    pane.list().rows(state, inside(area).height)
}

/// The keys and names of the pane and its tabs. If the names do not all fit into the border beside the note, the tabs
/// show only their keys.
fn title(state: &ConsoleState, pane: Pane, tabs: &[Pane], focused: bool, width: u16) -> Vec<Piece<'static>> {
    let alone = [pane];
    let named: &[Pane] = if tabs.is_empty() { &alone } else { tabs };
    let names = |short: bool| -> Vec<Piece<'static>> {
        let mut pieces = Vec::new();
        for tab in named {
            if !pieces.is_empty() {
                pieces.push(piece("  ", Role::Border));
            }
            let key = key(state, tab.action());
            let (text, role) = match (*tab == pane, short) {
                (true, _) if focused => (format!("{key} {}", tab.title()), Role::Title),
                (true, _) => (format!("{key} {}", tab.title()), Role::Strong),
                (false, false) => (format!("{key} {}", tab.title()), Role::Muted),
                (false, true) => (key, Role::Muted),
            };
            pieces.push(piece(text, role).with_spot(Spot::Tab(*tab)));
        }
        pieces
    };
    let whole = names(false);
    if pieces_width(&whole) + 4 <= width || tabs.is_empty() { whole } else { names(true) }
}

/// The number of rows that match a filter, or that were found so far; in full and shortened.
pub(crate) fn matching<R: Row>(window: &Window<R>) -> [Piece<'static>; 2] {
    let found = window.rows.len() as u64;
    let (full, brief) = match window.is_loaded() {
        true if window.is_whole() => (counted(found, "match", "matches"), short(found)),
        true => (format!("{}+ matches so far", grouped(found)), format!("{}+", short(found))),
        false if window.is_awaited() => ("searching…".to_owned(), "…".to_owned()),
        // It failed.
        false => Default::default(),
    };
    [full, brief].map(|text| piece(text, Role::Muted))
}

/// Draws that no row of a view contains the text of its filter, or that one is still being looked for.
pub(crate) fn no_match<R: Row>(
    pen: &mut Pen<'_>,
    state: &ConsoleState,
    noun: &str,
    (filter, window): (&Filter, &Window<R>),
    area: Rect,
) {
    let is_over = window.is_loaded() && !window.is_awaited();
    let text = if is_over {
        format!("No {noun} contains “{}”", filter.as_str())
    } else {
        "Searching…".to_owned()
    };
    let next = format!("{} clears the filter", key(state, Action::Back));
    Placeholder { text: &text, role: Role::Text, next: is_over.then_some(next.as_str()) }.draw(pen, area);
}

/// Draws the scrollbar of a pane with `shown` of `total` rows from `first` on.
pub(super) fn scroll(pen: &mut Pen<'_>, rows: Rect, first: usize, shown: usize, total: usize) {
    Scroll { first: first as u64, shown: shown as u64, total: total as u64 }.draw(pen, rows);
}

/// The words to highlight in a pane.
pub(crate) fn words(filter: &Filter) -> Vec<String> {
    if filter.is_empty() { Vec::new() } else { vec![visible(filter.as_str()).into_owned()] }
}

/// The maximum width of a name at the cost of other columns.
pub(crate) const SPACE_NAME: u16 = 32;

/// Returns a space's name, with its mark if any space is marked, and a note if it is a fork.
pub(super) fn space_name<'a>(
    glyphs: &Glyphs,
    pane: &SpacesPane,
    overview: &'a SpaceOverview,
) -> Vec<Piece<'a>> {
    let name = &overview.space.space_name;
    let is_marked = pane.marked.contains(&overview.space.space_id);
    let mut pieces = Vec::new();
    if is_marked {
        pieces.push(piece(format!("{} ", glyphs.mark), Role::Accent));
    } else if !pane.marked.is_empty() {
        pieces.push(piece(" ".repeat(usize::from(width(glyphs.mark)) + 1), Role::Text));
    }
    pieces.push(piece(name, if is_marked { Role::Strong } else { Role::Text }));
    // One that is not complete yet says so in the next column.
    if overview.space.is_fork() && overview.space.in_short().is_none() {
        pieces.push(piece(" fork", Role::Muted));
    }
    pieces
}

/// Adds the number of marked spaces to the note of a pane that lists them.
pub(super) fn push_marks(glyphs: &Glyphs, pane: &SpacesPane, note: &mut Note) {
    let marked = pane.marked.len() as u64;
    if marked > 0 {
        let full = format!("{} {} marked  ", glyphs.mark, grouped(marked));
        let brief = format!("{}{}  ", glyphs.mark, short(marked));
        note.push(piece(full, Role::Accent), piece(brief, Role::Accent));
    }
}

/// Returns the lag of the projection `state`, highlighted unless it is 0.
pub(super) fn lag(pen: &Pen<'_>, space: &SpaceOverview, figure: fn(u64) -> String) -> Piece<'static> {
    match space.state_lag() {
        _ if space.ahead => piece(format!("{} ahead", pen.glyphs().warning), Role::Danger),
        0 => piece("0", Role::Muted),
        lag if space.blocked.is_some() => {
            piece(format!("{} {}", pen.glyphs().failed, figure(lag)), Role::Danger)
        }
        lag => piece(format!("{} {}", pen.glyphs().warning, figure(lag)), Role::Warning),
    }
}

/// Draws why no space is shown and what to do next.
pub(super) fn no_spaces(pen: &mut Pen<'_>, state: &ConsoleState, filter: &Filter, area: Rect) {
    let pane = &state.spaces;
    if let Some(failure) = &pane.failure {
        return failed(pen, area, failure);
    }
    let (text, next) = if !pane.loaded {
        ("Loading spaces…".to_owned(), None)
    } else if !pane.all.is_empty() {
        let text = format!("No name contains “{}”", filter.as_str());
        (text, Some(format!("{} clears the filter", key(state, Action::Back))))
    } else if state.database.is_original {
        ("No spaces yet".to_owned(), Some("The Elixir original has created none".to_owned()))
    } else if state.database.read_only {
        ("No spaces yet".to_owned(), Some("Open the database without --read-only to create one".to_owned()))
    } else {
        ("No spaces yet".to_owned(), Some(format!("{} creates one", key(state, Action::CreateSpace))))
    };
    Placeholder { text: &text, role: Role::Text, next: next.as_deref() }.draw(pen, area);
}

/// Draws the message of another pane while no space is selected.
pub(super) fn no_space_selected(pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, text: &str) {
    if !state.spaces.loaded && state.spaces.failure.is_none() {
        return Placeholder { text: "Loading…", role: Role::Text, next: None }.draw(pen, area);
    }
    Placeholder { text, role: Role::Muted, next: None }.draw(pen, area);
}

/// The maximum width of a filter in a border; the prompt shows all of it.
const LONGEST_FILTER: u16 = 32;
/// The cells that a filter keeps while the counters are in full.
const KEPT_OF_FILTER: u16 = 16;
/// The minimum width of a useful filter: `/ad…`.
const SHORTEST_FILTER: u16 = 4;
/// The gap between a filter and the counters.
const GAP: u16 = 2;
/// The least border between a title and a note, with the spaces around them.
const BESIDE: u16 = 3;

/// The note in the border of a pane. Counters that do not fit are shortened; the filter is cut to make room for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Note {
    filter: Option<String>,
    full: Vec<Piece<'static>>,
    brief: Vec<Piece<'static>>,
}

impl Note {
    /// Returns the note of a pane with this filter.
    pub(crate) fn of(filter: &Filter) -> Self {
        let filter = (!filter.is_empty()).then(|| format!("/{}", visible(filter.as_str())));
        Self { filter, ..Self::default() }
    }

    /// Adds a counter, in full and shortened.
    pub(crate) fn push(&mut self, full: Piece<'static>, brief: Piece<'static>) {
        self.full.push(full);
        self.brief.push(brief);
    }

    /// Returns the width that the counters need in full beside the start of the filter.
    fn width_in_full(&self) -> u16 {
        pieces_width(&self.full).saturating_add(self.filter_width().min(KEPT_OF_FILTER + GAP))
    }

    /// Returns the width of the filter, and of the gap after it.
    fn filter_width(&self) -> u16 {
        self.filter.as_deref().map_or(0, |filter| width(filter).min(LONGEST_FILTER) + GAP)
    }

    /// Returns as much of the note as fits into `cells`: the counters in full or shortened, and the start of the filter.
    pub(crate) fn fit(self, cells: u16) -> Vec<Piece<'static>> {
        let is_full = self.width_in_full() <= cells;
        let counters = if is_full { self.full } else { self.brief };
        let used = pieces_width(&counters);
        let Some(room) = cells.checked_sub(used) else { return cut(&counters, cells) };
        let Some(filter) = self.filter else { return counters };
        let room = room.saturating_sub(if used > 0 { GAP } else { 0 }).min(LONGEST_FILTER);
        if room < SHORTEST_FILTER.min(width(&filter)) {
            return counters;
        }
        let mut pieces = vec![piece(start_of(&filter, room).into_owned(), Role::Match)];
        if used > 0 {
            pieces.push(piece("  ", Role::Muted));
        }
        pieces.extend(counters);
        pieces
    }
}

/// The first counters, if there is no room for all.
fn cut(counters: &[Piece<'static>], cells: u16) -> Vec<Piece<'static>> {
    let fits = |count: &usize| pieces_width(&counters[..*count]) <= cells;
    let count = (0..counters.len()).rev().find(fits).unwrap_or(0);
    counters[..count].to_vec()
}

/// The text, or its start if it is too long.
fn start_of(text: &str, cells: u16) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    let mut used = 0;
    let fitting = graphemes(text).take_while(|(_, cells_of)| {
        used += cells_of;
        used < cells
    });
    Cow::Owned(fitting.map(|(grapheme, _)| grapheme).chain(["…"]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(filter: &str, cells: u16) -> String {
        let mut note = Note::of(&Filter(filter.to_owned()));
        note.push(piece("1,234,567 of 9,876,543", Role::Muted), piece("1.2M/9.8M", Role::Muted));
        let pieces = note.fit(cells);
        assert!(pieces_width(&pieces) <= cells);
        pieces.iter().map(|piece| piece.text().to_owned()).collect()
    }

    #[test]
    fn a_filter_is_cut_before_counters_are_dropped() {
        assert_eq!(fitted("", 22), "1,234,567 of 9,876,543");
        assert_eq!(fitted("", 21), "1.2M/9.8M");
        assert_eq!(fitted("type:contact.*", 40), "/type:contact.*  1,234,567 of 9,876,543");
        assert_eq!(fitted("type:contact.*", 30), "/type:contact.*  1.2M/9.8M");
        assert_eq!(fitted("type:contact.*", 18), "/type:…  1.2M/9.8M");
        assert_eq!(fitted("type:contact.*", 12), "1.2M/9.8M");
        assert_eq!(fitted("", 5), "");
    }
}
