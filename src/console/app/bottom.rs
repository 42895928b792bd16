//! The line at the bottom: a prompt, or a notice and key hints.

use ratatui::layout::{Position, Rect};

use crate::console::app::action::{Action, Hint};
use crate::console::app::hints::{hint_pieces, hints};
use crate::console::app::state::{ConsoleState, Level, Notice};
use crate::console::layers::Place;
use crate::console::theme::Role;
use crate::console::widgets::pen::{Pen, piece, pieces_width, right_of, row, width};
use crate::console::widgets::text::{keyed, wrap};
use crate::text::visible;

/// Draws the line at the bottom, with the last notice beside the hints or above them. Returns the position of the
/// text cursor if a prompt is open.
pub fn draw(pen: &mut Pen<'_>, state: &ConsoleState, line: Rect) -> Option<Position> {
    let text = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    match state.layers.top() {
        Some(layer) if layer.place() == Place::Line => {
            let cursor = layer.draw(pen, state, text, true);
            if let Some(notice) = &state.notice {
                notice_lines(pen, notice, above(line));
            }
            cursor
        }
        // A box shows its key hints in its own border.
        Some(layer) if layer.place() == Place::Box => {
            if let Some(notice) = &state.notice {
                notice_lines(pen, notice, line);
            }
            None
        }
        _ => {
            let hints = hints(state);
            let used = state.notice.as_ref().map_or(0, |notice| notice_beside(pen, notice, text, &hints));
            if used == 0
                && let Some(notice) = &state.notice
            {
                notice_lines(pen, notice, above(line));
            }
            hint_line(pen, &hints, right_of(text, used));
            None
        }
    }
}

fn above(line: Rect) -> Rect {
    Rect { y: line.y.saturating_sub(1), ..line }
}

/// The maximum number of lines of a notice; it grows upwards.
const NOTICE_LINES: u16 = 3;

/// The room for at least one hint beside a notice.
const LEAST_HINTS: u16 = 20;

fn look(pen: &Pen<'_>, level: Level) -> (&'static str, Role) {
    let glyphs = pen.glyphs();
    match level {
        Level::Info => (glyphs.done, Role::Ok),
        Level::Note => (glyphs.dot, Role::Text),
        Level::Stopped => (glyphs.paused, Role::Text),
        Level::Warning => (glyphs.warning, Role::Warning),
        Level::Error => (glyphs.failed, Role::Danger),
    }
}

/// Draws the notice in front of the hints and returns its width in cells; draws nothing if it would leave no room
/// for hints.
fn notice_beside(pen: &mut Pen<'_>, notice: &Notice, text: Rect, hints: &[Hint]) -> u16 {
    let (glyph, role) = look(pen, notice.level);
    let mut pieces = vec![piece(format!("{glyph} "), role)];
    pieces.extend(keyed(&visible(&notice.text), role));
    let pinned = hint_pieces(pen, &pinned(hints).0, text.width);
    let needed = pieces_width(&pieces).saturating_add(GAP);
    if needed.saturating_add(pieces_width(&pinned) + GAP + LEAST_HINTS) > text.width {
        return 0;
    }
    pen.line(text, &pieces);
    needed
}

pub(crate) fn notice_lines(pen: &mut Pen<'_>, notice: &Notice, line: Rect) {
    let (glyph, role) = look(pen, notice.level);
    let indent = width(glyph) + 1;
    let lines = wrap(&notice.text, line.width.saturating_sub(indent + 2));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).clamp(1, NOTICE_LINES.min(line.y + 1));
    let place = Rect { y: line.y + 1 - height, height, ..line };
    pen.ground(place, Role::Ground);
    let text = Rect { x: place.x + 1, width: place.width.saturating_sub(2), ..place };
    pen.text(text, glyph, role);
    for (index, line) in (0..height).zip(&lines) {
        let rest = lines[usize::from(index) + 1..].join(" ");
        let line = if index + 1 == height { format!("{line} {rest}") } else { line.clone() };
        pen.line(right_of(row(text, index), indent), &keyed(line.trim_end(), role));
    }
}

/// The gap between texts side by side.
const GAP: u16 = 3;

/// Separates the hints for help and quit from the others.
fn pinned(hints: &[Hint]) -> (Vec<Hint>, Vec<Hint>) {
    hints.iter().cloned().partition(|hint| matches!(hint.action, Action::Help | Action::Quit))
}

/// Draws as many hints as fit. Help and quit are always shown, at the right end.
fn hint_line(pen: &mut Pen<'_>, hints: &[Hint], text: Rect) {
    let (pinned, others) = pinned(hints);
    let pinned = hint_pieces(pen, &pinned, text.width);
    let room = text.width.saturating_sub(pieces_width(&pinned) + GAP);
    let pieces = hint_pieces(pen, &others, if pinned.is_empty() { text.width } else { room });
    pen.line(text, &pieces);
    pen.line_right(text, &pinned);
}
