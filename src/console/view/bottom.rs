//! The line at the bottom: what is being typed, what was last said, or what can be done.

use ratatui::layout::{Position, Rect};

use super::layer::is_boxed;
use super::theme::Role;
use super::widget::input;
use super::widget::pen::{Pen, Piece, piece, pieces_width, right_of};
use crate::console::state::{Layer, Level, Notice, Prompt, PromptPurpose, Scope, State};
use crate::console::update::{Action, Hint, hints};

/// Draws the line at the bottom. Returns where typing goes, if it goes there.
pub fn draw(pen: &mut Pen<'_>, state: &State, line: Rect) -> Option<Position> {
    let text = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    if let Some(notice) = &state.notice {
        notice_line(pen, notice, text);
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

fn notice_line(pen: &mut Pen<'_>, notice: &Notice, text: Rect) {
    let glyphs = pen.glyphs();
    let (glyph, role) = match notice.level {
        Level::Info => (glyphs.done, Role::Ok),
        Level::Warning => (glyphs.warning, Role::Warning),
        Level::Error => (glyphs.failed, Role::Danger),
    };
    pen.line(text, &[piece(format!("{glyph} "), role), piece(&notice.text, role)]);
}

fn prompt_line(pen: &mut Pen<'_>, state: &State, prompt: &Prompt, text: Rect) -> Option<Position> {
    let label = match &prompt.purpose {
        PromptPurpose::Filter { pane, .. } => format!("filter {} ", pane.title().to_lowercase()),
        PromptPurpose::Jump if state.events.scope == Some(Scope::All) => "jump to event id ".to_owned(),
        PromptPurpose::Jump => "jump to sequence ".to_owned(),
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

/// As many hints as there is room for; help stands at the end, always.
fn hint_line(pen: &mut Pen<'_>, hints: &[Hint], text: Rect) {
    let (help, others): (Vec<_>, Vec<_>) = hints.iter().partition(|hint| hint.action == Action::Help);
    let help: Vec<Piece<'_>> = help.into_iter().flat_map(|help| hint_piece(pen, help)).collect();
    let room = text.width.saturating_sub(pieces_width(&help) + 3);
    let others: Vec<Hint> = others.into_iter().cloned().collect();
    let pieces = hint_pieces(pen, &others, if help.is_empty() { text.width } else { room });
    pen.line(text, &pieces);
    pen.line_right(text, &help);
}

/// As many hints as there is room for; help comes last.
pub fn hint_pieces(pen: &Pen<'_>, hints: &[Hint], room: u16) -> Vec<Piece<'static>> {
    let (help, others): (Vec<&Hint>, Vec<&Hint>) = hints.iter().partition(|hint| hint.action == Action::Help);
    let mut pieces = Vec::new();
    for hint in others.into_iter().chain(help) {
        let mut next = hint_piece(pen, hint);
        if !pieces.is_empty() {
            next.insert(0, piece("   ", Role::Text));
        }
        if pieces_width(&pieces) + pieces_width(&next) > room {
            break;
        }
        pieces.extend(next);
    }
    pieces
}

fn hint_piece(pen: &Pen<'_>, hint: &Hint) -> Vec<Piece<'static>> {
    if hint.enabled {
        return vec![piece(hint.key.clone(), Role::HintKey), piece(format!(" {}", hint.label), Role::Muted)];
    }
    let [before, behind] = pen.glyphs().disabled;
    vec![piece(format!("{before}{} {}{behind}", hint.key, hint.label), Role::Disabled)]
}
