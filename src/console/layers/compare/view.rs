//! Draws the differences between two points of the past, or two spaces: two columns, by key and path.

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of;
use crate::console::app::past::{self, ComparedField};
use crate::console::app::state::ConsoleState;
use crate::console::app::view::failed;
use crate::console::panes::view::{Note, words};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, Placeholder, beside_title, inside};
use crate::console::widgets::pen::{Pen, Piece, below, piece, right_of, row, width};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::console::widgets::text::wrap;
use crate::text::{counted, grouped, short, visible};

use super::{Comparison, Sides};

/// The most bytes of a value in a cell.
const LONGEST: usize = 1_000;

/// The head of the list.
const HEAD: u16 = 1;

/// The differences that stay on screen beside long remarks.
const LEAST_ROWS: u16 = 2;

/// Draws a comparison over the area of a list.
pub(super) fn draw(
    pen: &mut Pen<'_>,
    state: &ConsoleState,
    comparison: &Comparison,
    area: Rect,
    focused: bool,
) {
    pen.ground(area, Role::Ground);
    let (title, note) = labels(pen, state, comparison, (area.width, focused));
    let (foot, lines) = placed_remarks(state, comparison, area);
    let inner = Frame { title, note, foot, focused, ..Frame::default() }.draw(pen, area);
    for (index, line) in (0..inner.height).zip(&lines) {
        pen.text(right_of(row(inner, index), 1), line, Role::Warning);
    }
    let inner = below(inner, rows_of(&lines));
    let text = match &comparison.differences {
        Some(Err(failure)) => return failed(pen, inner, failure),
        Some(Ok(_)) if !comparison.shown.is_empty() => return draw_fields(pen, comparison, inner, focused),
        Some(Ok(compared)) if !compared.fields.is_empty() => {
            let text = format!("No difference contains “{}”", comparison.filter.as_str());
            let next = format!("{} clears the filter", key_of(state, Action::Back));
            return Placeholder { text: &text, role: Role::Text, next: Some(&next) }.draw(pen, inner);
        }
        Some(Ok(_)) => "No key differs",
        None => "Comparing…",
    };
    Placeholder { text, role: Role::Text, next: None }.draw(pen, inner);
}

/// Returns the title and the note in a border of this width. The title is shortened before the number of differences is dropped.
fn labels(
    pen: &Pen<'_>,
    state: &ConsoleState,
    comparison: &Comparison,
    (cells, focused): (u16, bool),
) -> (Vec<Piece<'static>>, Vec<Piece<'static>>) {
    let Comparison { sides, projection, .. } = comparison;
    let space = state.space_name(comparison.space_id);
    let (from, to, of_space) = match sides {
        Sides::Past { from, to } => (grouped(from.0), grouped(to.0), format!("{projection} of {space}")),
        Sides::Fork(origin) => (state.space_name(origin.space_id), space, projection.clone()),
        Sides::Without(event) => {
            let without = format!("without event {}", grouped(event.0));
            ("now".to_owned(), without, format!("{projection} of {space}"))
        }
    };
    let sides = format!("{from} {} {to}", pen.glyphs().arrow);
    let role = if focused { Role::Title } else { Role::Strong };
    let of = |name: &str| piece(format!("  {name}"), Role::Muted);
    let titles = [
        vec![piece(format!("Compare  {sides}"), role), of(&of_space)],
        vec![piece(sides.clone(), role), of(&of_space)],
        vec![piece(sides.clone(), role), of(projection)],
        vec![piece(sides, role)],
    ];
    let is_counted = matches!(comparison.differences, Some(Ok(_)));
    let mut labels = titles.map(|title| {
        let note = note(comparison).fit(beside_title(cells, &title));
        (title, note)
    });
    let fits = labels.iter().position(|(_, note)| !(is_counted && note.is_empty()));
    std::mem::take(&mut labels[fits.unwrap_or(labels.len() - 1)])
}

/// Returns the number of keys that differ, or the filter and the number of differences that contain it.
fn note(comparison: &Comparison) -> Note {
    let mut note = Note::of(&comparison.filter);
    let Some(Ok(compared)) = &comparison.differences else { return note };
    let cut = if compared.is_cut { ", the first ones" } else { "" };
    let (count, text) = match comparison.filter.is_empty() {
        true => (compared.keys, counted(compared.keys, "key differs", "keys differ")),
        false => {
            let count = comparison.shown.len() as u64;
            (count, counted(count, "match", "matches"))
        }
    };
    note.push(piece(format!("{text}{cut}"), Role::Muted), piece(short(count), Role::Muted));
    note
}

/// Returns the number of differences on screen in an area.
pub(super) fn rows(state: &ConsoleState, comparison: &Comparison, area: Rect) -> u16 {
    let (_, lines) = placed_remarks(state, comparison, area);
    inside(area).height.saturating_sub(rows_of(&lines) + HEAD)
}

/// Returns the remarks for the lower border, or else in lines above the list.
fn placed_remarks(
    state: &ConsoleState,
    comparison: &Comparison,
    area: Rect,
) -> (Vec<Piece<'static>>, Vec<String>) {
    let text = remarks(state, comparison).join("; ");
    let text = visible(&text).into_owned();
    if text.is_empty() {
        return (Vec::new(), Vec::new());
    }
    if Frame::has_room_in_foot(area, width(&text)) {
        return (vec![piece(text, Role::Warning)], Vec::new());
    }
    let inner = inside(area);
    let kept = if comparison.shown.is_empty() { 1 } else { HEAD + LEAST_ROWS };
    let most = usize::from(inner.height.saturating_sub(kept).max(1));
    let cells = inner.width.saturating_sub(2);
    let mut lines = wrap(&text, cells);
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(rest);
    }
    (Vec::new(), lines)
}

/// Says what else is to be known about the differences, a sentence each.
fn remarks(state: &ConsoleState, comparison: &Comparison) -> Vec<String> {
    let compared = comparison.differences.as_ref().and_then(|differences| differences.as_ref().ok());
    let Some(compared) = compared else { return Vec::new() };
    match &comparison.sides {
        Sides::Past { to, .. } => {
            let of = (comparison.space_id, Some(comparison.projection.as_str()));
            past::skipped(state, of, Some(*to)).map(|skipped| skipped.with_separators()).into_iter().collect()
        }
        // What it lacks is not to be taken for a difference.
        Sides::Fork(_) => {
            let behind = |(name, lag): &(String, u64)| {
                format!("{name} is {} behind", counted(*lag, "event", "events"))
            };
            compared.lagging.iter().map(behind).collect()
        }
        Sides::Without(_) => compared.remarks.clone(),
    }
}

fn rows_of<T>(lines: &[T]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}

fn draw_fields(pen: &mut Pen<'_>, comparison: &Comparison, inner: Rect, focused: bool) {
    let fields = &comparison.shown;
    let matches = words(&comparison.filter);
    let shown = usize::from(inner.height.saturating_sub(1));
    let on_screen = fields.iter().enumerate().skip(comparison.top).take(shown);
    let widest = |text: fn(&ComparedField) -> &str| {
        let texts = fields.iter().skip(comparison.top).take(shown).map(|field| text(field));
        texts.map(|text| width(&visible(text))).max().unwrap_or(0)
    };
    let columns = vec![
        // Keys and paths differ in their ends, too.
        Column::text("key").names().at_least(10).at_most(40).holding(widest(|field| &field.key) + 2),
        Column::text("path").names().at_least(6).at_most(30).holding(widest(|field| &field.path)),
        Column::text("before").at_least(7).at_most(inner.width / 3).holding(widest(before)),
        Column::text("after").growing().at_least(7),
    ];
    let rows = on_screen
        .map(|(index, field)| TableRow { cells: cells(field), selected: index == comparison.selected });
    let table = Table { columns, rows: rows.collect(), focused, matches: &matches, ..Table::default() };
    table.draw(pen, inner);
    let (first, total) = (comparison.top as u64, fields.len() as u64);
    Scroll { first, shown: shown as u64, total }.draw(pen, below(inner, 1));
}

/// The cells of a field. The sign says without colour whether it is new, gone or changed.
fn cells(field: &ComparedField) -> Vec<Vec<Piece<'_>>> {
    let (sign, role) = match (&field.before, &field.after) {
        (None, _) => ("+ ", Role::Added),
        (_, None) => ("- ", Role::Removed),
        _ => ("~ ", Role::Muted),
    };
    vec![
        vec![piece(sign, role), piece(&field.key, Role::Key)],
        vec![piece(&field.path, Role::Muted)],
        field.before.iter().map(|text| piece(beginning(text), Role::Removed)).collect(),
        field.after.iter().map(|text| piece(beginning(text), Role::Added)).collect(),
    ]
}

/// Returns the part of a value that can fit into a cell.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// Returns the beginning of the value at the earlier point.
fn before(field: &ComparedField) -> &str {
    field.before.as_deref().map_or("", beginning)
}
