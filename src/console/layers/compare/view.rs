//! Draws the differences between two points of the past, or two spaces: two columns, by key and path.

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of;
use crate::console::app::past::{self, Compared, ComparedField};
use crate::console::app::state::{ConsoleState, ErrorText};
use crate::console::app::view::failed;
use crate::console::panes::view::{Note, words};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, Placeholder, beside_title};
use crate::console::widgets::pen::{Pen, Piece, below, piece, width};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::text::{counted, grouped, short, visible};

use super::{Comparison, Sides};

/// The most bytes of a value in a cell.
const LONGEST: usize = 1_000;

/// Draws a comparison over the area of a list.
pub(super) fn draw(
    pen: &mut Pen<'_>,
    state: &ConsoleState,
    comparison: &Comparison,
    area: Rect,
    focused: bool,
) {
    pen.ground(area, Role::Ground);
    let Comparison { sides, projection, differences, .. } = comparison;
    let space = state.space_name(comparison.space_id);
    let (from, to, of) = match sides {
        Sides::Past { from, to } => (grouped(from.0), grouped(to.0), format!("{projection} of {space}")),
        Sides::Fork(origin) => (state.space_name(origin.space_id), space, projection.clone()),
        Sides::Without(event) => {
            let without = format!("without event {}", grouped(event.0));
            ("now".to_owned(), without, format!("{projection} of {space}"))
        }
    };
    let arrow = pen.glyphs().arrow;
    let title = vec![
        piece(format!("Compare  {from} {arrow} {to}"), if focused { Role::Title } else { Role::Strong }),
        piece(format!("  {of}"), Role::Muted),
    ];
    let note = note(comparison).fit(beside_title(area.width, &title));
    let foot = match sides {
        Sides::Past { to, .. } => {
            past::skipped_foot(state, (comparison.space_id, projection, Some(*to)), area.width)
        }
        Sides::Fork(_) => lagging_foot(differences.as_ref(), area.width),
        Sides::Without(_) => remarks_foot(differences.as_ref()),
    };
    let inner = Frame { title, note, foot, focused, ..Frame::default() }.draw(pen, area);
    let text = match differences {
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

/// Says which of the two projections is behind its events, so that what it lacks is not taken for a difference.
fn lagging_foot(differences: Option<&Result<Compared, ErrorText>>, cells: u16) -> Vec<Piece<'static>> {
    let Some(Ok(compared)) = differences else { return Vec::new() };
    let behind =
        |(name, lag): &(String, u64)| format!("{name} is {} behind", counted(*lag, "event", "events"));
    let lagging: Vec<String> = compared.lagging.iter().map(behind).collect();
    let text = lagging.join(", ");
    let text = if width(&text) + 6 <= cells { text } else { "behind their events".to_owned() };
    if lagging.is_empty() { Vec::new() } else { vec![piece(text, Role::Warning)] }
}

/// Says what else is to be known about a comparison without an event.
fn remarks_foot(differences: Option<&Result<Compared, ErrorText>>) -> Vec<Piece<'static>> {
    let Some(Ok(compared)) = differences else { return Vec::new() };
    let text = compared.remarks.join("; ");
    if text.is_empty() { Vec::new() } else { vec![piece(text, Role::Warning)] }
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
