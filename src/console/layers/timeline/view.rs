//! The timeline as a table, with a column for each space. Where that is too narrow, the space is one column.

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::state::ConsoleState;
use crate::console::app::view::failed;
use crate::console::layers::timeline::Timeline;
use crate::console::panes::events::EventRow;
use crate::console::panes::events::view::{no_event_matches, texts};
use crate::console::panes::view::{Note, matching, now};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, Placeholder, beside_title};
use crate::console::widgets::pen::{Pen, Piece, below, piece, right_of, row};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::console::widgets::text::fit;
use crate::space::SpaceId;
use crate::text::{counted, grouped, short};

/// The least width of a lane.
const LANE: u16 = 18;
/// The gap between the columns of a table.
const GAP: u16 = 2;
/// The index of the column of times.
const TIME: usize = 1;

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, timeline: &Timeline, area: Rect, focused: bool) {
    pen.ground(area, Role::Ground);
    let role = if focused { Role::Title } else { Role::Strong };
    let correlation = timeline.correlation_id.to_string();
    let mut title = vec![piece("Timeline", role), piece(format!("  correlation {correlation}"), Role::Muted)];
    title.extend(now(state));
    let note = note(timeline).fit(beside_title(area.width, &title));
    let inner = Frame { title, note, focused, ..Frame::default() }.draw(pen, area);
    if let Some(failure) = &timeline.failure {
        return failed(pen, inner, failure);
    }
    let window = &timeline.window;
    if window.rows.is_empty() && !timeline.filter.is_empty() {
        return no_event_matches(pen, state, (&timeline.filter, window), inner);
    }
    if window.rows.is_empty() {
        return empty(pen, state, timeline, inner);
    }
    let words = texts(&timeline.query());
    let shown = usize::from(inner.height.saturating_sub(1));
    let lanes = Lanes::of(state, timeline, inner.width);
    let mut table = match &lanes {
        Some(lanes) => lanes.table(pen.glyphs(), state, timeline, shown),
        None => narrow(state, timeline, shown),
    };
    (table.focused, table.matches) = (focused, &words);
    table.draw(pen, inner);
    if let Some(lanes) = &lanes {
        lanes.head(pen, state, row(inner, 0));
    }
    if window.is_whole() {
        let (first, total) = (window.top_index() as u64, window.rows.len() as u64);
        Scroll { first, shown: shown as u64, total }.draw(pen, below(inner, 1));
    }
}

fn note(timeline: &Timeline) -> Note {
    let window = &timeline.window;
    let mut note = Note::of(&timeline.filter);
    if !timeline.filter.is_empty() {
        let [full, brief] = matching(window);
        note.push(full, brief);
        return note;
    }
    if !window.is_loaded() {
        return note;
    }
    let events = window.rows.len() as u64;
    let of = |figure: fn(u64) -> String| {
        if window.is_whole() {
            let noun = if events == 1 { "event" } else { "events" };
            let spaces = counted(timeline.lanes.len() as u64, "space", "spaces");
            return piece(format!("{} {noun} in {spaces}", figure(events)), Role::Muted);
        }
        let searched = figure(window.searched);
        piece(format!("{}+ found, {searched} searched", figure(events)), Role::Muted)
    };
    note.push(of(grouped), of(short));
    note
}

/// Draws why no event is shown.
fn empty(pen: &mut Pen<'_>, state: &ConsoleState, timeline: &Timeline, area: Rect) {
    let window = &timeline.window;
    let is_over = window.is_whole();
    let searched = counted(window.searched, "event", "events");
    let (text, next) = match is_over {
        true => ("No event has this correlation".to_owned(), format!("{searched} searched")),
        false => {
            let stops = format!("{} stops the search", key(state, Action::Back));
            (format!("Searching… {searched} so far"), stops)
        }
    };
    Placeholder { text: &text, role: Role::Text, next: Some(&next) }.draw(pen, area);
}

fn number(state: &ConsoleState) -> Column {
    let digits = u16::try_from(grouped(state.database.last_event_id.0).len()).unwrap_or(0);
    Column::number("id").at_least(digits.max(3))
}

/// The cells of the id and the time.
fn beginning<'a>(glyphs: Option<&Glyphs>, state: &'a ConsoleState, row: &'a EventRow) -> Vec<Vec<Piece<'a>>> {
    let event = &row.event;
    let altered = glyphs.filter(|_| !event.intact);
    let altered = altered.map(|glyphs| piece(format!("{} ", glyphs.failed), Role::Danger));
    let id = altered.into_iter().chain([piece(grouped(event.event_id.0), Role::Muted)]).collect();
    vec![id, vec![piece(state.moments.time(event.timestamp), Role::Muted)]]
}

/// A table without lanes.
fn narrow<'a>(state: &'a ConsoleState, timeline: &'a Timeline, shown: usize) -> Table<'a> {
    let window = &timeline.window;
    let columns = vec![
        number(state),
        Column::text("time").at_least(state.moments.day_line_width()).rank(3),
        Column::text("space").names().at_least(10).at_most(24).holding(state.spaces.widest_name),
        Column::text("type").names().at_least(10).at_most(32),
        Column::text("entity").at_least(6).at_most(24).rank(1),
    ];
    let row = |row: &'a EventRow| {
        let mut cells = beginning(None, state, row);
        cells.push(vec![piece(state.space_name(row.event.space_id), Role::Text)]);
        cells.push(vec![piece(&*row.event.event_type, Role::Text)]);
        cells.push(vec![piece(&row.event.entity_id, Role::Key)]);
        TableRow { cells, selected: window.selected == Some(row.position) }
    };
    let days = window.days(shown, TIME, |row: &EventRow| state.moments.day_line(row.event.timestamp));
    Table { columns, rows: window.visible(shown).map(row).collect(), days, ..Table::default() }
}

/// The lanes that fit on the screen. If there are more spaces, the last lane is for all others.
struct Lanes {
    spaces: Vec<SpaceId>,
    has_others: bool,
    /// The first cell of the lanes, and the cells of each.
    start: u16,
    width: u16,
    /// The first and the last event of each lane among the loaded rows.
    extents: Vec<(usize, usize)>,
}

impl Lanes {
    /// Returns the lanes, if at least two fit, or all of them.
    fn of(state: &ConsoleState, timeline: &Timeline, width: u16) -> Option<Self> {
        let digits = u16::try_from(grouped(state.database.last_event_id.0).len()).unwrap_or(0).max(3);
        let start = 1 + digits + GAP + state.moments.day_line_width() + GAP;
        let room = width.saturating_sub(start + 1);
        let fitting = usize::from((room + GAP) / (LANE + GAP));
        let all = timeline.lanes.len();
        if fitting == 0 || (fitting < 2 && all > 1) {
            return None;
        }
        let count = all.min(fitting).max(1);
        let has_others = all > count;
        let named = if has_others { count - 1 } else { count };
        let spaces: Vec<SpaceId> = timeline.lanes.iter().take(named).copied().collect();
        let lanes = u16::try_from(count).unwrap_or(1);
        let width = (room + GAP) / lanes - GAP;
        let mut lanes = Self { spaces, has_others, start, width, extents: vec![(usize::MAX, 0); count] };
        for (index, row) in timeline.window.rows.iter().enumerate() {
            let lane = lanes.lane(row.event.space_id);
            if let Some((first, last)) = lanes.extents.get_mut(lane) {
                (*first, *last) = ((*first).min(index), index);
            }
        }
        Some(lanes)
    }

    /// Returns the lane of a space.
    fn lane(&self, space_id: SpaceId) -> usize {
        let named = self.spaces.iter().position(|lane| *lane == space_id);
        named.unwrap_or(self.extents.len().saturating_sub(1))
    }

    fn table<'a>(
        &self,
        glyphs: &Glyphs,
        state: &'a ConsoleState,
        timeline: &'a Timeline,
        shown: usize,
    ) -> Table<'a> {
        let window = &timeline.window;
        let mut columns = vec![number(state), Column::text("time").at_least(state.moments.day_line_width())];
        columns.extend(self.extents.iter().map(|_| Column::text("").at_least(self.width)));
        let top = window.top_index();
        let rows = window.visible(shown).enumerate().map(|(index, row)| {
            let mut cells = beginning(Some(glyphs), state, row);
            cells.extend(
                (0..self.extents.len()).map(|lane| self.cell(glyphs, state, lane, (top + index, row))),
            );
            TableRow { cells, selected: window.selected == Some(row.position) }
        });
        let rows = rows.collect();
        let days = window.days(shown, TIME, |row: &EventRow| state.moments.day_line(row.event.timestamp));
        Table { columns, rows, days, ..Table::default() }
    }

    /// Returns a cell of a lane: the event, or the line between two events.
    fn cell<'a>(
        &self,
        glyphs: &Glyphs,
        state: &'a ConsoleState,
        lane: usize,
        (index, row): (usize, &'a EventRow),
    ) -> Vec<Piece<'a>> {
        if self.lane(row.event.space_id) == lane {
            let mut pieces = vec![
                piece(format!("{} ", glyphs.live), Role::Accent),
                piece(&*row.event.event_type, Role::Text),
                piece(format!(" {}", row.event.entity_id), Role::Key),
            ];
            if lane >= self.spaces.len() {
                pieces.push(piece(format!("  {}", state.space_name(row.event.space_id)), Role::Muted));
            }
            return pieces;
        }
        let is_between = self.extents.get(lane).is_some_and(|(first, last)| (*first..*last).contains(&index));
        let line = if is_between { glyphs.tree[0] } else { " " };
        vec![piece(line, Role::Border)]
    }

    /// Draws the names of the spaces above their lanes.
    fn head(&self, pen: &mut Pen<'_>, state: &ConsoleState, line: Rect) {
        for index in 0..self.extents.len() {
            let name = match self.spaces.get(index) {
                Some(space_id) => state.space_name(*space_id),
                None if self.has_others => "other spaces".to_owned(),
                None => continue,
            };
            let x = self.start + u16::try_from(index).unwrap_or(0) * (self.width + GAP);
            let place = right_of(line, x);
            let place = Rect { width: self.width.min(place.width), ..place };
            let name = fit(vec![piece(name, Role::Heading)], place.width, pen.glyphs().ellipsis);
            pen.line(place, &name);
        }
    }
}
