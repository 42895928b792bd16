//! The line at the bottom: what is being typed, what was last said, or what can be done.

use ratatui::layout::{Position, Rect};

use super::hints::hint_pieces;
use super::layer::is_boxed;
use super::theme::Role;
use super::widget::input;
use super::widget::pen::{Pen, piece, pieces_width, right_of, row, width};
use super::widget::wrap::wrap;
use crate::console::state::{Layer, Level, Notice, Prompt, PromptPurpose, Scope, State};
use crate::console::update::{Action, Hint, hints};

/// Draws the line at the bottom. Returns where typing goes, if it goes there.
pub fn draw(pen: &mut Pen<'_>, state: &State, line: Rect) -> Option<Position> {
    let text = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    if let Some(notice) = &state.notice {
        notice_lines(pen, notice, line);
        return None;
    }
    match state.top() {
        Some(Layer::Prompt(prompt)) => prompt_line(pen, state, prompt, text),
        // A box names its keys in its own border.
        Some(layer) if is_boxed(layer) => None,
        _ => {
            hint_line(pen, &hints(state), text);
            None
        }
    }
}

/// The most lines that what was said may take; it grows upwards, until the next key.
const NOTICE_LINES: u16 = 3;

fn notice_lines(pen: &mut Pen<'_>, notice: &Notice, line: Rect) {
    let glyphs = pen.glyphs();
    let (glyph, role) = match notice.level {
        Level::Info => (glyphs.done, Role::Ok),
        Level::Warning => (glyphs.warning, Role::Warning),
        Level::Error => (glyphs.failed, Role::Danger),
    };
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
        pen.text(right_of(row(text, index), indent), line.trim_end(), role);
    }
}

fn prompt_line(pen: &mut Pen<'_>, state: &State, prompt: &Prompt, text: Rect) -> Option<Position> {
    let label = match &prompt.purpose {
        PromptPurpose::Filter { pane, .. } => format!("filter {} ", pane.title().to_lowercase()),
        PromptPurpose::Jump if state.events.scope == Some(Scope::All) => "jump to id or time ".to_owned(),
        PromptPurpose::Jump => "jump to sequence or time ".to_owned(),
    };
    let used = pen.text(text, &label, Role::Title);
    let beside = match &prompt.error {
        Some(error) => vec![piece(format!("{} {}", pen.glyphs().failed, error), Role::Danger)],
        None if text.width >= 60 => hint_pieces(pen, &hints(state), text.width / 3),
        None => Vec::new(),
    };
    let room = right_of(text, used);
    let beside_width = pieces_width(&beside).min(room.width.saturating_sub(8));
    let field =
        Rect { width: room.width.saturating_sub(beside_width + 2).clamp(1, 60).min(room.width), ..room };
    pen.line_right(Rect { x: room.right() - beside_width, width: beside_width, ..room }, &beside);
    input::draw(pen, field, &prompt.input, true)
}

/// As many hints as there is room for; the way to the help and the way out stand at the end, always.
fn hint_line(pen: &mut Pen<'_>, hints: &[Hint], text: Rect) {
    let is_pinned = |hint: &Hint| matches!(hint.action, Action::Help | Action::Quit);
    let (pinned, others): (Vec<Hint>, Vec<Hint>) = hints.iter().cloned().partition(is_pinned);
    let pinned = hint_pieces(pen, &pinned, text.width);
    let room = text.width.saturating_sub(pieces_width(&pinned) + 3);
    let pieces = hint_pieces(pen, &others, if pinned.is_empty() { text.width } else { room });
    pen.line(text, &pieces);
    pen.line_right(text, &pinned);
}
