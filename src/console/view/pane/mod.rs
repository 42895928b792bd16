//! The panes: a list each, in a box that names it.

mod checkpoints;
mod events;
mod jobs;
mod projections;
mod spaces;

pub use events::table as events_table;
pub use spaces::second;

use std::borrow::Cow;

use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;

use super::theme::Role;
use super::widget::figures::count;
use super::widget::frame::{Frame, inside};
use super::widget::pen::{Pen, Piece, piece, pieces_width, width};
use crate::console::state::{Filter, Pane, Row, State, Window};
use crate::text::visible;

/// Draws a pane with its box. `tabs` are the panes that share its place.
pub fn draw(pen: &mut Pen<'_>, state: &State, pane: Pane, area: Rect, tabs: &[Pane]) {
    let focused = state.focus == pane && super::focused_layer(state).is_none();
    let shared: &[Pane] = if tabs.contains(&pane) { tabs } else { &[] };
    let note = note(pen, state, pane);
    let room = area.width.saturating_sub(pieces_width(&note));
    let frame = Frame { title: title(pane, shared, focused, room), note, focused, ..Frame::default() };
    let inner = frame.draw(pen, area);
    match pane {
        Pane::Spaces => spaces::draw(pen, state, inner, area, focused),
        Pane::Events => events::draw(pen, state, inner, area, focused),
        Pane::Projections => projections::draw(pen, state, inner, area, focused),
        Pane::Checkpoints => checkpoints::draw(pen, state, inner, area, focused),
        Pane::Jobs => jobs::draw(pen, state, inner, area, focused),
    }
}

/// How many rows of its list a pane shows.
#[must_use]
pub fn rows(state: &State, pane: Pane, area: Rect) -> u16 {
    let height = inside(area).height;
    match pane {
        Pane::Jobs => height / jobs::lines(state, height),
        _ => height.saturating_sub(1),
    }
}

/// The pane's number and name, among those that share its place.
fn title(pane: Pane, tabs: &[Pane], focused: bool, room: u16) -> Vec<Piece<'static>> {
    let alone = [pane];
    let named: &[Pane] = if tabs.is_empty() { &alone } else { tabs };
    let names = |short: bool| -> Vec<Piece<'static>> {
        let mut pieces = Vec::new();
        for tab in named {
            if !pieces.is_empty() {
                pieces.push(piece("  ", Role::Border));
            }
            let number = tab.number();
            pieces.push(match (*tab == pane, short) {
                (true, _) if focused => piece(format!("{number} {}", tab.title()), Role::Title),
                (true, _) => piece(format!("{number} {}", tab.title()), Role::Strong),
                (false, false) => piece(format!("{number} {}", tab.title()), Role::Muted),
                (false, true) => piece(number.to_string(), Role::Muted),
            });
        }
        pieces
    };
    let whole = names(false);
    if pieces_width(&whole) + 10 <= room || tabs.is_empty() { whole } else { names(true) }
}

fn note(pen: &Pen<'_>, state: &State, pane: Pane) -> Vec<Piece<'static>> {
    match pane {
        Pane::Spaces => spaces::note(pen.glyphs(), state),
        Pane::Events => events::note(pen.glyphs(), state),
        Pane::Projections => projections::note(state),
        Pane::Checkpoints => checkpoints::note(pen.glyphs(), state),
        Pane::Jobs => jobs::note(pen.glyphs(), state),
    }
}

/// The most cells that a filter takes of a border; the rest of it is seen where it is typed.
const LONGEST_FILTER: u16 = 32;

/// The filter of a pane, as it stands in its border.
fn filter(filter: &Filter) -> Vec<Piece<'static>> {
    if filter.is_empty() {
        return Vec::new();
    }
    let text = visible(filter.as_str());
    vec![piece(format!("/{}", begun(&text, LONGEST_FILTER)), Role::Match), piece("  ", Role::Muted)]
}

/// A text, or its beginning where it is longer.
fn begun(text: &str, cells: u16) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        if width(&text[..at + grapheme.len()]) >= cells {
            break;
        }
        end = at + grapheme.len();
    }
    Cow::Owned(format!("{}…", &text[..end]))
}

/// How many rows match a filter; those found so far while not all was looked at.
fn matching<R: Row>(window: &Window<R>) -> Piece<'static> {
    let found = count(window.rows.len() as u64);
    let whole = window.at_start && window.at_end;
    piece(if whole { format!("{found} match") } else { format!("{found}+ match so far") }, Role::Muted)
}

/// The words to light in a pane.
fn words(filter: &Filter) -> Vec<String> {
    if filter.is_empty() { Vec::new() } else { vec![visible(filter.as_str()).into_owned()] }
}
