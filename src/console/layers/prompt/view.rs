//! The prompt as a line: its label, the text, and the error or the hints beside it.

use ratatui::layout::{Position, Rect};

use crate::console::app::bottom::notice_lines;
use crate::console::app::hints::{hint_pieces, hints};
use crate::console::app::state::{ConsoleState, Level, Notice};
use crate::console::layers::prompt::{InputError, Prompt, PromptPurpose};
use crate::console::panes::Pane;
use crate::console::theme::Role;
use crate::console::widgets::input;
use crate::console::widgets::pen::{Pen, piece, pieces_width, right_of, width};
use crate::operations::Scope;

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, prompt: &Prompt, text: Rect) -> Option<Position> {
    let label = match &prompt.purpose {
        PromptPurpose::Filter { pane, .. } => format!("filter {} ", pane.title().to_lowercase()),
        PromptPurpose::Jump if state.events.scope == Some(Scope::All) => "jump to id or time ".to_owned(),
        PromptPurpose::Jump => "jump to sequence or time ".to_owned(),
    };
    let used = pen.text(text, &label, Role::Title);
    let room = right_of(text, used);
    let beside = match &prompt.error {
        Some(fault) if fits_beside(fault, room) => {
            vec![piece(format!("{} {}", pen.glyphs().failed, fault.message), Role::Danger)]
        }
        None if text.width >= 60 => hint_pieces(pen, &hints(state), text.width / 3),
        _ => Vec::new(),
    };
    let beside_width = pieces_width(&beside).min(room.width.saturating_sub(8));
    let field =
        Rect { width: room.width.saturating_sub(beside_width + 2).clamp(1, 60).min(room.width), ..room };
    pen.line_right(Rect { x: room.right() - beside_width, width: beside_width, ..room }, &beside);
    let cursor = input::draw(pen, field, &prompt.input, true);
    match &prompt.error {
        Some(fault) => underline(pen, prompt, fault, field, room),
        None if prompt.input.is_empty() && is_query(prompt) => {
            pen.text(right_of(field, 1), EXAMPLE, Role::Disabled);
        }
        None => {}
    }
    cursor
}

/// A sample query, shown while the prompt is empty.
const EXAMPLE: &str = "Ada  type:contact.*  payload.email~acme";

fn is_query(prompt: &Prompt) -> bool {
    matches!(prompt.purpose, PromptPurpose::Filter { pane: Pane::Events, .. })
}

/// Returns true if the error fits beside the input and leaves room for typing.
fn fits_beside(fault: &InputError, room: Rect) -> bool {
    width(&fault.message) + 4 <= room.width.saturating_sub(20)
}

/// Marks the error at its position, and explains it above the line if there is no room beside the input.
fn underline(pen: &mut Pen<'_>, prompt: &Prompt, fault: &InputError, field: Rect, room: Rect) {
    let before = prompt.input.text().get(..fault.place.start).unwrap_or_default();
    // If a value is missing, marks the word that needs it.
    let start = match fault.place.is_empty() {
        true => before.trim_end_matches(|c: char| !c.is_whitespace()).len(),
        false => fault.place.start,
    };
    input::mark(pen, field, &prompt.input, start..fault.place.end, Role::Danger);
    if !fits_beside(fault, room) && field.y > 0 {
        let line = Rect { x: 0, y: field.y - 1, width: room.right() + 1, height: 1 };
        notice_lines(pen, &Notice { level: Level::Error, text: fault.message.clone() }, line);
    }
}
