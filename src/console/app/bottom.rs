//! The lines at the bottom: a prompt, or a notice and the hints.

use std::borrow::Cow;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::{Action, Hint};
use crate::console::app::hints::{hints, undoes};
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::{ConsoleState, Level, Notice};
use crate::console::layers::{Place, messages};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width, right_of, row, width};
use crate::console::widgets::text::{keyed, wrap};
use crate::text::visible;

/// Returns as many hints as fit. A hint that is too long is skipped in favour of the next ones.
pub fn hint_pieces(pen: &Pen<'_>, hints: &[Hint], room: u16) -> Vec<Piece<'static>> {
    spaced(pen, hints, GAP, room)
}

/// Returns the hints of a box: the first one, the way out, if not all is on screen the way further down, and the help unless the
/// box is narrow. Then as many others as fit, in order, closer together if not all of them do.
pub(crate) fn box_hints(pen: &Pen<'_>, hints: &[Hint], room: u16) -> Vec<Piece<'static>> {
    let all = |gap: u16| hints.iter().map(|hint| pieces_width(&hint_piece(pen, hint)) + gap).sum::<u16>();
    let is_narrow = room < NAMES_PALETTE;
    let gap = if is_narrow || all(GAP) > room + GAP { SMALL_GAP } else { GAP };
    let is_kept = |index: usize, hint: &Hint| match hint.action {
        Action::Back | Action::PageDown => true,
        Action::Help => !is_narrow,
        _ => index == 0,
    };
    let width_of = |hint: &Hint| pieces_width(&hint_piece(pen, hint)) + gap;
    let kept = hints.iter().enumerate().filter(|(index, hint)| is_kept(*index, hint));
    let mut left = (room + gap).saturating_sub(kept.map(|(_, hint)| width_of(hint)).sum());
    let mut fits = |hint: &Hint| {
        let width = width_of(hint);
        let fits = width <= left;
        left -= if fits { width } else { 0 };
        fits
    };
    let shown = hints.iter().enumerate().filter(|(index, hint)| is_kept(*index, hint) || fits(hint));
    let shown: Vec<Hint> = shown.map(|(_, hint)| hint.clone()).collect();
    spaced(pen, &shown, gap, room)
}

/// The same with this gap between two hints.
fn spaced(pen: &Pen<'_>, hints: &[Hint], gap: u16, room: u16) -> Vec<Piece<'static>> {
    split_at_room(pen, hints, gap, room).0
}

/// Returns the hints that fit, with this gap between two, and those that do not.
fn split_at_room(pen: &Pen<'_>, hints: &[Hint], gap: u16, room: u16) -> (Vec<Piece<'static>>, Vec<Hint>) {
    let (mut pieces, mut others) = (Vec::new(), Vec::new());
    for hint in hints {
        let mut next = hint_piece(pen, hint);
        if !pieces.is_empty() {
            next.insert(0, piece(" ".repeat(gap.into()), Role::Text));
        }
        if pieces_width(&pieces) + pieces_width(&next) > room {
            others.push(hint.clone());
        } else {
            pieces.extend(next);
        }
    }
    (pieces, others)
}

fn hint_piece(pen: &Pen<'_>, hint: &Hint) -> Vec<Piece<'static>> {
    let part = Spot::Action(hint.action);
    // The user may have given the key of an action to another one.
    let gap = if hint.key.is_empty() { "" } else { " " };
    if hint.enabled {
        let key = piece(hint.key.clone(), Role::HintKey).with_spot(part);
        return vec![key, piece(format!("{gap}{}", hint.label), Role::Muted).with_spot(part)];
    }
    let [before, behind] = pen.glyphs().disabled;
    vec![piece(format!("{before}{}{gap}{}{behind}", hint.key, hint.label), Role::Disabled).with_spot(part)]
}

/// Draws the lines at the bottom: hints from the left, the last notice, and the hints for help and the way out at the right
/// end. The hints keep their places; the last ones make room for the notice. A longer notice is above the last line. Returns
/// the position of the text cursor if a prompt is open.
pub fn draw(pen: &mut Pen<'_>, state: &ConsoleState, bottom: Rect) -> Option<Position> {
    let text = Rect { x: bottom.x + 1, width: bottom.width.saturating_sub(2), ..bottom };
    match state.layers.top() {
        Some(layer) if layer.place() == Place::Line => {
            let cursor = layer.draw(pen, state, text, true);
            if let Some(notice) = &state.notice {
                notice_lines(pen, notice, messages::hint(state).as_ref(), above(bottom));
            }
            cursor
        }
        // A box shows its key hints in its own border.
        Some(layer) if layer.place() == Place::Box => {
            if let Some(notice) = &state.notice {
                notice_lines(pen, notice, messages::hint(state).as_ref(), bottom);
            }
            None
        }
        _ => {
            let hints = hints(state);
            let beside = state.notice.as_ref().and_then(|notice| notice_beside(pen, notice, text, &hints));
            match &state.notice {
                Some(notice) if beside.is_none() => {
                    let last = last_row(bottom);
                    notice_lines(pen, notice, messages::hint(state).as_ref(), above(last));
                    hint_lines(pen, &hints, &[], last_row(text));
                }
                _ => hint_lines(pen, &hints, &beside.unwrap_or_default(), text),
            }
            None
        }
    }
}

fn last_row(area: Rect) -> Rect {
    row(area, area.height.saturating_sub(1))
}

fn above(line: Rect) -> Rect {
    Rect { y: line.y.saturating_sub(1), ..line }
}

/// The maximum number of lines of a notice; it grows upwards.
const NOTICE_LINES: u16 = 3;

/// The room for at least one hint beside a notice, if all are on one line.
const LEAST_HINTS: u16 = 20;

/// Returns the sign and the style of a message.
pub(crate) fn look(glyphs: &Glyphs, level: Level) -> (&'static str, Role) {
    match level {
        Level::Info => (glyphs.done, Role::Text),
        Level::Note => (glyphs.dot, Role::Text),
        Level::Stopped => (glyphs.paused, Role::Text),
        Level::Warning => (glyphs.warning, Role::Warning),
        Level::Error => (glyphs.failed, Role::Danger),
    }
}

/// Returns the notice in one line, unless it would leave no room for hints.
fn notice_beside(pen: &Pen<'_>, notice: &Notice, text: Rect, hints: &[Hint]) -> Option<Vec<Piece<'static>>> {
    let (glyph, role) = look(pen.glyphs(), notice.level);
    let mut pieces = vec![piece(format!("{glyph} "), role)];
    pieces.extend(keyed(&visible(&notice.text), role));
    let hints = fitted(hints, text.width);
    let pinned = hint_pieces(pen, &pinned(&hints, text.width).0, text.width);
    let hints = if text.height > 1 { 0 } else { GAP + LEAST_HINTS };
    let used = pieces_width(&pieces).saturating_add(pieces_width(&pinned) + GAP + hints);
    (used <= text.width).then(|| pieces.into_iter().map(Piece::into_owned).collect())
}

/// Returns the number of rows of a notice that is not beside the hints.
pub(crate) fn notice_rows(glyphs: &Glyphs, notice: &Notice, cells: u16) -> u16 {
    rows_of(&lines_of(notice, look(glyphs, notice.level).0, cells))
}

fn lines_of(notice: &Notice, glyph: &str, cells: u16) -> Vec<String> {
    wrap(&notice.text, cells.saturating_sub(width(glyph) + 3))
}

fn rows_of(lines: &[String]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX).clamp(1, NOTICE_LINES)
}

/// Draws a notice on up to [`NOTICE_LINES`], the last of which is `line`. A longer one is cut, and the hint names the key that
/// shows all of it. Without such a key, it takes as many lines as it needs.
pub(crate) fn notice_lines(pen: &mut Pen<'_>, notice: &Notice, more: Option<&Hint>, line: Rect) {
    let (glyph, role) = look(pen.glyphs(), notice.level);
    let indent = width(glyph) + 1;
    let lines = lines_of(notice, glyph, line.width);
    let all = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let height = if more.is_some() { rows_of(&lines) } else { all.max(1) }.min(line.y + 1);
    let place = Rect { y: line.y + 1 - height, height, ..line };
    pen.ground(place, Role::Ground);
    let text = Rect { x: place.x + 1, width: place.width.saturating_sub(2), ..place };
    pen.text(text, glyph, role);
    let is_cut = lines.len() > usize::from(height);
    let more = more.filter(|_| is_cut).map_or_else(Vec::new, |hint| hint_piece(pen, hint));
    for (index, line) in (0..height).zip(&lines) {
        let place = right_of(row(text, index), indent);
        if index + 1 < height {
            pen.line(place, &keyed(line, role));
            continue;
        }
        let line = lines[usize::from(index)..].join(" ");
        let used = if more.is_empty() { 0 } else { pieces_width(&more) + SMALL_GAP };
        pen.line(Rect { width: place.width.saturating_sub(used), ..place }, &keyed(&line, role));
        pen.line_right(place, &more);
    }
}

/// The gap between texts side by side.
const GAP: u16 = 3;
/// The gap between two hints on a line of less than [`ROOMY`] cells, which shows the likeliest actions only without it.
const SMALL_GAP: u16 = 2;
const ROOMY: u16 = 98;

/// The minimum width of a line that always names the palette. A narrower one has brief hints.
pub(crate) const NAMES_PALETTE: u16 = 60;

/// Returns the hints of a line of this width, which are brief where it is narrow.
fn fitted(hints: &[Hint], room: u16) -> Cow<'_, [Hint]> {
    if room >= NAMES_PALETTE {
        return Cow::Borrowed(hints);
    }
    hints.iter().map(|hint| Hint { label: hint.brief, ..hint.clone() }).collect()
}

/// Separates the hints that a line of this width always shows from the others: help, the palette, the way out, and in a pane the
/// key that clears the filter or restores the size. A narrow line of a view, or in the past, has
/// no room for the palette.
fn pinned(hints: &[Hint], room: u16) -> (Vec<Hint>, Vec<Hint>) {
    let is_pane = hints.iter().any(|hint| hint.action == Action::Quit);
    let (undoes, is_wide) = (hints.iter().any(undoes), room >= NAMES_PALETTE);
    let is_past = hints.iter().any(|hint| matches!(hint.action, Action::StepForward | Action::StepBack));
    hints.iter().cloned().partition(|hint| match hint.action {
        Action::Help => true,
        // A view is closed before the program ends.
        Action::Back => undoes || !is_pane,
        Action::Quit => true,
        Action::Palette => is_wide || is_pane && !is_past,
        _ => false,
    })
}

/// Draws as many hints as fit on the lines, then the notice on the last one. Help, the way out and, if there is room, the palette
/// are always shown, at its right end.
pub(crate) fn hint_lines(pen: &mut Pen<'_>, hints: &[Hint], notice: &[Piece<'_>], text: Rect) {
    let hints = fitted(hints, text.width);
    let (pinned, mut others) = pinned(&hints, text.width);
    let gap = if text.width < ROOMY { SMALL_GAP } else { GAP };
    for index in 0..text.height.saturating_sub(1) {
        let (pieces, left) = split_at_room(pen, &others, gap, text.width);
        pen.line(row(text, index), &pieces);
        others = left;
    }
    let last = last_row(text);
    let pinned = spaced(pen, &pinned, gap, last.width);
    let without = |pieces: &[Piece<'_>], area: Rect| {
        let used = if pieces.is_empty() { 0 } else { pieces_width(pieces) + gap };
        Rect { width: area.width.saturating_sub(used), ..area }
    };
    let before_pinned = without(&pinned, last);
    let before_notice = without(notice, before_pinned);
    let pieces = spaced(pen, &others, gap, before_notice.width);
    pen.line(before_notice, &pieces);
    pen.line_right(before_pinned, notice);
    pen.line_right(last, &pinned);
}
