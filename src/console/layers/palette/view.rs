//! The view of the palette: the text, a message beside it, and the rows.

use ratatui::layout::{Position, Rect};

use crate::console::app::pointer::region::Spot;
use crate::console::app::state::ConsoleState;
use crate::console::layers::palette::{Palette, PaletteRow};
use crate::console::layers::{boxed, middle};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::graphemes::split;
use crate::console::widgets::pen::{Pen, Piece, below, piece, pieces_width, right_of, row, width};
use crate::console::widgets::text::wrap;
use crate::console::widgets::text_input;
use crate::text::{counted, short};

/// The maximum size of the box.
const MOST: (u16, u16) = (96, 26);
/// The minimum width inside the box for descriptions beside the names.
const WIDE: u16 = 56;
/// The lines below the rows for the description of the selected one, in a narrow box.
const NOTE_LINES: u16 = 2;
/// The widest names and labels beside descriptions.
const WIDEST: u16 = 30;
/// Examples of a text, shown while it is empty.
const EXAMPLE: &str = "a name, a command such as rebuild crm_acme, or an event number";

fn area(body: Rect) -> Rect {
    middle(body, MOST.0, MOST.1)
}

fn is_narrow(cells: u16) -> bool {
    cells < WIDE
}

/// Returns the number of rows in the box.
pub(super) fn list_rows(body: Rect) -> u16 {
    let inner = inside(area(body));
    list(Rect { width: inner.width.saturating_sub(2), ..inner }).height
}

/// Returns the part of the inside that has the rows.
fn list(inner: Rect) -> Rect {
    let list = below(inner, 1);
    let notes = if is_narrow(inner.width) { NOTE_LINES.min(list.height / 2) } else { 0 };
    Rect { height: list.height - notes, ..list }
}

pub(super) fn draw(
    pen: &mut Pen<'_>,
    state: &ConsoleState,
    palette: &Palette,
    body: Rect,
) -> Option<Position> {
    let area = area(body);
    let (note, brief) = notes(palette);
    let frame = Frame { title: vec![piece("Palette", Role::Title)], note, brief, ..Frame::default() };
    let inner = boxed(pen, state, area, frame);
    let cursor = draw_text(pen, palette, row(inner, 0));
    let list = list(inner);
    if palette.entries.is_empty() {
        draw_message(pen, palette, list);
        return cursor;
    }
    let shown = palette.entries.iter().enumerate().skip(palette.top).take(list.height.into());
    let notes_at = shown.clone().map(|(_, entry)| width(&entry.title)).max().unwrap_or(0).min(WIDEST) + 4;
    for (index, (place, entry)) in (0..list.height).zip(shown) {
        let line = row(list, index);
        draw_entry(pen, line, entry, place == palette.selected, notes_at);
        pen.spot(line, Spot::Row(place));
    }
    if let Some(entry) = palette.selected_entry().filter(|_| is_narrow(inner.width)) {
        let notes = below(inner, 1 + list.height);
        for (index, line) in (0..notes.height).zip(wrap(about(entry), notes.width)) {
            pen.text(row(notes, index), &line, Role::Muted);
        }
    }
    let total = palette.entries.len() as u64;
    Scroll { first: palette.top as u64, shown: list.height.into(), total }.draw_beside(pen, list);
    cursor
}

/// Returns the number of rows for the border, and a short form of it.
fn notes(palette: &Palette) -> (Vec<Piece<'static>>, Vec<Piece<'static>>) {
    let count = palette.entries.len() as u64;
    let muted = |text| vec![piece(text, Role::Muted)];
    match (palette.finding.is_pending(), palette.finding.more) {
        (true, _) => (muted("searching…".to_owned()), muted("…".to_owned())),
        (false, true) => (muted(format!("{count} shown, more match")), muted(format!("{}+", short(count)))),
        (false, false) if palette.text().is_empty() => (Vec::new(), Vec::new()),
        (false, false) => (muted(counted(count, "match", "matches")), muted(short(count))),
    }
}

/// Draws the text, with the message beside it if there are rows.
fn draw_text(pen: &mut Pen<'_>, palette: &Palette, line: Rect) -> Option<Position> {
    let used = pen.text(line, ": ", Role::Title);
    let room = right_of(line, used);
    let message = palette.message.iter().filter(|_| !palette.entries.is_empty());
    let beside: Vec<Piece<'_>> =
        message.map(|text| piece(format!("{} {text}", pen.glyphs().failed), Role::Danger)).collect();
    let taken = pieces_width(&beside).min(room.width.saturating_sub(12));
    let gap = if taken > 0 { 2 } else { 0 };
    let field = Rect { width: room.width.saturating_sub(taken + gap), ..room };
    pen.line(right_of(room, field.width + gap), &beside);
    let cursor = text_input::draw(pen, field, &palette.input, true);
    if palette.input.is_empty() {
        pen.text(right_of(field, 1), EXAMPLE, Role::Disabled);
    }
    cursor
}

/// Draws why there are no rows.
fn draw_message(pen: &mut Pen<'_>, palette: &Palette, area: Rect) {
    let Some(message) = &palette.message else { return };
    let text = format!("{} {message}", pen.glyphs().failed);
    for (index, line) in (0..area.height).zip(wrap(&text, area.width.saturating_sub(2))) {
        pen.text(right_of(row(area, index), 2), &line, Role::Danger);
    }
}

/// Returns the meaning of an entry, or why it cannot be chosen.
fn about(entry: &PaletteRow) -> &str {
    entry.reason.as_ref().unwrap_or(&entry.note)
}

fn draw_entry(pen: &mut Pen<'_>, line: Rect, entry: &PaletteRow, selected: bool, notes_at: u16) {
    // The last cell is for the scroll bar.
    let text = Rect { width: line.width.saturating_sub(3), ..right_of(line, 2) };
    let label = Rect { width: width(&entry.label).min(WIDEST), ..text };
    let label = Rect { x: text.right().saturating_sub(label.width), ..label };
    let role = if entry.is_action() { Role::HintKey } else { Role::Muted };
    let role = if entry.reason.is_some() { Role::Disabled } else { role };
    pen.text(label, &entry.label, role);
    let room = Rect { width: text.width.saturating_sub(label.width + 2), ..text };
    if is_narrow(line.width) {
        pen.line(room, &title(pen, entry));
    } else {
        let notes = right_of(room, notes_at.saturating_sub(2));
        pen.line(Rect { width: room.width.saturating_sub(notes.width + 2), ..room }, &title(pen, entry));
        let role = if entry.reason.is_some() { Role::Warning } else { Role::Muted };
        pen.text(notes, about(entry), role);
    }
    if selected {
        pen.wash(line, Role::Selection);
        pen.glyph(line.x, line.y, pen.glyphs().marker, Role::Marker);
    }
}

/// Returns the title with its matching letters highlighted; in brackets if it cannot be chosen and the theme has no other
/// way to show that.
fn title(pen: &Pen<'_>, entry: &PaletteRow) -> Vec<Piece<'static>> {
    let role = if entry.reason.is_some() { Role::Disabled } else { Role::Text };
    let [before, behind] = if entry.reason.is_some() { pen.glyphs().disabled } else { ["", ""] };
    let mut pieces = vec![piece(before, role)];
    let mut matched = entry.matched.iter().peekable();
    let mut part = (String::new(), false);
    for (index, grapheme) in (0..).zip(split(&entry.title)) {
        let is_match = matched.next_if(|letter| **letter == index).is_some();
        if is_match != part.1 && !part.0.is_empty() {
            let text = std::mem::take(&mut part.0);
            pieces.push(piece(text, if part.1 { Role::Match } else { role }));
        }
        part.0.push_str(grapheme);
        part.1 = is_match;
    }
    pieces.push(piece(part.0, if part.1 { Role::Match } else { role }));
    pieces.push(piece(behind, role));
    pieces
}
