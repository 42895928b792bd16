//! The flips of a condition as a table: from which event on it held, and from which on it did not.

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::past;
use crate::console::app::state::ConsoleState;
use crate::console::app::view::failed;
use crate::console::layers::flips::{FlipList, FlipRow};
use crate::console::panes::view::now;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, Placeholder};
use crate::console::widgets::pen::{Pen, Piece, below, piece};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::text::{counted, grouped, short};

/// The index of the column of times.
const TIME: usize = 2;
/// The index of the column of values.
const VALUE: usize = 4;

/// Draws the flips over the area of a list.
pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, flips: &FlipList, area: Rect, focused: bool) {
    pen.ground(area, Role::Ground);
    let window = &flips.window;
    let role = if focused { Role::Title } else { Role::Strong };
    let condition = if flips.text.is_empty() { "exists" } else { flips.text.as_str() };
    let mut title = vec![
        piece(format!("Since when {}", &flips.place.key), role),
        piece(format!("  {condition}"), Role::Accent),
    ];
    title.extend(now(state));
    let count = window.rows.len() as u64;
    let [note, brief] = [counted(count, "flip", "flips"), short(count)]
        .map(|text| if count > 0 { vec![piece(text, Role::Muted)] } else { Vec::new() });
    let foot = past::skipped_foot(state, (flips.place.space_id, &flips.place.projection, None), area.width);
    let inner = Frame { title, note, brief, foot, focused, ..Frame::default() }.draw(pen, area);
    if let Some(failure) = &flips.failure {
        return failed(pen, inner, failure);
    }
    if window.rows.is_empty() {
        return empty(pen, state, flips, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let mut table = table(pen.glyphs(), state, flips, (shown, inner.width));
    table.focused = focused;
    table.draw(pen, inner);
    let (first, total) = (window.top_index() as u64, count);
    Scroll { first, shown: shown as u64, total }.draw(pen, below(inner, 1));
}

fn table<'a>(
    glyphs: &Glyphs,
    state: &'a ConsoleState,
    flips: &'a FlipList,
    (shown, cells): (usize, u16),
) -> Table<'a> {
    let window = &flips.window;
    let [kind, value, ..] = window.measured.widest();
    let columns = vec![
        Column::text("holds"),
        Column::number("seq").at_least(3),
        Column::text("time").at_least(state.moments.day_line_width()).rank(2),
        Column::text("type").names().at_least(12).at_most(32).at_most_one_in(4).holding(kind).rank(1),
        Column::text("value").growing().at_least(12).holding(value),
    ];
    let row = |row: &'a FlipRow| TableRow {
        cells: vec![
            vec![holds(glyphs, row.holds)],
            vec![piece(grouped(row.event.space_sequence.0), Role::Muted)],
            vec![piece(state.moments.time(row.event.timestamp), Role::Muted)],
            vec![piece(&*row.event.event_type, Role::Text)],
            Vec::new(),
        ],
        selected: window.selected == Some(row.event.space_sequence),
    };
    let days = window.days(shown, TIME, |row| state.moments.day_line(row.event.timestamp));
    let mut table =
        Table { columns, rows: window.visible(shown).map(row).collect(), days, ..Table::default() };
    // The column takes the remaining width, which decides where its texts start.
    let room = table.column_width(VALUE, cells);
    for (row, shown) in table.rows.iter_mut().zip(window.visible(shown)) {
        if let Some(cell) = row.cells.get_mut(VALUE) {
            *cell = match &shown.value {
                Some(value) => value.pieces(room, glyphs),
                None => vec![piece("deleted", Role::Removed)],
            };
        }
    }
    table
}

/// Says whether the condition holds from an event on.
fn holds(glyphs: &Glyphs, holds: bool) -> Piece<'static> {
    match holds {
        true => piece(format!("{} from here", glyphs.done), Role::Added),
        false => piece(format!("{} until here", glyphs.failed), Role::Removed),
    }
}

/// Draws why there is no flip and what to do next.
fn empty(pen: &mut Pen<'_>, state: &ConsoleState, flips: &FlipList, area: Rect) {
    let request = flips.window.pending.as_ref().map(|pending| pending.request);
    let (text, next) = if !flips.window.loaded || request.is_some() {
        (past::folding(state, request), format!("{} stops it", key(state, Action::Back)))
    } else {
        let text = format!("The condition holds after no event of {}", flips.place.key);
        let [other, back] = [Action::Bisect, Action::Back].map(|action| key(state, action));
        (text, format!("{other} tries another one, {back} shows every change"))
    };
    Placeholder { text: &text, role: Role::Text, next: Some(&next) }.draw(pen, area);
}
